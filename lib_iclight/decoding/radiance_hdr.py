"""Radiance's pictures (.hdr, .pic), all the forms in which they are written.

OpenCV reads new run lengths and flat pixels in one order of axes; here are old run lengths and all orders as well.
Source: Ward, Radiance file formats (filefmts.pdf); ``color.c`` and ``resolu.c`` of Radiance.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from lib_iclight.decoding.sizes import refuse_empty, refuse_larger
from lib_iclight.errors import ErrorCode, ICLightError

MAX_HEADER = 1 << 16
MAX_PIXELS = 8192 * 4096
"""The largest picture that is read."""

SIGNATURES = b"#?RADIANCE", b"#?RGBE"
_SIZE = re.compile(rb"([-+])([XY]) (\d{1,9}) ([-+])([XY]) (\d{1,9})[ \t\r]*\n")
NEW_LEAST, NEW_MOST = 8, 0x7FFF
"""The widths of rows that new run lengths are for."""


def read(data: bytes, key: str) -> NDArray[np.float32]:
    """A picture upright, linear light, float32 [h, w, 3]: ``m * 2 ** (e - 136)`` over its header's exposure.

    :raises ICLightError: no such picture, of another colour space, too large, or not all of it is there.
    """
    header, match = _header(data, key)
    if match[2] == match[5]:
        raise _damaged(key, "its size has one axis twice")
    rows, columns = int(match[3]), int(match[6])
    refuse_empty(columns, rows, key)
    refuse_larger(columns, rows, MAX_PIXELS, key)
    pixels = _pixels(data[match.end() :], rows, columns, key)
    light = np.ldexp(pixels[..., :3].astype(np.float32), pixels[..., 3:].astype(np.int32) - 136)
    light[pixels[..., 3] == 0] = 0
    light /= np.float32(_exposure(header, key))
    # Radiance's y points up, and the first axis is that of rows in the file.
    first, second = match[1] == b"-", match[4] == b"-"
    if match[2] == b"Y":
        light = light[slice(None, None, 1 if first else -1), slice(None, None, -1 if second else 1)]
    else:
        light = light[slice(None, None, -1 if first else 1), slice(None, None, 1 if second else -1)].transpose(1, 0, 2)
    return np.ascontiguousarray(light)


def _header(data: bytes, key: str) -> tuple[bytes, re.Match[bytes]]:
    end = data.find(b"\n\n", 0, MAX_HEADER)
    if not data.startswith(SIGNATURES) or end < 0:
        raise _damaged(key, "it has no header")
    match = _SIZE.match(data, end + 2)
    if match is None:
        raise _damaged(key, "it does not say its size")
    form = re.findall(rb"^FORMAT=[ \t]*(\S+)", data[:end], re.MULTILINE)
    if form and form[-1] != b"32-bit_rle_rgbe":
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE,
            f"IC-Light: {key} is a Radiance picture of {form[-1][:40].decode('latin-1')}: save it as 32-bit_rle_rgbe.",
        )
    return data[:end], match


def _exposure(header: bytes, key: str) -> float:
    """What the pixels were multiplied by, all that the header names."""
    total = 1.0
    for text in re.findall(rb"^EXPOSURE=[ \t]*(\S{1,40})", header, re.MULTILINE):
        try:
            total *= float(text)
        except ValueError:
            raise _damaged(key, "its exposure is no number") from None
    if not 1e-12 < total < 1e12:
        raise _damaged(key, "its exposure is out of bounds")
    return total


def _pixels(data: bytes, rows: int, columns: int, key: str) -> NDArray[np.uint8]:
    """Mantissas and exponent, uint8 [rows, columns, 4]."""
    result = np.empty((rows, columns, 4), np.uint8)
    at = 0
    for row in range(rows):
        if (
            NEW_LEAST <= columns <= NEW_MOST
            and data[at : at + 2] == b"\2\2"
            and at + 4 <= len(data)
            and data[at + 2] < 128
        ):
            if data[at + 2] << 8 | data[at + 3] != columns:
                raise _damaged(key, f"row {row} has another width")
            at = _new(data, at + 4, result[row], key)
        else:
            return _flat_or_old(data, at, result, row, key)
    return result


def _new(data: bytes, at: int, row: NDArray[np.uint8], key: str) -> int:
    """One row, each of four planes in runs; gives the place behind it."""
    columns = len(row)
    for plane in range(4):
        parts: list[bytes] = []
        found = 0
        while found < columns:
            code = data[at] if at < len(data) else 0
            if code > 128:
                code -= 128
                part = data[at + 1 : at + 2] * code
                at += 2
            else:
                part = data[at + 1 : at + 1 + code]
                at += 1 + code
            if not code or len(part) != code:
                raise _damaged(key, "it is cut off")
            parts.append(part)
            found += code
        if found > columns:
            raise _damaged(key, "a run goes beyond its row")
        row[:, plane] = np.frombuffer(b"".join(parts), np.uint8)
    return at


def _flat_or_old(data: bytes, at: int, result: NDArray[np.uint8], row: int, key: str) -> NDArray[np.uint8]:
    """The rest of a picture: pixels of four bytes, of which 1, 1, 1, n repeats the one before n times.

    Runs that follow each other are digits of one number, to the base of 256.
    """
    wanted = (result.shape[0] - row) * result.shape[1]
    words = np.frombuffer(data, np.uint8, (len(data) - at) // 4 * 4, at).reshape(-1, 4)[:wanted]
    runs = (words[:, :3] == 1).all(axis=1)
    index = np.arange(len(words))
    last = np.maximum.accumulate(np.where(runs, -1, index)) if len(words) else index
    digit = index - last - 1
    if runs.any() and (runs[0] or digit[runs].max() > 3):
        raise _damaged(key, "its runs are not possible")
    counts = np.where(runs, words[:, 3].astype(np.int64) << (8 * np.where(runs, digit, 0)), 1)
    ends = np.cumsum(counts)
    needed = int(np.searchsorted(ends, wanted))
    if needed >= len(words):
        raise _damaged(key, "it is cut off")
    if ends[needed] > wanted:
        raise _damaged(key, "a run goes beyond its end")
    pixels = np.repeat(words[last[: needed + 1]], counts[: needed + 1], axis=0)
    result[row:] = pixels.reshape(result[row:].shape)
    return result


def _damaged(key: str, why: str) -> ICLightError:
    return ICLightError(
        ErrorCode.PICTURE_NOT_DECODABLE, f"IC-Light: {key} is a damaged Radiance picture: {why}; save it anew."
    )
