"""Lighting without a model: PaintingLight (Zhang, Simo-Serra, Ji and Liu, TOG 2020; lllyasviel/PaintingLight).

``prepare`` finds once how each pixel of a picture takes the light; ``light`` then lights the picture, of that size or
any other, as often as wanted.
"""

from __future__ import annotations

from lib_iclight.painting.lamps import AMBIENT, Color, Direction, Lamp, Point, light, shading
from lib_iclight.painting.lighting import Lighting, lighting
from lib_iclight.painting.vectors import Prepared, prepare

__all__ = [
    "AMBIENT",
    "Color",
    "Direction",
    "Lamp",
    "Lighting",
    "Point",
    "Prepared",
    "light",
    "lighting",
    "prepare",
    "shading",
]
