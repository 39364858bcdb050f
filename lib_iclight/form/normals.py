"""Normals of a subject from its matte and its picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.form.inflation import Field, inflate
from lib_iclight.images import RGB, Matte

Normals = NDArray[np.float32]
"""Float32 [h, w, 3], of length 1: to the right, up, towards the viewer; the last is 0 or more (OpenGL)."""

FINE, COARSE = 1.2, 8.0
"""The band of sizes in which brightness is taken for relief: standard deviations in pixels at a short side of 512.
What is finer is grain, what is coarser is light or colour."""

RELIEF = 9.0
"""Pixels that white stands above black, in the band."""

SHORT_SIDE = 512

LEAST = 1e-4

_FRONT = np.array([0, 0, 1], np.float32)


def normals(rgb: RGB, alpha: Matte) -> Normals:
    """Normals of an inflated matte with the relief that the picture's brightness suggests.

    Outside the matte they go on from its rim; without a subject they point at the viewer.

    :param rgb: uint8 [h, w, 3], sRGB.
    :param alpha: float32 [h, w], 0..1.
    """
    square = inflate(alpha)
    height = np.sqrt(square)
    across, down = _slopes(square)
    relief_across, relief_down = _slopes(_relief(rgb, alpha))
    # The gradient of a root is the root's of the gradient over twice itself: multiplied out, nothing is divided by 0.
    body = np.stack([-across / 2 - height * relief_across, down / 2 + height * relief_down, height], -1)
    return normalize(_continue(normalize(body), alpha))


def _slopes(field: Field) -> tuple[Field, Field]:
    """Change a pixel to the right and a pixel down."""
    return _slope(field, 1, 0), _slope(field, 0, 1)


def _slope(field: Field, across: int, down: int) -> Field:
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.Sobel(field, cv2.CV_32F, across, down, ksize=3, scale=1 / 8, borderType=border), np.float32)


def _relief(rgb: RGB, alpha: Matte) -> Field:
    """Height in pixels from band-passed luminance, the matte's outside left out."""
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) / np.float32(255), np.float32)
    scale = min(grey.shape) / SHORT_SIDE
    fine, coarse = (_blur_inside(grey, alpha, sigma * scale) for sigma in (FINE, COARSE))
    return np.asarray(RELIEF * scale * (fine - coarse), np.float32)


def _blur_inside(values: Field, alpha: Matte, sigma: float) -> Field:
    """Normalized convolution (Knutsson and Westin 1993): what lies outside of the matte has no say."""
    weight = alpha + np.float32(LEAST)
    above, below = (cv2.GaussianBlur(part, (0, 0), max(sigma, 0.3)) for part in (values * weight, weight))
    return np.asarray(above / below, np.float32)


def _continue(vectors: Normals, alpha: Matte) -> Normals:
    """Carry vectors on from inside a matte to its outside: means over ever larger cells fill what is missing."""
    weight = np.asarray(alpha * alpha, np.float32)
    if max(alpha.shape) == 1:
        return _mix(_FRONT, vectors, weight)
    rows, columns = alpha.shape
    size = (columns + 1) // 2, (rows + 1) // 2
    mean = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(vectors * weight[..., None], size, interpolation=cv2.INTER_AREA)
    half = np.asarray(sums / np.maximum(mean, LEAST)[..., None], np.float32)
    filled = _continue(half, np.asarray(np.sqrt(np.minimum(mean * 4, 1)), np.float32))
    large = cv2.resize(filled, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return _mix(np.asarray(large, np.float32), vectors, weight)


def _mix(outside: Normals, inside: Normals, weight: Field) -> Normals:
    return np.asarray(outside + (inside - outside) * weight[..., None], np.float32)


def normalize(vectors: Normals) -> Normals:
    """Vectors at length 1; those without a direction point at the viewer."""
    length = np.sqrt((vectors * vectors).sum(-1, keepdims=True))
    return np.asarray(np.where(length > LEAST, vectors / np.maximum(length, LEAST), _FRONT), np.float32)
