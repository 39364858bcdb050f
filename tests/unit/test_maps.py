"""Light maps. The formulae of ``gradio_demo.py`` and ``gradio_demo_bg.py`` are written out here once more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_iclight.light import maps
from lib_iclight.light.maps import BACKGROUND, INITIAL_LATENT, LIGHTS, draw
from lib_iclight.request.args import build

SIDES = st.integers(1, 1500)
SMALL = st.integers(1, 80)
DRAWN = st.sampled_from([light.name for light in LIGHTS if light.draw])
COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def published(light: str, width: int, height: int, bright: int, dark: int) -> np.ndarray:
    start, stop = (bright, dark) if light in ("left", "top") else (dark, bright)
    if light in ("left", "right"):
        image = np.tile(np.linspace(start, stop, width), (height, 1))
    else:
        image = np.tile(np.linspace(start, stop, height)[:, None], (1, width))
    return np.stack((image,) * 3, axis=-1).astype(np.uint8)


@given(st.sampled_from(["left", "right", "top", "bottom"]), SIDES)
@settings(max_examples=300)
def test_the_authors_ramps_to_the_bit(light: str, side: int) -> None:
    width, height = (side, 3) if light in ("left", "right") else (3, side)
    request = build({"light": light})
    for ends, bright, dark in ((INITIAL_LATENT, 255, 0), (BACKGROUND, 224, 32)):
        assert (draw(request, width, height, ends) == published(light, width, height, bright, dark)).all()


def test_the_authors_ambient() -> None:
    request = build({"light": "ambient"})
    assert (draw(request, 7, 5, INITIAL_LATENT) == 127).all()
    assert (draw(request, 7, 5, BACKGROUND) == 64).all()


@given(st.sampled_from([(0, "right"), (90, "top"), (180, "left"), (270, "bottom"), (360, "right")]), SIDES, SIDES)
@settings(max_examples=40, deadline=None)
def test_right_angles_are_the_sides(pair: tuple[int, str], width: int, height: int) -> None:
    angle, side = pair
    turned = draw(build({"light": "angle", "light_angle": angle}), width, height, INITIAL_LATENT)
    assert (turned == draw(build({"light": side}), width, height, INITIAL_LATENT)).all()


@given(DRAWN, SMALL, SMALL, COLOURS, COLOURS, st.floats(0, 2), st.floats(0, 1), st.floats(0, 360))
@settings(max_examples=300, deadline=None)
def test_any_map_has_its_size_and_keeps_between_its_ends(
    light: str, width: int, height: int, bright: str, dark: str, intensity: float, softness: float, angle: float
) -> None:
    request = build(
        {
            "light": light,
            "light_color": bright,
            "ambient_color": dark,
            "light_intensity": intensity,
            "light_softness": softness,
            "light_angle": angle,
        }
    )
    for ends in (INITIAL_LATENT, BACKGROUND):
        drawn = draw(request, width, height, ends)
        assert drawn.shape == (height, width, 3)
        assert drawn.dtype == np.uint8
        if light == "ambient":
            assert (drawn == drawn[0, 0]).all()
            continue
        for channel, (b, d) in enumerate(maps._ends(request, ends)):
            low, high = sorted((min(b, 255), d))
            assert drawn[..., channel].min() >= int(low) - 1
            assert drawn[..., channel].max() <= int(high) + 1


@given(
    st.sampled_from(["top_left", "top_right", "bottom_left", "bottom_right"]), st.integers(2, 80), st.integers(2, 80)
)
def test_corners_are_bright_at_their_corner_and_dark_at_the_other(light: str, width: int, height: int) -> None:
    drawn = draw(build({"light": light}), width, height, INITIAL_LATENT)[..., 0]
    row = 0 if light.startswith("top") else -1
    column = 0 if light.endswith("left") else -1
    assert drawn[row, column] == 255
    assert drawn[-1 - row, -1 - column] == 0


@given(st.floats(0, 360), st.integers(2, 60), st.integers(2, 60))
@settings(deadline=None)
def test_the_opposite_angle_is_the_map_turned_round(angle: float, width: int, height: int) -> None:
    def levels(degrees: float) -> np.ndarray:
        request = build({"light": "angle", "light_angle": degrees % 360})
        return maps._angle(request, width, height, INITIAL_LATENT)

    assert np.allclose(levels(angle + 180), levels(angle)[::-1, ::-1], atol=1e-6)


def test_a_point_is_brightest_where_it_stands_and_falls_off() -> None:
    drawn = draw(build({"light": "point", "light_x": 0.25, "light_y": 1}), 101, 51, INITIAL_LATENT)[..., 0]
    assert drawn[50, 25] == drawn.max() == 255
    assert (np.diff(drawn[50, 25:].astype(int)) <= 0).all()
    assert drawn[0, 100] == 0


def test_softness_zero_is_a_hard_edge() -> None:
    drawn = draw(build({"light": "left", "light_softness": 0}), 100, 2, INITIAL_LATENT)
    assert set(np.unique(drawn)) == {0, 255}
    assert (drawn[:, :50] == 255).all()


def test_colour_and_intensity() -> None:
    request = build({"light": "left", "light_color": "#ff8000", "ambient_color": "#000040", "light_intensity": 0.5})
    drawn = draw(request, 11, 1, INITIAL_LATENT)
    assert drawn[0, 0].tolist() == [127, 64, 0]
    assert drawn[0, -1].tolist() == [0, 0, 64]


@pytest.mark.parametrize("light", ["none", "custom"])
def test_what_is_not_drawn_is_not_drawn(light: str) -> None:
    with pytest.raises(ValueError, match=light):
        draw(build({"light": light}), 4, 4, INITIAL_LATENT)
