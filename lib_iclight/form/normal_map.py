"""Normals that are given as a picture."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.form.vectors import LEAST, Normals, fill, normalize
from lib_iclight.images import RGB

MIDDLE = 127.5

UNKNOWN = 127
"""The level of all three where a map says nothing."""

GREY = 115, 140
"""Levels between which all three of no direction lie, however it was rounded; blue below them points away."""


def read_normal_map(rgb: RGB, green: str, width: int, height: int) -> Normals:
    """The normals of a normal map, stretched to some size.

    Red, green and blue stand for right, up (or down) and towards the viewer, 0..255 for -1..1. Places without a vector
    (black, grey, or facing away, as many maps have it round the subject) get what is next to them.

    :param rgb: uint8 [H, W, 3], not colours but numbers: no profile, no gamma.
    :param green: ``up`` (OpenGL) or ``down`` (DirectX).
    :returns: float32 [height, width, 3], of length 1.
    """
    size = width, height
    interpolation = cv2.INTER_AREA if width < rgb.shape[1] else cv2.INTER_LINEAR
    known = _known(rgb)
    # Shrunk in 8 bit: floats of a whole photo would take gigabytes.
    sums = cv2.resize(cv2.bitwise_and(rgb, rgb, mask=known), size, interpolation=interpolation)
    share = cv2.resize(known, size, interpolation=interpolation) / np.float32(255)
    vectors = sums / (MIDDLE * np.maximum(share, LEAST)[..., None]) - 1
    if green == "down":
        vectors[..., 1] *= -1
    vectors[..., 2] = np.maximum(vectors[..., 2], 0)
    return normalize(fill(normalize(vectors), np.asarray(share, np.float32)))


def turn_normal_map(rgb: RGB, green: str, degrees: float) -> RGB:
    """A normal map as it is after its picture was turned: the vectors turn with it.

    :param rgb: as it lies already, uint8 [H, W, 3].
    :param degrees: counterclockwise.
    :returns: uint8 [H, W, 3]; the same object at 0.
    """
    if not degrees:
        return rgb
    turn = math.radians(degrees if green == "up" else -degrees)
    cosine, sine = math.cos(turn), math.sin(turn)
    matrix = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    offset = MIDDLE * (1 - matrix.sum(1))
    return np.asarray(cv2.transform(rgb, np.column_stack([matrix, offset])), np.uint8)


def _known(rgb: RGB) -> NDArray[np.uint8]:
    """255 where a map has a vector, 0 elsewhere."""
    least, most = GREY
    grey = cv2.inRange(rgb, (least,) * 3, (most,) * 3)
    away = cv2.inRange(rgb, (0, 0, 0), (255, 255, least - 1))
    return np.asarray(cv2.bitwise_not(cv2.bitwise_or(grey, away)), np.uint8)
