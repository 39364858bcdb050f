"""Normals that are given as a picture."""

from __future__ import annotations

import cv2
import numpy as np

from lib_iclight.form.normals import Normals
from lib_iclight.images import RGB

MIDDLE = 127.5
LEAST = 1e-4


def read_normal_map(rgb: RGB, green: str, width: int, height: int) -> Normals:
    """The normals of a normal map at some size.

    Red, green and blue stand for right, up (or down) and towards the viewer, 0..255 for -1..1.

    :param rgb: uint8 [H, W, 3], not colours but numbers: no profile, no gamma.
    :param green: ``up`` (OpenGL) or ``down`` (DirectX).
    :returns: float32 [height, width, 3]; where the map has no direction, towards the viewer.
    """
    interpolation = cv2.INTER_AREA if width < rgb.shape[1] else cv2.INTER_LINEAR
    vectors = cv2.resize((rgb.astype(np.float32) - MIDDLE) / MIDDLE, (width, height), interpolation=interpolation)
    if green == "down":
        vectors[..., 1] *= -1
    vectors[..., 2] = np.maximum(vectors[..., 2], 0)
    length = np.sqrt((vectors * vectors).sum(-1, keepdims=True))
    front = np.zeros_like(vectors) + np.float32((0, 0, 1))
    return np.where(length > LEAST, vectors / np.maximum(length, LEAST), front)
