"""A light stage: one batch with a light map for each picture, against single runs with the same seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts import memory
from lib_iclight.request.infotext import BASIS_KEY, parse_parameters
from lib_iclight.stage.mix import LampMix, Mix
from lib_iclight.stage.mixing import mix
from lib_iclight.standalone.job import Hires
from tests import reference
from tests.components.small_diffusion import SmallDiffusion
from tests.webui.samples import psnr

RNG = np.random.default_rng(7)
SUBJECT = Image.fromarray(RNG.integers(0, 256, (70, 50, 3), np.uint8))
ARGS: dict[str, Any] = {"foreground": SUBJECT, "matting": "none"}
SMALL: dict[str, Any] = {"width": 64, "height": 72, "steps": 2}
SIDES = ("left", "top", "right", "bottom")
OFFSETS = {
    role: reference.random_offset(reference.tiny(0).unet, channels, seed)
    for seed, (role, channels) in enumerate((("fc", 8), ("fbc", 12)))
}


@pytest.fixture(scope="module")
def engine() -> SmallDiffusion:
    return SmallDiffusion(OFFSETS)


def arrays(pictures: list[Image.Image]) -> list[np.ndarray]:
    return [np.asarray(picture) for picture in pictures]


@pytest.mark.parametrize("hires", [None, Hires(steps=1)])
@pytest.mark.parametrize("model", OFFSETS)
def test_one_batch_is_four_single_runs(engine: SmallDiffusion, model: str, hires: Hires | None) -> None:
    args = {**ARGS, "model": model}
    found = engine.generate({**args, "stage": "directions"}, **SMALL, hires=hires)
    assert found.seeds == [1] * 4
    assert "IC-Light stage: directions, IC-Light stage directions: 4" in found.infotexts[0]
    for picture, light in zip(arrays(found.images), SIDES, strict=True):
        (single,) = engine.generate({**args, "light": light}, **SMALL, hires=hires).images
        assert psnr(picture, np.asarray(single)) >= 60


def test_lamps_are_white_and_each_shines_alone_and_the_ambient_light_too(engine: SmallDiffusion) -> None:
    lamps = "side angle 30 color #ff0000 intensity 0.5 + point x 0.2 on false + point x 0.7 size 0.5"
    args = {**ARGS, "light": "lamps", "lamps": lamps, "ambient_color": "#203040"}
    found = arrays(engine.generate({**args, "stage": "lamps"}, **SMALL).images)
    alone = [
        {"light": "lamps", "lamps": "side angle 30"},
        {"light": "lamps", "lamps": "point x 0.7 size 0.5"},
        {"light": "ambient"},
    ]
    for picture, light in zip(found, alone, strict=True):
        (single,) = engine.generate({**ARGS, **light}, **SMALL).images
        assert psnr(picture, np.asarray(single)) >= 60


def test_in_several_batches_where_the_memory_is_small(engine: SmallDiffusion, monkeypatch: pytest.MonkeyPatch) -> None:
    args = {**ARGS, "stage": "directions", "stage_directions": 6}
    together = arrays(engine.generate(args, **SMALL).images)
    monkeypatch.setattr(memory, "pictures_at_once", lambda pixels: 4)
    found = engine.generate(args, **SMALL)
    assert len(found.images) == 6
    assert min(map(psnr, arrays(found.images), together)) >= 60


def test_its_basis_is_kept_under_the_name_in_the_parameters(engine: SmallDiffusion) -> None:
    """And a single lamp at 1 gives back its rendered picture, byte for byte."""
    found = engine.generate({**ARGS, "stage": "directions"}, **SMALL)
    basis = engine.runtime.bases.basis(parse_parameters(found.infotexts[0])[BASIS_KEY])
    for at, picture in enumerate(arrays(found.images)):
        alone = Mix(tuple(LampMix(on=lamp == at) for lamp in range(4)))
        assert np.array_equal(mix(basis, alone), picture)
    assert basis.alpha is not None
    assert basis.meta["seed"] == 1


def test_a_batch_encodes_the_subject_once(engine: SmallDiffusion) -> None:
    other = Image.fromarray(RNG.integers(0, 256, (70, 50, 3), np.uint8))
    before = log.counts().get("encode", 0)
    for _ in range(2):
        engine.generate({**ARGS, "foreground": other, "stage": "directions"}, width=80, height=64, steps=1)
    assert log.counts()["encode"] - before == 1 + 4


def test_img2img_and_a_picture_that_is_made_first(engine: SmallDiffusion) -> None:
    args = {"matting": "none", "stage": "directions"}
    found = arrays(engine.generate(args, **SMALL, init_images=(SUBJECT,), denoising_strength=0.9).images)
    single = engine.generate(
        {"matting": "none", "light": "top"}, **SMALL, init_images=(SUBJECT,), denoising_strength=0.9
    ).images[0]
    assert psnr(found[1], np.asarray(single)) >= 60
    assert len(engine.generate({**args, "then_relight": True}, **SMALL).images) == 4


@pytest.mark.parametrize(
    ("args", "asked", "word"),
    [
        ({}, {"batch_size": 2}, "2 pictures were asked for"),
        ({}, {"init_images": (SUBJECT,)}, "the img2img picture is where sampling starts"),
        ({"model": "fbc", "background": SUBJECT}, {}, "the lamps are the background"),
    ],
)
def test_it_is_refused(engine: SmallDiffusion, args: dict[str, Any], asked: dict[str, Any], word: str) -> None:
    with pytest.raises(ICLightError, match=word) as refused:
        engine.generate({**ARGS, "stage": "directions", **args}, **SMALL, **asked)
    assert refused.value.code == ErrorCode.FIELDS_CONFLICT.name.lower()
