"""Whatever changes between two generations, or in one, the pictures are those of what is there now."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests.webui import samples
from tests.webui.conftest import Models
from tests.webui.host import Host
from tests.webui.samples import same
from tests.webui.wanted import HIRES, RELIT

pytestmark = pytest.mark.slow

INPUT = "model.diffusion_model.input_blocks.0.0.weight"
OUTPUT = "model.diffusion_model.out.2.weight"


def _checkpoints(host: Host, folder: Path) -> dict[str, str]:
    """The titles of the checkpoints in a folder, by file name, after the host has looked again."""
    host.post("/sdapi/v1/refresh-checkpoints")
    listed = host.get("/sdapi/v1/sd-models").json()
    return {Path(entry["filename"]).name: entry["title"] for entry in listed if Path(entry["filename"]).exists()}


@pytest.fixture(scope="module")
def folder(host: Host) -> Path:
    if host.data is None:
        pytest.skip("only for a WebUI that the ring has started itself")
    return host.data / "models" / "Stable-diffusion"


@contextlib.contextmanager
def _another(host: Host, models: Models, folder: Path, name: str, change: Callable[..., torch.Tensor]) -> Iterator[str]:
    """The title of a checkpoint whose one layer is changed. The ring's own is loaded again afterwards."""
    file = folder / f"ring_{name}.safetensors"
    with safe_open(models.checkpoint, "pt") as source:
        tensors = {key: source.get_tensor(key) for key in source.keys()}  # noqa: SIM118
    layer = INPUT if name == "inpainting" else OUTPUT
    tensors[layer] = change(tensors[layer]).contiguous()
    save_file(tensors, file)
    del tensors
    titles = _checkpoints(host, folder)
    # A host that was never told one takes the first of its list.
    _choose(host, titles["sd15.safetensors"])
    try:
        yield titles[file.name]
    finally:
        _choose(host, titles["sd15.safetensors"])
        host.generate(steps=1, width=64, height=64)
        file.unlink()
        _checkpoints(host, folder)


@pytest.fixture(scope="module")
def other(host: Host, models: Models, folder: Path) -> Iterator[tuple[str, str]]:
    """The titles of the ring's checkpoint and of another one."""
    with _another(host, models, folder, "another", lambda weight: weight * 0.5) as title:
        yield _checkpoints(host, folder)["sd15.safetensors"], title


def _nine_channels(weight: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.pad(weight, (0, 0, 0, 0, 0, 5))


def _choose(host: Host, title: str) -> None:
    answer = host.post("/sdapi/v1/options", {"sd_model_checkpoint": title})
    assert answer.status_code == 200, answer.text[:500]


def test_another_checkpoint(host: Host, other: tuple[str, str]) -> None:
    first, second = other
    plain, relit = host.generate(), host.generate(RELIT)
    _choose(host, second)
    other_relit, other_plain = host.generate(RELIT), host.generate()
    assert not same(relit, other_relit)
    assert not same(plain, other_plain)
    _choose(host, first)
    assert same(host.generate(RELIT), relit)
    assert same(host.generate(), plain)


def test_hires_with_another_checkpoint(host: Host, other: tuple[str, str]) -> None:
    """The second stage is the other checkpoint's, relit, and the first one's weights are left as they were."""
    first, second = other
    _choose(host, first)
    plain, relit = host.generate(), host.generate(RELIT)
    alone = host.generate(RELIT, **HIRES)
    answer = host.ask(RELIT, **HIRES, hr_checkpoint_name=second)
    assert answer.status_code == 200, answer.text[:2000]
    picture = samples.decoded(answer.json()["images"][0])
    assert not np.array_equal(picture, alone[0])
    assert same(host.generate(), plain)
    assert same(host.generate(RELIT), relit)


def test_an_inpainting_checkpoint_is_refused(own_host: Host, models: Models, folder: Path) -> None:
    with _another(own_host, models, folder, "inpainting", _nine_channels) as title:
        plain = own_host.generate()
        _choose(own_host, title)
        answer = own_host.ask(RELIT)
        assert answer.status_code == 422, answer.text[:2000]
        assert "ring_inpainting" in answer.json()["detail"]
        assert "9" in answer.json()["detail"]
    assert same(own_host.generate(), plain)


def test_a_file_replaced_under_the_same_name(own_host: Host, models: Models, tmp_path: Path) -> None:
    relit = own_host.generate(RELIT)
    changed = tmp_path / "changed.safetensors"
    tensors = load_file(models.file("fc"))
    name = next(name for name, tensor in tensors.items() if name.endswith("out.2.weight"))
    tensors[name] = tensors[name] + torch.full_like(tensors[name], 0.05)
    save_file(tensors, changed)
    del tensors
    link = models.folder / "iclight_sd15_fc.safetensors"
    link.unlink()
    shutil.move(changed, link)
    try:
        assert not same(own_host.generate(RELIT), relit)
    finally:
        models.link("fc")
    assert same(own_host.generate(RELIT), relit)


def test_an_exception_in_the_midst_of_sampling(own_host: Host) -> None:
    plain, relit = own_host.generate(), own_host.generate(RELIT)
    answer = own_host.ask(RELIT, company={"Ring failing": [True]}, steps=4)
    assert answer.status_code == 500
    assert same(own_host.generate(), plain)
    assert same(own_host.generate(RELIT), relit)
