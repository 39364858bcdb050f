"""What picture files say of themselves beside their pixels, which are not decoded."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from PIL import PngImagePlugin

from lib_iclight.decoding.formats import JPEG, PNG, WEBP, detect, open_picture
from lib_iclight.decoding.sizes import refuse_larger

EXIF, USER_COMMENT = 0x8769, 0x9286
"""Tags: the part of EXIF that tells of the picture, and what a person or program wrote there."""

CHARSET = 8
"""How many bytes say how a user comment is written. Source: EXIF 2.32."""


def read_texts(file: Path | BinaryIO) -> Mapping[str, str]:
    """A PNG's texts, as far as they stand before its pixels; none where it is something else."""
    # Of what is no file, as a pipe, the first byte may never come.
    if isinstance(file, Path) and not os.path.isfile(file):
        return {}
    try:
        # Unlike Image.open it has no limit on pixels.
        with PngImagePlugin.PngImageFile(file) as picture:
            return {str(key): value for key, value in picture.info.items() if isinstance(value, str)}
    # Whatever a decoder raises: a result of ours can be read.
    except Exception:  # noqa: BLE001
        return {}


def read_parameters(data: bytes) -> str:
    """The parameters that a WebUI wrote into a picture's file, PNG, JPEG or WebP; empty where there are none.

    :raises ICLightError: it is no picture, or too large.
    """
    form = detect(data, "the file")
    if form is PNG:
        return read_texts(io.BytesIO(data)).get("parameters", "")
    if form not in (JPEG, WEBP):
        return ""
    try:
        picture = open_picture(form, data, "the file")
        comment = picture.getexif().get_ifd(EXIF).get(USER_COMMENT, b"")
    # As in `read_texts`.
    except Exception:  # noqa: BLE001
        return ""
    refuse_larger(picture.width, picture.height, form.max_pixels, "the file")
    return _decode(comment) if isinstance(comment, bytes) else str(comment)


def _decode(comment: bytes) -> str:
    charset, text = comment[:CHARSET].rstrip(b"\0"), comment[CHARSET:]
    if charset != b"UNICODE":
        return text.decode("utf-8", "replace")
    # The WebUIs write the high byte first, and others the low one; of a parameters' text most high bytes are zero.
    high_first = text[0::2].count(0) >= text[1::2].count(0)
    return text.decode("utf-16-be" if high_first else "utf-16-le", "replace").removeprefix("\ufeff")
