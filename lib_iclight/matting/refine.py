"""A matte made tighter, smaller or larger, or softer at its edge, whichever way it was made."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle, islice

import cv2
import numpy as np
from numpy.typing import NDArray

REFINED_BY = ("matte_threshold", "matte_grow", "matte_feather")
"""The options that say how, in the order in which they are applied."""

LEAST_SIGMA = 0.01
"""In pixels; less changes no value of a matte."""

_SHAPES = (cv2.MORPH_CROSS, cv2.MORPH_RECT)


@dataclass(frozen=True)
class Refinement:
    """What is done to a matte.

    :ivar threshold: 0..1; what is less becomes 0, and the rest is stretched to 0..1. At 1 what is 1 is left.
    :ivar grow: -64..64 pixels of the picture, whole ones; below 0 it shrinks.
    :ivar feather: 0..64 pixels of the picture, within which the edge falls off to either side.
    """

    threshold: float = 0.0
    grow: float = 0.0
    feather: float = 0.0

    def apply(self, alpha: NDArray[np.float32]) -> NDArray[np.float32]:
        """The refined matte, float32 [H, W] in 0..1; the same object where nothing is to be done."""
        if self.threshold:
            alpha = _stretch(alpha, np.float32(self.threshold))
        if steps := round(abs(self.grow)):
            alpha = _spread(alpha, steps) if self.grow > 0 else 1 - _spread(1 - alpha, steps)
        # Two standard deviations hold 95 % of what a Gaussian moves; one of no width is none.
        if (sigma := self.feather / 2) > LEAST_SIGMA:
            blurred = cv2.GaussianBlur(alpha, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
            alpha = np.asarray(blurred, np.float32).clip(0, 1)
        return alpha


def _stretch(alpha: NDArray[np.float32], threshold: np.float32) -> NDArray[np.float32]:
    if threshold == 1:
        return (alpha >= 1).astype(np.float32)
    return ((alpha - threshold) / (1 - threshold)).clip(0, 1)


def _spread(alpha: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """Each pixel the largest within an octagon of that radius: crosses and squares by turns."""
    for shape in islice(cycle(_SHAPES), steps):
        kernel = cv2.getStructuringElement(shape, (3, 3))
        alpha = np.asarray(cv2.dilate(alpha, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)
    return alpha
