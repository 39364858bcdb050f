"""Checkpoints told apart by their headers. The files are sparse: full-size, without content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lib_iclight import log
from lib_iclight.errors import ICLightError
from lib_iclight.models.unet_keys import FIRST_CONVOLUTION, TENSORS
from lib_iclight.standalone.diffusion.checkpoint import TEXT, UNET, VAE, Checkpoints
from tests.unit.test_library import Shapes, offset_shapes, write

POSITION = f"{TEXT}text_model.embeddings.position_ids"


def shapes(channels: int = 4, text: str = TEXT + "text_model.") -> Shapes:
    found = {UNET + tensor.ldm: tensor.shape for tensor in TENSORS}
    found[UNET + FIRST_CONVOLUTION] = (320, channels, 3, 3)
    return {**found, VAE + "decoder.conv_in.weight": (512, 4, 3, 3), text + "final_layer_norm.weight": (768,)}


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    return Checkpoints(lambda: [tmp_path, tmp_path / "missing"])


@pytest.mark.parametrize("dtype", ["F16", "F32", "BF16"])
@pytest.mark.parametrize("text", [TEXT, TEXT + "text_model."])
@pytest.mark.parametrize("extra", [{}, {POSITION: (1, 77), "model_ema.decay": ()}])
def test_usual_spellings(checkpoints: Checkpoints, tmp_path: Path, dtype: str, text: str, extra: Shapes) -> None:
    path = write(tmp_path / "photon.safetensors", {**shapes(text=text), **extra}, dtype)
    for name in ("", "photon", "photon.safetensors", "photon.safetensors [0123456789]"):
        assert checkpoints.find(name).path == path


def lacking(path: Path) -> None:
    found = shapes()
    del found[UNET + "out.2.bias"]
    write(path, found)


def without(prefix: str) -> Callable[[Path], Any]:
    return lambda path: write(path, {k: v for k, v in shapes().items() if not k.startswith(prefix)})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: write(p, shapes(9)), "9 input channels, as those for inpainting"),
        (lambda p: write(p, {**shapes(), "conditioner.embedders.0.x": (1,)}), "a Stable Diffusion XL checkpoint"),
        (lambda p: write(p, {**shapes(), UNET + "out.2.bias": (5,)}), "out.2.bias has the shape [5]"),
        (lambda p: write(p, shapes(), cut=9), "fetch it again"),
        (lambda p: write(p, shapes(), dtype="I8"), "is I8, and not one of"),
        (lacking, "lacks the tensor model.diffusion_model.out.2.bias"),
        (without(VAE), "it has no VAE"),
        (without(TEXT), "it has no text encoder"),
    ],
)
def test_what_cannot_be_used_is_listed_and_never_chosen(
    checkpoints: Checkpoints, tmp_path: Path, make: Callable[[Path], Any], said: str
) -> None:
    make(tmp_path / "some.safetensors")
    (file,) = checkpoints.files()
    assert said in str(file.problem)
    for name in ("", "some"):
        with pytest.raises(ICLightError) as caught:
            checkpoints.find(name)
        assert said in str(caught.value)


def test_a_pickle_is_not_read(checkpoints: Checkpoints, tmp_path: Path) -> None:
    (tmp_path / "old.ckpt").write_bytes(b"\x80\x02.")
    with pytest.raises(ICLightError, match="convert it to"):
        checkpoints.find("old")


def test_other_model_files_are_no_checkpoints(checkpoints: Checkpoints, tmp_path: Path) -> None:
    write(tmp_path / "iclight.safetensors", offset_shapes(8))
    assert checkpoints.files() == []
    with pytest.raises(ICLightError, match=r"finds no checkpoint \(usable: none\)") as caught:
        checkpoints.find()
    assert caught.value.status_code == 500
    with pytest.raises(ICLightError, match="finds no checkpoint 'photon'") as caught:
        checkpoints.find("photon")
    assert caught.value.status_code == 422


def test_the_first_usable_one_is_taken_and_each_is_read_once(checkpoints: Checkpoints, tmp_path: Path) -> None:
    write(tmp_path / "a.safetensors", shapes(9))
    write(tmp_path / "b.safetensors", shapes())
    write(tmp_path / "c.safetensors", shapes())
    assert checkpoints.find().path.name == "b.safetensors"
    before = log.counts()
    assert checkpoints.find("c").path.name == "c.safetensors"
    assert log.counts() == before
