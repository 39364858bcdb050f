"""PNG files as strangers write them: only what the pixels need reaches the decoder.

Metadata can be long, compressed to a bomb, damaged or written by a program that misunderstood it; Pillow refuses the
picture for it, by limits that are the whole process'. Source: the PNG specification, third edition.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from lib_iclight import log
from lib_iclight.decoding.colour import MAX_PROFILE
from lib_iclight.errors import ErrorCode, ICLightError

SIGNATURE = 8
END = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
MAX_METADATA = 1 << 20
"""The longest chunk that is kept for the orientation that may stand in it, in bytes."""

TEXTS = (b"tEXt", b"zTXt", b"iTXt")
ORIENTATION_TEXTS = (b"Raw profile type exif\0", b"Raw profile type APP1\0", b"XML:com.adobe.xmp\0")
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By the colour type."""

ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The passes of an interlaced picture: first column and row, steps of columns and rows."""

PIECE = 1 << 16


@dataclass(frozen=True)
class Cleaned:
    """A PNG without what the decoder has no need of.

    :ivar profile: the ICC profile; None without one.
    :ivar frames: of an animation; 1 otherwise.
    """

    data: bytes
    profile: bytes | None
    frames: int


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, bool]]:
    """Kind, body and whether it is whole, of each chunk."""
    at, view = SIGNATURE, memoryview(data)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if not kind.isalpha():
            return
        body = view[at + 8 : at + 8 + length]
        stored = data[at + 8 + length : at + 12 + length]
        ancillary = kind[0] & 0x20
        whole = len(stored) == 4 and (
            not ancillary or zlib.crc32(body, zlib.crc32(kind)) == int.from_bytes(stored, "big")
        )
        yield kind, body, whole
        at += 12 + length
        if kind == b"IEND":
            return


def _chunk(kind: bytes, body: bytes | memoryview) -> bytes:
    return struct.pack(">I4s", len(body), kind) + bytes(body) + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def clean(data: bytes, key: str) -> Cleaned:
    """A PNG with its pixels, transparency and orientation alone; its profile apart.

    :raises ICLightError: the header is cut off.
    """
    parts, profile, frames, header = [data[:SIGNATURE]], None, 1, b""
    for kind, body, whole in _chunks(data):
        if kind == b"IHDR" and len(body) >= 13:
            header = bytes(body)
        if kind == b"IDAT" or (kind in (b"IHDR", b"PLTE") and whole):
            parts.append(_chunk(kind, body))
        elif not whole:
            continue
        elif kind == b"iCCP":
            profile = _profile(bytes(body), key)
        elif kind == b"acTL":
            frames = int.from_bytes(body[:4], "big")
        elif kind == b"tRNS" and header:
            parts.append(_chunk(kind, _transparency(bytes(body), header[8], header[9])))
        elif len(body) <= MAX_METADATA and (kind == b"eXIf" or (kind in TEXTS and _may_turn(bytes(body)))):
            parts.append(_chunk(kind, body))
    if not header:
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE, f"IC-Light: {key} is a PNG that is cut off in its header: save it anew."
        )
    return Cleaned(b"".join([*parts, END]), profile, frames)


def _profile(body: bytes, key: str) -> bytes | None:
    """The profile of an iCCP chunk: name, zero, method, zlib."""
    unpacked = _unpack(body.partition(b"\0")[2][1:], MAX_PROFILE)
    if unpacked is None:
        log.logger.warning("The colour profile of %s is damaged or too long, and is passed over.", key)
    return unpacked


def _unpack(packed: bytes, most: int) -> bytes | None:
    """What zlib packed; None where it is damaged or longer than ``most``."""
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(packed, most + 1)
    except zlib.error:
        return None
    return unpacked if unpacker.eof and len(unpacked) <= most else None


def _may_turn(body: bytes) -> bool:
    if not body.startswith(ORIENTATION_TEXTS):
        return False
    packed = body.partition(b"\0")[2]
    # Of zTXt, one byte of method and zlib; texts that are not packed are as long as they are.
    return not packed.startswith(b"\0x") or _unpack(packed[1:], MAX_METADATA - 1) is not None


def _transparency(body: bytes, depth: int, colour: int) -> bytes:
    """The transparent colour in the levels that Pillow decodes to: it compares them as they are in the file."""
    if colour == 0 and len(body) == 2 and depth in (2, 4):
        return struct.pack(">H", int.from_bytes(body, "big") % (1 << depth) * 255 // ((1 << depth) - 1))
    if colour == 2 and len(body) == 6 and depth == 16:
        # Pillow keeps the high byte of 16-bit colours.
        return struct.pack(">3H", *(level >> 8 for level in struct.unpack(">3H", body)))
    return body


def complete(data: bytes, key: str) -> bytes:
    """A cleaned PNG whose end is missing or damaged, made whole where all of its rows are there.

    :raises ICLightError: rows are missing.
    """
    packer, packed = zlib.compressobj(1), []
    for rows in _rows(data, key):
        packed.append(packer.compress(rows))
    parts = [_chunk(kind, body) for kind, body, _ in _chunks(data) if kind not in (b"IDAT", b"IEND")]
    return b"".join([data[:SIGNATURE], *parts, _chunk(b"IDAT", b"".join([*packed, packer.flush()])), END])


def refuse_short(data: bytes, key: str) -> None:
    """Refuse a cleaned PNG whose pixels end too early, if well: the decoder leaves the rest at zero without a word.

    :raises ICLightError: rows are missing.
    """
    for _ in _rows(data, key):
        pass


def _rows(data: bytes, key: str) -> Iterator[bytes]:
    """The rows of a cleaned PNG as they are in the file, in pieces, and nothing behind them.

    :raises ICLightError: some are missing, once the others are given.
    """
    chunks = [(kind, body) for kind, body, _ in _chunks(data)]
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", dict(chunks)[b"IHDR"])

    def row(columns: int) -> int:
        return 1 + (columns * depth * CHANNELS[colour] + 7) // 8 if columns else 0

    wanted = row(width) * height
    if interlace:
        wanted = sum(
            row(-((x - width) // dx)) * -((y - height) // dy) for x, y, dx, dy in ADAM7 if x < width and y < height
        )
    unpacker, found = zlib.decompressobj(), 0
    try:
        for piece in _pieces(bytes(body) for kind, body in chunks if kind == b"IDAT"):
            rows = unpacker.decompress(piece)[: wanted - found]
            found += len(rows)
            yield rows
    except zlib.error as error:
        if found < wanted:
            raise ICLightError(
                ErrorCode.PICTURE_NOT_DECODABLE, f"IC-Light: {key} is a damaged picture ({error}): save it anew."
            ) from None
    if found < wanted:
        there = f"{found // row(width)} of its {height} rows are" if not interlace else "some of its rows are not"
        raise ICLightError(ErrorCode.PICTURE_NOT_DECODABLE, f"IC-Light: {key} is cut off: {there} there; save it anew.")


def _pieces(bodies: Iterator[bytes]) -> Iterator[bytes]:
    for body in bodies:
        for at in range(0, len(body), PIECE):
            yield body[at : at + PIECE]
