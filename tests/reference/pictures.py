"""Pictures to and from the autoencoder, as the authors' demos and the WebUI do it.

Pictures are uint8 arrays (H, W, 3), sRGB. Alphas are float arrays (H, W), 0..1.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

FC_RAMP = (255, 0)
FBC_RAMP = (224, 32)
FC_AMBIENT = 127
FBC_AMBIENT = 64


def on_grey(picture: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The subject on neutral grey, at its own size; cast to 8 bit by truncation (demo: ``run_rmbg``)."""
    mixed = 127 + (picture.astype(np.float32) - 127) * alpha.astype(np.float32)[..., None]
    return mixed.clip(0, 255).astype(np.uint8)


def cover(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Scale to cover the canvas with Lanczos on 8 bit, crop the centre (demo: ``resize_and_center_crop``)."""
    image = Image.fromarray(picture)
    scale = max(width / image.width, height / image.height)
    w, h = round(image.width * scale), round(image.height * scale)
    box = ((w - width) / 2, (h - height) / 2, (w + width) / 2, (h + height) / 2)
    return np.array(image.resize((w, h), Image.Resampling.LANCZOS).crop(box))


def ramp(side: str, width: int, height: int, ends: tuple[int, int]) -> np.ndarray:
    """A linear ramp, bright (``ends[0]``) on the named side, cast to 8 bit by truncation."""
    horizontal = side in ("left", "right")
    line = np.linspace(*ends, width if horizontal else height)
    if side in ("right", "bottom"):
        line = np.linspace(*reversed(ends), len(line))
    grey = np.tile(line, (height, 1)) if horizontal else np.tile(line[:, None], (1, width))
    return np.stack((grey,) * 3, axis=-1).astype(np.uint8)


def light_map(light: str, width: int, height: int, *, ends: tuple[int, int], ambient: int) -> np.ndarray:
    """The light preference as a picture of the canvas' size."""
    if light == "ambient":
        return np.full((height, width, 3), ambient, np.uint8)
    return ramp(light, width, height, ends)


def from_127(pictures: list[np.ndarray]) -> torch.Tensor:
    """(N, 3, H, W) with grey 127 exactly 0, for what IC-Light is conditioned on (demo: ``numpy2pytorch``)."""
    return torch.from_numpy(np.stack(pictures)).float().movedim(-1, 1) / 127.0 - 1.0


def from_255(pictures: list[np.ndarray]) -> torch.Tensor:
    """(N, 3, H, W) in -1..1, for what the WebUI itself encodes (img2img, second stage)."""
    return torch.from_numpy(np.stack(pictures)).float().movedim(-1, 1) / 255.0 * 2.0 - 1.0


def to_8_bit(decoded: torch.Tensor) -> list[np.ndarray]:
    """(N, 3, H, W) in -1..1 to pictures, truncated (WebUI: ``process_images_inner``)."""
    unit = ((decoded.float() + 1.0) / 2.0).clamp(0.0, 1.0)
    return [(255.0 * one.movedim(0, -1).numpy()).astype(np.uint8) for one in unit]


def upscale(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """The WebUI's "Lanczos" upscaler followed by its resize to the exact size.

    The upscaler makes ``int(side * scale)``, then cuts each side down to a multiple of 8; only where that is not the
    size wanted does the caller resize once more (``Upscaler.upscale``, ``resize_image``).
    """
    image = Image.fromarray(picture)
    scale = max(width / image.width, height / image.height)
    sizes = [(width, height)]
    if scale > 1.0:
        grown = tuple(int(side * scale) for side in image.size)
        sizes = [grown, tuple(side // 8 * 8 for side in grown), (width, height)]
    for size in sizes:
        if image.size != size:
            image = image.resize(size, Image.Resampling.LANCZOS)
    return np.array(image)
