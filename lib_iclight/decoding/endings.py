"""JPEG and WebP files whose end is missing, or whose metadata is damaged.

Every viewer shows them; the decoder's default is to refuse them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight.errors import ErrorCode, ICLightError

FILLER = random.Random(0).randbytes(4096).replace(b"\xff", b"")
END_OF_IMAGE = b"\xff\xd9"
START_OF_SCAN = 0xDA
START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}

METADATA = re.compile(rb"\xff[\xe1-\xed\xef\xfe]")
PROFILE = re.compile(rb"\xff\xe2..ICC_PROFILE\0..", re.DOTALL)
"""How segments begin. What names the colour space, APP14, is no metadata."""

MISSING = 0.005
"""The share of the pixels that may be missing: the last few blocks, and never a row."""


def end_jpeg(data: bytes, filler: bytes) -> bytes:
    """A JPEG with its end, as viewers read it."""
    return data.rstrip(b"\xff") + filler + END_OF_IMAGE


def end_webp(data: bytes, filler: bytes) -> bytes:
    """A WebP as long as it says that it is."""
    missing = max(int.from_bytes(data[4:8], "little") + 8 - len(data), 0)
    return data + (filler * (missing // len(filler) + 1))[:missing] if filler else data + bytes(missing)


def complete(decode: Callable[[bytes], Any], data: bytes, end: Callable[[bytes, bytes], bytes], key: str) -> bytes:
    """The file, made whole where all of the picture's rows are there.

    It is decoded with two endings. What differs hangs on the bytes that are missing: this is how one knows it, since
    decoders fill up with grey without a word.

    :param decode: gives the pixels of a file, shape (height, width, any), or raises.
    :param end: gives the file an ending.
    :raises ICLightError: rows are missing.
    """
    whole = end(data, b"")
    if end is end_jpeg and has_all_blocks(data):
        return whole
    shown: NDArray[np.uint8] = np.asarray(decode(whole))
    differs = (shown != np.asarray(decode(end(data, FILLER)))).reshape(*shown.shape[:2], -1).any(-1)
    if differs.mean() > MISSING:
        there = int(differs.any(-1).argmax())
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE,
            f"IC-Light: {key} is cut off: {there} of its {len(shown)} rows are there; save it anew.",
        )
    return whole


def without_metadata(data: bytes) -> bytes:
    """A JPEG without what is not needed for its pixels and colours; some versions of Pillow stumble over it."""
    at, kept = 2, [data[:2]]
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != START_OF_SCAN:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if not METADATA.match(data, at) or PROFILE.match(data, at):
            kept.append(data[at:end])
        at = end
    return b"".join([*kept, data[at:]])


def has_all_blocks(data: bytes) -> bool:
    """Whether a progressive JPEG has at least the mean of each block in each channel: the rest is detail."""
    seen: set[int] = set()
    at, progressive, channels = 2, False, 0
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        at += 2 + length
        if marker in START_OF_FRAME and len(body) > 5:
            progressive, channels = marker in PROGRESSIVE, body[5]
        if marker != START_OF_SCAN or not body:
            continue
        following = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]").search(data, at)
        if following is None:
            break
        at = following.start()
        count = body[0]
        if body[1 + 2 * count : 2 + 2 * count] == b"\0":
            seen.update(body[1 : 1 + 2 * count : 2])
    return progressive and channels > 0 and len(seen) >= channels
