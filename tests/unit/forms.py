"""Subjects whose form takes light, and lights to fall on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import images
from lib_iclight.images import RGB, Matte
from lib_iclight.light.lamps import Lamp
from lib_iclight.request.args import build
from lib_iclight.shading import PREPARE, Form, Lighting, Working, lighting_of

SIDE = 64
GREY = np.full((SIDE, SIDE, 3), 128, np.uint8)
BALL = 96
"""The side of a ball's picture."""


def ball() -> str:
    """A grey ball, cut out, in base64."""
    y, x = np.mgrid[:BALL, :BALL]
    picture = Image.new("RGB", (BALL, BALL), (120, 120, 120))
    picture.putalpha(Image.fromarray(((40 - np.hypot(x - 47.5, y - 47.5)) * 128).clip(0, 255).astype(np.uint8)))
    return images.to_base64(picture)


def disc(side: int = SIDE, radius: float = 0.4) -> Matte:
    y, x = (np.mgrid[:side, :side] + 0.5) / side - 0.5
    return ((radius - np.hypot(x, y)) * side + 0.5).clip(0, 1).astype(np.float32)


def photo(width: int = SIDE, height: int = SIDE, seed: int = 3) -> RGB:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 5, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def prepared(rgb: RGB = GREY, alpha: Matte | None = None, normals: NDArray[np.float32] | None = None) -> Form:
    found = PREPARE["form"](Working(rgb, disc(len(rgb)) if alpha is None else alpha, rgb, normals))
    assert isinstance(found, Form)
    return found


def lit_by(**options: Any) -> Lighting:
    found = lighting_of(build(options))
    assert isinstance(found, Lighting)
    return found


def lamps(text: Any, **options: Any) -> Lighting:
    return lit_by(light="lamps", lamps=text, **options)


DARK = replace(lamps("side intensity 0"), ambient=(0.0, 0.0, 0.0), lamps=())


def of_lamps(given: tuple[Lamp, ...]) -> Lighting:
    """Lamps alone, without ambient light, which some may be off."""
    on = tuple(replace(lamp, on=True) for lamp in given)
    return replace(lamps(on), ambient=(0.0, 0.0, 0.0)) if on else DARK
