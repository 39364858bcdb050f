"""Lamps, and the picture in their light.

Source: the end of ``run`` of ``ProjectPaintingLight.py`` (lllyasviel/PaintingLight). Several lamps, lamps inside the
picture and softness are this project's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.images import scale
from lib_iclight.light.maps import soften
from lib_iclight.painting.vectors import Prepared

Color = tuple[float, float, float]
"""Red, green, blue as factors; white is (1, 1, 1)."""

WHITE: Color = (1.0, 1.0, 1.0)
AMBIENT = 0.45
INTENSITY = 0.85
HEIGHT = 1.0


@dataclass(frozen=True)
class Direction:
    """Light from one side for the whole picture, as from a lamp far away.

    :param x: -1 = from the left, 1 = from the right.
    :param y: -1 = from the top, 1 = from the bottom.
    :param height: how far it stands in front of the picture, on the scale of x and y; 0 = grazing light.
    """

    x: float
    y: float
    height: float = HEIGHT


@dataclass(frozen=True)
class Point:
    """A lamp in front of a place of the picture: each pixel is lit from where it sees the lamp.

    Its light does not fade with the distance; it only turns.

    :param x: 0 = the left edge, 1 = the right edge.
    :param y: 0 = the top edge, 1 = the bottom edge.
    :param height: its distance from the picture, in halves of the short side.
    """

    x: float
    y: float
    height: float = HEIGHT


@dataclass(frozen=True)
class Lamp:
    """A light.

    :param source: where it comes from.
    :param color: its colour.
    :param intensity: its strength; the published default is 0.85.
    :param softness: 0..1. 1 = as published: every stroke takes its share of light; towards 0 a hard edge between
        what is lit and what is not, as in a light map (``maps.soften``).
    """

    source: Direction | Point
    color: Color = WHITE
    intensity: float = INTENSITY
    softness: float = 1.0


def light(
    rgb: NDArray[np.uint8],
    prepared: Prepared,
    lamps: Sequence[Lamp],
    ambient: float = AMBIENT,
    ambient_color: Color = WHITE,
) -> NDArray[np.uint8]:
    """The picture in the light of the lamps: ``picture * shading``, clipped and rounded.

    :param rgb: uint8 [H, W, 3], sRGB; of any size: the shading is scaled to it.
    :param prepared: what ``prepare`` made of this picture.
    :param ambient: the light that is everywhere; the published default is 0.45.
    :returns: uint8 [H, W, 3], sRGB.
    """
    factors = scale(shading(prepared, lamps, ambient, ambient_color), rgb.shape[1], rgb.shape[0])
    return np.asarray(cv2.multiply(rgb, factors, dtype=cv2.CV_8U), np.uint8)


def shading(
    prepared: Prepared, lamps: Sequence[Lamp], ambient: float = AMBIENT, ambient_color: Color = WHITE
) -> NDArray[np.float32]:
    """What each pixel is multiplied by: the ambient light and the sum of the lamps.

    ``ambient * ambient_color + sum(clip(vector . direction, 0, 1) * intensity * color)``, each direction being
    (height, towards the top, towards the left) at length 1. With one lamp of the ambient light's colour this is the
    published ``(ambient + clip(vector . direction, 0, 1) * light) * colour``.

    :returns: float32 [h, w, 3] at the working size, channels R, G, B, not clipped above.
    """
    planes = [np.full(prepared.density.shape, ambient * level, np.float32) for level in ambient_color]
    for lamp in lamps:
        toward, up, left = _towards(lamp.source, *prepared.density.shape)
        front = prepared.density * toward
        for channel, plane in enumerate(planes):
            if strength := lamp.intensity * lamp.color[channel]:
                effect = _effect(front, prepared.rows[channel], prepared.columns[channel], up, left)
                cv2.scaleAdd(soften(effect, lamp.softness), strength, plane, dst=plane)
    return np.asarray(cv2.merge(planes), np.float32)


def _towards(source: Direction | Point, height: int, width: int) -> list[NDArray[np.float32]]:
    """The direction (height, towards the top, towards the left), in shapes that spread over [height, width]."""
    if isinstance(source, Direction):
        up, left = np.full((1, 1), -source.y, np.float32), np.full((1, 1), -source.x, np.float32)
    else:
        unit = min(height, width) / 2
        up = ((np.arange(height, dtype=np.float32) + 0.5 - source.y * height) / unit)[:, None]
        left = ((np.arange(width, dtype=np.float32) + 0.5 - source.x * width) / unit)[None, :]
    # A lamp in the very pixel that it lights has no direction, and lights it not at all.
    length = np.maximum(np.sqrt(source.height**2 + up * up + left * left), np.float32(1e-6))
    return [np.asarray(part / length, np.float32) for part in (source.height, up, left)]


def _effect(
    front: NDArray[np.float32],
    rows: NDArray[np.float32],
    columns: NDArray[np.float32],
    up: NDArray[np.float32],
    left: NDArray[np.float32],
) -> NDArray[np.float32]:
    """``clip(vector . direction, 0, 1)`` of one channel; ``front`` is the product of its first components."""
    effect = rows * up
    effect += front
    effect += columns * left
    return np.clip(effect, 0, 1, out=effect)
