"""How the lamps of a basis share the light of a panorama, and how it is shown."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.images import RGB
from lib_iclight.light.maps import LUMINANCE
from lib_iclight.light.panorama import Panorama, flux, pixel_directions
from lib_iclight.light.tone import encode
from lib_iclight.stage.directions import Directions
from lib_iclight.stage.mix import Weights
from lib_iclight.stage.mixing import filmic

THUMBNAIL = 480
MIDDLE_GREY = 0.18


def thumbnail(panorama: Panorama) -> RGB:
    """What it looks like before its rotation and exposure, uint8 [h, w, 3], ``THUMBNAIL`` pixels wide at most.

    Its mean luminance becomes a middle grey, and what is bright is bent by ``mixing.filmic``.
    """
    height, width = panorama.light.shape[:2]
    size = min(width, THUMBNAIL), min(height, THUMBNAIL // 2)
    small = np.asarray(cv2.resize(panorama.light, size, interpolation=cv2.INTER_AREA), np.float64)
    mean = float((small @ LUMINANCE).mean())
    return encode(filmic(small * (MIDDLE_GREY / max(mean, 1e-9))).astype(np.float32))


def shares(towards: Directions, directions: Directions, sharpness: float = 1.0) -> NDArray[np.float64]:
    """How the light from some directions is divided among lamps, float64 [m, n]; each row sums up to 1.

    By clamped cosines to the power of ``sharpness``; what no lamp faces goes to the nearest.

    :param towards: [m, 3].
    """
    cosines = towards @ directions.T
    lobes = np.maximum(cosines, 0) ** sharpness
    total = lobes.sum(axis=1, keepdims=True)
    nearest = np.eye(len(directions))[cosines.argmax(axis=1)]
    return np.where(total > 1e-9, lobes / np.maximum(total, 1e-9), nearest)


def lobes(panorama: Panorama, directions: Directions, sharpness: float = 1.0) -> Weights:
    """All of the sphere's light divided among lamps, float64 [n, 3]: sums up to the integral of radiance.

    Divided by 4 pi it weighs a basis' pictures: an even panorama of 1 then gives each its share of the sphere.
    """
    cells = flux(panorama)
    towards = pixel_directions(cells.shape[0], cells.shape[1], panorama.rotation).reshape(-1, 3)
    return shares(towards, directions, sharpness).T @ cells.reshape(-1, 3)


def weights(panorama: Panorama, directions: Directions) -> Weights:
    """What a basis' pictures are multiplied by, so that the panorama lights the subject: float64 [n, 3]."""
    return lobes(panorama, directions) / (4 * np.pi)
