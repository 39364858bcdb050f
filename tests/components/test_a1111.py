"""A1111's adapter, with small real modules."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from lib_iclight.errors import ICLightError
from tests.components.a1111_host import Vae, processing
from tests.components.small_a1111 import Sampling


def test_the_adapter_lights_one_call_of_the_sampler(a1111: ModuleType, sampling: Sampling) -> None:
    host, p = a1111.connect(), processing(sampling)
    host.refuse(p)
    with torch.no_grad():
        plain = p.sampler.sample()
        host.apply(p, sampling.offset, sampling.concat)
        assert torch.allclose(p.sampler.sample(), sampling.expected(), atol=1e-5)
        assert torch.equal(p.sampler.sample(), plain)
    gone = weakref.ref(p.sampler)
    gc.disable()
    try:
        p.sampler = None
        assert gone() is None, "something refers in a circle"
    finally:
        gc.enable()


def test_a_sampler_that_asks_at_another_size(a1111: ModuleType, sampling: Sampling) -> None:
    """The conditions go where the latent goes; a part of it, or an unknown picture of a batch, is refused."""
    host, p = a1111.connect(), processing(sampling)
    x, concat = sampling.x, sampling.concat

    def ask(latents: torch.Tensor) -> torch.Tensor:
        p.sampler._x = latents
        host.apply(p, sampling.offset, concat)
        with torch.no_grad():
            return p.sampler.sample()

    sampling.x = torch.nn.functional.interpolate(x, size=(12, 10), mode="nearest-exact")
    sampling.concat = torch.nn.functional.interpolate(concat, size=(12, 10), mode="nearest-exact")
    assert torch.allclose(ask(sampling.x), sampling.expected(), atol=1e-5)
    for part in (x[..., :3], x[:2]):
        with pytest.raises(ICLightError, match="cannot be combined"):
            ask(part)
    assert not p.sampler.model_wrap_cfg._forward_pre_hooks


def test_the_adapter_encodes_the_mode(a1111: ModuleType, sampling: Sampling) -> None:
    host, p = a1111.connect(), processing(sampling)
    pixels = np.random.default_rng(0).random((2, 3, 16, 24), np.float32)
    stream = torch.get_rng_state()
    latents = host.encode(p, pixels)
    assert torch.equal(torch.get_rng_state(), stream)
    wanted = p.sd_model.first_stage_model.layer(torch.from_numpy(pixels)) * 0.18215
    assert torch.equal(latents, wanted)
    assert not latents.requires_grad


def test_what_was_encoded_goes_with_what_the_vae_holds(a1111: ModuleType, sampling: Sampling) -> None:
    host, p = a1111.connect(), processing(sampling)
    content = host.vae(p)
    assert host.vae(p) is content
    p.sd_model.first_stage_model.load_state_dict(Vae().state_dict())
    assert host.vae(p) is not content


def test_what_was_encoded_in_tiles_is_not_what_is_encoded_whole(a1111: ModuleType, sampling: Sampling) -> None:
    host, p = a1111.connect(), processing(sampling)
    encoder = p.sd_model.first_stage_model.encoder = torch.nn.Identity()
    whole, own = host.vae(p), encoder.forward
    # As extensions do it, and put it back.
    encoder.forward = lambda x: own(x)
    tiled = host.vae(p)
    assert tiled is not whole
    assert host.vae(p) is tiled
    encoder.forward = own
    assert host.vae(p) is not tiled


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda p, module: setattr(p.sd_model, "is_sd1", False), "1.5"),
        (lambda p, module: setattr(p.sd_model.model.diffusion_model, "in_channels", 9), "9"),
        (lambda p, module: setattr(p, "refiner_checkpoint_info", SimpleNamespace(name_for_extra="other")), "other"),
        (lambda p, module: setattr(module.sd_unet, "current_unet", object()), "engine"),
    ],
    ids=["sdxl", "inpainting", "refiner", "tensorrt"],
)
def test_what_cannot_be_relit_is_refused(
    a1111: ModuleType, sampling: Sampling, change: Callable[[Any, ModuleType], None], word: str
) -> None:
    host, p = a1111.connect(), processing(sampling)
    change(p, a1111)
    with pytest.raises(ICLightError, match=word):
        host.refuse(p)


def test_what_was_made_from_the_host_is_not_it(a1111: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(a1111.importlib.util, "find_spec", lambda name: name)
    assert a1111.connect() is None
