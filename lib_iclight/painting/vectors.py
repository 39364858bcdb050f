"""The vectors of a picture: which way, and how readily, each pixel takes the light.

Source: ``generate_lighting_effects`` of ``ProjectPaintingLight.py`` (lllyasviel/PaintingLight).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.images import at_working_size
from lib_iclight.painting.density import stroke_density

LEVELS = 6
GAIN = 4.0


@dataclass(frozen=True)
class Prepared:
    """The vectors (density, rows, columns) of each pixel and channel, at the working size.

    One density serves all channels. Together they are no longer than 1.

    :param density: float32 [h, w], 0..1: towards the viewer.
    :param rows: float32 [3, h, w], -1..1, channels R, G, B: positive where it becomes brighter downwards.
    :param columns: float32 [3, h, w], -1..1: positive where it becomes brighter to the right.
    """

    density: NDArray[np.float32]
    rows: NDArray[np.float32]
    columns: NDArray[np.float32]


def prepare(rgb: NDArray[np.uint8]) -> Prepared:
    """The vectors of a picture, at a short side of 512: larger pictures are shrunk to it, smaller ones enlarged.

    :param rgb: uint8 [H, W, 3], sRGB.
    :raises ICLightError: where scipy is not installed and the picture needs it.
    """
    return vectors(at_working_size(rgb))


def vectors(rgb: NDArray[np.uint8]) -> Prepared:
    """The vectors of a picture, at its own size.

    Per channel ``s = (rows, columns)`` are Sobel slopes on a Gaussian pyramid of six levels, gathered from coarse to
    fine by ``up(coarse) * 4 + fine``, divided by the length of the longest ``s`` of the channel, times
    ``sqrt(1 - density^2)``. A channel of one level has no slopes: 0. ``up`` lands on the finer level's own grid; the
    original stretches levels of odd size, and so drifts by some pixels towards the right and the lower edge.

    :param rgb: uint8 [h, w, 3], sRGB.
    """
    density = stroke_density(rgb)
    rest = np.sqrt(1 - density * density).astype(np.float32)
    rows, columns = _slopes(rgb)
    for across, down in zip(columns, rows):
        longest = float(cv2.magnitude(across, down).max())
        share = rest / longest if longest > 0 else np.zeros_like(rest)
        across *= share
        down *= share
    return Prepared(density.astype(np.float32), rows, columns)


def _slopes(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Slopes down and across, float32 [3, h, w] each, not yet scaled."""
    pyramid = [rgb.astype(np.float32)]
    while len(pyramid) < LEVELS:
        pyramid.append(np.asarray(cv2.pyrDown(pyramid[-1]), np.float32))
    return _gather(pyramid, dx=0, dy=1), _gather(pyramid, dx=1, dy=0)


def _gather(pyramid: list[NDArray[np.float32]], dx: int, dy: int) -> NDArray[np.float32]:
    coarsest, *finer = reversed(pyramid)
    total = cv2.Sobel(coarsest, cv2.CV_32F, dx, dy, ksize=3)
    for level in finer:
        up = cv2.pyrUp(total, dstsize=(level.shape[1], level.shape[0]))
        total = cv2.scaleAdd(up, GAIN, cv2.Sobel(level, cv2.CV_32F, dx, dy, ksize=3))
    return np.asarray(np.stack(cv2.split(total)), np.float32)
