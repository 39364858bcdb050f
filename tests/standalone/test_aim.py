"""A lamp that is told which spot of a subject to light, to be reflected in, or to rim."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from lib_iclight.light.lamps import Lamps
from lib_iclight.request.args import build
from lib_iclight.shading import lighting_of
from lib_iclight.shading.surface import Surface, direction

AIM = """([text, spots, mode, proportion]) => spots.map(([x, y, ...normal]) => {
    const [lamp] = ICLight.lamps.parse(text);
    return ICLight.lamps.write([ICLight.aimLamp(lamp, {x, y}, normal, mode, proportion)]);
})"""

SIZES = {"square": (256, 256), "wide": (384, 256), "tall": (192, 320)}
RADIUS = 0.8
"""Of the half sphere, in halves of the short side."""

LAMPS = ("point", "point size 0.4 softness 0.2", "point size 2", "side angle 200 softness 0.5", "point depth -1 x 0.1")


def ball(width: int, height: int) -> NDArray[Any]:
    """The normals of a half sphere in the middle, and the picture's plane around it."""
    unit = min(width, height) / 2
    y, x = np.mgrid[:height, :width] + 0.5
    right, up = (x - width / 2) / unit / RADIUS, -(y - height / 2) / unit / RADIUS
    inside = right**2 + up**2 < 1
    out = np.sqrt(np.where(inside, 1 - right**2 - up**2, 0))
    return np.where(inside[..., None], np.dstack([right, up, out]), [0, 0, 1]).astype(np.float32)


def spots(normals: NDArray[Any], tilts: tuple[float, ...]) -> list[tuple[int, int]]:
    """Row and column of places all around, whose normals lean by some degrees from the viewer."""
    height, width = normals.shape[:2]
    unit = min(width, height) / 2
    found = []
    for tilt in np.radians(tilts):
        for turn in np.radians(np.arange(0, 360, 45)):
            away = RADIUS * unit * np.sin(tilt)
            found.append((int(height / 2 - away * np.sin(turn)), int(width / 2 + away * np.cos(turn))))
    return found


def aim(page: Page, lamp: str, normals: NDArray[Any], some: list[tuple[int, int]], mode: str) -> list[str]:
    height, width = normals.shape[:2]
    asked = [((j + 0.5) / width, (i + 0.5) / height, *map(float, normals[i, j])) for i, j in some]
    return page.evaluate(AIM, [lamp, asked, mode, width / height])


def light(lamp: str, normals: NDArray[Any]) -> NDArray[Any]:
    """What falls on the ball by the program's own formulas, without highlights."""
    lighting = lighting_of(build({"lamps": lamp, "specular": 0}))
    factor = Surface(normals, np.ones(normals.shape[:2], np.float32)).shade(lighting).factor
    return np.where(normals[..., 2] < 1, factor.sum(axis=-1), 0)


def towards(lamp: str, normals: NDArray[Any], spot: tuple[int, int]) -> NDArray[Any]:
    (placed,) = lighting_of(build({"lamps": lamp})).lamps
    parts = direction(placed, normals.shape[1], normals.shape[0])
    return np.array([np.broadcast_to(part, normals.shape[:2])[spot] for part in parts])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lamp", LAMPS)
def test_the_brightest_spot_is_where_one_clicked(page: Page, lamp: str, size: str) -> None:
    normals = ball(*SIZES[size])
    some = spots(normals, (5, 20, 40, 60, 75))
    for spot, aimed in zip(some, aim(page, lamp, normals, some, "light")):
        lit = light(aimed, normals)
        brightest = np.unravel_index(lit.argmax(), lit.shape)
        off = np.hypot(*np.subtract(brightest, spot)) / min(SIZES[size])
        assert off < 0.05, (spot, aimed)


@pytest.mark.parametrize("lamp", LAMPS)
def test_the_half_vector_is_the_spots_normal(page: Page, lamp: str) -> None:
    normals = ball(*SIZES["wide"])
    some = spots(normals, (5, 25, 40, 55, 70))
    for spot, aimed in zip(some, aim(page, lamp, normals, some, "reflect")):
        half = towards(aimed, normals, spot) + np.array([0, 0, 1])
        assert half @ normals[spot] / np.linalg.norm(half) > np.cos(np.radians(2)), (spot, aimed)


@pytest.mark.parametrize("lamp", LAMPS)
def test_a_rim_comes_from_behind_and_grazes(page: Page, lamp: str) -> None:
    normals = ball(*SIZES["tall"])
    some = spots(normals, (35, 50, 65, 78))
    kind = lamp.split()[0]
    for spot, aimed in zip(some, aim(page, lamp, normals, some, "rim")):
        assert aimed.startswith(kind), "light from a side can rim"
        way = towards(aimed, normals, spot)
        assert way[2] < 0
        assert 0.05 < way @ normals[spot] < np.sin(np.radians(45)), (spot, aimed)
        flat = normals[spot][:2] / np.hypot(*normals[spot][:2])
        assert way[:2] @ flat / np.hypot(*way[:2]) > 0.99
        assert light(aimed, normals)[spot] > light(aimed, normals)[normals.shape[0] // 2, normals.shape[1] // 2]


def test_all_else_of_a_lamp_stays(page: Page) -> None:
    lamp = "color #ff8000 intensity 0.7 softness 0.3 size 0.6 on false"
    normals = ball(*SIZES["square"])
    for kind in ("point", "side"):
        for mode in ("light", "reflect", "rim"):
            (aimed,) = aim(page, f"{kind} {lamp}", normals, [(60, 90)], mode)
            before, after = (Lamps().check(text)[0] for text in (f"{kind} {lamp}", aimed))
            for key in ("color", "intensity", "softness", "size", "on"):
                assert getattr(after, key) == getattr(before, key)


@pytest.mark.parametrize("mode", ["light", "reflect", "rim"])
def test_any_normal_anywhere_gives_a_lamp(page: Page, mode: str) -> None:
    ways = [(0, 0, 1), (1, 0, 0), (0, -1, 0), (-0.6, 0.8, 0), (0.3, 0.1, 0.9487), (1e-9, 0, 1)]
    asked = [(x, y, *way) for x in (0, 0.5, 1) for y in (0, 0.5, 1) for way in ways]
    for lamp in LAMPS:
        for proportion in (0.2, 1, 5):
            for text in page.evaluate(AIM, [lamp, asked, mode, proportion]):
                assert len(Lamps().check(text)) == 1
