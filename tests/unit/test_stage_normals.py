"""Normals from pictures, by both ways, against a sphere and the authors' code."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from lib_iclight import decoding
from lib_iclight.errors import ICLightError
from lib_iclight.form import read_normal_map
from lib_iclight.images import on_grey
from lib_iclight.light.tone import encode
from lib_iclight.stage.directions import from_angles
from lib_iclight.stage.normals import four_sides, least_squares, to_8_bit, to_png
from tests.unit.forms import disc, photo

SIDES = np.array([from_angles(angle, 30) for angle in (180, 0, 270, 90)])
SIDE = 96


def sphere() -> Any:
    """Normals and matte of a sphere."""
    y, x = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE * 2.2 - 1.1
    inside = x * x + y * y < 1
    z = np.sqrt(np.maximum(1 - x * x - y * y, 0))
    return np.where(inside[..., None], np.stack([x, -y, z], -1), (0, 0, 1)), inside


def lambertian(directions: Any) -> Any:
    normals, inside = sphere()
    albedo = np.random.default_rng(0).uniform(0.3, 0.8, (SIDE, SIDE, 3))
    lit = np.maximum(np.einsum("ijk,nk->nij", normals, directions), 0)
    return (lit[..., None] * albedo * inside[..., None]).astype(np.float32)


def degrees(found: Any) -> float:
    """The median of the angles between normals that are found and those of the sphere."""
    normals, inside = sphere()
    cosine = (found * normals).sum(-1) / np.linalg.norm(found, axis=-1)
    return float(np.median(np.degrees(np.arccos(cosine.clip(-1, 1)))[inside]))


def authors(left: Any, right: Any, bottom: Any, top: Any, matting: Any) -> Any:
    """As ``process_normal`` of ``gradio_demo_bg.py`` computes it, in float64."""
    left, right, bottom, top = (side.astype(np.float64) / 255.0 for side in (left, right, bottom, top))
    ambient = (left + right + bottom + top) / 4.0

    def divide(a: Any, b: Any) -> Any:
        return ((a + 1e-5) / (b + 1e-5)) - 1.0

    left, right, bottom, top = (divide(side, ambient) for side in (left, right, bottom, top))
    u = np.mean((right - left) * 0.5, axis=2)
    v = np.mean((top - bottom) * 0.5, axis=2)
    h = (1.0 - u**2.0 - v**2.0).clip(0, 1e5) ** (0.5 * 10.0)
    z = np.zeros_like(h)
    normal = np.stack([u, v, h], axis=2)
    normal /= np.sum(normal**2.0, axis=2, keepdims=True) ** 0.5
    return normal * matting[..., None] + np.stack([z, z, 1 - z], axis=2) * (1 - matting[..., None])


@pytest.mark.parametrize("seed", range(3))
def test_four_sides_are_the_authors(seed: int) -> None:
    given = [photo(40, 30, 4 * seed + i) for i in range(4)]
    alpha = np.random.default_rng(seed).uniform(0, 1, (30, 40)).astype(np.float32)
    assert np.abs(four_sides(*given, alpha) - authors(*given, alpha)).max() < 1e-6


def test_black_pictures_have_a_normal() -> None:
    black = np.zeros((4, 4, 3), np.uint8)
    assert (four_sides(*[black] * 4, np.ones((4, 4), np.float32)) == (0, 0, 1)).all()


def test_the_matte_lifts_blacks() -> None:
    rgb = photo(8, 8)
    assert (on_grey(rgb, np.zeros((8, 8), np.float32), 16) == 127).all()
    assert (on_grey(rgb, np.ones((8, 8), np.float32), 16) == np.minimum(rgb.astype(int) + 16, 255)).all()


@pytest.mark.parametrize("count", [4, 6, 12])
def test_least_squares_finds_a_sphere(count: int) -> None:
    """``benchmarks/stage.py`` prints the errors of both."""
    around = SIDES if count == 4 else np.array([from_angles(a, 30 + a % 40) for a in np.arange(count) * 360 / count])
    found = least_squares(lambertian(around), around)
    assert np.allclose(np.linalg.norm(found, axis=-1), 1, atol=1e-5)
    assert degrees(found) < 5


def test_the_authors_formula_points_the_same_way() -> None:
    found = four_sides(*(encode(picture) for picture in lambertian(SIDES)), np.ones((SIDE, SIDE), np.float32))
    assert degrees(found) < 45


@pytest.mark.parametrize("directions", [SIDES[:2], SIDES * (1, 0, 1), SIDES[:3]])
def test_lamps_in_a_plane_are_refused(directions: Any) -> None:
    with pytest.raises(ICLightError, match="lie in no plane"):
        least_squares(np.ones((4 if len(directions) == 3 else len(directions), 4, 4, 3), np.float32), directions)


@pytest.mark.parametrize("green", ["up", "down"])
def test_a_map_is_read_back(green: str) -> None:
    normals = sphere()[0].astype(np.float32)
    decoded = decoding.decode(base64.b64encode(to_png(normals, green)).decode(), "it")
    back = read_normal_map(np.asarray(decoded.convert("RGB")), green, SIDE, SIDE)
    assert np.abs(back - normals).max() < 0.01
    assert np.abs(to_8_bit(normals)[..., 0].astype(float) - (normals[..., 0] + 1) * 127.5).max() <= 1


def test_outside_the_matte_normals_face_the_viewer() -> None:
    found = least_squares(lambertian(SIDES), SIDES, disc(SIDE))
    assert (found[0, 0] == (0, 0, 1)).all()
