"""Normals that are given as a picture."""

from __future__ import annotations

import cv2
import numpy as np

from lib_iclight.form.normals import Normals, normalize
from lib_iclight.images import RGB

MIDDLE = 127.5


def read_normal_map(rgb: RGB, green: str, width: int, height: int) -> Normals:
    """The normals of a normal map at some size.

    Red, green and blue stand for right, up (or down) and towards the viewer, 0..255 for -1..1.

    :param rgb: uint8 [H, W, 3], not colours but numbers: no profile, no gamma.
    :param green: ``up`` (OpenGL) or ``down`` (DirectX).
    :returns: float32 [height, width, 3]; where the map has no direction, towards the viewer.
    """
    interpolation = cv2.INTER_AREA if width < rgb.shape[1] else cv2.INTER_LINEAR
    levels = (rgb.astype(np.float32) - MIDDLE) / MIDDLE
    vectors = np.asarray(cv2.resize(levels, (width, height), interpolation=interpolation), np.float32)
    if green == "down":
        vectors[..., 1] *= -1
    vectors[..., 2] = np.maximum(vectors[..., 2], 0)
    return normalize(vectors)
