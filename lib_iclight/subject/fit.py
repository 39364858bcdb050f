"""How a picture lies on a canvas."""

from __future__ import annotations

from dataclasses import dataclass

from lib_iclight import images
from lib_iclight.images import RGB


@dataclass(frozen=True)
class Fit:
    """How the host brought a picture onto its canvas.

    :ivar mode: cover, stretch or contain.
    :ivar crop: the part that is taken first: left, top, right, bottom; or None.
    :ivar of: the width and height of the picture that it is a part of.
    """

    mode: str = "cover"
    crop: tuple[int, int, int, int] | None = None
    of: tuple[int, int] = (0, 0)

    @property
    def of_another(self) -> Fit:
        """The same for what lies over the picture, or behind it: the same part of it, or all of it."""
        return self if self.crop else Fit()

    def apply(self, image: RGB, width: int, height: int, border: int) -> RGB:
        """The picture at the canvas' size; ``border`` fills what ``contain`` leaves free."""
        if self.crop:
            left, top, right, bottom = self.crop
            image = images.cover(image, *self.of, "the subject")[top:bottom, left:right]
        if self.mode == "stretch":
            return images.stretch(image, width, height)
        if self.mode == "contain":
            return images.contain(image, width, height, border)
        return images.cover(image, width, height, "the subject")

    def frame(self, size: tuple[int, int], width: int, height: int) -> tuple[float, float, float, float]:
        """Where a canvas lies on a picture: left, top, width and height in the picture's pixels.

        :param size: width and height of the picture, none of whose parts is cropped first.
        """
        columns, rows = size
        across, down = width / columns, height / rows
        if self.mode != "stretch":
            across = down = max(across, down) if self.mode == "cover" else min(across, down)
        wide, high = max(round(columns * across), 1), max(round(rows * down), 1)
        across, down = wide / columns, high / rows
        left, top = round((wide - width) / 2) / across, round((high - height) / 2) / down
        return left, top, width / across, height / down
