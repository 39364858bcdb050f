"""RMBG-1.4 (briaai/RMBG-1.4, non-commercial licence): IS-Net, fed as IC-Light's authors feed it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib_iclight.matting.base import Place
from lib_iclight.matting.nested_unet_plan import ISNET
from lib_iclight.matting.weights import Family, matting_of, running, weight_of
from lib_iclight.models.sources import Source

SOURCE = Source(
    name="rmbg-1.4",
    repository="briaai/RMBG-1.4",
    file="model.safetensors",
    target="RMBG-1.4.safetensors",
    size=weight_of(ISNET),
    licence="non-commercial use only",
)

# Other weights of the same network have names of their own.
FAMILY = Family(
    SOURCE, "RMBG-1.4", ISNET, lambda stem: not any(word in stem for word in ("isnet", "is-net", "is_net", "anime"))
)


def working_size(width: int, height: int) -> tuple[int, int]:
    """The width and height at which the network sees a picture: multiples of 64, about 1024 x 1024 in all."""
    k: float = (256 / (width * height)) ** 0.5
    return 64 * max(1, round(width * k)), 64 * max(1, round(height * k))


def alpha(rgb: NDArray[np.uint8], path: Path, place: Place | None = None) -> NDArray[np.float32]:
    """Tell the subject from the background (``gradio_demo.py``, ``run_rmbg``).

    :param rgb: uint8 [H, W, 3], sRGB.
    :param path: the file of weights; read once for as long as it stays the same.
    :param place: where the network is to run; without, on the CPU.
    :returns: float32 [H, W] in 0..1.
    :raises ICLightError: where the file cannot be read, or is another model's.
    """
    import torch

    height, width = rgb.shape[:2]
    resized = Image.fromarray(rgb).resize(working_size(width, height), Image.Resampling.LANCZOS)
    with running(FAMILY, path, place) as (network, device):
        # A batch first, its axes moved then: torch picks kernels by the layout in memory, here the authors'.
        feed = torch.from_numpy(np.array(resized)[None]).float() / 127.0 - 1.0
        answer = network(feed.movedim(-1, 1).to(device))
        answer = torch.nn.functional.interpolate(answer, size=(height, width), mode="bilinear")
        result: NDArray[np.float32] = answer[0, 0].cpu().numpy()
    return result.clip(0, 1)


MATTING = matting_of(FAMILY, alpha)
