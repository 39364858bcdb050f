"""Levels of any depth to 8 bit: by what the mode can hold, never by what values happen to occur."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib_iclight.decoding.sizes import reduction
from lib_iclight.errors import ErrorCode, ICLightError

ROWS = 256
"""Of a strip, at a time; a multiple of every reduction."""

BITS_PER_SAMPLE = 258
"""A tag of TIFF."""

OVERSHOOT = 2.0
"""Floats are 0..1; resizing and bright lights overshoot a little, and are clipped. Beyond, they mean something else."""

LEAST_WHITE = 0.1
"""A mask whose brightest level is below this share of what its mode can hold is taken for a mistake."""


def from_array(levels: NDArray[Any], key: str, is_mask: bool) -> Image.Image:
    """A picture of an array, in 8 bit.

    :param levels: shape (height, width) or (height, width, 1 to 4); bool, uint8, uint16, int32, or float.
    :raises ICLightError: another shape or type, or levels beyond what the type stands for.
    """
    levels = levels.astype(levels.dtype.newbyteorder("="), copy=False)
    if levels.ndim == 3 and levels.shape[2] == 1:
        levels = levels[..., 0]
    if levels.ndim == 3 and levels.shape[2] not in (2, 3, 4):
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE,
            f"IC-Light: {key} is an array of shape {levels.shape} and no picture: give 8-bit RGB or RGBA.",
        )
    if levels.dtype == bool:
        scaled = levels.astype(np.uint8) * np.uint8(255)
    elif levels.dtype == np.uint8:
        scaled = levels
    elif levels.dtype in (np.uint16, np.int32) or levels.dtype.kind == "f":
        scaled = _scale(levels, _maximum(levels), key, is_mask)
    else:
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE,
            f"IC-Light: {key} is an array of {levels.dtype} and no picture: give uint8, uint16, or float of 0 to 1.",
        )
    return Image.fromarray(np.ascontiguousarray(scaled))


def to_8_bit(image: Image.Image, key: str, is_mask: bool) -> Image.Image:
    """A picture as L, LA, RGB, RGBA, CMYK or LAB, of no more than ``MAX_PIXELS``.

    :raises ICLightError: levels beyond what the mode stands for.
    """
    factor = reduction(*image.size)
    deep = image.mode == "F" or image.mode.startswith("I")
    strips = range(0, image.height, ROWS) if deep or factor > 1 else (0,)
    rows = ROWS if len(strips) > 1 else image.height
    white = None
    if deep and is_mask:
        white = _white(max(np.nanmax(_strip(image, top, rows)) for top in strips), _depth(image), key)
    result = None
    for top in strips:
        strip = image if len(strips) == 1 else image.crop((0, top, image.width, min(top + rows, image.height)))
        part = _deep(strip, white or _depth(image), key) if deep else _shallow(strip)
        part = part.reduce(factor) if factor > 1 else part
        if len(strips) == 1:
            result = part
            break
        result = result or Image.new(part.mode, (-(-image.width // factor), -(-image.height // factor)))
        result.paste(part, (0, top // factor))
    assert result is not None
    return _spread(result) if is_mask and not deep else result


def _strip(image: Image.Image, top: int, rows: int) -> NDArray[Any]:
    return np.asarray(image.crop((0, top, image.width, min(top + rows, image.height))))


def _maximum(levels: NDArray[Any]) -> float:
    # Pillow before 11.3 has 16-bit PNGs as int32.
    return 1.0 if levels.dtype.kind == "f" else 65535


def _depth(image: Image.Image) -> float:
    """The brightest level that a picture of more than 8 bits can have."""
    if image.mode == "F":
        return 1.0
    bits = getattr(image, "tag_v2", {}).get(BITS_PER_SAMPLE, ())
    return 4095 if bits == (12,) else 65535


def _white(brightest: float, maximum: float, key: str) -> float:
    """The level of a mask that stands for white."""
    if brightest == 1:
        return 1
    if 0 < brightest < LEAST_WHITE * maximum:
        raise too_dark(key, brightest, maximum)
    return maximum


def too_dark(key: str, brightest: float, maximum: float) -> ICLightError:
    """The error of a mask that keeps next to nothing."""
    return ICLightError(
        ErrorCode.EMPTY_MATTE,
        f"IC-Light: {key} is too dark: its brightest level is {brightest:g} of {maximum:g}; make it white on the "
        "subject.",
    )


def _scale(levels: NDArray[Any], maximum: float, key: str, is_mask: bool = False) -> NDArray[np.uint8]:
    levels = np.where(np.isnan(levels), 0, levels) if levels.dtype.kind == "f" else levels
    colours = levels[..., : levels.shape[2] - (levels.shape[2] in (2, 4))] if levels.ndim == 3 else levels
    brightest = float(colours.max())
    if brightest > maximum * (OVERSHOOT if maximum <= 1 else 1):
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE,
            f"IC-Light: {key} has levels up to {brightest:g}, where {maximum:g} is white: save it with 8 or 16 bits.",
        )
    if is_mask:
        maximum = _white(brightest, maximum, key)
    scaled = levels.astype(np.float32) * np.float32(255 / maximum)
    return (scaled + np.float32(0.5)).clip(0, 255).astype(np.uint8)


def _deep(image: Image.Image, maximum: float, key: str) -> Image.Image:
    """Grey of 16 bits or floats as L; as LA, where one level is transparent."""
    levels = np.asarray(image)
    grey = Image.fromarray(_scale(levels, maximum, key))
    transparent = image.info.get("transparency")
    if transparent is None:
        return grey
    return Image.merge("LA", (grey, Image.fromarray(np.where(levels == transparent, 0, 255).astype(np.uint8))))


def _shallow(image: Image.Image) -> Image.Image:
    """Any mode of 8 bits or fewer."""
    transparent = image.info.get("transparency")
    if image.mode in ("L", "LA", "RGBA", "CMYK", "LAB") and transparent is None:
        return image
    if image.mode in ("1", "L") and isinstance(transparent, int):
        level = 255 * bool(transparent) if image.mode == "1" else transparent
        grey = image.convert("L")
        return Image.merge("LA", (grey, grey.point([0 if other == level else 255 for other in range(256)])))
    if image.mode in ("1", "L", "La"):
        return image.convert("LA" if image.mode == "La" else "L")
    opaque = "A" not in image.getbands() and "a" not in image.mode and transparent is None
    return image if image.mode in ("LA", "CMYK", "LAB") else image.convert("RGB" if opaque else "RGBA")


def _spread(mask: Image.Image) -> Image.Image:
    """A mask of the levels 0 and 1 as one of 0 and 255; any other as it is."""
    bands = mask.split()
    colours = [band for name, band in zip(mask.getbands(), bands) if name != "A"]
    if mask.mode in ("CMYK", "LAB") or max(band.getextrema()[1] for band in colours) != 1:  # type: ignore[operator]
        return mask
    spread = [band.point([0, 255] + [255] * 254) for band in colours]
    return Image.merge(mask.mode, [*spread, *bands[len(colours) :]])
