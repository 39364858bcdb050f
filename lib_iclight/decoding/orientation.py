"""Which way up a picture is: EXIF's orientation."""

from __future__ import annotations

from PIL import Image

from lib_iclight import log

TAG = 0x0112
UPRIGHT = 1

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by the orientation that EXIF gives it."""


def find(image: Image.Image, key: str) -> int:
    """A picture's orientation, one of ``TURNS``, or ``UPRIGHT``: also where its EXIF cannot be read."""
    try:
        found = image.getexif().get(TAG, UPRIGHT)
    # EXIF is parsed from bytes of strangers, where Pillow raises what it stumbles over; viewers show the picture.
    except Exception as error:  # noqa: BLE001
        log.logger.warning("The EXIF of %s cannot be read (%s): it is taken as upright.", key, error)
        return UPRIGHT
    return found if isinstance(found, int) and found in TURNS else UPRIGHT


def turn(image: Image.Image, orientation: int) -> Image.Image:
    """A picture made upright."""
    return image.transpose(TURNS[orientation]) if orientation in TURNS else image
