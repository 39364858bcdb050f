"""What stands in for an installed Segment Anything where routes are tried, and not what is selected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lib_iclight.matting.prompt import Prompt
from lib_iclight.matting.sam import Selector


class BoxSelector(Selector):
    """Selects the pixels in the box, or the row of the first point."""

    def __init__(self) -> None:
        super().__init__(lambda: [], lambda network: next(network.parameters()).device)

    def select(self, rgb: NDArray[np.uint8], prompt: Prompt) -> NDArray[np.float32]:
        height, width = rgb.shape[:2]
        left, top, right, bottom = prompt.box or (0, prompt.points[0].y, 1, prompt.points[0].y + 1 / height)
        alpha = np.zeros((height, width), np.float32)
        alpha[round(top * height) : round(bottom * height), round(left * width) : round(right * width)] = 1
        return alpha
