"""A file's bytes to a picture as it was saved."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from PIL import Image

from lib_iclight import log
from lib_iclight.decoding import endings, png
from lib_iclight.decoding.formats import JPEG, PNG, WEBP, Format, detect, open_picture
from lib_iclight.decoding.sizes import reduction, refuse_empty, refuse_larger
from lib_iclight.errors import ErrorCode, ICLightError

PREVIEW = {254: 1}
"""A tag of TIFF, and what it is where a picture stands for another one in the same file."""

DNG_VERSION = 50706

ENDINGS = {JPEG: endings.end_jpeg, WEBP: endings.end_webp}
"""What gives a file of a format its end."""


def load(data: bytes, key: str) -> Image.Image:
    """A picture as its file has it: any mode, not turned, with its metadata; a large JPEG at half of each side.

    :raises ICLightError: no picture, too large, animated, or not all of it is there.
    """
    form = detect(data, key)
    profile = None
    if form is PNG:
        cleaned = png.clean(data, key)
        data, profile = cleaned.data, cleaned.profile
        _refuse_animated(cleaned.frames, key)
    try:
        image = _load(form, data, key)
    except ICLightError:
        raise
    # Whatever it is, the file's end may be the reason; else what is raised now is the picture's error.
    except Exception:
        if form not in (PNG, *ENDINGS):
            raise
        image = _repair(form, data, key)
    if profile is not None:
        image.info["icc_profile"] = profile
    return image


def _load(form: Format, data: bytes, key: str) -> Image.Image:
    image = open_picture(form, data, key)
    refuse_empty(image.width, image.height, key)
    refuse_larger(image.width, image.height, form.max_pixels, key)
    _refuse_animated(getattr(image, "n_frames", 1), key)
    _refuse_raw(image, key)
    factor = reduction(*image.size)
    if factor > 1 and form is JPEG:
        image.draft(None, (image.width // factor, image.height // factor))
    image.load()
    if form is PNG:
        # What is missing is zero: the last row or, of one that is interlaced, one of the last two. Few whole ones are.
        count = min(image.height, 2)
        # Unlike crop it has no limit on pixels.
        box = (0, image.height - count, *image.size)
        last = np.asarray(image.resize((image.width, count), Image.Resampling.NEAREST, box))
        if not last.reshape(len(last), -1).any(1).all():
            png.refuse_short(data, key)
    return image


def _repair(form: Format, data: bytes, key: str) -> Image.Image:
    """A picture of whose file something is missing or damaged that its pixels can do without."""
    if form is JPEG:
        # As above; what is raised by its pixels is raised again below.
        with suppress(Exception):
            image = _load(form, endings.without_metadata(data), key)
            log.logger.warning("The metadata of %s cannot be read, and is passed over.", key)
            return image
    if form is PNG:
        data = png.complete(data, key)
    else:
        data = endings.complete(lambda other: _load(form, other, key), data, ENDINGS[form], key)
    image = _load(form, data, key)
    log.logger.warning("%s is cut off at its end; what is missing is little or nothing of the picture.", key)
    return image


def _refuse_animated(frames: int, key: str) -> None:
    if frames > 1:
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE, f"IC-Light: {key} has {frames} frames: give a still picture."
        )


def _refuse_raw(image: Image.Image, key: str) -> None:
    """Raw files of cameras look like TIFF files with a small picture."""
    tags = getattr(image, "tag_v2", {})
    if DNG_VERSION in tags or any(tags.get(tag) == value for tag, value in PREVIEW.items()):
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE,
            f"IC-Light: {key} is a camera's raw file: develop it and save it as PNG or JPEG.",
        )
