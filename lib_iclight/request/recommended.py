"""The settings that the authors, and makers of checkpoints, recommend. Plain values by the WebUIs' own names.

Sources: ``gradio_demo.py`` and ``gradio_demo_bg.py`` of lllyasviel/IC-Light; the page of the checkpoint Photon.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

MULTIPLE = 8
"""What hosts take a side in."""
LEAST = 256
"""The shortest side, in pixels."""

PIXELS = 512 * 640
"""The size that the demos make, in pixels."""


@dataclass(frozen=True)
class Recommended:
    """Settings of a generation.

    :ivar hires_steps: 0 = as many as the first stage.
    :ivar hires_denoise: denoising strength of Hires. fix.
    """

    label: str
    steps: int = 25
    cfg_scale: float = 2.0
    width: int = 512
    height: int = 640
    sampler: str = "DPM++ 2M SDE"
    scheduler: str = "Karras"
    prompt: str = "best quality"
    negative_prompt: str = "lowres, bad anatomy, bad hands, cropped, worst quality"
    hires_scale: float = 1.5
    hires_steps: int = 0
    hires_denoise: float = 0.5
    hires_upscaler: str = "Lanczos"

    def sized(self, size: tuple[int, int] | None, pixels: int = PIXELS) -> Recommended:
        """The same at the size that fits a subject of ``size``; as they are without one."""
        if size is None:
            return self
        width, height = fitting(*size, pixels)
        return replace(self, width=width, height=height)


TEXT = Recommended("Recommended")
BACKGROUND = Recommended("Recommended", steps=20, cfg_scale=7.0)
PHOTON = Recommended(
    "Photon's own",
    steps=20,
    cfg_scale=6.0,
    width=512,
    height=768,
    sampler="DPM++ 2M",
    prompt="",
    negative_prompt="cartoon, painting, illustration, (worst quality, low quality, normal quality:2)",
    hires_scale=2.0,
    hires_steps=10,
    hires_denoise=0.45,
    hires_upscaler="R-ESRGAN 4x+",
)


def for_role(role: str | None) -> Recommended:
    """Of a model by its role; those of ``fc`` for a file whose role is not known."""
    return BACKGROUND if role == "fbc" else TEXT


def fitting(width: int, height: int, pixels: int = PIXELS) -> tuple[int, int]:
    """The size in multiples of 8 that is nearest to a subject's proportions and uses the pixels that are allowed."""
    if width > height:
        return fitting(height, width, pixels)[::-1]
    proportion = width / height
    sizes = [(LEAST, LEAST)]
    for across in range(LEAST, max(pixels // LEAST, LEAST) + 1, MULTIPLE):
        most = max(pixels // across // MULTIPLE * MULTIPLE, LEAST)
        nearest = math.floor(across / proportion / MULTIPLE + 0.5) * MULTIPLE
        if across * most <= pixels:
            sizes.append((across, min(max(nearest, LEAST), most)))

    def loss(size: tuple[int, int]) -> float:
        # A picture a tenth larger makes up for proportions that are a hundredth off.
        return abs(math.log(size[0] / size[1] / proportion)) - 0.1 * math.log(size[0] * size[1])

    return min(sizes, key=loss)


LIGHTS = (
    "sunshine from window",
    "neon light, city",
    "sunset over sea",
    "golden time",
    "sci-fi RGB glowing, cyberpunk",
    "natural lighting",
    "warm atmosphere, at home, bedroom",
    "magic lit",
    "evil, gothic, Yharnam",
    "light and shadow",
    "shadow from window",
    "soft studio lighting",
    "home atmosphere, cozy bedroom illumination",
    "neon, Wong Kar-wai, warm",
)
"""The demos' quick list of lights for the prompt."""

SUBJECTS = ("beautiful woman, detailed face", "handsome man, detailed face")
"""The demos' quick list of subjects for the prompt."""
