"""A mask from outside, for the picture that it belongs to."""

from __future__ import annotations

from typing import Any

from PIL import Image

from lib_iclight import log
from lib_iclight.decoding import Decoded, orientation, read
from lib_iclight.decoding.levels import LEAST_WHITE, too_dark
from lib_iclight.errors import ErrorCode, ICLightError

TOLERANCE = 0.02
"""By which the proportions of a mask may differ from its picture's."""


def read_mask(value: Any, key: str, picture: Decoded) -> Image.Image:
    """A mask as L, in its picture's proportions at any size: white keeps; what is transparent counts as black.

    A mask that was made of a photo as the camera's sensor saw it is turned as the photo was.

    :param value: as ``read`` takes it.
    :raises ICLightError: as ``read``; the mask has other proportions, or is so dark that it cannot be meant.
    """
    mask = to_grey(read(value, key, is_mask=True).image)
    brightest = mask.getextrema()[1]
    if 0 < brightest < LEAST_WHITE * 255:  # type: ignore[operator]
        raise too_dark(key, brightest, 255)  # type: ignore[arg-type]
    if fits(mask.size, picture.image.size):
        return mask
    turned = orientation.turn(mask, picture.turned)
    if fits(turned.size, picture.image.size):
        log.logger.info("%s is turned as its picture was.", key)
        return turned
    raise ICLightError(
        ErrorCode.MASK_DOES_NOT_FIT,
        f"IC-Light: {key} has {mask.width}x{mask.height} pixels and its picture {picture.image.width}x"
        f"{picture.image.height}: give a mask in the picture's proportions.",
    )


def fits(mask: tuple[int, int], picture: tuple[int, int]) -> bool:
    """Whether two sizes have the same proportions, but for ``TOLERANCE`` or less than a pixel."""
    (width, height), (wide, high) = mask, picture
    off = abs(width * high - wide * height)
    return off <= TOLERANCE * min(width * high, wide * height) or off < max(high, wide)


def to_grey(mask: Image.Image) -> Image.Image:
    """A mask as L; what is transparent counts as black."""
    if mask.mode == "RGBA":
        mask = Image.alpha_composite(Image.new("RGBA", mask.size, (0, 0, 0, 255)), mask)
    return mask.convert("L")
