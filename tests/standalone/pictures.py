"""A drawn still life: balls and a cloth, with grain, so that light has something to fall on; and what a page shows."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

PIXELS = """([draw, argument]) => {
    const gl = (0, eval)(draw)(argument).getContext("webgl2");
    const {drawingBufferWidth: width, drawingBufferHeight: height} = gl;
    const pixels = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    let text = "";
    for (let i = 0; i < pixels.length; i += 32768) text += String.fromCharCode(...pixels.subarray(i, i + 32768));
    return [width, height, btoa(text)];
}"""


def still_life(width: int = 640, height: int = 512) -> NDArray[np.uint8]:
    random = np.random.default_rng(1)
    y, x = np.mgrid[:height, :width] / min(width, height)
    picture = np.stack([0.35 + 0.15 * np.sin(5 * x + 2 * y), 0.3 + 0.1 * x, 0.4 - 0.1 * y], axis=-1)
    for centre, radius, colour in (((0.4, 0.5), 0.3, (0.9, 0.45, 0.2)), ((0.85, 0.65), 0.22, (0.3, 0.6, 0.85))):
        across, down = (x - centre[0]) / radius, (y - centre[1]) / radius
        inside = across**2 + down**2 < 1
        depth = np.sqrt(np.clip(1 - across**2 - down**2, 0, 1))
        picture[inside] = (np.array(colour) * (0.35 + 0.6 * depth)[..., None])[inside]
    picture += random.normal(0, 0.02, picture.shape)
    return (picture.clip(0, 1) * 255).astype(np.uint8)


def disc(side: int = 512) -> NDArray[np.uint8]:
    """Grey within a circle, black around it."""
    y, x = np.mgrid[:side, :side] + 0.5
    inside = np.hypot(x - side / 2, y - side / 2) < 0.4 * side
    return np.repeat((inside * 128).astype(np.uint8)[..., None], 3, axis=-1)


def soft_mask(width: int = 640, height: int = 512) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width] / min(width, height)
    return ((0.6 - np.hypot(x - 0.6, y - 0.55)) * 4 * 255).clip(0, 255).astype(np.uint8)


def png(picture: NDArray[np.uint8]) -> bytes:
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG")
    return data.getvalue()


def base64_png(picture: NDArray[np.uint8]) -> str:
    return base64.b64encode(png(picture)).decode()


def pixels(page: Page, draw: str, argument: Any = None) -> NDArray[np.uint8]:
    """What WebGL has drawn, [h, w, 4].

    :param draw: a function of JavaScript that draws, to be read before the browser takes it, and gives the canvas.
    """
    width, height, text = page.evaluate(PIXELS, [draw, argument])
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[::-1]


def on_squares(picture: NDArray[Any]) -> NDArray[Any]:
    """The picture before the grey squares that stand for nothing."""
    if picture.shape[-1] == 3:
        return picture.astype(int)
    rows, columns = np.indices(picture.shape[:2]) // 12
    squares = np.where((rows + columns) % 2 == 0, 128, 160)[..., None]
    return squares + (picture[..., :3] - squares) * (picture[..., 3:] / 255)
