"""The light of a background, on pictures whose light is known: light maps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_iclight.light.estimate import estimate_lamps
from lib_iclight.light.lamps import MOST, Lamps
from lib_iclight.light.maps import INITIAL_LATENT, draw
from lib_iclight.request.args import build


def lit(lamps: str, width: int = 200, height: int = 240, ambient: str = "#000000") -> np.ndarray:
    return draw(build({"light": "lamps", "lamps": lamps, "ambient_color": ambient}), width, height, INITIAL_LATENT)


def apart(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)


def channels(colour: str) -> np.ndarray:
    return np.array(list(bytes.fromhex(colour[1:]))).astype(int)


@given(st.integers(0, 359), st.sampled_from(["#ffffff", "#ff8000", "#4060ff", "#20ff40"]), st.floats(0.3, 1))
@settings(max_examples=60, deadline=None)
def test_a_side_is_found_again(angle: int, colour: str, intensity: float) -> None:
    lamps, ambient = estimate_lamps(lit(f"side angle {angle} color {colour} intensity {intensity!r}"))
    assert lamps[0].kind == "side"
    assert apart(lamps[0].angle, angle) <= 12
    assert np.abs(channels(lamps[0].color) - channels(colour)).max() <= 12
    # The darkest quarter of an oblique ramp reaches up to a third of it.
    assert channels(ambient).max() <= 85


def test_two_colours_are_two_lamps() -> None:
    lamps, _ = estimate_lamps(lit("side angle 180 size 0.8 color #ff2bd6 + side size 0.8 color #1fd8ff"))
    assert len(lamps) == 2
    by_angle = sorted(lamps, key=lambda lamp: apart(lamp.angle, 0))
    assert [lamp.kind for lamp in by_angle] == ["side", "side"]
    assert apart(by_angle[0].angle, 0) < 20
    assert apart(by_angle[1].angle, 180) < 20
    assert channels(by_angle[0].color)[0] < 120 < channels(by_angle[1].color)[0]


def test_light_in_the_middle_is_a_point_there() -> None:
    (lamp,), _ = estimate_lamps(lit("point size 0.4"))
    assert lamp.kind == "point"
    assert abs(lamp.x - 0.5) < 0.03
    assert abs(lamp.y - 0.5) < 0.03


def test_what_is_everywhere_is_ambient() -> None:
    _, ambient = estimate_lamps(lit("side angle 180 size 0.5", ambient="#304050"))
    assert np.abs(channels(ambient) - channels("#304050")).max() <= 8


@pytest.mark.parametrize("level", [0, 90, 255])
def test_an_even_picture_has_a_lamp_without_light(level: int) -> None:
    (lamp,), ambient = estimate_lamps(np.full((30, 40, 3), level, np.uint8))
    assert lamp.intensity == 0
    assert np.abs(channels(ambient) - level).max() <= 1


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_any_picture_gives_lamps_that_are_allowed(width: int, height: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    lamps, ambient = estimate_lamps(picture)
    assert 1 <= len(lamps) <= MOST
    checked = Lamps().check(Lamps().to_text(lamps))
    assert checked == lamps
    build({"ambient_color": ambient})
