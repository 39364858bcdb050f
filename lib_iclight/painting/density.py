"""Stroke density: how far a pixel's colour lies from the mean colour, towards the most that the picture's palette has.

Source: ``run`` of ``ProjectPaintingLight.py`` (lllyasviel/PaintingLight), without its SR-CNN against JPEG artefacts.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.errors import missing_packages

CLIPPING = 1.2

# The guided filter.
PASSES = 4
RADIUS = 1
EPSILON = 0.01

# Colours by facets that are looked at together: the products then stay in the processor's cache.
BLOCK = 1 << 17

CHOICES_OF_CHANNELS = ((0, 1, 2), (0, 1), (0, 2), (1, 2), (0,), (1,), (2,))


def stroke_density(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The stroke density, smoothed along the picture.

    ``clip((1 - |1 - |p-c| / |hit-c||) * 1.2, 0, 1)``, where ``c`` is the mean colour and ``hit`` is where the ray from
    ``c`` through the colour ``p`` leaves the convex hull of all colours; then four passes of a guided filter along
    ``|p-c|``, which the original takes in whole levels, at most 255. A pixel of the mean colour has no ray: its
    density is 0, the limit. Where the colours lie on one plane or one line (grey pictures), the hull is the area or
    the stretch that they span there. A picture of one colour has density 0.

    :param rgb: uint8 [H, W, 3], sRGB.
    :returns: float64 [H, W], 0..1; what is left of 1 near 1 matters, and float32 has none of it.
    """
    mean = rgb.reshape(-1, 3).mean(axis=0)
    packed = (rgb[..., 0].astype(np.int32) << 16) | (rgb[..., 1].astype(np.int32) << 8) | rgb[..., 2]
    present, where = np.unique(packed.ravel(), return_inverse=True)
    colours = np.stack([present >> 16, present >> 8 & 255, present & 255], axis=-1)
    from_mean = np.linalg.norm(colours - mean, axis=-1)
    share = np.clip(CLIPPING * reach(colours, mean), 0, 1)
    guide = from_mean.clip(0, 255).astype(np.uint8)
    return _guided(share[where].reshape(packed.shape), guide[where].reshape(packed.shape))


def reach(colours: NDArray[Any], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """``|p-c| / |hit-c|`` of each colour: 0 at the mean, 1 on the hull.

    The plane of a facet, ``normal . x + offset = 0``, is met at ``t = -(normal . c + offset) / normal . (p - c)``
    along the ray ``c + t * (p - c)``. The hull is met at the smallest positive ``t``, so the share ``1 / t`` is the
    largest over the facets, and nothing is divided by what can be 0. It does not change under an affine map:
    colours that span only a plane or a line are told by as many channels.

    :param colours: whole numbers [N, 3], each colour once.
    :param mean: [3], inside the hull of the colours.
    :returns: [N], 0..1.
    """
    channels = _independent(colours)
    if not channels:
        return np.zeros(len(colours))
    points, centre = colours[:, channels].astype(np.float64), mean[channels]
    normals, offsets = _facets(points)
    # The mean is inside; only rounding can put it on a facet.
    scaled = normals / np.maximum(-(normals @ centre + offsets), 1e-12)[:, None]
    result = np.empty(len(points))
    step = max(1, BLOCK // len(scaled))
    for start in range(0, len(points), step):
        result[start : start + step] = ((points[start : start + step] - centre) @ scaled.T).max(axis=1)
    return result.clip(0, 1)


def _independent(colours: NDArray[Any]) -> list[int]:
    """As many channels as the colours have dimensions, so that these channels alone tell the colours apart.

    Decided by Gram determinants in whole numbers: no tolerance takes a picture of faint tints for a grey one.
    """
    differences = colours.astype(np.int64) - colours[0]
    gram = (differences.T @ differences).tolist()
    for channels in CHOICES_OF_CHANNELS:
        if _determinant([[gram[i][j] for j in channels] for i in channels]) > 0:
            return list(channels)
    return []


def _determinant(rows: list[list[int]]) -> int:
    if not rows:
        return 1
    minors = ([row[:k] + row[k + 1 :] for row in rows[1:]] for k in range(len(rows)))
    return sum((-1) ** k * rows[0][k] * _determinant(minor) for k, minor in enumerate(minors))


def _facets(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The hull of points that span all their dimensions: ``normals @ x + offsets <= 0`` inside."""
    if points.shape[1] == 1:
        return np.array([[1.0], [-1.0]]), np.array([-points.max(), points.min()])
    try:
        from scipy.spatial import ConvexHull  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise missing_packages("scipy", "standalone") from None
    equations = ConvexHull(points).equations
    return equations[:, :-1], equations[:, -1]


def _guided(values: NDArray[np.float64], guide: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The guided filter (He, Sun and Tang 2010), several passes along one guide.

    In double precision: the tolerance is that of a guide in 8 bit, and far below the squares that are subtracted.
    """
    side = 2 * RADIUS + 1

    def mean(image: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(cv2.blur(image, (side, side), borderType=cv2.BORDER_REFLECT), np.float64)

    levels = guide.astype(np.float64)
    level = mean(levels)
    spread = 1 / (mean(levels * levels) - level * level + EPSILON)
    for _ in range(PASSES):
        value = mean(values)
        slope = (mean(levels * values) - level * value) * spread
        values = mean(slope) * levels + mean(value - slope * level)
    return values.clip(0, 1)
