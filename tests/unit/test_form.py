"""Normals from the matte, against bodies whose normals are known, and their properties on any matte."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from lib_iclight import painting
from lib_iclight.form import Normals, normals, read_normal_map
from lib_iclight.form.inflation import inflate
from lib_iclight.images import Matte
from lib_iclight.light.maps import to_linear, to_srgb

LOG = logging.getLogger(__name__)

SEEN = 0.08
"""Of a body's radius: so near to its rim normals turn within a pixel or two."""


def grid(height: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each pixel's middle: to the right and up from the middle of the picture."""
    rows, columns = np.mgrid[:height, :width]
    return columns + 0.5 - width / 2, height / 2 - rows - 0.5


def flat(alpha: Matte, level: int = 128) -> NDArray[np.uint8]:
    return np.full((*alpha.shape, 3), level, np.uint8)


def soft(inside: NDArray[np.float64]) -> Matte:
    """A matte from how far inside each pixel lies, in pixels."""
    return np.asarray((inside + 0.5).clip(0, 1), np.float32)


def disc(height: int = 300, width: int = 400, radius: float = 120.0) -> Matte:
    return soft(radius - np.hypot(*grid(height, width)))


def degrees(found: Normals, true: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.degrees(np.arccos((found * true).sum(-1).clip(-1, 1)))


@pytest.mark.parametrize("radius", [20.0, 60.0, 120.0])
def test_a_disc_becomes_half_a_sphere(radius: float) -> None:
    alpha = disc(radius=radius)
    x, y = grid(*alpha.shape)
    true = np.dstack([x, y, np.sqrt((radius**2 - x * x - y * y).clip(0))]) / radius
    error = degrees(normals(flat(alpha), alpha), true)[np.hypot(x, y) < radius * (1 - SEEN)]
    LOG.info("disc of %g: median %.2f degrees, worst %.2f", radius, np.median(error), error.max())
    assert np.median(error) <= 2
    assert error.max() <= 6


def test_an_ellipse_becomes_a_body_near_half_an_ellipsoid() -> None:
    a, b = 150.0, 75.0
    x, y = grid(300, 400)
    inside = 1 - np.hypot(x / a, y / b)
    alpha = soft(inside * b)
    # The solution over an ellipse is in closed form: 1 - (x/a)^2 - (y/b)^2, times this.
    height = 2 / (1 / a**2 + 1 / b**2)
    root = np.sqrt((1 - (x / a) ** 2 - (y / b) ** 2).clip(0) * height)
    inflated = np.dstack([x / a**2 * height, y / b**2 * height, root])
    ellipsoid = np.dstack([x / a**2, y / b**2, root / np.sqrt(height) / b])
    found, seen = normals(flat(alpha), alpha), inside > SEEN
    for name, true in (("inflated", inflated), ("half an ellipsoid as deep as it is high", ellipsoid)):
        true /= np.linalg.norm(true, axis=-1, keepdims=True)
        error = degrees(found, true)[seen]
        LOG.info("ellipse 2:1, %s: median %.2f degrees, worst %.2f", name, np.median(error), error.max())
        assert np.median(error) <= (2 if name == "inflated" else 10)


def torus() -> NDArray[np.float64]:
    x, y = grid(512, 512)
    return np.sqrt((70**2 - (np.hypot(x, y) - 150) ** 2).clip(0))


def bust() -> NDArray[np.float64]:
    """A head with a nose, a neck and shoulders that are cut by the frame."""
    x, y = grid(512, 512)

    def ellipsoid(middle: tuple[float, float, float], sizes: tuple[float, float, float]) -> NDArray[np.float64]:
        rest = 1 - ((x - middle[0]) / sizes[0]) ** 2 - ((y - middle[1]) / sizes[1]) ** 2
        return np.where(rest > 0, middle[2] + sizes[2] * np.sqrt(rest.clip(0)), 0)

    neck = np.where((abs(x) < 45) & (y < 0) & (y > -160), np.sqrt((45**2 - x * x).clip(0)), 0)
    head, nose = ellipsoid((0, 80, 0), (95, 120, 95)), ellipsoid((0, 60, 80), (12, 25, 35))
    return np.max([neck, head, np.where(head > 0, nose, 0), ellipsoid((0, -256, 0), (230, 130, 120))], axis=0)


@pytest.mark.parametrize("body", [torus, bust])
def test_a_lit_body_is_nearer_to_the_truth_than_by_strokes(body: Callable[[], NDArray[np.float64]]) -> None:
    """Photographed in light from the front and all round, lit from two sides; each way at its best exposure."""
    depth = body()
    down, across = np.gradient(depth)
    true = np.dstack([-across, down, np.ones_like(depth)])
    true /= np.linalg.norm(true, axis=-1, keepdims=True)
    alpha = np.asarray(depth > 0, np.float32)
    inside = cv2.erode(alpha, np.ones((7, 7), np.uint8), borderValue=1) > 0
    photo = 0.5 * alpha * (0.6 + 0.4 * true[..., 2])
    rgb = np.asarray((255 * to_srgb(photo)).round()[..., None].repeat(3, -1), np.uint8)
    found, strokes = normals(rgb, alpha), painting.prepare(rgb)
    errors = []
    for x, y in ((-1, 0), (0, 1)):
        towards = np.array([x, y, 1]) / np.sqrt(2)
        wanted = (0.5 * (0.2 + 0.8 * (true @ towards).clip(0)))[inside]
        lit = photo * (0.2 + 0.8 * (found @ towards).clip(0))
        lamp = painting.Lamp(painting.Direction(x, -y))
        painted = to_linear(painting.light(rgb, strokes, [lamp])[..., 0] / 255)
        errors.append([exposed(way[inside], wanted) for way in (lit, painted)])
    by_form, by_strokes = np.mean(errors, axis=0)
    turned = degrees(found, true)[inside]
    LOG.info("%s: levels off, form %.1f, PaintingLight %.1f", body.__name__, by_form, by_strokes)
    LOG.info("%s: normals off, median %.1f degrees", body.__name__, np.median(turned))
    assert by_form < 0.7 * by_strokes


def exposed(lit: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    """Mean difference in levels of 255, at the exposure where linear light is nearest."""
    levels = [255 * to_srgb(light.clip(0, 1)) for light in (lit * (lit @ wanted) / (lit @ lit), wanted)]
    return float(abs(levels[0] - levels[1]).mean())


@st.composite
def mattes(draw: st.DrawFn) -> tuple[NDArray[np.uint8], Matte]:
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    alpha = draw(arrays(np.float32, (height, width), elements=st.floats(0, 1, width=32)))
    hard = draw(st.sampled_from(["as drawn", "hard", "empty", "full", "one pixel"]))
    if hard == "hard":
        alpha = np.round(alpha)
    elif hard in ("empty", "full"):
        alpha = np.full_like(alpha, hard == "full")
    elif hard == "one pixel":
        alpha = np.zeros_like(alpha)
        alpha[height // 2, width // 2] = 1
    level = draw(st.sampled_from([0, 128, 255, None]))
    noise = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 256, (height, width, 3), np.uint8)
    return noise if level is None else np.full_like(noise, level), alpha


@given(mattes())
@settings(deadline=None)
def test_normals_of_any_matte_are_finite_and_of_length_1(picture: tuple[NDArray[np.uint8], Matte]) -> None:
    found = normals(*picture)
    assert found.dtype == np.float32
    assert abs(np.linalg.norm(found, axis=-1) - 1).max() < 1e-4
    assert found[..., 2].min() >= 0
    if not picture[1].any():
        assert (found == (0, 0, 1)).all()


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 2), (1, 700), (700, 1), (2, 3)])
def test_normals_of_a_strip_are_finite(size: tuple[int, int], level: float) -> None:
    found = normals(flat(np.zeros(size, np.float32)), np.full(size, level, np.float32))
    assert abs(found - (0, 0, 1)).max() < 2e-3


def test_a_mirrored_or_transposed_picture_has_mirrored_or_transposed_normals() -> None:
    alpha = np.maximum(disc(301, 403, 90), np.roll(disc(301, 403, 60), (70, 80), (0, 1)))
    noise = np.random.default_rng(0).integers(0, 256, (301, 403, 3), np.uint8)
    rgb = cv2.GaussianBlur(noise, (0, 0), 3)
    found, inside = normals(rgb, alpha), alpha > 0.5
    mirrored = normals(np.ascontiguousarray(rgb[:, ::-1]), np.ascontiguousarray(alpha[:, ::-1]))
    transposed = normals(np.ascontiguousarray(rgb.transpose(1, 0, 2)), np.ascontiguousarray(alpha.T))
    assert abs(mirrored[:, ::-1] * (-1, 1, 1) - found)[inside].max() < 1e-3
    assert abs(transposed.transpose(1, 0, 2)[..., [1, 0, 2]] * (-1, -1, 1) - found)[inside].max() < 1e-3


def test_a_part_far_away_changes_nothing() -> None:
    alone = disc(300, 900, 100)
    beside = np.roll(alone, -280, axis=1)
    found = normals(flat(alone), beside)
    both = normals(flat(alone), np.maximum(beside, np.roll(alone, 280, axis=1)))
    error = degrees(found, both.astype(float))[beside > 0.99]
    LOG.info("a part far away: worst %.2f degrees", error.max())
    assert error.max() < 0.5


@pytest.mark.parametrize("blur", [2, 4, 8])
def test_a_soft_rim_leaves_the_inside_as_it_is(blur: int) -> None:
    hard = disc()
    blurred = np.asarray(cv2.GaussianBlur(hard, (0, 0), blur), np.float32)
    inside = cv2.erode(hard, np.ones((31, 31), np.uint8)) == 1
    error = degrees(normals(flat(hard), blurred), normals(flat(hard), hard).astype(float))[inside]
    LOG.info("a rim blurred by %d: median %.2f degrees", blur, np.median(error))
    assert np.median(error) < 2


@pytest.mark.parametrize(("level", "most"), [(0.95, 0.5), (0.85, 2)])
def test_where_a_matte_is_unsure_inside_is_no_dent(level: float, most: float) -> None:
    sure = disc()
    unsure = sure.copy()
    cv2.circle(unsure, (230, 150), 15, level, -1)
    error = degrees(normals(flat(sure), unsure), normals(flat(sure), sure).astype(float))[sure > 0.99]
    assert error.max() < most


def test_a_subject_goes_on_beyond_the_frame() -> None:
    """Half a disc at the lower edge, as a portrait stands there, is the upper half of the disc."""
    whole = disc(400, 400, 150)
    upper, full = normals(flat(whole[:200]), whole[:200]), normals(flat(whole), whole)[:200]
    assert np.median(degrees(upper, full.astype(float))[whole[:200] > 0.99]) < 2
    assert abs(upper[-1, 150:250, 1]).max() < 0.05


def test_a_hole_has_a_rim_of_its_own() -> None:
    """The solution over a ring is in closed form too."""
    outer, inner = 130.0, 50.0
    x, y = grid(300, 400)
    around = np.hypot(x, y)
    alpha = soft(np.minimum(outer - around, around - inner))
    share = (outer**2 - inner**2) / np.log(outer / inner)
    square = outer**2 - around**2 - share * np.log(outer / around)
    slope = share / around - 2 * around
    true = np.dstack([-slope / 2 * x / around, -slope / 2 * y / around, np.sqrt(square.clip(0))])
    true /= np.linalg.norm(true, axis=-1, keepdims=True)
    error = degrees(normals(flat(alpha), alpha), true)[square > 0.1 * square.max()]
    LOG.info("ring: median %.2f degrees, worst %.2f", np.median(error), error.max())
    assert np.median(error) <= 1
    assert error.max() <= 4


def test_a_full_matte_is_flat_and_has_relief_alone() -> None:
    alpha = np.ones((301, 403), np.float32)
    assert degrees(normals(flat(alpha), alpha), np.array([0, 0, 1.0])).max() < 0.1
    rgb = flat(alpha)
    cv2.circle(rgb, (200, 150), 6, (255, 255, 255), -1)
    found = normals(rgb, alpha)
    assert found[150, 200 - 7, 0] < -0.1
    assert degrees(found, np.array([0, 0, 1.0]))[10, 10] < 0.1


def test_brightness_is_relief() -> None:
    alpha = disc()
    rgb = flat(alpha)
    cv2.circle(rgb, (200, 150), 6, (255, 255, 255), -1)
    raised = normals(cv2.GaussianBlur(rgb, (0, 0), 2), alpha)
    assert raised[150, 200 - 7, 0] < -0.2
    assert raised[150, 200 + 7, 0] > 0.2
    assert degrees(raised, normals(flat(alpha), alpha).astype(float))[100, 250] < 1


def test_a_patch_of_colour_is_no_wall() -> None:
    alpha = disc()
    rgb = flat(alpha, 20)
    rgb[:, 200:] = 235
    error = degrees(normals(rgb, alpha), normals(flat(alpha), alpha).astype(float))[50:250, 180:220]
    LOG.info("an edge from 20 to 235: worst %.0f degrees", error.max())
    assert error.max() < 45


def test_normals_outside_go_on_from_the_rim() -> None:
    found = normals(flat(disc()), disc())
    assert found[150, 200 + 126, 0] > 0.8
    assert found[150, 200 - 126, 0] < -0.8


def test_the_equation_is_solved() -> None:
    alpha = disc()
    square = inflate(alpha)
    middle = square[150, 200]
    assert abs(middle / 120**2 - 1) < 0.05
    assert (square[alpha == 0] < 120).all()


def test_it_is_quick() -> None:
    alpha = disc(512, 768, 200)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        normals(flat(alpha), alpha)
        times.append(time.perf_counter() - start)
    LOG.info("normals of 768x512: %.0f ms", 1000 * min(times))
    # The machine may be busy: benchmarks/classic.py measures.
    assert min(times) < 2


@pytest.mark.parametrize("green", ["up", "down"])
def test_a_normal_map_is_read_as_it_was_written(green: str) -> None:
    true = normals(flat(disc()), disc())
    written = true * (1, -1 if green == "down" else 1, 1)
    rgb = ((written + 1) * 127.5).round().astype(np.uint8)
    found = read_normal_map(rgb, green, 400, 300)
    assert degrees(found, true.astype(float)).max() < 1
    assert read_normal_map(rgb, green, 201, 150).shape == (150, 201, 3)


@pytest.mark.parametrize("empty", [(0, 0, 0), (127, 127, 127), (128, 128, 0)])
def test_where_a_normal_map_has_no_vector_it_gets_its_neighbours(empty: tuple[int, int, int]) -> None:
    alpha = disc()
    rgb = np.asarray(((normals(flat(alpha), alpha) + 1) * 127.5).round(), np.uint8)
    rgb[alpha < 0.5] = empty
    found = read_normal_map(rgb, "up", 200, 150)
    assert found[75, 100 + 59, 0] > 0.85
    assert found[75, 100 + 62, 0] > 0.7
    assert (read_normal_map(np.full_like(rgb, empty), "up", 400, 300) == (0, 0, 1)).all()


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))), st.integers(1, 3))
@settings(deadline=None)
def test_any_normal_map_has_normals(rgb: NDArray[np.uint8], scale: int) -> None:
    found = read_normal_map(rgb, "up", rgb.shape[1] * scale, rgb.shape[0] * scale)
    assert abs(np.linalg.norm(found, axis=-1) - 1).max() < 1e-4
    assert found[..., 2].min() >= 0
