"""Normals of a subject from its matte and its picture."""

from __future__ import annotations

import cv2
import numpy as np

from lib_iclight.form.inflation import inflate
from lib_iclight.form.relief import relief
from lib_iclight.form.vectors import Field, Normals, fill, normalize
from lib_iclight.images import RGB, Matte


def normals(rgb: RGB, alpha: Matte) -> Normals:
    """Normals of an inflated matte with the relief that the picture's brightness suggests.

    Outside the matte they go on from its rim; without a subject they point at the viewer. A matte that is full has no
    rim, and only relief.

    :param rgb: uint8 [h, w, 3], sRGB, of any size.
    :param alpha: float32 [h, w], 0..1.
    :returns: float32 [h, w, 3] at that size, of length 1.
    """
    square = inflate(alpha)
    height = np.sqrt(square)
    across, down = _slopes(square)
    relief_across, relief_down = _slopes(relief(rgb, alpha))
    # The gradient of a root is the root's of the gradient over twice itself: multiplied out, nothing is divided by 0.
    body = cv2.merge((-across / 2 - height * relief_across, down / 2 + height * relief_down, height))
    return normalize(fill(normalize(np.asarray(body, np.float32)), alpha * alpha))


def _slopes(field: Field) -> tuple[Field, Field]:
    """Change a pixel to the right and a pixel down."""
    return _slope(field, 1, 0), _slope(field, 0, 1)


def _slope(field: Field, across: int, down: int) -> Field:
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.Sobel(field, cv2.CV_32F, across, down, ksize=3, scale=1 / 8, borderType=border), np.float32)
