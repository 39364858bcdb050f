"""Relief: the small forms of a subject, told from its brightness. What is darker lies deeper ("dark is deep", as in
Langer and Bülthoff 2000)."""

from __future__ import annotations

import cv2
import numpy as np

from lib_iclight.form.vectors import LEAST, Field
from lib_iclight.images import RGB, SHORT_SIDE, Matte, luma

SIZES = (1.5, 4, 12, 32)
"""Between which brightness is taken for relief, as standard deviations in pixels at the working size: wrinkles and
stitches, features and folds, parts of a face. What is finer is grain; what is coarser is light or colour."""

HEIGHTS = (0.7, 1.4, 2.2)
"""By which each band stands out at most, in pixels at the working size."""

CONTRAST = 0.12
"""In brightness from 0 to 1: what differs by more is no deeper for it, since it is colour more likely than form."""

PASSES = 3


def relief(rgb: RGB, alpha: Matte) -> Field:
    """The height of what stands out of a subject's body, in pixels, from its brightness in three bands.

    :param rgb: uint8 [h, w, 3], sRGB; its brightness as it is encoded, which is even for the eye.
    :param alpha: float32 [h, w], 0..1; what lies outside has no say.
    :returns: float32 [h, w], the sum of the bands' heights at most.
    """
    grey = luma(rgb)
    scale = min(grey.shape) / SHORT_SIDE
    blurred = [_blur_inside(grey, alpha, size * scale) for size in SIZES]
    height = np.zeros_like(grey)
    for fine, coarse, most in zip(blurred, blurred[1:], HEIGHTS):
        height += np.float32(most * scale) * np.tanh((fine - coarse) / np.float32(CONTRAST))
    return height


def _blur_inside(values: Field, alpha: Matte, sigma: float) -> Field:
    """Normalized convolution (Knutsson and Westin 1993); boxes for a Gaussian take as long at any size."""
    weight = alpha + np.float32(LEAST)
    both = cv2.merge((values * weight, weight))
    # A box of s pixels has the variance (s^2 - 1) / 12.
    side = 2 * round((np.sqrt(12 * sigma**2 / PASSES + 1) - 1) / 2) + 1
    for _ in range(PASSES):
        both = cv2.blur(both, (side, side), borderType=cv2.BORDER_REFLECT)
    return np.asarray(both[..., 0] / both[..., 1], np.float32)
