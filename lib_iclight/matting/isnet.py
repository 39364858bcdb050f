"""IS-Net with the weights of its authors and with those for drawings: ``isnet-general-use`` and ``isnet-anime``."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.matting.base import Place, stretch
from lib_iclight.matting.nested_unet_plan import ISNET
from lib_iclight.matting.weights import matting_of, released, running

SIDE = 1024
"""At which the networks were trained."""


def _is_anime(stem: str) -> bool:
    return "anime" in stem or "isnetis" in stem


OWN_NAMES = ("isnet", "is-net", "is_net", "general-use", "dis")
"""What stands in the names of files of the authors' own weights, and in no others of this network."""

GENERAL = released(
    name="isnet-general-use",
    repository="https://github.com/xuebinqin/DIS",
    file="isnet-general-use.pth",
    label="IS-Net general use",
    plan=ISNET,
    licence="see its page",
    is_named=lambda stem: any(word in stem for word in OWN_NAMES) and not _is_anime(stem),
)

ANIME = released(
    name="isnet-anime",
    repository="https://huggingface.co/skytnt/anime-seg",
    file="isnetis.ckpt",
    label="IS-Net anime",
    plan=ISNET,
    licence="see its page",
    is_named=_is_anime,
    prefix="net.",
)


def cut_anything(rgb: NDArray[np.uint8], path: Path, place: Place | None = None) -> NDArray[np.float32]:
    """Tell the subject from the background (``Inference.py`` of github.com/xuebinqin/DIS): stretched to the network's
    square, as bytes, minus a half; its answer stretched to 0..1.

    :param rgb: uint8 [H, W, 3], sRGB.
    :param path: the file of weights; read once for as long as it stays the same.
    :param place: where the network is to run; without, on the CPU.
    :returns: float32 [H, W] in 0..1.
    :raises ICLightError: where the file cannot be read, or is another model's; where nothing is told from the rest.
    """
    import torch
    from torch.nn.functional import interpolate

    with running(GENERAL, path, place) as (network, device):
        feed = torch.from_numpy(rgb.copy()).movedim(-1, 0)[None].float()
        feed = interpolate(feed, (SIDE, SIDE), mode="bilinear").byte() / 255.0 - 0.5
        answer = interpolate(network(feed.to(device)), rgb.shape[:2], mode="bilinear")[0, 0].cpu().numpy()
    return stretch(answer)


def cut_drawing(rgb: NDArray[np.uint8], path: Path, place: Place | None = None) -> NDArray[np.float32]:
    """Tell a drawn figure from the background (``inference.py`` of github.com/SkyTNT/anime-segmentation): its longer
    side brought to the network's, in the middle of black.

    Parameters, result and errors are those of ``cut_anything``.
    """
    import torch

    height, width = rgb.shape[:2]
    high, wide = (SIDE, int(SIDE * width / height)) if height > width else (int(SIDE * height / width), SIDE)
    high, wide = max(high, 1), max(wide, 1)
    top, left = (SIDE - high) // 2, (SIDE - wide) // 2
    square = np.zeros((SIDE, SIDE, 3), np.float32)
    square[top : top + high, left : left + wide] = cv2.resize(rgb.astype(np.float32) / 255, (wide, high))
    with running(ANIME, path, place) as (network, device):
        answer = network(torch.from_numpy(square).movedim(-1, 0)[None].to(device))[0, 0].cpu().numpy()
    part = np.ascontiguousarray(answer[top : top + high, left : left + wide])
    return np.asarray(cv2.resize(part, (width, height)), np.float32).clip(0, 1)


ANYTHING, DRAWINGS = matting_of(GENERAL, cut_anything), matting_of(ANIME, cut_drawing)
