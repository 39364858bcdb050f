"""The subject's fine details, laid onto a relit picture: the eleven modes that detail transfer has in the field.

Source: the node DetailTransfer of github.com/kijai/ComfyUI-IC-Light, and the blend modes of W3C's Compositing and
Blending and of Adobe's PDF reference. ``add`` and ``divide`` lay what a blur takes from the subject onto the picture
itself; the others blend the subject with the blurred picture, which has its light.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""Float32 [h, w, 3], sRGB encoded, 0..1."""

LEAST = np.float32(1 / 510)
"""Half a level: nothing is divided by less."""


def _choose(which: Plane, low: Plane, high: Plane) -> Plane:
    return np.where(which < 0.5, low, high)


def _multiply(own: Plane, light: Plane) -> Plane:
    return own * light


def _screen(own: Plane, light: Plane) -> Plane:
    return 1 - (1 - own) * (1 - light)


BLENDS: Mapping[str, Callable[[Plane, Plane], Plane]] = {
    "multiply": _multiply,
    "screen": _screen,
    "overlay": lambda own, light: _choose(light, 2 * _multiply(own, light), 2 * _screen(own, light) - 1),
    "soft_light": lambda own, light: (1 - 2 * light) * own * own + 2 * light * own,
    "hard_light": lambda own, light: _choose(own, 2 * _multiply(own, light), 2 * _screen(own, light) - 1),
    "color_dodge": lambda own, light: light / np.maximum(1 - own, LEAST),
    "color_burn": lambda own, light: 1 - (1 - light) / np.maximum(own, LEAST),
    "difference": lambda own, light: np.abs(light - own),
    "exclusion": lambda own, light: own + light - 2 * own * light,
}
"""From the subject and the blurred relit picture to a picture that may leave 0..1."""

MODES = ("add", *BLENDS, "divide")


def transfer(relit: Plane, own: Plane, mode: str, radius: float) -> Plane:
    """A relit picture with the subject's details, everywhere and in full.

    :param relit: float32 [h, w, 3], sRGB, 0..1.
    :param own: the subject as it lies on the relit picture, of the same size.
    :param mode: one of ``MODES``.
    :param radius: standard deviation in pixels of the blur that tells details from the rest.
    :returns: float32 [h, w, 3], sRGB, 0..1. Where ``relit`` is the blurred subject, ``add`` and ``divide`` give the
        subject.
    """
    if mode in BLENDS:
        found = BLENDS[mode](own, _blur(relit, radius))
    elif mode == "divide":
        # Both raised alike, so that a black that stays black is no division by nothing.
        found = relit * ((own + LEAST) / (_blur(own, radius) + LEAST))
    else:
        found = relit + own - _blur(own, radius)
    return np.asarray(found, np.float32).clip(0, 1)


def _blur(picture: Plane, radius: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), radius), np.float32)
