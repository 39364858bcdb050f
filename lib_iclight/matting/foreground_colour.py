"""The subject's own colour at its soft edges, without what shows through of the background ("despill").

Source: Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021: two passes of blur fusion, with the windows
and the constant of its code, ``FB_blur_fusion_foreground_estimator_2`` in
github.com/Photoroom/fast-foreground-estimation.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.images import RGB, ROWS, Matte

WINDOWS = (90, 6)
"""The sides of the box that each pass averages over, in pixels."""

LITTLE = np.float32(1e-5)
"""What keeps a mean over nothing finite."""

LEVEL = 0.5 / 255
"""A matte this near to 0 or 1 is that in 8 bits."""

_REACH = sum(window // 2 + 1 for window in WINDOWS)

Plane = NDArray[np.float32]


def estimate(rgb: RGB, alpha: Matte) -> RGB:
    """The picture with the subject's own colour where it is partly seen.

    Where the matte is 0 or 1 in 8 bits the bytes stay what they are.

    :param rgb: uint8 [H, W, 3], sRGB, as which it was blended.
    :param alpha: float32 [H, W], 0..1.
    :returns: uint8 [H, W, 3]; the same object where no edge is soft.
    """
    soft = (alpha >= LEVEL) & (alpha <= 1 - LEVEL)
    if not soft.any():
        return rgb
    result = rgb.copy()
    for top in range(0, len(rgb), ROWS):
        rows = slice(top, min(top + ROWS, len(rgb)))
        columns = np.flatnonzero(soft[rows].any(0))
        if columns.size:
            place = rows, slice(int(columns[0]), int(columns[-1]) + 1)
            np.copyto(result[place], _estimate_in(rgb, alpha, place), where=soft[place][..., None])
    return result


def _estimate_in(rgb: RGB, alpha: Matte, place: tuple[slice, slice]) -> RGB:
    """The estimate for a part of a picture, from as much around it as counts."""
    around = tuple(
        slice(max(part.start - _REACH, 0), min(part.stop + _REACH, side)) for part, side in zip(place, alpha.shape)
    )
    # The reflection at the edge of what is cut out is too far away to be seen in the part.
    matte, image = alpha[around], rgb[around]
    shares = [_mean(matte, window) for window in WINDOWS]
    inside = tuple(slice(part.start - whole.start, part.stop - whole.start) for part, whole in zip(place, around))
    result = np.empty(rgb[place].shape, np.uint8)
    # A channel is worked on alone: numpy spreads a matte over three of them at a third of the speed.
    for channel in range(3):
        level = image[..., channel].astype(np.float32) / np.float32(255)
        foreground = background = level
        for window, share in zip(WINDOWS, shares):
            foreground, background = _fuse(level, foreground, background, matte, share, window)
        result[..., channel] = (foreground[inside] * 255).round()
    return result


def _fuse(
    level: Plane, foreground: Plane, background: Plane, alpha: Plane, share: Plane, window: int
) -> tuple[Plane, Plane]:
    """One pass over one channel: the foreground and the mean background of which it is made, float32 [h, w], 0..1.

    :param share: the mean of ``alpha`` in the window.
    """
    near = _mean(foreground * alpha, window) / (share + LITTLE)
    behind = _mean(background * (1 - alpha), window) / (1 - share + LITTLE)
    return (near + alpha * (level - alpha * near - (1 - alpha) * behind)).clip(0, 1), behind


def _mean(plane: Plane, window: int) -> Plane:
    return np.asarray(cv2.blur(plane, (window, window)), np.float32)
