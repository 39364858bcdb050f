"""Pictures from outside, made safe: 8-bit sRGB, upright, of a bounded size."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from lib_iclight import log
from lib_iclight.decoding import colour, levels, orientation, sizes
from lib_iclight.decoding.faults import named
from lib_iclight.decoding.files import load
from lib_iclight.errors import ErrorCode, ICLightError

MAX_BASE64 = 200_000_000
"""The longest text that is looked at as a picture, in characters."""


@dataclass(frozen=True)
class Decoded:
    """A picture from outside.

    :ivar image: 8-bit sRGB, RGB or RGBA, upright, without metadata.
    :ivar turned: how it was turned to be upright, as EXIF numbers it; 1 where it was not.
    """

    image: Image.Image
    turned: int


def digest(value: Any, key: str = "the picture") -> str:
    """What a picture is, before it is decoded: the same for the same bytes, or pixels and what says how to read them.

    :raises ICLightError: a Pillow image that cannot be loaded.
    """
    if isinstance(value, str):
        return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
    with named(key):
        array = np.asarray(value)
        if not isinstance(value, Image.Image):
            return hashlib.sha256(f"{array.dtype}{array.shape}".encode() + array.tobytes()).hexdigest()
        said = [value.info.get(name) for name in ("icc_profile", "transparency", "exif")]
        palette = value.getpalette() if value.mode in ("P", "PA") else None
        head = repr((value.mode, array.shape, palette, orientation.find(value, key), said))
        return hashlib.sha256(head.encode() + array.tobytes()).hexdigest()


def decode(value: Any, key: str) -> Image.Image:
    """A picture from outside as 8-bit sRGB, RGB or RGBA, upright; parameters and errors are those of ``read``."""
    return read(value, key).image


def read(value: Any, key: str, is_mask: bool = False) -> Decoded:
    """A picture from outside, and how it was turned.

    A file of more than ``MAX_PIXELS`` comes at half of each side.

    :param value: base64 text with or without a ``data:`` prefix, a Pillow image, or an array of shape
        (height, width) or (height, width, 1 to 4): bool, uint8, uint16, or float of 0..1. Never a path or a URL.
    :param key: the option that it belongs to, for the sentence of an error.
    :param is_mask: levels of 0 and 1 are black and white.
    :raises ICLightError: what cannot be decoded, is too large or has several frames.
    """
    log.count("decode")
    with named(key):
        image = _image(value, key, is_mask)
        turned = orientation.find(image, key)
        profile = image.info.get("icc_profile")
        image = levels.to_8_bit(image, key, is_mask)
        image = orientation.turn(colour.to_srgb(image, profile, key), turned)
        image.info.clear()
        return Decoded(image, turned)


def _image(value: Any, key: str, is_mask: bool) -> Image.Image:
    if isinstance(value, str):
        return load(read_base64(value, key), key)
    if not isinstance(value, Image.Image):
        array = np.asarray(value)
        if array.ndim not in (2, 3):
            raise ICLightError(
                ErrorCode.PICTURE_NOT_DECODABLE, f"IC-Light: {key} is no picture: give 8-bit RGB or RGBA."
            )
        value = array
    height, width = value.shape[:2] if isinstance(value, np.ndarray) else value.size[::-1]
    sizes.refuse_empty(width, height, key)
    sizes.refuse_larger(width, height, sizes.MAX_PIXELS, key)
    if isinstance(value, Image.Image):
        value.load()
        return value
    return levels.from_array(value, key, is_mask)


def read_base64(text: str, key: str) -> bytes:
    """The bytes of a file in base64, in either alphabet of RFC 4648, with or without ``data:`` before it.

    :raises ICLightError: it is too long, or something else.
    """
    if len(text) > MAX_BASE64:
        raise ICLightError(
            ErrorCode.PICTURE_TOO_LARGE,
            f"IC-Light: {key} has {len(text):,} characters of base64, more than {MAX_BASE64:,}.",
        )
    if text[:5].lower() == "data:":
        text = text.partition(",")[2]
    packed = "".join(text.split()).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        start = text[:40] + ("..." if len(text) > 40 else "")
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE,
            f"IC-Light: {key} begins {start!r} and is no picture in base64; paths and URLs are never read.",
        ) from None
