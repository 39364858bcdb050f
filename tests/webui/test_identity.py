"""The same request gives the same pixels, and a plain generation never notices that there was another."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tests.webui import samples
from tests.webui.conftest import Models
from tests.webui.host import Host
from tests.webui.samples import same
from tests.webui.wanted import BACKGROUND, HIRES, RELIT


@pytest.fixture(scope="module")
def plain(host: Host) -> list[np.ndarray]:
    """A plain generation, before any of this module's."""
    return host.generate()


@pytest.mark.parametrize(
    ("args", "changes"),
    [
        pytest.param(RELIT, {}, id="fc"),
        pytest.param(BACKGROUND, {}, id="fbc", marks=pytest.mark.slow),
        pytest.param(RELIT, HIRES, id="fc-hires", marks=pytest.mark.slow),
    ],
)
def test_twice_and_plain_between(
    host: Host, plain: list[np.ndarray], args: dict[str, Any], changes: dict[str, Any]
) -> None:
    first = host.generate(args, **changes)
    assert not same(first, plain)
    assert same(host.generate(args, **changes), first)
    assert same(host.generate(), plain)
    assert same(host.generate(args, **changes), first)


@pytest.mark.slow
def test_models_in_turn(host: Host, plain: list[np.ndarray]) -> None:
    """One model's weights do not stay for another's generation."""
    first = [host.generate(RELIT), host.generate(BACKGROUND), host.generate({**RELIT, "model": "fcon"})]
    again = [host.generate({**RELIT, "model": "fcon"}), host.generate(BACKGROUND), host.generate(RELIT)]
    assert all(same(a, b) for a, b in zip(first, reversed(again), strict=True))
    assert not same(first[0], first[2])
    assert same(host.generate(), plain)


def test_switched_off(host: Host, plain: list[np.ndarray]) -> None:
    assert same(host.generate({**RELIT, "enabled": False}), plain)


def test_after_a_refusal(host: Host, plain: list[np.ndarray]) -> None:
    relit = host.generate(RELIT)
    assert host.ask({"light": "left"}).status_code == 422
    assert same(host.generate(), plain)
    assert same(host.generate(RELIT), relit)


def _interrupted(host: Host, **changes: Any) -> None:
    """Ask for many relit steps, and interrupt them once the sampler runs."""
    answers = []
    job = threading.Thread(target=lambda: answers.append(host.ask(RELIT, **changes)))
    job.start()
    while job.is_alive():
        if host.get("/sdapi/v1/progress?skip_current_image=true").json()["state"]["sampling_step"] >= 1:
            host.post("/sdapi/v1/interrupt")
            break
        time.sleep(0.2)
    job.join()
    assert answers[0].status_code == 200


@pytest.mark.parametrize(
    "changes",
    [pytest.param({"steps": 60}, id="first"), pytest.param({"steps": 40, **HIRES}, id="hires", marks=pytest.mark.slow)],
)
def test_after_an_interrupt(host: Host, plain: list[np.ndarray], changes: dict[str, Any]) -> None:
    relit = host.generate(RELIT)
    _interrupted(host, **changes)
    assert same(host.generate(), plain)
    assert same(host.generate(RELIT), relit)


@pytest.mark.slow
def test_batches(host: Host, plain: list[np.ndarray]) -> None:
    """Batch size 2, batch count 2: four pictures, each that of its own seed."""
    pictures = host.generate(RELIT, batch_size=2, n_iter=2)
    assert len(pictures) == 4
    for offset, picture in enumerate(pictures):
        (alone,) = host.generate(RELIT, seed=1 + offset)
        assert samples.psnr(picture, alone) >= 60
    assert same(host.generate(), plain)


@pytest.mark.slow
def test_both_spellings(own_host: Host, models: Models) -> None:
    """LDM and diffusers names hold the same numbers."""
    ldm = own_host.generate(RELIT)
    models.link("fc", "diffusers")
    try:
        assert same(own_host.generate(RELIT), ldm)
    finally:
        models.link("fc")


def _kohya(key: str, inward: torch.Size, outward: torch.Size) -> dict[str, torch.Tensor]:
    """A random LoRA of one module, rank 2, strong enough to be seen."""
    rng = torch.Generator().manual_seed(7)
    return {
        f"{key}.lora_down.weight": torch.randn(inward, generator=rng) * 0.2,
        f"{key}.lora_up.weight": torch.randn(outward, generator=rng) * 0.2,
        f"{key}.alpha": torch.tensor(2.0),
    }


@pytest.mark.slow
def test_two_loras(own_host: Host, plain: list[np.ndarray]) -> None:
    """Together and one after the other."""
    assert own_host.data is not None
    files = []
    for part in ("to_q", "to_k"):
        tensors = _kohya(ATTENTION + part, torch.Size([2, 320]), torch.Size([320, 2]))
        files.append(own_host.data / "models" / "Lora" / f"ring_{part}.safetensors")
        save_file(tensors, files[-1])
    own_host.post("/sdapi/v1/refresh-loras")
    one, both = (
        f"a cat portrait {loras}" for loras in ("<lora:ring_to_q:1>", "<lora:ring_to_q:1><lora:ring_to_k:0.5>")
    )
    try:
        relit_both, relit_one = own_host.generate(RELIT, prompt=both), own_host.generate(RELIT, prompt=one)
        assert not same(relit_one, relit_both)
        assert same(own_host.generate(), plain)
        assert same(own_host.generate(RELIT, prompt=one), relit_one)
        assert same(own_host.generate(RELIT, prompt=both), relit_both)
    finally:
        for file in files:
            file.unlink()
        own_host.post("/sdapi/v1/refresh-loras")


ATTENTION = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_"


@pytest.fixture(params=["attention", "first_convolution"])
def lora(request: pytest.FixtureRequest, own_host: Host) -> Iterator[str]:
    """The name of a LoRA that the host has for the time of a test."""
    if request.param == "attention":
        size = torch.Size([2, 320]), torch.Size([320, 2])
        tensors = _kohya(ATTENTION + "to_q", *size) | _kohya(ATTENTION + "to_out_0", *size)
    else:
        size = torch.Size([2, 4, 3, 3]), torch.Size([320, 2, 1, 1])
        tensors = _kohya("lora_unet_input_blocks_0_0", *size)
    name = f"ring_{request.param}"
    assert own_host.data is not None
    file: Path = own_host.data / "models" / "Lora" / f"{name}.safetensors"
    save_file(tensors, file)
    own_host.post("/sdapi/v1/refresh-loras")
    yield name
    file.unlink()
    own_host.post("/sdapi/v1/refresh-loras")


@pytest.mark.slow
def test_with_a_lora(own_host: Host, plain: list[np.ndarray], lora: str) -> None:
    """On and off, around relit and plain generations."""
    prompt = f"a cat portrait <lora:{lora}:1>"
    relit = own_host.generate(RELIT)
    plain_lora = own_host.generate(prompt=prompt)
    relit_lora = own_host.generate(RELIT, prompt=prompt)
    assert not same(plain_lora, plain)
    assert not same(relit_lora, relit)
    assert same(own_host.generate(prompt=prompt), plain_lora)
    assert same(own_host.generate(), plain)
    assert same(own_host.generate(RELIT, prompt=prompt), relit_lora)
    assert same(own_host.generate(RELIT), relit)
    assert same(own_host.generate(), plain)
