"""A basis' pictures as PNGs, and back from those of strangers."""

from __future__ import annotations

import struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.decoding import png
from lib_iclight.decoding.formats import PNG, READ
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import RGB, Matte
from lib_iclight.light.maps import to_linear, to_srgb
from lib_iclight.stage.basis import Light

MOST_LEVEL = 65535
_LINEAR = to_linear(np.arange(MOST_LEVEL + 1) / MOST_LEVEL).astype(np.float32)
_GREY, _COLOUR = 0, 2
"""PNG's colour types."""


def from_light(light: Light, white: float) -> bytes:
    """Linear light over ``white``, sRGB-coded in 16 bit."""
    return _encode((MOST_LEVEL * to_srgb(light / white)).clip(0, MOST_LEVEL).round().astype(np.uint16))


def to_light(data: bytes, width: int, height: int, white: float, key: str) -> Light:
    """Linear light, float32 [h, w, 3].

    :raises ICLightError: no such PNG, of another size, or damaged.
    """
    return _LINEAR[_decode(data, width, height, 16, _COLOUR, key)] * np.float32(white)


def from_plane(plane: RGB | Matte) -> bytes:
    """An 8-bit picture as it is, a matte in 16 bit."""
    return _encode(plane if plane.dtype == np.uint8 else (plane * MOST_LEVEL).round().astype(np.uint16))


def to_plane(data: bytes, width: int, height: int, is_matte: bool, key: str) -> RGB | Matte:
    """A picture, uint8 [h, w, 3], or a matte, float32 [h, w].

    :raises ICLightError: as of ``to_light``.
    """
    if is_matte:
        return _decode(data, width, height, 16, _GREY, key).astype(np.float32) / np.float32(MOST_LEVEL)
    return np.asarray(_decode(data, width, height, 8, _COLOUR, key), np.uint8)


def _encode(levels: NDArray[Any]) -> bytes:
    swapped = levels[..., ::-1] if levels.ndim == 3 else levels
    # 1: what light is like is packed little better by more work.
    return bytes(cv2.imencode(".png", np.ascontiguousarray(swapped), [cv2.IMWRITE_PNG_COMPRESSION, 1])[1])


def _decode(data: bytes, width: int, height: int, depth: int, colour: int, key: str) -> NDArray[Any]:
    """The levels of a PNG whose header says what is expected, before anything is unpacked."""
    if not data.startswith(next(start for start, form in READ if form is PNG)):
        raise _refused(key, "is no PNG")
    cleaned = png.clean(data, key).data
    found = struct.unpack_from(">IIBB", cleaned, 16)
    if found != (width, height, depth, colour):
        raise _refused(key, f"has {found[0]}x{found[1]} pixels of type {found[2]}, {found[3]}")
    # OpenCV fills up what is missing.
    pixels = cv2.imdecode(np.frombuffer(png.complete(cleaned, key), np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.shape[:2] != (height, width):
        raise _refused(key, "is damaged")
    return np.asarray(pixels[..., ::-1] if pixels.ndim == 3 else pixels)


def _refused(key: str, what: str) -> ICLightError:
    return ICLightError(
        ErrorCode.PICTURE_NOT_DECODABLE, f"IC-Light: {key} {what}, not what the basis says of it: make the basis anew."
    )
