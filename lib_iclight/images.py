"""The arithmetic on 8-bit pictures that the published method fixes.

Pictures are sRGB, uint8, shape (height, width, 3); mattes are float32, shape (height, width), 0..1.
"""

from __future__ import annotations

import base64
import io
import os
from typing import IO, Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from lib_iclight.decoding.mask import to_grey
from lib_iclight.decoding.sizes import MAX_PIXELS
from lib_iclight.errors import ErrorCode, ICLightError

RGB = NDArray[np.uint8]
Matte = NDArray[np.float32]
Levels = TypeVar("Levels", NDArray[np.uint8], NDArray[np.float32])
"""A picture or a plane in 8 bit, or a plane in floats."""

ROWS = 256
"""Of a picture, that are worked on at a time in floats."""

SHORT_SIDE = 512
LONGEST_SIDE = 2048
"""The size at which light without a model looks at a picture, as PaintingLight was published, and a bound for narrow
strips: beyond 1:4 the short side becomes smaller."""

OPAQUE_FROM = 8
"""An alpha that is nowhere below this level is no cut-out: some programs and telephones write 254, or a soft edge."""


def split(image: Image.Image) -> tuple[RGB, Matte | None]:
    """Colours and own alpha of a decoded picture; no alpha where it is no cut-out."""
    pixels = np.asarray(image)
    if pixels.shape[-1] == 3 or pixels[..., 3].min() >= OPAQUE_FROM:
        return np.ascontiguousarray(pixels[..., :3]), None
    return np.ascontiguousarray(pixels[..., :3]), to_matte(pixels[..., 3])


def matte_from(mask: Image.Image, width: int, height: int) -> Matte:
    """A matte from a mask picture: white keeps; what is transparent counts as black."""
    grey = to_grey(mask)
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


def on_grey(rgb: RGB, alpha: Matte, lift: float = 0) -> RGB:
    """The foreground on neutral grey: ``127 + (rgb - 127 + lift) * alpha``, clipped, cast by truncation.

    Source: ``run_rmbg`` of ``gradio_demo.py``; ``lift`` is its ``sigma``, 16 for normals in ``gradio_demo_bg.py``.
    """
    result = np.empty_like(rgb)
    # Floats of a whole photo would take twelve times its memory, more than once.
    for top in range(0, len(rgb), ROWS):
        rows = slice(top, top + ROWS)
        result[rows] = (
            (127 + (rgb[rows].astype(np.float32) - 127 + lift) * alpha[rows, :, None]).clip(0, 255).astype(np.uint8)
        )
    return result


def over(rgb: RGB, alpha: Matte, below: RGB) -> RGB:
    """The picture laid over another of its size by its alpha, rounded."""
    return np.asarray(cv2.blendLinear(rgb, below, alpha, 1 - alpha), np.uint8)


def cover(image: Levels, width: int, height: int, key: str = "the picture") -> Levels:
    """Scale to cover the canvas with Lanczos, on 8 bit where the picture is, then crop the centre.

    Source: ``resize_and_center_crop`` of ``gradio_demo.py``.

    :param image: uint8, shape (height, width) or (height, width, 3); or float32, shape (height, width).
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


def window(image: NDArray[Any], left: int, top: int, width: int, height: int) -> NDArray[Any]:
    """A part of a picture; 0 where it goes beyond the picture."""
    rows, columns = image.shape[:2]
    if (left, top, width, height) == (0, 0, columns, rows):
        return image
    result = np.zeros((height, width, *image.shape[2:]), image.dtype)
    x, y, right, bottom = max(left, 0), max(top, 0), min(left + width, columns), min(top + height, rows)
    result[y - top : bottom - top, x - left : right - left] = image[y:bottom, x:right]
    return result


def at_working_size(rgb: RGB) -> RGB:
    """A picture as light without a model looks at it: its short side 512, or its longest 2048 where that is less."""
    height, width = rgb.shape[:2]
    scale = min(SHORT_SIDE / min(height, width), LONGEST_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return rgb
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4))


def scale(values: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """A matte, or other values in floats, at a size: means where it is smaller, and bilinear where it is larger.

    :param values: float32, shape (height, width) or (height, width, channels).
    """
    if values.shape[1::-1] == (width, height):
        return values
    interpolation = cv2.INTER_AREA if width < values.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (width, height), interpolation=interpolation), np.float32)


def luma(rgb: RGB) -> NDArray[np.float32]:
    """How bright each pixel is as it is encoded, which is even for the eye: float32, shape (height, width), 0..1."""
    return to_matte(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8))


def stretch(image: Levels, width: int, height: int) -> Levels:
    """Scale to the canvas with Lanczos, whatever becomes of the proportions."""
    if image.shape[1::-1] == (width, height):
        return image
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))


def contain(image: Levels, width: int, height: int, border: int) -> Levels:
    """Scale to fit inside the canvas with Lanczos; ``border`` fills the rest."""
    rows, columns = image.shape[:2]
    scale = min(width / columns, height / rows)
    wide, high = max(round(columns * scale), 1), max(round(rows * scale), 1)
    result = np.full((height, width, *image.shape[2:]), border, image.dtype)
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


def save_png(
    image: Image.Image, to: str | os.PathLike[str] | IO[bytes], info: PngImagePlugin.PngInfo | None = None
) -> None:
    """Write a PNG that says that its colours are sRGB."""
    info = info or PngImagePlugin.PngInfo()
    # The chunk's byte is the rendering intent: perceptual, for photographs.
    info.add(b"sRGB", b"\0")
    image.save(to, "PNG", pnginfo=info)


def to_base64(image: Image.Image, info: PngImagePlugin.PngInfo | None = None) -> str:
    """A PNG in base64, without a ``data:`` prefix."""
    data = io.BytesIO()
    save_png(image, data, info)
    return base64.b64encode(data.getvalue()).decode()


def cut_out(rgb: RGB, alpha: Matte) -> Image.Image:
    """The subject as RGBA."""
    return Image.fromarray(np.dstack([rgb, to_levels(alpha)]))
