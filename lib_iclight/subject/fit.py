"""How a picture lies on a canvas."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from lib_iclight import images
from lib_iclight.images import Levels

LONGEST = 32_000
"""The longest side of a picture that OpenCV warps."""

PLACED_BY = ("foreground_x", "foreground_y", "foreground_scale", "foreground_rotation")
"""The options that say where a subject lies, in the order of ``Placing``."""


@dataclass(frozen=True)
class Placing:
    """Where a picture lies on its canvas; by itself in the middle, as large as the canvas needs it.

    :ivar x: where its middle is, from the left, 0..1; ``y`` from the top.
    :ivar scale: of both sides.
    :ivar rotation: degrees, counterclockwise.
    """

    x: float = 0.5
    y: float = 0.5
    scale: float = 1.0
    rotation: float = 0.0

    def apply(self, image: Levels, width: int, height: int, border: int, scales: tuple[float, float]) -> Levels:
        """The picture on a canvas; ``border`` fills what it leaves free.

        :param image: uint8 [h, w] or [h, w, 3], or float32 [h, w]; cubic weights go beyond the levels of floats.
        :param scales: how much larger it is on the canvas before ``scale``, across and down.
        """
        rows, columns = image.shape[:2]
        wide, high = (max(side * by * self.scale, 1.0) for side, by in zip((columns, rows), scales))
        # What is made smaller is averaged first: a warp takes single pixels.
        small = min(round(wide), columns, LONGEST) or 1, min(round(high), rows, LONGEST) or 1
        image = images.stretch(image, *small)
        turn = math.radians(self.rotation)
        towards = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
        matrix = np.empty((2, 3))
        matrix[:, :2] = towards * (wide / small[0], high / small[1])
        middle = np.array([small[0] - 1, small[1] - 1]) / 2
        matrix[:, 2] = (self.x * width - 0.5, self.y * height - 0.5) - matrix[:, :2] @ middle
        size = width, height
        return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_CUBIC, borderValue=(border,) * 3)  # type: ignore[return-value]


def canvas_of(size: tuple[int, int], width: int | None, height: int | None) -> tuple[int, int]:
    """The canvas that is asked for; a side that is not has the picture's proportions, and without both it is its size.

    :param size: width and height of the picture.
    """
    columns, rows = size
    width = width or max(round(columns * (height or rows) / rows), 1)
    return width, height or max(round(rows * width / columns), 1)


@dataclass(frozen=True)
class Fit:
    """How the host brought a picture onto its canvas.

    :ivar mode: cover, stretch or contain.
    :ivar crop: the part that is taken first: left, top, right, bottom; or None.
    :ivar of: the width and height of the picture that it is a part of.
    :ivar placing: where it lies then; where ``crop`` is given, on all of the picture that it is a part of.
    """

    mode: str = "cover"
    crop: tuple[int, int, int, int] | None = None
    of: tuple[int, int] = (0, 0)
    placing: Placing = Placing()

    @property
    def of_another(self) -> Fit:
        """The same for what lies over the picture, or behind it: the same part of it, or all of it."""
        return self if self.crop else Fit()

    def apply(self, image: Levels, width: int, height: int, border: int) -> Levels:
        """The picture at the canvas' size; ``border`` fills what it leaves free. As ``Placing.apply``."""
        if self.crop:
            left, top, right, bottom = self.crop
            image = Fit(placing=self.placing).apply(image, *self.of, border)[top:bottom, left:right]
            return Fit(self.mode).apply(image, width, height, border)
        if self.placing != Placing():
            return self.placing.apply(image, width, height, border, self.scales(image.shape[1::-1], width, height))
        if self.mode == "stretch":
            return images.stretch(image, width, height)
        if self.mode == "contain":
            return images.contain(image, width, height, border)
        return images.cover(image, width, height, "the subject")

    def scales(self, size: tuple[int, int], width: int, height: int) -> tuple[float, float]:
        """How much larger a picture of a size becomes on a canvas, across and down, before it is placed."""
        across, down = width / size[0], height / size[1]
        if self.mode == "stretch":
            return across, down
        scale = max(across, down) if self.mode == "cover" else min(across, down)
        return scale, scale

    def frame(self, size: tuple[int, int], width: int, height: int) -> tuple[float, float, float, float]:
        """Where a canvas lies on a picture: left, top, width and height in the picture's pixels.

        :param size: width and height of the picture, none of whose parts is cropped first.
        """
        columns, rows = size
        across, down = self.scales(size, width, height)
        wide, high = max(round(columns * across), 1), max(round(rows * down), 1)
        across, down = wide / columns, high / rows
        left, top = round((wide - width) / 2) / across, round((high - height) / 2) / down
        return left, top, width / across, height / down
