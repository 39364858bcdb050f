"""Light on a form: what it has to keep, on any picture and any matte."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import images
from lib_iclight.errors import ICLightError
from lib_iclight.images import RGB, Matte
from lib_iclight.light.lamps import BEHIND, HEIGHT, Lamp
from lib_iclight.light.presets import PRESETS
from lib_iclight.light.tone import KNEE, compress, decode, encode
from lib_iclight.shading import Picture
from lib_iclight.shading.surface import attenuation, direction
from tests.unit.forms import GREY, SIDE, disc, lamps, lit_by, of_lamps, photo, prepared
from tests.unit.lamps import A_LAMP, COLOURS, SOME_LAMPS

# Light


@given(SOME_LAMPS, COLOURS)
@settings(deadline=None, max_examples=30)
def test_lamps_add_up_in_linear_light(some: tuple[Lamp, ...], ambient: str) -> None:
    form = prepared(photo())
    alone = sum(form.radiance(of_lamps((lamp,))) for lamp in some)
    everywhere = lit_by(light="ambient", light_intensity=0, ambient_color=ambient)
    together = form.radiance(replace(of_lamps(some), ambient=everywhere.ambient))
    assert np.allclose(together, alone + form.radiance(everywhere), rtol=1e-4, atol=1e-5)


@given(A_LAMP)
@settings(deadline=None, max_examples=30)
def test_no_lamp_gives_more_than_it_has(lamp: Lamp) -> None:
    """Of diffuse light a white surface gives back what falls on it, and no more; of its highlights a bounded part."""
    factor, highlight = prepared(GREY).surface.shade(replace(of_lamps((lamp,)), specular=1.0))
    brightest = max(of_lamps((lamp,)).lamps[0].color)
    assert factor.min() >= 0
    assert factor.max() <= brightest * 2 + 1e-5, "the gain is 2 at most"
    assert highlight.min() >= 0
    assert highlight.max() <= brightest * 60
    assert highlight.mean() <= brightest


@given(A_LAMP)
@settings(deadline=None, max_examples=30)
def test_a_mirrored_lamp_lights_the_mirrored_picture(lamp: Lamp) -> None:
    mirrored = replace(lamp, x=1 - lamp.x) if lamp.kind == "point" else replace(lamp, angle=(540 - lamp.angle) % 360)
    rgb = photo()
    plain = prepared(rgb).radiance(of_lamps((lamp,)))
    flipped = prepared(np.ascontiguousarray(rgb[:, ::-1])).radiance(of_lamps((mirrored,)))
    assert np.allclose(flipped, plain[:, ::-1], atol=2e-3 * max(plain.max(), 1))


def test_light_comes_from_where_it_says() -> None:
    form = prepared(GREY)
    for angle, (down, right) in {0: (0, 1), 90: (-1, 0), 180: (0, -1), 270: (1, 0)}.items():
        light = form.radiance(lit_by(light="angle", light_angle=angle)).mean(axis=2) * disc()
        y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
        centre = np.array([(light * y).sum(), (light * x).sum()]) / light.sum()
        assert centre @ (down, right) > 2
        assert abs(centre @ (right, down)) < 0.5


@pytest.mark.parametrize("name", ["left", "top_right", "point", "none"])
def test_a_light_by_name_is_the_lamp_that_it_is(name: str) -> None:
    lamp = {"left": "side angle 180", "top_right": "side angle 45", "point": "point size 0.5"}.get(name)
    found = lit_by(light=name, light_color="#ff8000", light_intensity=0.5)
    if lamp is None:
        assert [each.front for each in found.lamps] == [True]
    else:
        assert found == lamps(f"{lamp} color #ff8000 intensity 0.5")


def test_even_light_is_from_no_side() -> None:
    factor, highlight = prepared(GREY).surface.shade(lit_by(light="ambient"))
    assert np.ptp(factor / prepared(GREY).surface.gain[..., None]) < 1e-5
    assert not highlight.any()


def test_a_light_map_of_ones_own_is_refused() -> None:
    with pytest.raises(ICLightError, match="custom"):
        lit_by(light="custom", light_map=Image.new("RGB", (2, 2)))


def test_a_lamp_behind_lights_the_rim_alone() -> None:
    y, x = (np.mgrid[:256, :256] + 0.5) / 256 - 0.5
    alpha, radius = disc(256), np.hypot(x, y) / 0.4
    form = prepared(np.full((256, 256, 3), 128, np.uint8), alpha)
    behind = form.surface.shade(of_lamps((Lamp("side", angle=0, depth=-1),))).factor[..., 0] * alpha
    assert behind[radius < 0.6].max() == 0
    assert behind[(radius > 0.9) & (radius < 1) & (x > 0.3)].min() > 0.3
    assert behind[x < 0].max() == 0
    beside = form.surface.shade(of_lamps((Lamp("side", angle=0, depth=0, softness=0),))).factor[..., 0] * alpha
    assert beside[(x < -0.01)].max() < 0.05, "in the picture's plane it grazes the middle"
    assert beside[128, 128] < 0.05
    assert beside[128, 225] > 0.7


def test_depth_is_where_the_lamp_stands() -> None:
    for depth in (1, 0.5, 0, -1):
        (lamp,) = lamps([{"kind": "side", "angle": 90, "depth": depth}]).lamps
        right, up, out = (float(part[0, 0]) for part in direction(lamp, 8, 8))
        away = depth * (BEHIND if depth < 0 else HEIGHT)
        assert (right, out / up) == pytest.approx((0, away), abs=1e-6)


def test_a_point_fades_with_its_distance_and_has_half_at_its_reach() -> None:
    (lamp,) = lamps("point x 0 y 0 size 0.5").lamps
    fade = attenuation(lamp, 401, 401)
    along = fade[0]
    assert (np.diff(along) < 0).all()
    assert along[200] == pytest.approx(0.5, abs=0.01), "it reaches half a short side"


# Tone


@given(st.lists(st.floats(0, 100), min_size=3, max_size=3), st.floats(1.001, 3))
def test_the_shoulder_rises_stays_below_one_and_keeps_the_chroma(light: list[float], more: float) -> None:
    def through(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return compress(np.tile(values, (1, 1, 1)).copy())[0, 0]

    given_light = np.array(light, np.float32)
    most, result = float(given_light.max()), through(given_light)
    assert result.max() < 1
    assert through(given_light * np.float32(more)).max() >= result.max() - 1e-6
    if most > 0:
        assert np.allclose(result / result.max(), given_light / most, atol=1e-5)
    if most <= KNEE:
        assert (result == given_light).all()


def test_every_level_comes_back_from_linear_light() -> None:
    levels = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2)
    assert (encode(decode(levels)) == levels).all()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_no_preset_burns_a_white_subject_out(preset: Any) -> None:
    white = np.full((SIDE, SIDE, 3), 245, np.uint8)
    form = prepared(white, images.opaque(white))
    light = lamps(preset.lamps, ambient_color=preset.ambient)
    result = form.relight(Picture(white, images.opaque(white), white), light)
    assert (result.min(axis=2) >= 250).mean() < 0.001


# Strange pictures


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("matte", ["disc", "all", "nothing", "a pixel"])
@pytest.mark.parametrize("size", [(SIDE, SIDE), (1, 1), (3, 200)])
def test_anything_is_finite(level: int, matte: str, size: tuple[int, int]) -> None:
    rgb = np.full((*size, 3), level, np.uint8)
    alpha = np.full(size, matte == "all", np.float32)
    if matte == "disc":
        alpha = np.asarray(Image.fromarray(disc()).resize(size[::-1]), np.float32)
    if matte == "a pixel":
        alpha[size[0] // 2, size[1] // 2] = 1
    form = prepared(rgb, alpha)
    for text in ("point x 0 y 0 size 0.05 depth 0", "point depth -1", "side depth -1 softness 0", "side size 0.05"):
        light = lamps(text, roughness=0, specular=1)
        assert np.isfinite(form.radiance(light)).all()
        assert form.relight(Picture(rgb, alpha, None), light).shape == (*size, 4)
    assert (form.surface.gain >= 0.5).all()
    assert (form.surface.gain <= 2).all()


# The place


def ramp() -> tuple[RGB, Matte]:
    return np.full((SIDE, SIDE, 3), 188, np.uint8), np.zeros((SIDE, SIDE), np.float32)


def test_the_place_is_dimmed_and_lit_as_the_light_map_is() -> None:
    rgb, nothing = ramp()
    form, picture = prepared(rgb, nothing), Picture(rgb, nothing, rgb)
    dim = form.relight(picture, lit_by(light="ambient", light_intensity=0, backdrop_light=1))
    assert (dim < 100).all()
    lit = form.relight(picture, lit_by(light="left", backdrop_light=1)).astype(int)
    assert (np.diff(lit[..., 0], axis=1) <= 0).all()
    assert lit[:, 0].min() > 188 > 100 > lit[:, -1].max()


def test_the_place_stays_as_it_is_where_no_light_is_to_fall_on_it() -> None:
    rgb, nothing = photo(), np.zeros((SIDE, SIDE), np.float32)
    result = prepared(rgb, nothing).relight(Picture(rgb, nothing, rgb), lit_by(light="left", backdrop_light=0))
    assert (result == rgb).all()


def test_another_background_stays_as_it_is() -> None:
    other, nothing = photo(seed=5), np.zeros((SIDE, SIDE), np.float32)
    light = lit_by(light="left", backdrop_light=1)
    assert (prepared().relight(Picture(GREY, nothing, other), light) == other).all()
