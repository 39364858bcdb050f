"""The arithmetic of the matte's brush, beside its definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

PAINT = """([width, height, brush, ways]) => {
    const levels = new Uint8Array(width * height).fill(brush.keeps ? 0 : 255);
    const boxes = ways.map(([from, to]) => ICLight.matteBrush.paint(levels, width, height, brush, from, to));
    return [Array.from(levels), boxes];
}"""


def dabs(width: int, height: int, brush: dict[str, Any], ways: list[Any]) -> NDArray[Any]:
    """By the definition: the strongest of very many dabs."""
    y, x = np.mgrid[:height, :width] + 0.5
    strongest = np.zeros((height, width))
    for start, end in ways:
        for share in np.linspace(0, 1, 400):
            middle = np.multiply(start, 1 - share) + np.multiply(end, share)
            distance = np.hypot(x - middle[0], y - middle[1])
            edge = max(brush["radius"] * brush["softness"], 1)
            t = ((brush["radius"] + 0.5 - distance) / edge).clip(0, 1)
            strongest = np.maximum(strongest, t * t * (3 - 2 * t))
    kept = (255 * strongest).round()
    return kept if brush["keeps"] else 255 - kept


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize(("radius", "softness"), [(0.4, 0), (3, 0), (9, 0.3), (14, 1), (80, 0.5)])
def test_a_stroke_is_the_strongest_of_its_dabs(page: Page, keeps: bool, radius: float, softness: float) -> None:
    width, height = 61, 37
    brush = {"keeps": keeps, "radius": radius, "softness": softness}
    ways = [[[10.3, 12], [44, 25.5]], [[44, 25.5], [44, 25.5]], [[-8, 40], [20, 70]]]
    flat, boxes = page.evaluate(PAINT, [width, height, brush, ways])
    painted = np.array(flat).reshape(height, width)
    expected = dabs(width, height, brush, ways)
    assert np.abs(painted - expected).max() <= (2 if radius > 1 else 6)
    untouched = np.full((height, width), 0 if keeps else 255)
    for left, top, right, bottom in filter(None, boxes):
        untouched[top:bottom, left:right] = painted[top:bottom, left:right]
    assert (untouched == painted).all()


def test_outside_the_matte_nothing_is_painted(page: Page) -> None:
    brush = {"keeps": True, "radius": 5, "softness": 0.5}
    ways = [[[-20, 10], [-7, 10]], [[10, 60], [20, 60]]]
    flat, boxes = page.evaluate(PAINT, [30, 20, brush, ways])
    assert boxes == [None, None]
    assert not any(flat)


def test_a_patch_goes_forth_and_back(page: Page) -> None:
    script = """() => {
        const { paint, differ, exchange, unite } = ICLight.matteBrush;
        const before = Uint8Array.from({ length: 40 * 30 }, (_, i) => (i * 37) % 256);
        const after = before.slice();
        const brush = { keeps: true, radius: 4, softness: 0.5 };
        let box = null;
        for (const way of [[[5, 5], [12, 9]], [[30, 20], [38, 29]], [[90, 90], [95, 95]]]) {
            box = unite(box, paint(after, 40, 30, brush, ...way));
        }
        const patch = differ(before, after, 40, box);
        const levels = before.slice();
        exchange(levels, 40, patch);
        const forth = levels.every((level, at) => level === after[at]);
        exchange(levels, 40, patch);
        return [forth, levels.every((level, at) => level === before[at]), box, patch.bits.length];
    }"""
    assert page.evaluate(script) == [True, True, [0, 0, 40, 30], 1200]
