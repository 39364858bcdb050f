"""Pictures from outside, made safe; and the arithmetic on 8-bit pictures that the published method fixes.

Pictures are sRGB, uint8, shape (height, width, 3); mattes are float32, shape (height, width), 0..1.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError

RGB = NDArray[np.uint8]
Matte = NDArray[np.float32]

MAX_PIXELS = 64_000_000
"""The largest picture that is decoded, and the largest that one is enlarged to."""

MAX_BASE64 = 200_000_000
"""The longest text that is looked at as a picture, in characters."""

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
"""What is decoded. Others of Pillow's readers start programs or are seldom looked after."""


def digest(value: Any) -> str:
    """What a picture is, before it is decoded: the same for the same bytes or pixels."""
    if isinstance(value, str):
        return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
    array = np.asarray(value)
    mode = value.mode if isinstance(value, Image.Image) else str(array.dtype)
    return hashlib.sha256(f"{mode}{array.shape}".encode() + array.tobytes()).hexdigest()


def decode(value: Any, key: str) -> Image.Image:
    """A picture from outside as 8-bit RGB or RGBA, upright.

    :param value: base64 text with or without a ``data:`` prefix, a Pillow image, or an array of shape
        (height, width) or (height, width, 3 or 4). Never a path or a URL.
    :param key: the option that it belongs to, for the sentence of an error.
    :raises ICLightError: what cannot be decoded, is too large or has several frames.
    """
    log.count("decode")
    if isinstance(value, str):
        return _upright(_open(_bytes(value, key), key), key)
    try:
        image = value if isinstance(value, Image.Image) else Image.fromarray(value)
    except (TypeError, ValueError):
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE, f"IC-Light: {key} is an array that is no picture: give 8-bit RGB or RGBA."
        ) from None
    _refuse_large(image.width, image.height, key)
    return _upright(image, key)


def _bytes(text: str, key: str) -> bytes:
    if len(text) > MAX_BASE64:
        raise ICLightError(
            ErrorCode.PICTURE_TOO_LARGE,
            f"IC-Light: {key} has {len(text):,} characters of base64, more than {MAX_BASE64:,}.",
        )
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise _no_picture(text, key) from None


def _no_picture(text: str, key: str) -> ICLightError:
    start = text[:40] + ("..." if len(text) > 40 else "")
    return ICLightError(
        ErrorCode.PICTURE_NOT_DECODABLE,
        f"IC-Light: {key} begins {start!r} and is no picture in base64; paths and URLs are never read.",
    )


def _open(data: bytes, key: str) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        _refuse_large(image.width, image.height, key)
        frames = getattr(image, "n_frames", 1)
        # A telephone's JPEG carries a depth or a brightness map as a second frame (MPO).
        if frames > 1 and image.format != "MPO":
            raise ICLightError(
                ErrorCode.PICTURE_NOT_DECODABLE, f"IC-Light: {key} has {frames} frames: give a still picture."
            )
        image.load()
        return image
    except UnidentifiedImageError:
        raise _no_picture(base64.b64encode(data[:60]).decode(), key) from None
    except Image.DecompressionBombError:
        raise ICLightError(
            ErrorCode.PICTURE_TOO_LARGE, f"IC-Light: {key} is too large: at most {MAX_PIXELS:,} pixels."
        ) from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError, TypeError) as error:
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE, f"IC-Light: {key} is a damaged picture ({error}): save it anew."
        ) from None


def _refuse_large(width: int, height: int, key: str) -> None:
    if width * height > MAX_PIXELS:
        raise ICLightError(
            ErrorCode.PICTURE_TOO_LARGE,
            f"IC-Light: {key} has {width}x{height} pixels, more than {MAX_PIXELS:,}: make it smaller first.",
        )
    if width * height == 0:
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE,
            f"IC-Light: {key} has {width}x{height} pixels: give a picture that has some.",
        )


def _upright(image: Image.Image, key: str) -> Image.Image:
    image = ImageOps.exif_transpose(image) or image
    if image.mode.startswith("I") or image.mode == "F":
        # 16-bit grey: Pillow's own conversion would clip at 255 where a viewer scales.
        levels = np.asarray(image, dtype=np.float64)
        image = Image.fromarray((levels / 257 if levels.max() > 255 else levels).clip(0, 255).astype(np.uint8))
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def split(image: Image.Image) -> tuple[RGB, Matte | None]:
    """Colours and own alpha of a decoded picture; no alpha where it is opaque everywhere."""
    pixels = np.asarray(image)
    if pixels.shape[-1] == 3 or (pixels[..., 3] == 255).all():
        return np.ascontiguousarray(pixels[..., :3]), None
    return np.ascontiguousarray(pixels[..., :3]), to_matte(pixels[..., 3])


def matte_from(mask: Image.Image, width: int, height: int) -> Matte:
    """A matte from a mask picture: white keeps; what is transparent counts as black."""
    if mask.mode == "RGBA":
        mask = Image.alpha_composite(Image.new("RGBA", mask.size, (0, 0, 0, 255)), mask)
    grey = mask.convert("L")
    if grey.size != (width, height):
        grey = grey.resize((width, height), Image.Resampling.BILINEAR)
    return to_matte(np.asarray(grey))


def opaque(rgb: RGB) -> Matte:
    """The matte that keeps all of a picture."""
    return np.ones(rgb.shape[:2], np.float32)


def to_levels(alpha: Matte) -> NDArray[np.uint8]:
    """A matte in 8 bit."""
    return (alpha * 255).round().astype(np.uint8)


def to_matte(levels: NDArray[np.uint8]) -> Matte:
    """A matte from 8 bit."""
    return levels.astype(np.float32) / np.float32(255)


def on_grey(rgb: RGB, alpha: Matte) -> RGB:
    """The foreground on neutral grey: ``127 + (rgb - 127) * alpha``, clipped, cast by truncation.

    Source: ``run_rmbg`` of ``gradio_demo.py``.
    """
    result = 127 + (rgb.astype(np.float32) - 127) * alpha[..., None]
    return result.clip(0, 255).astype(np.uint8)


def over(rgb: RGB, alpha: Matte, below: RGB) -> RGB:
    """The picture laid over another of its size by its alpha, rounded."""
    return np.asarray(cv2.blendLinear(rgb, below, alpha, 1 - alpha), np.uint8)


def cover(image: NDArray[np.uint8], width: int, height: int, key: str = "the picture") -> NDArray[np.uint8]:
    """Scale to cover the canvas with Lanczos on 8 bit, then crop the centre.

    Source: ``resize_and_center_crop`` of ``gradio_demo.py``.

    :param image: uint8, shape (height, width) or (height, width, 3).
    :raises ICLightError: a picture so narrow that covering the canvas would take too many pixels.
    """
    rows, columns = image.shape[:2]
    if (columns, rows) == (width, height):
        return image
    scale = max(width / columns, height / rows)
    wide, high = round(columns * scale), round(rows * scale)
    if wide * high > MAX_PIXELS + width * height:
        raise ICLightError(
            ErrorCode.PICTURE_TOO_NARROW,
            f"IC-Light: {key} has {columns}x{rows} pixels and would be enlarged to {wide}x{high} to cover "
            f"{width}x{height}: crop it first.",
        )
    scaled = Image.fromarray(image).resize((wide, high), Image.Resampling.LANCZOS)
    left, top = round((wide - width) / 2), round((high - height) / 2)
    return np.asarray(scaled.crop((left, top, left + width, top + height)))


def stretch(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Scale to the canvas with Lanczos, whatever becomes of the proportions."""
    if image.shape[1::-1] == (width, height):
        return image
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))


def contain(image: NDArray[np.uint8], width: int, height: int, border: int) -> NDArray[np.uint8]:
    """Scale to fit inside the canvas with Lanczos; ``border`` fills the rest."""
    rows, columns = image.shape[:2]
    scale = min(width / columns, height / rows)
    wide, high = max(round(columns * scale), 1), max(round(rows * scale), 1)
    result = np.full((height, width, *image.shape[2:]), border, np.uint8)
    left, top = (width - wide) // 2, (height - high) // 2
    result[top : top + high, left : left + wide] = stretch(image, wide, high)
    return result


def to_vae(pictures: list[RGB]) -> NDArray[np.float32]:
    """Pictures of one size as the VAE takes them: ``x / 127 - 1``, so that grey 127 is exactly 0.

    Source: ``numpy2pytorch`` of ``gradio_demo.py``.

    :return: float32, shape (count, 3, height, width), -1..1.0079.
    """
    stacked = np.stack(pictures).astype(np.float32) / np.float32(127) - np.float32(1)
    return np.ascontiguousarray(stacked.transpose(0, 3, 1, 2))


def to_base64(image: Image.Image, info: PngImagePlugin.PngInfo | None = None) -> str:
    """A PNG in base64, without a ``data:`` prefix."""
    data = io.BytesIO()
    image.save(data, "PNG", pnginfo=info)
    return base64.b64encode(data.getvalue()).decode()


def cut_out(rgb: RGB, alpha: Matte) -> Image.Image:
    """The subject as RGBA."""
    return Image.fromarray(np.dstack([rgb, to_levels(alpha)]))
