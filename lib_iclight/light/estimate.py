"""The light of a background picture, as lamps that can then be moved.

Statistics in linear light: what the darkest quarter of the picture has is everywhere; what is brighter comes from
somewhere. Quadrants whose light has one colour belong to one lamp, which stands where their light has its centre.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib_iclight.images import RGB
from lib_iclight.light.lamps import Lamp
from lib_iclight.light.maps import LUMINANCE, to_linear, to_srgb

LONGEST_SIDE = 256
EVERYWHERE = 0.25
"""The share of pixels, the darkest, that shows the ambient light."""

BRIGHTEST = 98
"""The percentile of luminance that a lamp has where it is brightest."""

SAME_COLOUR = math.cos(math.radians(12))
LEAST_SHARE = 0.1
"""Of all light, for a lamp of its own."""

LEAST_OFFSET = 0.05
"""How far from the middle, in shares of the picture's sides, light has a direction."""

Field = NDArray[np.float64]


def estimate_lamps(background: RGB) -> tuple[tuple[Lamp, ...], str]:
    """One to four lamps, the strongest first, and the ambient colour.

    An even picture has one lamp without light.

    :param background: sRGB, uint8, shape (height, width, 3).
    """
    small = Image.fromarray(background)
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX)
    light = to_linear(np.asarray(small) / 255)
    luminance = light @ LUMINANCE
    ambient = light[luminance <= np.quantile(luminance, EVERYWHERE)].mean(axis=0)
    excess = (light - ambient).clip(0)
    energy = excess @ LUMINANCE
    total = energy.sum()
    if total <= 1e-3 * energy.size:
        return (Lamp(color=_hex(_full(ambient)), intensity=0.0),), _hex(ambient)
    groups = [g for g in _groups(excess, energy) if energy[g].sum() >= LEAST_SHARE * total]
    return tuple(_lamp(excess, energy, group) for group in groups), _hex(ambient)


def _groups(excess: Field, energy: Field) -> list[NDArray[np.bool_]]:
    """Masks of the quadrants that share a colour, the most light first."""
    rows, columns = energy.shape
    down, right = np.arange(rows)[:, None] * 2 >= rows, np.arange(columns)[None, :] * 2 >= columns
    quadrants = [(down == d) & (right == r) for d in (False, True) for r in (False, True)]
    quadrants = sorted((q for q in quadrants if q.any()), key=lambda q: -energy[q].sum())
    groups: list[NDArray[np.bool_]] = []
    for quadrant in quadrants:
        for i, group in enumerate(groups):
            if _likeness(_colour(excess, energy, group), _colour(excess, energy, quadrant)) >= SAME_COLOUR:
                groups[i] = group | quadrant
                break
        else:
            groups.append(quadrant)
    return sorted(groups, key=lambda g: -energy[g].sum())


def _likeness(one: Field, other: Field) -> float:
    """The cosine between two colours; 1 where one of them is black."""
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length > 1e-9 else 1.0


def _colour(excess: Field, energy: Field, where: NDArray[np.bool_]) -> Field:
    """The mean colour of light, each pixel counting by its luminance."""
    weights = energy[where]
    colour: Field = (excess[where] * weights[:, None]).sum(axis=0) / max(weights.sum(), 1e-12)
    return colour


def _lamp(excess: Field, energy: Field, where: NDArray[np.bool_]) -> Lamp:
    rows, columns = energy.shape
    weights = np.where(where, energy, 0) / energy[where].sum()
    x = float((weights.sum(axis=0) * (np.arange(columns) + 0.5)).sum()) / columns
    y = float((weights.sum(axis=1) * (np.arange(rows) + 0.5)).sum()) / rows
    full = _full(_colour(excess, energy, where))
    brightest = float(np.percentile(energy[where], BRIGHTEST))
    intensity = round(min(max(brightest / float(full @ LUMINANCE), 0.05), 2.0), 2)
    if math.hypot(x - 0.5, y - 0.5) < LEAST_OFFSET:
        return Lamp("point", x=round(x, 2), y=round(y, 2), color=_hex(full), intensity=intensity)
    angle = math.degrees(math.atan2((0.5 - y) * rows, (x - 0.5) * columns)) % 360
    return Lamp("side", angle=float(round(angle) % 360), color=_hex(full), intensity=intensity)


def _full(colour: Field) -> Field:
    """A colour at its full brightness; white for black."""
    return colour / colour.max() if colour.max() > 1e-6 else np.ones(3)


def _hex(colour: Field) -> str:
    red, green, blue = (to_srgb(colour.clip(0, 1)) * 255).round().astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"
