"""How large a picture may be, looked at before it is decoded."""

from __future__ import annotations

from lib_iclight.errors import ErrorCode, ICLightError

MAX_PIXELS = 64_000_000
"""The largest picture that is worked on, and the largest that one is enlarged to."""

MAX_FILE_PIXELS = 250_000_000
"""The largest picture that is decoded from a file: telephones make 200 million. It comes at half of each side, so that
it has no more than ``MAX_PIXELS``. Decoding takes at most 2 GB of memory: four bytes a pixel at most, and a fourth of
that for the half."""

MAX_VIDEO_PIXELS = 200_000_000
"""The same for AVIF and HEIC, whose decoders hold about two copies."""

MAX_WEBP_PIXELS = 110_000_000
"""The same for WebP, whose decoder holds four copies."""


def reduction(width: int, height: int) -> int:
    """By what both sides of a picture of this size are divided. Powers of two, as a JPEG's decoder can do it."""
    factor = 1
    while -(-width // factor) * -(-height // factor) > MAX_PIXELS:
        factor *= 2
    return factor


def refuse_larger(width: int, height: int, most: int, key: str) -> None:
    """:raises ICLightError: the picture has more than ``most`` pixels."""
    if width * height > most:
        raise ICLightError(
            ErrorCode.PICTURE_TOO_LARGE,
            f"IC-Light: {key} has {width}x{height} pixels, more than {most:,}: make it smaller first.",
        )


def refuse_empty(width: int, height: int, key: str) -> None:
    """:raises ICLightError: the picture has no pixel."""
    if width * height == 0:
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE,
            f"IC-Light: {key} has {width}x{height} pixels: give a picture that has some.",
        )
