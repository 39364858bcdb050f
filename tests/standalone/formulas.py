"""The contract's formulas of lamps, once more."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight.painting import Direction, Lighting, Point
from lib_iclight.painting import Lamp as Shining


def decode(level: Any) -> Any:
    return np.where(level <= 0.04045, level / 12.92, ((np.maximum(level, 0.04045) + 0.055) / 1.055) ** 2.4)


def encode(light: Any) -> Any:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)


def levels(colour: str) -> NDArray[np.float64]:
    return np.array(list(bytes.fromhex(colour[1:]))) / 255


def light_map(some: list[dict[str, Any]], ambient: str, width: int, height: int) -> NDArray[np.float64]:
    """The contract's formulas, once more; not rounded."""
    total = np.broadcast_to(decode(levels(ambient)), (height, width, 3)).copy()
    column, row = np.arange(width)[None, :], np.arange(height)[:, None]
    for lamp in some:
        if lamp["kind"] == "side":
            turn = np.radians(lamp["angle"])
            across = round(np.cos(turn), 12) * max(width - 1, 1)
            down = -round(np.sin(turn), 12) * max(height - 1, 1)
            ends = [((0, 1) if towards > 0 else (1, 0)) for towards in (across, down)]
            parts = abs(across) * np.linspace(*ends[0], width) + abs(down) * np.linspace(*ends[1], height)[:, None]
            share = 1 - (1 - parts / (abs(across) + abs(down))) / lamp["size"]
        else:
            distance = np.hypot(column - lamp["x"] * (width - 1), row - lamp["y"] * (height - 1))
            share = 1 - distance / (lamp["size"] * max(np.hypot(width - 1, height - 1), 1))
        share = np.clip((np.clip(share, 0, 1) - 0.5) / max(lamp["softness"], 1e-6) + 0.5, 0, 1)
        total += lamp["intensity"] * decode(share)[..., None] * decode(levels(lamp["color"]))
    return encode(np.minimum(total, 1)) * 255


def lighting(some: list[dict[str, Any]], ambient: str) -> Lighting:
    """The contract's formulas of the classic engine, once more."""
    placed = []
    for lamp in some:
        turn = np.radians(lamp.get("angle", 0))
        side = Direction(np.cos(turn), -np.sin(turn), 1)
        source = side if lamp["kind"] == "side" else Point(lamp["x"], lamp["y"], 2 * lamp["size"])
        placed.append(Shining(source, tuple(levels(lamp["color"])), 0.85 * lamp["intensity"], lamp["softness"]))
    return Lighting(tuple(placed), 1, tuple(0.45 + 0.55 * levels(ambient)))
