"""What is given back, in the pictures that the engine makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight.standalone.job import Hires
from tests import reference
from tests.components.small_diffusion import SmallDiffusion

RNG = np.random.default_rng(5)
SUBJECT = Image.fromarray(RNG.integers(0, 256, (160, 128, 3), np.uint8))
ARGS = {"foreground": SUBJECT, "matting": "none", "light": "left"}
SMALL = {"width": 64, "height": 64, "steps": 1}


@pytest.fixture(scope="module")
def engine() -> SmallDiffusion:
    return SmallDiffusion({"fc": reference.random_offset(reference.tiny(0).unet, 8, 0)})


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


def test_at_the_defaults_nothing_changes(engine: SmallDiffusion) -> None:
    given = {"strength": 1, "restore_details": 0, "keep_color": 0, "own_size": False, "keep_background": False}
    plain, other = (engine.generate({**ARGS, **more}, **SMALL) for more in ({}, given))
    assert plain.images[0].tobytes() == other.images[0].tobytes()
    assert plain.infotexts == other.infotexts
    assert not any(f"IC-Light {name.replace('_', ' ')}" in plain.infotexts[0] for name in given)


def test_without_strength_the_photo_comes_back(engine: SmallDiffusion) -> None:
    found = engine.generate({**ARGS, "strength": 0}, **SMALL, batch_size=2, hires=Hires(steps=1))
    expected = SUBJECT.resize((96, 120), Image.Resampling.LANCZOS).crop((0, 12, 96, 108))
    assert len(found.images) == 2
    for image in found.images:
        assert np.abs(pixels(image) - pixels(expected)).max() <= 1
    assert "IC-Light strength: 0" in found.infotexts[0]


def test_img2img_aligns_as_the_host_does(engine: SmallDiffusion) -> None:
    init = Image.fromarray(RNG.integers(0, 256, (128, 64, 3), np.uint8))
    args = {"matting": "none", "strength": 0}
    found = engine.generate(args, **SMALL, init_images=(init,), resize_mode=0)
    assert np.abs(pixels(found.images[0]) - pixels(init.resize((64, 64), Image.Resampling.LANCZOS))).max() <= 1


def test_what_was_before_is_appended(engine: SmallDiffusion) -> None:
    plain = engine.generate(ARGS, **SMALL).images[0]
    found = engine.generate({**ARGS, "keep_color": 0.7, "append_images": True}, **SMALL)
    assert len(found.images) == len(found.infotexts) == 4
    assert pixels(found.images[-1]).tolist() == pixels(plain).tolist()
    assert np.abs(pixels(found.images[0]) - pixels(plain)).mean() > 1


@pytest.mark.parametrize("more", [{}, {"append_images": True}])
def test_own_size_is_the_photos(engine: SmallDiffusion, more: dict[str, Any]) -> None:
    found = engine.generate({**ARGS, "own_size": True, **more}, **SMALL)
    assert found.images[0].size == (128, 128)
    assert [image.size for image in found.images[1:]] == ([(128, 160), (64, 64), (128, 128)] if more else [])
