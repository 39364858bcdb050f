"""Normals that are given as a picture."""

from __future__ import annotations

import cv2
import numpy as np

from lib_iclight.decoding.mask import fits
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.form.vectors import LEAST, Normals, fill, normalize
from lib_iclight.images import RGB

MIDDLE = 127.5

SHORTEST = 0.1
"""Of a vector: the grey of no direction, and its rounding, are shorter."""

BEHIND = -0.1
"""Of a vector's depth: one that points farther away from the viewer than rounding and rims do is none, as black."""


def read_normal_map(rgb: RGB, green: str, width: int, height: int) -> Normals:
    """The normals of a normal map, at some size.

    Red, green and blue stand for right, up (or down) and towards the viewer, 0..255 for -1..1. Places without a vector
    (black, grey, or facing away, as many maps have it round the subject) get what is next to them.

    :param rgb: uint8 [H, W, 3], not colours but numbers: no profile, no gamma.
    :param green: ``up`` (OpenGL) or ``down`` (DirectX).
    :returns: float32 [height, width, 3], of length 1.
    :raises ICLightError: the map has other proportions than that size, beyond what a mask may have.
    """
    rows, columns = rgb.shape[:2]
    if not fits((columns, rows), (width, height)):
        raise ICLightError(
            ErrorCode.NORMAL_MAP_DOES_NOT_FIT,
            f"IC-Light: normal_map has {columns}x{rows} pixels and its picture is lit at {width}x{height}: "
            "give a normal map in the picture's proportions.",
        )
    vectors = (rgb.astype(np.float32) - MIDDLE) / MIDDLE
    if green == "down":
        vectors[..., 1] *= -1
    length = np.linalg.norm(vectors, axis=-1)
    known = ((length > SHORTEST) & (vectors[..., 2] > BEHIND)).astype(np.float32)
    vectors[..., 2] = np.maximum(vectors[..., 2], 0)
    size = width, height
    interpolation = cv2.INTER_AREA if width < columns else cv2.INTER_LINEAR
    share = cv2.resize(known, size, interpolation=interpolation)
    sums = cv2.resize(normalize(vectors) * known[..., None], size, interpolation=interpolation)
    return normalize(fill(np.asarray(sums / np.maximum(share, LEAST)[..., None], np.float32), np.asarray(share)))
