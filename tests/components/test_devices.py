"""What a GPU refuses, tensors of two devices or types in one operation, is refused here without one."""

from __future__ import annotations

import copy
import importlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from lib_iclight.hosts import generation, loras
from lib_iclight.matting import rmbg, weights
from lib_iclight.matting.nested_unet import NestedUNet
from lib_iclight.matting.nested_unet_plan import ISNET
from lib_iclight.models.library import Offset
from lib_iclight.standalone.diffusion import together
from lib_iclight.standalone.diffusion.host import Diffusers
from lib_iclight.standalone.diffusion.processing import Processing
from tests import reference
from tests.components.a1111_host import Vae, processing
from tests.components.devices import CPU, CUDA, FP8, fake_gpu, where
from tests.components.small_a1111 import Sampling
from tests.components.small_diffusion import SmallDiffusion

TYPES = [torch.float16, torch.bfloat16, FP8]
PIXELS = np.zeros((2, 3, 16, 24), np.float32)


@pytest.fixture
def gpu() -> Iterator[FakeTensorMode]:
    with fake_gpu() as mode:
        yield mode


def test_the_gpu_refuses_what_a_real_one_does(gpu: None) -> None:
    half, single = (torch.empty(1, 4, 8, 8, device=CUDA, dtype=dtype) for dtype in (torch.float16, torch.float32))
    layer = torch.nn.Conv2d(4, 4, 1)
    layer.to(CUDA, torch.float16)
    assert layer(half).device == CUDA
    for wrong in (half.cpu(), single):
        with pytest.raises(RuntimeError):
            layer(wrong)
    with pytest.raises(RuntimeError):
        torch.cat([half, half.cpu()])
    with pytest.raises(RuntimeError):
        half.to(FP8) + half.to(FP8)
    layer.to(CPU)
    assert where(layer) == {(CPU, torch.float16)}


def _cast(layer: torch.nn.Conv2d) -> None:
    """As hosts run layers whose weights are stored in another type."""

    def forward(x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv2d(x, layer.weight.to(x.dtype), layer.bias.to(x.dtype), padding=1)

    layer.forward = forward  # type: ignore[method-assign]


def _lend(layers: torch.nn.Module, wrapper: torch.nn.Module) -> None:
    """As ``--medvram``: the UNet is on the GPU for as long as it runs."""
    wrapper.register_forward_pre_hook(lambda *_: layers.to(CUDA) and None)
    wrapper.register_forward_hook(lambda *_: layers.to(CPU) and None)


@pytest.mark.parametrize("home", [CUDA, CPU], ids=["on the GPU", "medvram"])
@pytest.mark.parametrize("conditions", [CUDA, CPU], ids=["conditions there", "conditions here"])
@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_weights_are_swapped_and_put_back(
    gpu: None, sampling: Sampling, dtype: torch.dtype, conditions: torch.device, home: torch.device
) -> None:
    running = torch.float16 if dtype == FP8 else dtype
    sampling.unet.to(home, dtype)
    for layer in (sampling.unet.input_blocks[0][0], sampling.unet.out[1]):
        _cast(layer)
    if home == CPU:
        _lend(sampling.unet, sampling.wrapper)
    sampling.x = sampling.x.to(CUDA, running)
    sampling.concat = sampling.concat.to(conditions)
    for _ in range(2):
        result = sampling.relit()
        assert (result.device, result.dtype) == (CUDA, running)
        assert where(sampling.unet) == {(home, dtype)}
    assert (sampling.run().device, where(sampling.unet)) == (CUDA, {(home, dtype)})


@pytest.mark.parametrize("moved", [CPU, CUDA])
def test_weights_that_moved_meanwhile_are_put_back_where_they_are(
    gpu: None, sampling: Sampling, moved: torch.device
) -> None:
    sampling.unet.to(CPU if moved == CUDA else CUDA)
    sampling.relit(lambda: sampling.unet.to(moved))
    assert where(sampling.unet) == {(moved, torch.float32)}


@pytest.mark.parametrize("functional", [False, True])
def test_loras_are_written_where_layers_run(gpu: None, sampling: Sampling, functional: bool) -> None:
    sampling.unet.to(torch.float16)
    sampling.networks.loaded_networks = [("lora", 0.5)]
    written = []

    def apply(layer: Any) -> None:
        written.append(layer.weight.device)

    sampling.networks.network_apply_weights = apply  # type: ignore[method-assign]
    loras.write(sampling.networks, sampling.unet, CUDA, functional)
    assert written == ([] if functional else [CUDA, CUDA])
    assert where(sampling.unet) == {(CPU, torch.float16)}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32], ids=str)
def test_a1111_encodes_and_starts_from_what_it_encoded(
    gpu: None, a1111: ModuleType, sampling: Sampling, dtype: torch.dtype
) -> None:
    vars(a1111.devices).update(device=CUDA, dtype_vae=dtype)
    p = processing(sampling)
    # Its type is changed once it gave NaNs.
    p.sd_model.first_stage_model.to(CUDA, torch.float16)
    latents = a1111.connect().encode(p, PIXELS)
    assert (latents.device, latents.dtype, latents.shape) == (CUDA, torch.float32, (2, 4, 2, 3))


class Beginning:
    """A sampler that does with latents what the hosts do before they sample."""

    def sample(self, p: Any, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError

    def sample_img2img(self, p: Any, x: torch.Tensor, noise: torch.Tensor, steps: int | None = None) -> torch.Tensor:
        return x + noise


@pytest.mark.parametrize("latent", [CPU, CUDA], ids=["latent here", "latent there"])
@pytest.mark.parametrize("noise", [CPU, CUDA], ids=["noise here", "noise there"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32], ids=str)
def test_a_pass_begins_where_its_noise_is(
    gpu: None, latent: torch.device, noise: torch.device, dtype: torch.dtype
) -> None:
    x = torch.empty(2, 4, 8, 8, device=noise, dtype=dtype)
    light = torch.empty(2, 4, 8, 8, device=latent)
    p: Any = SimpleNamespace(sampler=Beginning(), steps=1, denoising_strength=0.5, mask=None)
    generation.start_from(p, light, 0.9)
    began = p.sampler.sample(p, x)
    assert (began.device, began.dtype) == (noise, dtype)
    p.mask, p.nmask = (torch.empty(4, 8, 8, device=noise, dtype=dtype) for _ in range(2))
    generation.replace_initial(p, light)
    began = p.sampler.sample_img2img(p, x, x)
    assert (began.device, began.dtype) == (noise, dtype)


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The adapter's module, imported with as much of Forge as it asks for; its GPU is ``CUDA``."""

    class Patcher:
        def __init__(self, model: torch.nn.Module, load_device: torch.device, offload_device: torch.device) -> None:
            self.model, self.load_device, self.offload_device = model, load_device, offload_device

    def load(patcher: Patcher) -> None:
        patcher.model.to(patcher.load_device)

    modules: dict[str, dict[str, Any]] = {
        "backend": {"memory_management": SimpleNamespace(get_torch_device=lambda: CUDA, load_model_gpu=load)},
        "backend.patcher": {},
        "backend.patcher.base": {"ModelPatcher": Patcher},
        "backend.patcher.controlnet": {"ControlLora": type("ControlLora", (), {})},
        "backend.sampling": {},
        "backend.sampling.condition": {"Condition": lambda tensor: tensor},
        "modules_forge": {"forge_version": SimpleNamespace(version="f0")},
    }
    for name, contents in modules.items():
        module = ModuleType(name)
        vars(module).update(contents, __path__=[])
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "lib_iclight.hosts.forge", raising=False)
    yield importlib.import_module("lib_iclight.hosts.forge")
    sys.modules.pop("lib_iclight.hosts.forge")


class ForgeVae:
    """As Forge's, whose latents are handed on where the host keeps what is between two models."""

    def __init__(self, module: Any, dtype: torch.dtype, output: torch.device) -> None:
        self.first_stage_model, self._dtype, self._output = module, dtype, output

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        inputs = (2.0 * pixels.movedim(-1, 1) - 1.0).to(self._dtype).to(CUDA)
        return self.first_stage_model.encode(inputs, None).to(self._output).float()


class ForgeStage(Vae):
    def encode(self, x: torch.Tensor, regulation: Any) -> torch.Tensor:  # type: ignore[override]
        return regulation(super().encode(x))

    def process_in(self, latent: torch.Tensor) -> torch.Tensor:
        return latent * 0.18215


@pytest.mark.parametrize("output", [CPU, CUDA])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_forge_encodes(gpu: None, forge: ModuleType, dtype: torch.dtype, output: torch.device) -> None:
    stage = ForgeStage().to(CUDA, dtype)
    vae = ForgeVae(stage, dtype, output)
    p = SimpleNamespace(sd_model=SimpleNamespace(forge_objects=SimpleNamespace(vae=vae)))
    latents = forge.Forge().encode(p, PIXELS)
    assert (latents.device, latents.dtype) == (output, torch.float32)
    assert vae.first_stage_model is stage


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> NestedUNet:
    with torch.device("meta"):
        made = NestedUNet(ISNET)
    made.to_empty(device="cpu").eval().requires_grad_(False)
    monkeypatch.setattr(weights, "_network", lambda family, path: made)
    return made


@pytest.mark.filterwarnings("ignore:.*CUDA is not available")
def test_matting_runs_where_the_host_places_its_network(network: NestedUNet, forge: ModuleType) -> None:
    """The host may take the GPU back in between."""
    rgb = np.zeros((40, 30, 3), np.uint8)
    with fake_gpu():
        for _ in range(2):
            alpha = rmbg.alpha(rgb, Path("RMBG"), forge.Forge().place)
            assert (alpha.shape, alpha.dtype) == ((40, 30), np.float32)
            assert where(network) == {(CUDA, torch.float32)}
            network.to(CPU)
        assert rmbg.alpha(rgb, Path("RMBG")).shape == (40, 30)
        assert where(network) == {(CPU, torch.float32)}


@pytest.fixture(scope="module")
def small() -> SmallDiffusion:
    return SmallDiffusion({"fc": reference.random_offset(reference.tiny(0).unet, 8, 0)})


@pytest.mark.parametrize("stored", [torch.float32, *TYPES], ids=str)
def test_the_engine_of_its_own(small: SmallDiffusion, gpu: FakeTensorMode, stored: torch.dtype) -> None:
    """Weights of a checkpoint in any type, merged and run in float16, with the VAE in float32."""
    weights = {name: gpu.from_tensor(tensor).to(stored) for name, tensor in small.model.unet_weights.items()}
    vae = copy.deepcopy(small.model.vae).to(CUDA)
    model = replace(small.model, unet_weights=weights, vae=vae, device=CUDA, dtype=torch.float16, merged=None)
    file = small.runtime.library.load(small.runtime.library.find("fc"))
    tensors = {name: gpu.from_tensor(tensor) for name, tensor in file.tensors.items()}
    engine = Diffusers()
    p: Any = SimpleNamespace(model=model, unet=None, cfg_scale=2.0, concat=None)
    p._noise = lambda *args: Processing._noise(p, *args)
    latents = engine.encode(p, PIXELS)
    assert (latents.device, latents.dtype) == (CUDA, torch.float32)
    text = torch.empty(1, 77, 16, device=CUDA, dtype=torch.float16)
    for concat in (latents, latents.cpu()):
        engine.apply(p, Offset("fc", tensors, str(concat.device)), concat)
        assert where(p.unet) == {(CUDA, torch.float16)}
        asked = [Processing.predict(p, torch.empty_like(latents), torch.tensor(7.0), text, text) for _ in range(2)]
        for noise in together.run(asked, Processing.most_pixels):
            assert isinstance(noise, torch.Tensor), noise
            assert (noise.device, noise.dtype) == (CUDA, torch.float32)
    assert where(model.unet) == {(CUDA, torch.float16)}
