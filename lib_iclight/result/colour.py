"""The subject's own hue and saturation under a new light's lightness, in OKLab.

Source: B. Ottosson, "A perceptual color space for image processing" (2020), bottosson.github.io/posts/oklab.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lib_iclight.light.maps import LUMINANCE

Plane = NDArray[np.float32]
"""Float32 [h, w, 3]."""

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_FROM_ROOTS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_BACK = np.linalg.inv(_TO_CONES).astype(np.float32), np.linalg.inv(_FROM_ROOTS).astype(np.float32)

LEAST = np.float32(0.02)
"""The lightness below which a colour says nothing: of a pixel that is almost black the hue is noise."""

MOST = np.float32(4)
"""Times the chroma is at most raised where the new light is brighter."""


def to_oklab(light: Plane) -> Plane:
    """Lightness 0..1 and two opponent colours, float32 [h, w, 3], of linear light, 0..1."""
    return np.cbrt(light @ _TO_CONES.T.astype(np.float32)) @ _FROM_ROOTS.T.astype(np.float32)


def to_light(lab: Plane) -> Plane:
    """Linear light, float32 [h, w, 3], of OKLab; outside of 0..1 where sRGB has no such colour."""
    cones, roots = _BACK
    return (lab @ roots.T) ** 3 @ cones.T


def keep_colour(relit: Plane, own: Plane, amount: Plane) -> Plane:
    """The relit picture in the subject's hue and saturation, as bright as it is.

    Saturation is chroma by lightness, so that a colour in the shade stays that colour. What sRGB has no room for loses
    chroma, and keeps lightness and hue.

    :param relit: linear light, float32 [h, w, 3], 0..1.
    :param own: the subject as it lies on it, of the same size.
    :param amount: 0..1, float32 [h, w] or [h, w, 1]; where it is 0 the picture is as it was.
    :returns: linear light, float32 [h, w, 3], 0..1.
    """
    lit, native = to_oklab(relit), to_oklab(own)
    gain = np.minimum(lit[..., :1] / np.maximum(native[..., :1], LEAST), MOST)
    share = np.asarray(amount, np.float32).reshape(*lit.shape[:2], 1)
    colours = lit[..., 1:] + (native[..., 1:] * gain - lit[..., 1:]) * share
    light = to_light(np.concatenate([lit[..., :1], colours], -1).astype(np.float32))
    return np.where(share > 0, _into_gamut(light), relit)


def _into_gamut(light: Plane) -> Plane:
    """Linear light drawn towards the grey of its luminance until it is in 0..1."""
    grey = (light @ LUMINANCE.astype(np.float32))[..., None].clip(0, 1)
    from_grey = light - grey
    room = np.where(from_grey > 0, 1 - grey, grey)
    share = np.where(np.abs(from_grey) > room, room / np.maximum(np.abs(from_grey), np.float32(1e-6)), 1)
    return (grey + from_grey * share.min(-1, keepdims=True)).clip(0, 1)
