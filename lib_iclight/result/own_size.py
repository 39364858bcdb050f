"""A relit picture's light, laid onto the photo at its own resolution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lib_iclight.images import RGB, ROWS, luma, over
from lib_iclight.light.maps import to_linear
from lib_iclight.light.tone import decode, encode
from lib_iclight.shading.own_size import GuidedField, smooth
from lib_iclight.subject.prepared import Aligned

FLOOR = np.float32(0.01)
"""Linear light added to both pictures before they are divided: what is black takes some of the light, and none of it is
noise made large."""

MOST = np.float32(32)
"""The largest ratio, and one by the smallest."""

WINDOWS = 64
"""How many windows of the filter go into the shorter side: within one, only what follows the picture is light."""


def lay_on_photo(relit: NDArray[np.float32], subject: Aligned, own: Aligned, behind: RGB) -> RGB:
    """The photo in a relit picture's light: the ratio of the two in linear light, without what is finer than the light.

    :param relit: float32 [h, w, 3], sRGB, 0..1.
    :param subject: as it lies on the relit picture.
    :param own: the same canvas at the photo's resolution [H, W].
    :param behind: what is behind the subject, of the photo's size.
    :returns: uint8 [H, W, 3]. Where the two pictures are the same, the photo.
    """
    height, width = own.alpha.shape
    light = to_linear(relit).astype(np.float32)
    ratio = ((light + FLOOR) / (decode(subject.rgb) + FLOOR)).clip(1 / MOST, MOST)
    radius = max(min(relit.shape[:2]) // WINDOWS, 2)
    within = subject.alpha * subject.shown
    even = smooth(ratio, luma(subject.rgb), within, radius).clip(1 / MOST, MOST)
    factors = GuidedField(even, subject.rgb, within, own.rgb)
    result = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, ROWS):
        rows = slice(top, min(top + ROWS, height))
        lit = encode((decode(own.rgb[rows]) + FLOOR) * factors.rows(rows) - FLOOR)
        result[rows] = over(lit, own.alpha[rows] * own.shown[rows], behind[rows])
    return result
