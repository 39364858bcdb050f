"""Lighting without a model, against the formulae as ``tests.unit.paintinglight`` writes them out."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lib_iclight.errors import ICLightError
from lib_iclight.painting import Direction, Lamp, Point, Prepared, light, prepare, shading
from lib_iclight.painting.density import reach, stroke_density
from lib_iclight.painting.vectors import vectors
from tests.unit.paintinglight import (
    plain_density,
    plain_reach,
    plain_vectors,
)

LEFT, RIGHT = Direction(-1, 0), Direction(1, 0)
TOP, BOTTOM = Direction(0, -1), Direction(0, 1)


def scene(height: int, width: int, seed: int) -> np.ndarray:
    """Soft blobs of colour with some grain."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (5, 4, 3)).astype(np.float32)
    picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) + random.normal(
        0, 6, (height, width, 3)
    )
    return picture.clip(0, 255).astype(np.uint8)


def disc(size: int = 96) -> np.ndarray:
    """A bright disc on a dark ground, neither of them at the end of the palette: such colours take no side's light."""
    picture = np.full((size, size, 3), (60, 70, 80), np.uint8)
    cv2.circle(picture, (size // 2, size // 2), size // 4, (180, 160, 150), -1)
    picture = cv2.GaussianBlur(picture, (0, 0), 2)
    corners = np.array([[value >> bit & 1 for bit in range(3)] for value in range(8)], np.uint8) * 255
    picture[0, :8] = corners
    return picture


def as_one(prepared: Prepared) -> np.ndarray:
    density = np.broadcast_to(prepared.density, prepared.rows.shape)
    return np.stack([density, prepared.rows, prepared.columns], axis=-1).transpose(1, 2, 0, 3)


SIZES = pytest.mark.parametrize(
    ("height", "width", "seed"), [(64, 32, 0), (97, 130, 1), (37, 51, 5), (20, 23, 2), (3, 40, 3), (9, 2, 4)]
)


@SIZES
def test_the_density_is_the_published_one(height: int, width: int, seed: int) -> None:
    rgb = scene(height, width, seed)
    density = stroke_density(rgb)
    assert density.max() > 0.9
    np.testing.assert_allclose(density, plain_density(rgb), atol=1e-4)


@SIZES
def test_the_light_is_the_published_one(height: int, width: int, seed: int) -> None:
    rgb = scene(height, width, seed)
    prepared, expected = vectors(rgb), plain_vectors(rgb)
    assert as_one(prepared).dtype == np.float32
    np.testing.assert_allclose(as_one(prepared), expected, atol=1e-4)
    for source in (LEFT, BOTTOM, Direction(0.7, -0.4, 0.2), Direction(0.3, 0.9, 3.0)):
        towards = np.array([source.height, -source.y, -source.x])
        effect = (expected @ (towards / np.linalg.norm(towards))).clip(0, 1)
        assert effect.max() > 0.1
        color = (1.0, 0.5, 0.25)
        factors = (0.45 + effect * 0.85) * color
        np.testing.assert_allclose(shading(prepared, [Lamp(source, color)], 0.45, color), factors, atol=1e-4)
        lit = light(rgb, prepared, [Lamp(source, color)], ambient_color=color)
        assert lit.dtype == np.uint8
        assert np.abs(lit - (factors * rgb).clip(0, 255)).max() <= 0.5 + 0.03


def test_a_lamp_in_the_picture_shines_from_where_it_is() -> None:
    rgb = scene(40, 60, 5)
    prepared, expected = vectors(rgb), plain_vectors(rgb)
    factors = shading(prepared, [Lamp(Point(0.25, 0.9, 0.6))])
    for y, x in ((0, 0), (39, 59), (20, 31), (35, 15)):
        towards = np.array([0.6, (y + 0.5 - 0.9 * 40) / 20, (x + 0.5 - 0.25 * 60) / 20])
        effect = (expected[y, x] @ (towards / np.linalg.norm(towards))).clip(0, 1)
        np.testing.assert_allclose(factors[y, x], 0.45 + 0.85 * effect, atol=1e-4)


def test_a_lamp_far_away_is_a_direction() -> None:
    prepared = vectors(scene(40, 40, 6))
    far = shading(prepared, [Lamp(Point(-2e4, 0.5, 4e4))])
    np.testing.assert_allclose(far, shading(prepared, [Lamp(Direction(-1, 0, 1))]), atol=1e-3)


# Where the formulae say nothing.


def test_colours_on_a_plane_reach_for_the_edge_of_their_area() -> None:
    random = np.random.default_rng(0)
    flat = np.unique(random.integers(0, 60, (50, 2)), axis=0)
    # Two directions of a plane that is at no channel's right angle, and the same points in its own axes.
    axes = np.array([[1, 2, 0], [1, 0, 3]])
    colours = flat @ axes
    upright = flat @ np.linalg.cholesky((axes @ axes.T).astype(np.float64))
    np.testing.assert_allclose(
        reach(colours, colours.mean(axis=0)), plain_reach(upright, upright.mean(axis=0)), atol=1e-9
    )


@pytest.mark.parametrize("tint", [(1, 1, 1), (0, 1, 0), (2, 0, 1)])
def test_colours_on_a_line_reach_for_its_ends(tint: tuple[int, int, int]) -> None:
    shares = np.array([0, 10, 40, 100])
    colours, mean = shares[:, None] * np.array(tint), 37.5 * np.array(tint)
    np.testing.assert_allclose(reach(colours, mean), [1, 27.5 / 37.5, 2.5 / 62.5, 1])


def test_the_mean_colour_reaches_nowhere() -> None:
    corners = np.array([[x, y, z] for x in (0, 200) for y in (0, 100) for z in (0, 60)])
    colours = np.vstack([corners, [[100, 50, 30]]])
    np.testing.assert_allclose(reach(colours, colours.mean(axis=0)), [1] * 8 + [0])


def test_a_faint_tint_is_no_grey_picture() -> None:
    colours = np.array([[v, v, v] for v in range(256)] + [[128, 128, 127], [127, 128, 128]])
    assert reach(colours, colours.mean(axis=0))[-2:] == pytest.approx(1)
    neighbours = np.array([[7, 7, 7], [7, 7, 8]])
    assert reach(neighbours, neighbours.mean(axis=0)) == pytest.approx(1)


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (40, 64)])
def test_a_picture_of_one_colour_has_no_vectors(shape: tuple[int, int]) -> None:
    rgb = np.full((*shape, 3), (200, 128, 7), np.uint8)
    prepared = vectors(rgb)
    assert not as_one(prepared).any()
    assert (light(rgb, prepared, [Lamp(LEFT)], ambient=0.5) == [100, 64, 4]).all()


def test_a_channel_of_one_level_has_no_slopes() -> None:
    rgb = scene(40, 40, 7)
    rgb[..., 1] = 90
    prepared = vectors(rgb)
    assert not prepared.rows[1].any()
    assert not prepared.columns[1].any()
    assert prepared.columns[0].any()


def test_a_lamp_in_the_plane_of_the_picture_has_a_pixel_without_direction() -> None:
    prepared = vectors(scene(5, 5, 8))
    factors = shading(prepared, [Lamp(Point(0.5, 0.5, 0.0)), Lamp(Direction(0, 0, 0))])
    assert np.isfinite(factors).all()
    np.testing.assert_allclose(factors[2, 2], 0.45)


PICTURES = st.one_of(
    st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3)).flatmap(lambda shape: arrays(np.uint8, shape)),
    st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3)).flatmap(
        lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 254, 255]))
    ),
    st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(1))
    .flatmap(lambda shape: arrays(np.uint8, shape))
    .map(lambda grey: np.repeat(grey, 3, axis=2)),
    st.tuples(st.integers(1, 20), st.integers(1, 20), st.integers(0, 2**16)).map(
        lambda seeded: np.random.default_rng(seeded[2]).integers(0, 256, (*seeded[:2], 3), np.uint8)
    ),
)
SOURCES = st.one_of(
    st.builds(Direction, st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 5)),
    st.builds(Point, st.floats(-1, 2), st.floats(-1, 2), st.floats(0, 5)),
)
COLORS = st.tuples(*[st.floats(0, 1)] * 3)
LAMPS = st.lists(st.builds(Lamp, SOURCES, COLORS, st.floats(0, 2), st.floats(0, 1)), max_size=3)


@given(PICTURES, LAMPS, COLORS)
@settings(max_examples=200, deadline=None)
def test_any_picture_is_lit(rgb: np.ndarray, lamps: list[Lamp], ambient_color: Any) -> None:
    prepared = vectors(rgb)
    every = as_one(prepared)
    assert np.isfinite(every).all()
    assert 0 <= every[..., 0].min() <= every[..., 0].max() <= 1
    assert np.linalg.norm(every, axis=-1).max() <= 1 + 1e-5
    factors = shading(prepared, lamps, 0.5, ambient_color)
    assert factors.shape == rgb.shape
    assert factors.dtype == np.float32
    least = 0.5 * np.array(ambient_color)
    most = least + sum(lamp.intensity * np.array(lamp.color) for lamp in lamps)
    assert (factors >= least - 1e-5).all()
    assert (factors <= most + 1e-5).all()
    assert light(rgb, prepared, lamps, 0.5, ambient_color).shape == rgb.shape


@given(PICTURES)
@settings(max_examples=8, deadline=None)
def test_any_picture_is_prepared_at_the_working_size(rgb: np.ndarray) -> None:
    prepared = prepare(rgb)
    assert np.isfinite(as_one(prepared)).all()
    short, long = sorted(prepared.density.shape)
    assert short == 512 or long == 2048
    lit = light(rgb, prepared, [Lamp(LEFT, softness=0.5)])
    assert lit.shape == rgb.shape


@pytest.mark.parametrize(
    ("shape", "working"),
    [((768, 512), (768, 512)), ((1400, 1000), (717, 512)), ((100, 150), (512, 768)), ((1, 5000), (1, 2048))],
)
def test_the_working_size(shape: tuple[int, int], working: tuple[int, int]) -> None:
    assert prepare(scene(*shape, 9)).density.shape == working


# What a person sees.


@pytest.mark.parametrize("softness", [0.0, 0.5, 1.0])
def test_the_side_that_faces_the_lamp_is_the_brighter_one(softness: float) -> None:
    rgb = disc()
    prepared = vectors(rgb)
    middle = {"left": (48, 30), "right": (48, 66), "top": (30, 48), "bottom": (66, 48)}
    lamps = {
        "left": (LEFT, Point(0, 0.5)),
        "right": (RIGHT, Point(1, 0.5)),
        "top": (TOP, Point(0.5, 0)),
        "bottom": (BOTTOM, Point(0.5, 1)),
    }
    opposite = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
    for side, sources in lamps.items():
        for source in sources:
            lit = light(rgb, prepared, [Lamp(source, softness=softness)])
            assert lit[middle[side]].sum() > lit[middle[opposite[side]]].sum() + 20


@pytest.mark.parametrize(("axis", "source", "mirrored"), [(1, LEFT, RIGHT), (0, TOP, BOTTOM)])
def test_a_mirrored_picture_is_lit_by_the_mirrored_lamp(axis: int, source: Direction, mirrored: Direction) -> None:
    # The pyramid's own grid and borders are not symmetric: equal up to that.
    rgb = scene(193, 193, 10)
    one = shading(vectors(rgb), [Lamp(source)])
    other = np.flip(shading(vectors(np.ascontiguousarray(np.flip(rgb, axis))), [Lamp(mirrored)]), axis)
    assert np.abs(one - other).mean() < 0.01
    assert np.abs(one - shading(vectors(rgb), [Lamp(mirrored)])).mean() > 0.1


@given(st.lists(st.builds(Lamp, SOURCES, COLORS, st.floats(0, 2), st.floats(0, 1)), min_size=2, max_size=4))
@settings(max_examples=40, deadline=None)
def test_lamps_add_up(lamps: list[Lamp]) -> None:
    prepared = PREPARED
    alone = sum(shading(prepared, [lamp], ambient=0).astype(np.float64) for lamp in lamps)
    np.testing.assert_allclose(shading(prepared, lamps), 0.45 + alone, atol=1e-5)
    np.testing.assert_allclose(shading(prepared, lamps[::-1]), 0.45 + alone, atol=1e-5)


PREPARED = vectors(scene(40, 56, 11))


def test_without_lamps_the_ambient_light_is_left() -> None:
    rgb = scene(40, 56, 11)
    assert (shading(PREPARED, [], 0.5, (1, 0.5, 2)) == np.float32([0.5, 0.25, 1])).all()
    assert (light(rgb, PREPARED, [], ambient=1.0) == rgb).all()


@pytest.mark.parametrize("scale", [0.5, 1.5, 4])
def test_another_size_is_lit_alike(scale: float) -> None:
    rgb = scene(256, 320, 12)
    prepared, lamps = vectors(rgb), [Lamp(LEFT), Lamp(Point(0.7, 0.2), (0.2, 0.1, 0))]
    expected = light(rgb, prepared, lamps)
    size = round(320 * scale), round(256 * scale)
    resized = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    lit = light(resized, prepared, lamps)
    assert lit.shape == resized.shape
    back = cv2.resize(lit, (320, 256), interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(expected.astype(np.float32), (0, 0), 4)
    assert np.abs(cv2.GaussianBlur(back.astype(np.float32), (0, 0), 4) - smooth).mean() < 1


@pytest.mark.parametrize("softness", [0.0, 0.3, 1.0])
def test_softness_steepens_the_light_about_its_middle(softness: float) -> None:
    prepared = vectors(scene(96, 120, 13))
    published = shading(prepared, [Lamp(LEFT, intensity=1)], 0).astype(np.float64)
    steep = shading(prepared, [Lamp(LEFT, intensity=1, softness=softness)], 0)
    np.testing.assert_allclose(steep, ((published - 0.5) / max(softness, 1e-6) + 0.5).clip(0, 1), atol=1e-4)


def test_the_same_picture_gives_the_same_light() -> None:
    rgb = scene(64, 48, 14)
    before = rgb.copy()
    first, second = prepare(rgb), prepare(rgb)
    vectors_before = as_one(first).copy()
    lamps = [Lamp(LEFT, softness=0.3)]
    assert (light(rgb, first, lamps) == light(rgb, second, lamps)).all()
    assert (rgb == before).all()
    assert (as_one(first) == vectors_before).all()


# scipy is optional.


def test_scipy_is_looked_for_only_when_it_is_needed() -> None:
    code = "import sys; import lib_iclight.painting; sys.exit('scipy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_scipy_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.spatial", None)
    with pytest.raises(ICLightError, match="Not installed: scipy; run pip install") as caught:
        vectors(scene(8, 8, 15))
    assert caught.value.status_code == 500
