"""Light from all around: equirectangular pictures.

Space is the viewer's: x to the right, y up, z towards the viewer. The middle of a panorama is what lies behind the
subject, -z, its left and right edges are behind the viewer; its top is up.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight import decoding
from lib_iclight.decoding import exr, radiance_hdr
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import split
from lib_iclight.kinds import Number, check_value
from lib_iclight.light.tone import decode

Light = NDArray[np.float32]
"""Linear sRGB, float32 [h, w, 3]."""

BRIGHTEST = 65504.0
"""What light is clipped to: the largest number of 16 bit floats, in which such pictures are mostly kept. It is what an
infinite value stands for; what is negative or not a number counts as dark."""

MAX_BYTES = 300_000_000
PROPORTIONS = 1.9, 2.1
ROWS = 64
"""Of the flux from which maps and shares are summed up."""

ROTATION = Number(-360, 360, 1)
EXPOSURE = Number(-16, 16, 0.1)

TURNED_BY = ("panorama_rotation", "panorama_exposure")
GIVEN_BY = ("panorama", *TURNED_BY)
"""The names of the options that a panorama's light depends on."""


@dataclass(frozen=True, eq=False)
class Panorama:
    """An equirectangular picture.

    :ivar light: linear sRGB, float32 [h, w, 3], 0..``BRIGHTEST``, w about twice h.
    :ivar rotation: degrees; what is behind the subject moves to the right of it by a positive one.
    :ivar exposure: stops.
    """

    light: Light
    rotation: float = 0.0
    exposure: float = 0.0

    def turned(self, rotation: float) -> Panorama:
        return replace(self, rotation=check_value(ROTATION, rotation, "the panorama's rotation"))

    def exposed(self, stops: float) -> Panorama:
        return replace(self, exposure=check_value(EXPOSURE, stops, "the panorama's exposure"))


def read(data: bytes, key: str = "the panorama") -> Panorama:
    """A panorama of a file's bytes: Radiance, OpenEXR where it is installed, or what ``decoding`` reads (as sRGB).

    :raises ICLightError: what cannot be read, is too large, or is not twice as wide as high.
    """
    if len(data) > MAX_BYTES:
        raise ICLightError(
            ErrorCode.PICTURE_TOO_LARGE, f"IC-Light: {key} has {len(data):,} bytes, more than {MAX_BYTES:,}."
        )
    if data.startswith(radiance_hdr.SIGNATURES):
        light = radiance_hdr.read(data, key)
    elif data.startswith(exr.SIGNATURE):
        light = exr.read_picture(data, radiance_hdr.MAX_PIXELS, key)
    else:
        light = decode(split(decoding.decode(base64.b64encode(data).decode(), key))[0])
    return from_light(light, key)


def from_light(light: NDArray[np.floating], key: str = "the panorama") -> Panorama:
    """A panorama of linear light [h, w, 3], whatever values it has.

    :raises ICLightError: it is not twice as wide as high.
    """
    height, width = light.shape[:2]
    low, high = PROPORTIONS
    if not low * height <= width <= high * height:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"IC-Light: {key} has {width}x{height} pixels, but a panorama that shows everything around "
            "(equirectangular) is twice as wide as high: give such a picture.",
        )
    clean = np.nan_to_num(light, nan=0, posinf=BRIGHTEST, neginf=0).clip(0, BRIGHTEST)
    return Panorama(np.ascontiguousarray(clean, np.float32))


def solid_angles(height: int, width: int) -> NDArray[np.float64]:
    """That of one pixel in each row, steradians, [h]; exact: ``2 pi / w (cos(top) - cos(bottom))``. Over all: 4 pi."""
    edges = np.cos(np.arange(height + 1) * np.pi / height)
    return (edges[:-1] - edges[1:]) * 2 * np.pi / width


def pixel_directions(height: int, width: int, rotation: float = 0.0) -> NDArray[np.float64]:
    """Where each pixel's middle is, float64 [h, w, 3]."""
    down = (np.arange(height) + 0.5)[:, None] * np.pi / height
    along = ((np.arange(width) + 0.5) / width - 0.5)[None] * 2 * np.pi + np.radians(rotation)
    ring = np.sin(down)
    return np.stack(
        [ring * np.sin(along), np.broadcast_to(np.cos(down), (height, width)), -ring * np.cos(along)], axis=-1
    )


def flux(panorama: Panorama, rows: int = ROWS) -> NDArray[np.float64]:
    """Radiance times solid angle, summed up in cells: float64 [rows, 2 * rows, 3] or of the panorama's size if that is
    smaller. No light is lost."""
    height, width = panorama.light.shape[:2]
    each = panorama.light * solid_angles(height, width)[:, None, None]
    size = min(width, 2 * rows), min(height, rows)
    small = np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.float64).reshape(size[1], size[0], 3)
    total = each.sum(axis=(0, 1))
    # Cells that are no whole pixels are means to float32's precision.
    small *= np.divide(total, small.sum(axis=(0, 1)), out=np.ones(3), where=total > 0)
    return small * 2.0**panorama.exposure
