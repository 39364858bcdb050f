"""Strange pictures, made: chunks, profiles and files of many kinds."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

D50 = (0.9642, 1.0, 0.8249)
P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
WIDE = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
"""Red, green and blue of a space in XYZ, adapted to D50: Display P3, Adobe RGB (1998), sRGB."""


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def saved(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    data = io.BytesIO()
    image.save(data, form, **options)
    return data.getvalue()


def photo(width: int = 96, height: int = 64, seed: int = 0) -> Image.Image:
    """Something with soft edges, colours of all kinds and some grain."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 7, 3), np.uint8)).resize((width, height), 1)
    grain = Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8)).filter(ImageFilter.GaussianBlur(1))
    return Image.blend(coarse, grain, 0.3)


def chunk(kind: bytes, body: bytes, crc: int | None = None) -> bytes:
    crc = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)


def png(levels: NDArray[Any], depth: int, colour: int, chunks: Sequence[bytes] = ()) -> bytes:
    """A PNG from levels as they are in the file, shape (height, width, channels)."""
    height, width, _ = levels.shape
    if depth == 16:
        rows = [levels[y].astype(">u2").tobytes() for y in range(height)]
    else:
        bits = (levels[..., None] >> np.arange(depth - 1, -1, -1)) & 1
        rows = [np.packbits(bits[y].astype(np.uint8).ravel()).tobytes() for y in range(height)]
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"".join([b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), *chunks, chunk(b"IDAT", body), chunk(b"IEND", b"")])


def with_chunks(data: bytes, *chunks: bytes) -> bytes:
    """A PNG with chunks after its header."""
    return data[:33] + b"".join(chunks) + data[33:]


def profile(primaries: Sequence[Sequence[float]], gamma: float, space: bytes = b"RGB ", more: int = 0) -> bytes:
    """An ICC profile of version 2 for a display: by a matrix and a gamma, or a gamma alone for grey.

    :param more: bytes of a tag that means nothing.
    """

    def xyz(values: Sequence[float]) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in values))

    curve = b"curv\0\0\0\0" + struct.pack(">IHxx", 1, round(gamma * 256))
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"made\0" + bytes(78), b"wtpt": xyz(D50)}
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        tags |= {name: xyz(values) for name, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries)}
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    if more:
        tags[b"more"] = b"data\0\0\0\0" + np.random.default_rng(0).bytes(more)
    at, table, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        value += bytes(-len(value) % 4)
        table += struct.pack(">4sII", name, at + len(body), len(value))
        body += value
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02100000, b"mntr", space, b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + struct.pack(">3i", *(round(v * 65536) for v in D50))
    return head + bytes(128 - len(head)) + table + body


def in_space(image: Image.Image, primaries: Sequence[Sequence[float]], gamma: float) -> NDArray[np.float64]:
    """sRGB's levels as the levels of another space, unrounded."""
    units = np.asarray(image.convert("RGB"), np.float64) / 255
    linear = np.where(units <= 0.04045, units / 12.92, ((units + 0.055) / 1.055) ** 2.4)
    there = linear @ np.asarray(SRGB) @ np.linalg.inv(np.asarray(primaries))
    return 255 * there.clip(0, 1) ** (1 / gamma)
