"""Several subjects on one canvas, each laid over the one before: one picture with an alpha of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight import images
from lib_iclight.images import RGB, Matte
from lib_iclight.kinds import check_canvas
from lib_iclight.subject.fit import Fit, Placing
from lib_iclight.subject.prepared import Subject

MOST_LAYERS = 8
"""The most subjects of one picture."""

LEAST = np.float32(0.5 / 255)
"""An alpha below this is written as 0."""

TINY = np.float32(1e-6)
"""What an alpha is divided by at the least."""


def lay_layers(layers: Iterable[tuple[Subject, Placing]], width: int, height: int) -> tuple[RGB, Matte]:
    """Subjects on a canvas, the last on top: their colours, not multiplied by the matte, and their matte.

    Colours are multiplied by their alpha before they are resampled, so that what is transparent lends its colour to no
    edge; then ``over`` of Porter and Duff, "Compositing digital images", 1984, in floats of the encoded levels. What is
    transparent in the end has the colour of the nearest pixel that is not.

    :param layers: from the lowest; taken one by one.
    :return: uint8 [height, width, 3], float32 [height, width].
    :raises ICLightError: a picture so narrow that covering the canvas would take too many pixels.
    """
    colours = np.zeros((height, width, 3), np.float32)
    alpha = np.zeros((height, width), np.float32)
    for subject, placing in layers:
        fit = Fit(placing=placing)
        laid = _lay(subject.alpha, fit, width, height)
        own = laid.clip(0, 1)
        left = 1 - own
        # The same weights are in both: those beyond 0 and 1 too.
        divisor = np.maximum(laid, TINY)
        for channel in range(3):
            plane = subject.foreground[..., channel].astype(np.float32) * subject.alpha
            colour = (_lay(plane, fit, width, height) / divisor).clip(0, 255)
            colours[..., channel] = colour * own + colours[..., channel] * left
        alpha = own + alpha * left
    colours /= np.maximum(alpha, LEAST)[..., None]
    return _spread(colours.round().clip(0, 255).astype(np.uint8), alpha >= LEAST), alpha


def lay_subject(subject: Subject, placing: Placing, width: int, height: int) -> Subject:
    """A subject on a canvas, as ``lay_layers`` lays it; what is around it is transparent.

    :raises ICLightError: the canvas has too many pixels, and as ``lay_layers``.
    """
    check_canvas(width, height)
    rgb, alpha = lay_layers([(subject, placing)], width, height)
    name = placed_name(subject.name, placing, width, height)
    return replace(subject, name=name, rgb=rgb, alpha=alpha, on_grey=images.on_grey(rgb, alpha), foreground=rgb)


def placed_name(name: str, placing: Placing, width: int, height: int) -> str:
    """What the content of that name is called on a canvas."""
    return f"{name}/{placing}/{width}x{height}"


def _lay(plane: NDArray[np.float32], fit: Fit, width: int, height: int) -> NDArray[np.float32]:
    return fit.apply(np.ascontiguousarray(plane), width, height, 0)


def _spread(rgb: RGB, is_seen: NDArray[np.bool_]) -> RGB:
    """Colours that each pixel which is not seen takes from the nearest one that is."""
    if not is_seen.any() or is_seen.all():
        return rgb
    hidden = np.where(is_seen, 0, 1).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(hidden, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    # Labels count the pixels that are seen, each its own.
    by_label = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    by_label[nearest[is_seen]] = rgb[is_seen]
    return np.asarray(by_label[nearest], np.uint8)
