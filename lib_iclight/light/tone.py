"""From 8-bit sRGB to linear light and back, with a shoulder in place of clipping."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.light.maps import to_linear, to_srgb

KNEE = 0.6
"""The linear light up to which nothing is compressed."""

LINEAR = to_linear(np.arange(256) / 255).astype(np.float32)

STEPS = 65535
"""Of linear light in the table back: a twentieth of a level where sRGB is steepest."""

_ENCODED = (255 * to_srgb(np.arange(STEPS + 1) / STEPS)).round().astype(np.uint8)


def decode(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Linear light, float32 [h, w, 3], 0..1, of an sRGB picture."""
    return np.asarray(cv2.LUT(rgb, LINEAR), np.float32)


def encode(light: NDArray[np.float32]) -> NDArray[np.uint8]:
    """sRGB, rounded, of linear light [h, w, 3]; clipped to 0..1."""
    return _ENCODED[(light * STEPS + np.float32(0.5)).clip(0, STEPS).astype(np.uint16)]


def compress(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear light, [h, w, 3], without a bound, as light below 1; in place.

    The largest channel ``m`` stays up to ``KNEE = k``, and beyond becomes ``k + (1-k) * (m-k) / ((m-k) + (1-k))``,
    which is smooth and always rises. All channels are scaled alike, so that the chroma stays.
    """
    red, green, blue = cv2.split(light)
    most = cv2.max(cv2.max(red, green), blue)
    beyond = np.maximum(most - np.float32(KNEE), 0)
    room = np.float32(1 - KNEE)
    kept = np.minimum(most, np.float32(KNEE)) + room * beyond / (beyond + room)
    scale = kept / np.maximum(most, np.float32(1e-12))
    np.multiply(light, scale[..., None], out=light, where=(beyond > 0)[..., None])
    return light
