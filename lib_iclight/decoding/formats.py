"""What a file is, by its first bytes; and who reads it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from PIL import BmpImagePlugin, GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

from lib_iclight.decoding.sizes import MAX_FILE_PIXELS, MAX_VIDEO_PIXELS, MAX_WEBP_PIXELS
from lib_iclight.errors import ErrorCode, ICLightError

SAVE = "save it as PNG or JPEG"


START = 4096
"""How many of a file's first bytes tell what it is."""


@dataclass(frozen=True)
class Format:
    """A format that is read.

    :ivar open: reads the header. Pillow's readers are called directly: ``Image.open`` has a limit on pixels that is
        the whole process', and asks readers that start programs or are seldom looked after.
    :ivar max_pixels: the most that are decoded.
    :ivar needs: the package that reads it; ``is_available``: whether it is there.
    """

    name: str
    open: Callable[[io.BytesIO], Image.Image]
    max_pixels: int = MAX_FILE_PIXELS
    needs: str = "Pillow"
    is_available: Callable[[], bool] = lambda: True


def _has_avif() -> bool:
    try:
        from PIL import AvifImagePlugin
    except ImportError:
        return False
    return AvifImagePlugin.SUPPORTED


def _open_avif(stream: io.BytesIO) -> Image.Image:
    from PIL.AvifImagePlugin import AvifImageFile

    return AvifImageFile(stream)


def _has_heif() -> bool:
    return sys.modules.get("pillow_heif", find_spec("pillow_heif")) is not None


def _open_heif(stream: io.BytesIO) -> Image.Image:
    # Its reader is used here without being registered: the host's own Pillow stays as it is.
    from pillow_heif import HeifImageFile

    return HeifImageFile(stream)


PNG = Format("PNG", PngImagePlugin.PngImageFile)
JPEG = Format("JPEG", JpegImagePlugin.JpegImageFile)
WEBP = Format("WebP", WebPImagePlugin.WebPImageFile, MAX_WEBP_PIXELS)
GIF = Format("GIF", GifImagePlugin.GifImageFile)
BMP = Format("BMP", BmpImagePlugin.BmpImageFile)
TIFF = Format("TIFF", TiffImagePlugin.TiffImageFile)
AVIF = Format("AVIF", _open_avif, MAX_VIDEO_PIXELS, "Pillow 11.3 with AVIF", _has_avif)
HEIC = Format("HEIC", _open_heif, MAX_VIDEO_PIXELS, "pillow-heif", _has_heif)

READ: tuple[tuple[bytes, Format], ...] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"BM", BMP),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
)

RAW = f"a camera's raw file: develop it and {SAVE}"
VIDEO = f"a video: take a frame of it and {SAVE}"
ARCHIVE = "an archive: unpack it and give the picture"
VECTORS = f"a drawing of lines and no pixels: draw it at a size and {SAVE}"
PAGE = "a web page and no picture: save the picture itself, not its page"

OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\0\0\0\x0cjP  \r\n\x87\n", f"a JPEG 2000 picture: {SAVE}"),
    (b"\xff\x4f\xff\x51", f"a JPEG 2000 picture: {SAVE}"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", f"a JPEG XL picture: {SAVE}"),
    (b"\xff\x0a", f"a JPEG XL picture: {SAVE}"),
    (b"\x76\x2f\x31\x01", f"an OpenEXR picture: {SAVE}"),
    (b"#?RADIANCE", f"a Radiance HDR picture: {SAVE}"),
    (b"#?RGBE", f"a Radiance HDR picture: {SAVE}"),
    (b"8BPS", f"a Photoshop document: {SAVE}"),
    (b"gimp xcf", f"a GIMP document: {SAVE}"),
    (b"DDS ", f"a DDS texture: {SAVE}"),
    (b"qoif", f"a QOI picture: {SAVE}"),
    (b"\0\0\x01\0", f"an icon: {SAVE}"),
    (b"II*\0\x10\0\0\0CR", RAW),
    (b"FUJIFILMCCD-RAW", RAW),
    (b"IIRO", RAW),
    (b"IIU\0", RAW),
    (b"%PDF-", f"a PDF document: {SAVE}"),
    (b"%!PS", VECTORS),
    (b"\x1aE\xdf\xa3", VIDEO),
    (b"\0\0\x01\xba", VIDEO),
    (b"FLV\x01", VIDEO),
    (b"PK\x03\x04", ARCHIVE),
    (b"Rar!", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"\x1f\x8b", ARCHIVE),
    (b"\0\x05\x16\x07", "what macOS keeps beside a file on other disks, and no picture: give the file without ._"),
    (b"version https://git-lfs", "a pointer of Git LFS and no picture: run git lfs pull"),
    (b"\x93NUMPY", f"a NumPy array: {SAVE}"),
)
"""What people give in place of a picture, and what to do."""

HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
AVIF_BRANDS = {b"avif", b"avis"}
READ_NAMES = "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF or HEIC"


def detect(data: bytes, key: str) -> Format:
    """What a file is, whatever its name says.

    :raises ICLightError: nothing that is read; the sentence says what it is and what to do.
    """
    said = next((said for start, said in OTHERS if data.startswith(start)), None)
    found = next((form for start, form in READ if data.startswith(start)), None)
    if said is None and found is None:
        found, said = _by_container(data)
    if said is None and found is not None:
        return found
    if said is None:
        said = _by_text(data)
    if said is None:
        start = repr(data[:16])[1:] + ("..." if len(data) > 16 else "")
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE,
            f"IC-Light: {key} begins {start} and is no picture that is read: give {READ_NAMES}.",
        )
    raise ICLightError(ErrorCode.PICTURE_NOT_DECODABLE, f"IC-Light: {key} is {said}.")


def open_picture(form: Format, data: bytes, key: str) -> Image.Image:
    """A picture's header, nothing decoded.

    :raises ICLightError: the package that reads the format is not installed.
    """
    if not form.is_available():
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE,
            f"IC-Light: {key} is {form.name}, and {form.needs} is not installed: install it, or save the "
            "picture as PNG or JPEG.",
        )
    return form.open(io.BytesIO(data))


def is_read(start: bytes) -> bool:
    """Whether a file of these first bytes, ``START`` of them, is a picture that is read here."""
    try:
        return detect(start, "it").is_available()
    except ICLightError:
        return False


def _by_container(data: bytes) -> tuple[Format | None, str | None]:
    """Of RIFF and of ISO's base media format, which hold anything."""
    if data.startswith(b"RIFF"):
        return (WEBP, None) if data[8:12] == b"WEBP" else (None, VIDEO)
    if data[4:8] != b"ftyp":
        return (None, VIDEO) if data[4:8] in (b"moov", b"mdat") else (None, None)
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if brands & AVIF_BRANDS:
        return AVIF, None
    if brands & HEIF_BRANDS:
        return HEIC, None
    return None, RAW if data[8:12] == b"crx " else VIDEO


def _by_text(data: bytes) -> str | None:
    if not data.strip():
        return f"empty: give {READ_NAMES}"
    start = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return PAGE
    if start.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")):
        return VECTORS if b"<svg" in data[:4096].lower() else PAGE if b"<html" in start else "XML and no picture"
    if start.startswith((b"{", b"[")):
        return "a text in JSON and no picture: it may be a server's answer that was saved"
    return None
