"""Generated pictures, and pictures on their way to and from HTTP."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image


def png(picture: np.ndarray | Image.Image, **options: Any) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    data = io.BytesIO()
    image.save(data, options.pop("format", "PNG"), **options)
    return data.getvalue()


def b64(picture: np.ndarray | Image.Image | bytes) -> str:
    return base64.b64encode(picture if isinstance(picture, bytes) else png(picture)).decode()


def decoded(text: str) -> np.ndarray:
    """uint8, (H, W) or (H, W, channels)."""
    return np.array(Image.open(io.BytesIO(base64.b64decode(text))))


def subject(width: int = 320, height: int = 400) -> np.ndarray:
    """uint8 (H, W, 3): colour ramps, a disc of exactly neutral grey, hard edges."""
    y, x = np.mgrid[:height, :width]
    picture = np.stack([255 * x / width, 255 * y / height, 127 + 100 * np.sin(x / 17)], axis=-1)
    picture[(x - width / 2) ** 2 + (y - height / 2) ** 2 < (width / 5) ** 2] = 127
    picture[height // 8 : height // 3, width // 8 : width // 4] = (250, 20, 40)
    return picture.astype(np.uint8)


def background(width: int = 300, height: int = 256) -> np.ndarray:
    """uint8 (H, W, 3), not symmetric."""
    y, x = np.mgrid[:height, :width]
    return np.stack([200 * x / width, 90 + 80 * np.cos(y / 23), 255 - 200 * x / width], axis=-1).astype(np.uint8)


def mask(width: int = 320, height: int = 400) -> np.ndarray:
    """uint8 (H, W): an ellipse with a soft edge, all levels from 0 to 255."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot((x - width / 2) / width, (y - height / 2) / height)
    return ((0.5 - distance) / 0.2 * 255).clip(0, 255).astype(np.uint8)


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    """Whether two lists hold equal pictures."""
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """In decibels, of 8-bit pictures of one shape; infinite for equal ones."""
    assert a.shape == b.shape
    error = np.mean((a.astype(np.float64) - b) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))
