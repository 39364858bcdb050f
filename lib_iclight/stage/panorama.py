"""Light from all around: equirectangular pictures, and how a basis' lamps share their light.

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
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import RGB, split
from lib_iclight.kinds import Number, check_value
from lib_iclight.light.maps import LUMINANCE
from lib_iclight.shading.tone import decode, encode
from lib_iclight.stage import exr, radiance_hdr
from lib_iclight.stage.basis import Light
from lib_iclight.stage.directions import Directions
from lib_iclight.stage.mix import Weights
from lib_iclight.stage.mixing import filmic

BRIGHTEST = 65504.0
"""What light is clipped to: the largest number of 16 bit floats, in which such pictures are mostly kept. It is what an
infinite value stands for; what is negative or not a number counts as dark."""

MAX_BYTES = 300_000_000
PROPORTIONS = 1.9, 2.1
ROWS = 64
"""Of the flux from which maps and shares are summed up."""

THUMBNAIL = 480
MIDDLE_GREY = 0.18

ROTATION = Number(-360, 360)
EXPOSURE = Number(-16, 16)


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


def thumbnail(panorama: Panorama) -> RGB:
    """What it looks like before its rotation and exposure, uint8 [h, w, 3], ``THUMBNAIL`` pixels wide at most.

    Its mean luminance becomes a middle grey, and what is bright is bent by ``mixing.filmic``.
    """
    height, width = panorama.light.shape[:2]
    size = min(width, THUMBNAIL), min(height, THUMBNAIL // 2)
    small = np.asarray(cv2.resize(panorama.light, size, interpolation=cv2.INTER_AREA), np.float64)
    mean = float((small @ LUMINANCE).mean())
    return encode(filmic(small * (MIDDLE_GREY / max(mean, 1e-9))).astype(np.float32))


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
