"""Fields of normals."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""Float32 [h, w]."""

Normals = NDArray[np.float32]
"""Float32 [h, w, 3], of length 1: to the right, up, towards the viewer; the last is 0 or more (OpenGL)."""

LEAST = 1e-4

_FRONT = np.array([0, 0, 1], np.float32)


def normalize(vectors: Normals) -> Normals:
    """Vectors at length 1; those without a direction point at the viewer."""
    length = np.sqrt(np.einsum("ijk,ijk->ij", vectors, vectors))[..., None]
    return np.asarray(np.where(length > LEAST, vectors / np.maximum(length, LEAST), _FRONT), np.float32)


def fill(vectors: Normals, known: Field) -> Normals:
    """Carry vectors on from where they are known: means over ever larger cells stand for what is missing.

    :param vectors: of any length up to 1.
    :param known: float32 [h, w], 0..1: how far each is to be believed.
    :returns: vectors that are not of length 1; where nothing is known at all, towards the viewer.
    """
    if max(known.shape) == 1:
        return _mix(_FRONT, vectors, known)
    rows, columns = known.shape
    size = (columns + 1) // 2, (rows + 1) // 2
    mean = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(vectors * known[..., None], size, interpolation=cv2.INTER_AREA)
    half = np.asarray(sums / np.maximum(mean, LEAST)[..., None], np.float32)
    filled = fill(half, np.asarray(np.minimum(mean * 4, 1), np.float32))
    return _mix(np.asarray(cv2.resize(filled, (columns, rows), interpolation=cv2.INTER_LINEAR)), vectors, known)


def _mix(outside: Normals, inside: Normals, share: Field) -> Normals:
    return np.asarray(outside + (inside - outside) * share[..., None], np.float32)
