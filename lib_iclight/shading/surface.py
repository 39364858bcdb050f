"""How a form takes light: wrapped Lambert and GGX, in linear light, at the working size.

Sources: Lambert's cosine law, wrapped (Green, GPU Gems 2004); Cook and Torrance 1982 with the distribution of Walter et
al. 2007 (GGX), Smith's masking, height-correlated (Heitz 2014), and Schlick's Fresnel term (1994).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.images import RGB, Matte
from lib_iclight.light import maps
from lib_iclight.light.lamps import BEHIND, HEIGHT
from lib_iclight.light.tone import decode
from lib_iclight.painting.lighting import SIZE
from lib_iclight.shading.lighting import Lamp, Lighting

Plane = NDArray[np.float32]

CREVICE = 0.03
"""The linear luminance at which a place gets half of its highlight: no light comes where none was photographed."""

SHARE = 0.35
"""How much of the subject's own low-frequency light is divided out: 0 none, 1 all."""

SPREAD = 8
"""The low frequencies' sigma, as a part of the short side."""

WRAP = 0.3
"""How far the softest light reaches round a form, as a cosine beyond the terminator."""

BASE = 0.08
"""What a surface of ``specular`` 1 reflects straight ahead."""

EDGE = 10
"""How many times as much light a form's edge reflects as its front, at most."""

SMOOTHEST = 0.15
GRAZING = 0.02
"""The least n.v of the masking term, which is a step where n.v is 0."""


class Shade(NamedTuple):
    """What a picture in linear light is multiplied by, and what is added then by ``add_light``; float32 [h, w, 3]."""

    factor: NDArray[np.float32]
    highlight: NDArray[np.float32]


def add_light(light: NDArray[np.float32], shade: Shade) -> NDArray[np.float32]:
    """A picture in other light, both linear, without a bound above: ``light * factor + highlight * L / (L + CREVICE)``.

    :param light: float32 [h, w, 3], at the size of ``shade``.
    """
    luminance = _luminance(light)
    open_air = luminance / (luminance + np.float32(CREVICE))
    result = light * shade.factor
    result += shade.highlight * open_air[..., None]
    return result


def _luminance(light: NDArray[np.float32]) -> Plane:
    return np.asarray(cv2.transform(light, maps.LUMINANCE[None].astype(np.float32)), np.float32)


@dataclass(frozen=True)
class Surface:
    """A subject's form at the working size [h, w].

    :ivar normals: float32 [h, w, 3], of length 1; x to the right, y up, z towards the viewer.
    :ivar gain: float32 [h, w]; times the picture in linear light it is the albedo.
    """

    normals: NDArray[np.float32]
    gain: Plane

    @property
    def nbytes(self) -> int:
        return self.normals.nbytes + self.gain.nbytes

    def shade(self, lighting: Lighting) -> Shade:
        """The form in some light."""
        height, width = self.gain.shape
        normal = [np.asarray(plane, np.float32) for plane in cv2.split(self.normals)]
        gloss = _Gloss(lighting, normal[2])
        diffuse = [np.full((height, width), level, np.float32) for level in lighting.ambient]
        highlight = [np.zeros((height, width), np.float32) for _ in diffuse]
        for lamp in lighting.lamps:
            towards = direction(lamp, width, height)
            cosine = normal[0] * towards[0] + normal[1] * towards[1] + normal[2] * towards[2]
            fade = attenuation(lamp, width, height)
            wrap = _wrap(lamp, towards[2])
            lit = np.clip((cosine + wrap) / (1 + wrap), 0, 1) * fade
            shine = gloss.shine(cosine, towards[2]) * fade if gloss.visible else None
            for channel, level in enumerate(lamp.color):
                if level:
                    cv2.scaleAdd(lit, level, diffuse[channel], dst=diffuse[channel])
                    if shine is not None:
                        cv2.scaleAdd(shine, level, highlight[channel], dst=highlight[channel])
        return Shade(_merge(plane * self.gain for plane in diffuse), _merge(highlight))


def _merge(planes: Iterable[Plane]) -> NDArray[np.float32]:
    return np.asarray(cv2.merge(list(planes)), np.float32)


def surface(rgb: RGB, alpha: Matte, normals: NDArray[np.float32]) -> Surface:
    """A subject's form.

    :param rgb: uint8 [h, w, 3], sRGB, at the working size, as are ``alpha`` and ``normals``.
    """
    return Surface(normals, _gain(rgb, alpha))


def _gain(rgb: RGB, alpha: Matte) -> Plane:
    """``M ** -SHARE``: M is the subject's own luminance at low frequencies over its mean, 1/4..4."""
    height, width = alpha.shape
    light = _luminance(decode(rgb)) * alpha
    total = float(alpha.sum())
    mean = float(light.sum()) / total if total else 0.0
    if mean <= 0:
        return np.ones((height, width), np.float32)
    # So smooth that a small picture has all of it.
    step = max(1, min(height, width) // (4 * SPREAD))
    small = max(1, width // step), max(1, height // step)
    sigma = min(small) / SPREAD
    seen, known = (
        cv2.GaussianBlur(
            cv2.resize(plane, small, interpolation=cv2.INTER_AREA), (0, 0), sigma, borderType=cv2.BORDER_REFLECT
        )
        for plane in (light, alpha)
    )
    # Far from the subject nothing is known of its light, and its mean stands in.
    little = np.float32(1e-3)
    own = ((seen / np.float32(mean) + little) / (known + little)).clip(0.25, 4)
    return np.asarray(cv2.resize(own**-SHARE, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def direction(lamp: Lamp, width: int, height: int) -> list[Plane]:
    """Towards a lamp, of length 1: to the right, up, to the viewer; in shapes that spread over [height, width]."""
    placed = lamp.placed
    if lamp.front:
        right, up, out = (np.full((1, 1), part, np.float32) for part in (0, 0, 1))
    elif placed.kind == "side":
        turn = math.radians(placed.angle)
        right, up, out = (
            np.full((1, 1), part, np.float32) for part in (math.cos(turn), math.sin(turn), distance(lamp))
        )
    else:
        right, up = offset(lamp, width, height)
        out = np.full((1, 1), distance(lamp), np.float32)
    length = np.maximum(np.sqrt(right * right + up * up + out * out), np.float32(1e-6))
    return [part / length for part in (right, up, out)]


def offset(lamp: Lamp, width: int, height: int) -> tuple[Plane, Plane]:
    """The way to a point lamp in the picture's plane, in halves of the short side: to the right [1, w], up [h, 1]."""
    unit = min(width, height) / 2
    right = (lamp.placed.x * width - np.arange(width, dtype=np.float32) - 0.5) / np.float32(unit)
    down = (lamp.placed.y * height - np.arange(height, dtype=np.float32) - 0.5) / np.float32(unit)
    return right[None, :].astype(np.float32), -down[:, None].astype(np.float32)


def reach(lamp: Lamp) -> float:
    """Of a point lamp: where, beside it, half of its light is left."""
    return SIZE * lamp.placed.size


def distance(lamp: Lamp) -> float:
    """How far a lamp stands in front of the picture; below 0 behind it.

    Of a side, beside 1 in the plane; of a point, in halves of the short side: the farther, the more it reaches.
    """
    placed = lamp.placed
    away = placed.depth * (HEIGHT if placed.depth > 0 else BEHIND)
    return away * reach(lamp) if placed.kind == "point" else away


def attenuation(lamp: Lamp, width: int, height: int) -> Plane:
    """What is left of a lamp's light by the way that it goes: 1 where it shines from, 1/2 at its size."""
    if lamp.front:
        return np.ones((1, 1), np.float32)
    if lamp.placed.kind == "side":
        way = maps.fall(lamp.placed, width, height).astype(np.float32) / np.float32(lamp.placed.size)
        return 1 / (1 + way * way)
    right, up = offset(lamp, width, height)
    return 1 / (1 + (right * right + up * up) / np.float32(reach(lamp) ** 2))


def _wrap(lamp: Lamp, out: Plane) -> Plane:
    """A lamp behind the picture does not reach round to its front."""
    return np.asarray(WRAP * lamp.placed.softness * (1 + out) / 2, np.float32)


class _Gloss:
    """The highlights of a surface: ``pi D V F max(n.l, 0)``, which is as large as the diffuse light's ``n.l``."""

    def __init__(self, lighting: Lighting, out: Plane) -> None:
        self.visible = lighting.specular > 0
        base = BASE * lighting.specular
        self._base, self._rim = np.float32(base), np.float32(min(1.0, EDGE * base))
        self._alpha = np.float32(max(lighting.roughness, SMOOTHEST) ** 4)
        self._out = out
        self._seen = np.maximum(out, np.float32(GRAZING))
        self._masked = self._mask(self._seen)

    def _mask(self, cosine: Plane) -> Plane:
        return np.asarray(np.sqrt(cosine * cosine * (1 - self._alpha) + self._alpha), np.float32)

    def shine(self, cosine: Plane, lamp_out: Plane) -> Plane:
        """Of one lamp; the viewer is straight in front."""
        square, lit = self._alpha, np.maximum(cosine, 0)
        half = (cosine + self._out) ** 2 / np.maximum(2 + 2 * lamp_out, np.float32(1e-6))
        peak = half * (square - 1) + 1
        masking = np.maximum(lit * self._masked + self._seen * self._mask(lit), np.float32(1e-6))
        fresnel = self._base + (self._rim - self._base) * (1 - np.sqrt((1 + lamp_out) / 2)) ** 5
        return np.asarray(square / (peak * peak) * (0.5 / masking) * fresnel * lit, np.float32)
