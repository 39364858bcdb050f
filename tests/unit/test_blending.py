"""Details and colours of one picture in another."""

from __future__ import annotations

import importlib.util

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lib_iclight.blending.details import BLENDS, MODES, transfer
from lib_iclight.images import to_matte
from lib_iclight.light.tone import decode
from lib_iclight.result.colour import keep_colour, to_light, to_oklab
from tests.unit import colour_science

RANDOM = np.random.default_rng(0)
PICTURES = arrays.arrays(
    np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)), elements=st.sampled_from([0, 1, 7, 128, 255])
)


def photo() -> np.ndarray:
    coarse = RANDOM.integers(0, 256, (8, 6, 3), np.uint8)
    smooth = cv2.resize(coarse, (90, 120), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    return (smooth + RANDOM.integers(-20, 21, smooth.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("radius", [0.5, 3, 12])
def test_a_blurred_picture_becomes_the_picture(radius: float) -> None:
    own = to_matte(photo())
    blurred = cv2.GaussianBlur(own, (0, 0), radius)
    rounded = (blurred * 255).round() / np.float32(255)
    assert np.abs(transfer(rounded, own, "add", radius) - own).max() <= 1 / 255
    assert np.abs(transfer(blurred, own, "divide", radius) - own).max() <= 1 / 255


@pytest.mark.parametrize("mode", MODES)
@given(relit=PICTURES, data=st.data(), radius=st.floats(0.1, 100))
def test_every_mode_is_finite(mode: str, relit: np.ndarray, data: st.DataObject, radius: float) -> None:
    own = data.draw(arrays.arrays(np.uint8, relit.shape, elements=st.sampled_from([0, 255])))
    found = transfer(to_matte(relit), to_matte(own), mode, radius)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 1


def test_the_blend_modes_are_the_documents() -> None:
    """By hand from W3C's Compositing and Blending: the light is the backdrop. Soft light is Pegtop's."""
    own, light = np.float32(0.25), np.float32(0.75)
    expected = {
        "multiply": 0.1875,
        "screen": 0.8125,
        "overlay": 1 - 2 * 0.25 * 0.75,
        "soft_light": (1 - 1.5) * 0.0625 + 1.5 * 0.25,
        "hard_light": 2 * 0.1875,
        "color_dodge": 1.0,
        "color_burn": 0.0,
        "difference": 0.5,
        "exclusion": 0.625,
    }
    plane = np.ones((1, 1, 3), np.float32)
    assert {mode: float(blend(own * plane, light * plane)[0, 0, 0]) for mode, blend in BLENDS.items()} == pytest.approx(
        expected
    )


@pytest.mark.skipif(importlib.util.find_spec("colour") is None, reason="of the extra dev, not of test")
def test_oklab_is_colour_sciences() -> None:
    colour = colour_science.load()
    light = RANDOM.random((40, 5, 3)).astype(np.float32)
    expected = colour.XYZ_to_Oklab(colour.RGB_to_XYZ(light, "sRGB"))
    assert np.abs(to_oklab(light) - expected).max() < 2e-3
    assert np.abs(to_light(to_oklab(light)) - light).max() < 1e-5


def test_the_colour_is_the_subjects_and_the_lightness_the_lights() -> None:
    own = np.full((4, 4, 3), (180, 60, 40), np.uint8)
    blue = np.full((4, 4, 3), (40, 70, 130), np.uint8)
    found = to_oklab(keep_colour(decode(blue), decode(own), np.ones((4, 4), np.float32)))
    native, lit = to_oklab(decode(own)), to_oklab(decode(blue))
    assert found[0, 0, 0] == pytest.approx(lit[0, 0, 0], abs=1e-3)
    assert np.arctan2(*found[0, 0, :0:-1]) == pytest.approx(np.arctan2(*native[0, 0, :0:-1]), abs=1e-3)
    saturation = [np.hypot(*of[0, 0, 1:]) / of[0, 0, 0] for of in (found, native)]
    assert saturation[0] == pytest.approx(saturation[1], rel=1e-3)


@given(pictures=arrays.arrays(np.uint8, (2, 3, 4, 3), elements=st.sampled_from([0, 1, 40, 255])), share=st.floats(0, 1))
def test_colours_stay_in_bounds_and_what_is_not_wanted_stays(pictures: np.ndarray, share: float) -> None:
    relit, own = map(decode, pictures)
    amount = np.full((3, 4), share, np.float32)
    amount[0] = 0
    found = keep_colour(relit, own, amount)
    assert found.min() >= 0
    assert found.max() <= 1
    assert (found[0] == relit[0]).all()
    same = keep_colour(own, own, np.ones((3, 4), np.float32))
    assert np.abs(same - own).max() < 2e-3
