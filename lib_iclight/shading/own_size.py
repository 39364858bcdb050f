"""What was worked out at the working size, laid onto a picture of any size along its edges.

Source: the fast guided filter (He and Sun 2015): slopes against a small guide, taken up by the large one. Here they
carry only what the large guide has beyond the small one, so that at the working size a plane is itself.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.images import RGB, Matte, luma

RADIUS = 2
EPSILON = 0.02**2
"""A guide's variance, of grey 0..1, below which it says nothing."""

OUTSIDE = 1e-3
"""What a pixel beside the subject counts."""

Values = NDArray[np.float32]


class Field:
    """Values at a small size [h, w, n], read at a large one [height, width] by strips of rows."""

    def __init__(self, values: Values, width: int, height: int) -> None:
        if width < values.shape[1] or height < values.shape[0]:
            values = _channels(cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA))
        self._values, self._width, self._height = values, width, height

    def rows(self, rows: slice) -> Values:
        """Float32 [rows, width, n]; bilinear between the pixels' middles."""
        small = self._values
        if small.shape[:2] == (self._height, self._width):
            return small[rows]
        place = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) * (len(small) / self._height) - 0.5
        place = place.clip(0, len(small) - 1)
        above = place.astype(int)
        part = (place - above).astype(np.float32)[:, None, None]
        below = np.minimum(above + 1, len(small) - 1)
        between = small[above] + (small[below] - small[above]) * part
        return _channels(cv2.resize(between, (self._width, len(between)), interpolation=cv2.INTER_LINEAR))


def _channels(values: Any) -> Values:
    """A picture as OpenCV gives it back, which leaves out a single channel."""
    return np.asarray(values if values.ndim == 3 else values[..., None], np.float32)


class GuidedField:
    """Values of a subject [h, w, 3], read at its own size along the edges of its picture.

    :param small: the picture at the values' size, uint8 [h, w, 3], and ``alpha`` its matte there.
    :param large: the picture, uint8 [height, width, 3].
    """

    def __init__(self, values: Values, small: RGB, alpha: Matte, large: RGB) -> None:
        height, width = large.shape[:2]
        self._large = large
        self._values = Field(values, width, height)
        self._slopes: Field | None = None
        if width > small.shape[1] or height > small.shape[0]:
            guide = luma(small)
            self._slopes = Field(np.dstack([_slopes(values, guide, alpha), guide]), width, height)

    def rows(self, rows: slice) -> Values:
        """Float32 [rows, width, 3], not below 0."""
        values = self._values.rows(rows)
        if self._slopes is None:
            return values
        slopes = self._slopes.rows(rows)
        beyond = luma(self._large[rows]) - slopes[..., 3]
        return np.maximum(values + slopes[..., :3] * beyond[..., None], 0)


def smooth(values: Values, guide: Values, alpha: Matte, radius: int = RADIUS) -> Values:
    """What of a subject's values follows its picture, or is even: the guided filter (He, Sun and Tang 2013).

    :param values: float32 [h, w, n], ``guide`` grey 0..1 [h, w], and ``alpha`` the subject's matte.
    :param radius: half the window's side, in pixels.
    """
    slope, constant = _fit_lines(values, guide, alpha, radius)
    return slope * guide[..., None] + constant


def _slopes(values: Values, guide: Values, alpha: Matte) -> Values:
    return _fit_lines(values, guide, alpha, RADIUS)[0]


def _fit_lines(values: Values, guide: Values, alpha: Matte, radius: int) -> tuple[Values, Values]:
    """How values follow the guide in the subject, as ``values ~ slope * guide + constant`` in each window, averaged."""

    def mean(of: Values) -> Values:
        return np.asarray(cv2.blur(of, (2 * radius + 1,) * 2, borderType=cv2.BORDER_REFLECT), np.float32)

    weight = alpha + np.float32(OUTSIDE)
    total = mean(weight)

    def weighted(of: Values) -> Values:
        if of.ndim == 2:
            return mean(of * weight) / total
        return mean(of * weight[..., None]) / total[..., None]

    level, average = weighted(guide), weighted(values)
    variance = np.maximum(weighted(guide * guide) - level * level, 0) + np.float32(EPSILON)
    slope = (weighted(values * guide[..., None]) - level[..., None] * average) / variance[..., None]
    return weighted(slope), weighted(average - slope * level[..., None])
