"""The networks that rembg cuts out by, in the ONNX files that it ships.

Names, sides, means and deviations: ``rembg/sessions`` of github.com/danielgatis/rembg (684f8e9, MIT); rembg itself is
not needed. BiRefNet gives logits: their logistic function is the matte, as its authors take it. All others give the
probability, which rembg stretches to 0..1.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib_iclight.matting import onnx_session, u2netp
from lib_iclight.matting.base import Matting, Place, stretch
from lib_iclight.models.library import FileKind, Shapes
from lib_iclight.models.sources import Source

RELEASES = "https://github.com/danielgatis/rembg/releases/tag/v0.0.0"

ENDING = ".onnx"

Plane = NDArray[np.float32]
Levels = tuple[float, float, float]

IMAGENET: tuple[Levels, Levels] = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CENTRED: tuple[Levels, Levels] = (0.5, 0.5, 0.5), (1.0, 1.0, 1.0)
ANIME: tuple[Levels, Levels] = (0.485, 0.456, 0.406), (1.0, 1.0, 1.0)


def sigmoid(answer: Plane) -> Plane:
    """The logistic function of logits."""
    # Beyond these it is 0 and 1 in float32, and its exponential endless.
    result: Plane = 1 / (1 + np.exp(-answer.clip(-80, 80)))
    return result


def stretch_probable(answer: Plane) -> Plane:
    """As ``stretch``, of an answer that is sure of something: see ``u2netp.SUBJECT_FROM``."""
    u2netp.refuse_unsure(answer)
    return stretch(answer)


@dataclass(frozen=True)
class Network:
    """One of them.

    :ivar name: the value of the option ``matting``: rembg's own, and for weights taken otherwise too with ``-onnx``.
    :ivar label: how a person knows it.
    :ivar file: the name that rembg saves it by.
    :ivar released: the name of the file at ``page``, without its ending.
    :ivar page: from which it is had.
    :ivar size: of the file, about, in bytes.
    :ivar side: of the square to which a picture is stretched.
    :ivar levels: the mean that is taken from each channel of 0..1, and the deviation by which it is then divided.
    :ivar finish: from its answer, float32 [h, w], to alpha.
    """

    name: str
    label: str
    file: str
    released: str
    size: int
    licence: str
    side: int = 1024
    levels: tuple[Levels, Levels] = IMAGENET
    finish: Callable[[Plane], Plane] = stretch
    page: str = RELEASES

    @property
    def source(self) -> Source:
        return Source(self.name, self.page, self.released + ENDING, self.file + ENDING, self.size, self.licence)

    def recognise(self, of: Shapes, stem: str) -> bool:
        """Whether an ONNX file, of which no shapes are read, has its name."""
        return not of and stem.lower() in (self.file, self.released.lower())

    def feed(self, rgb: NDArray[np.uint8]) -> Plane:
        """A picture, uint8 [H, W, 3], as the network takes it: float32 [1, 3, side, side]."""
        small = np.asarray(Image.fromarray(rgb).resize((self.side, self.side), Image.Resampling.LANCZOS), np.float32)
        mean, deviation = (np.array(levels, np.float32) for levels in self.levels)
        levels = (small / max(small.max(), np.float32(1e-6)) - mean) / deviation
        return np.ascontiguousarray(levels.transpose(2, 0, 1)[None])

    def alpha(self, rgb: NDArray[np.uint8], path: Path) -> Plane:
        """Tell the subject from the background.

        :param rgb: uint8 [H, W, 3], sRGB.
        :param path: the network's file.
        :returns: float32 [H, W] in 0..1.
        :raises ICLightError: as ``onnx_session.run``; where no subject is found.
        """
        answer = self.finish(onnx_session.run(path, self.side, self.feed(rgb)))
        result = np.asarray(cv2.resize(answer, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
        return result.clip(0, 1)

    def matting(self) -> Matting:
        def run(rgb: NDArray[np.uint8], path: Path | None, place: Place | None) -> Plane:
            if path is None:
                raise made.missing()
            return self.alpha(rgb, path)

        kind = FileKind(self.source, self.recognise)
        made = Matting(self.name, self.label, kind, self.licence, run, onnx_session.PACKAGE)
        return made


# github.com/ZhengPeng7/BiRefNet; all but the lite one have the same backbone.
_birefnet = partial(Network, size=973_000_000, licence="MIT", finish=sigmoid)
# github.com/xuebinqin/U-2-Net.
_u2net = partial(
    Network, size=176_000_000, licence="Apache-2.0", side=u2netp.SIDE, levels=IMAGENET, finish=stretch_probable
)

ANYTHING = (
    _birefnet("birefnet-general", "BiRefNet general", "birefnet-general", "BiRefNet-general-epoch_244"),
    _birefnet("birefnet-massive", "BiRefNet massive", "birefnet-massive", "BiRefNet-massive-TR_DIS5K_TR_TEs-epoch_420"),
    # huggingface.co/briaai/RMBG-2.0
    Network("bria-rmbg", "RMBG-2.0", "bria-rmbg", "bria-rmbg-2.0", 1_024_000_000, "non-commercial use only"),
    # huggingface.co/PramaLLC/BEN2
    Network(
        *("ben2-base", "BEN2", "ben2-base", "BEN2_Base", 223_000_000, "MIT"),
        levels=CENTRED,
        page="https://huggingface.co/PramaLLC/BEN2",
    ),
    _birefnet(
        *("birefnet-general-lite", "BiRefNet general lite", "birefnet-general-lite"),
        "BiRefNet-general-bb_swin_v1_tiny-epoch_232",
        size=224_000_000,
    ),
)
"""Those that ``auto`` takes before weights of smaller networks, best first."""

ISNET = Network(
    *("isnet-general-use-onnx", "IS-Net general use (ONNX)", "isnet-general-use", "isnet-general-use"),
    # github.com/xuebinqin/DIS
    *(179_000_000, "see its page"),
    levels=CENTRED,
)
U2NET = _u2net("u2net-onnx", "U^2-Net (ONNX)", "u2net", "u2net")

BY_NAME = (
    _birefnet("birefnet-portrait", "BiRefNet portrait", "birefnet-portrait", "BiRefNet-portrait-epoch_150"),
    _birefnet("birefnet-dis", "BiRefNet DIS", "birefnet-dis", "BiRefNet-DIS-epoch_590"),
    _birefnet("birefnet-hrsod", "BiRefNet HRSOD", "birefnet-hrsod", "BiRefNet-HRSOD_DHU-epoch_115"),
    _birefnet("birefnet-cod", "BiRefNet COD", "birefnet-cod", "BiRefNet-COD-epoch_125"),
    # github.com/SkyTNT/anime-segmentation
    Network(
        *("isnet-anime-onnx", "IS-Net anime (ONNX)", "isnet-anime", "isnet-anime", 176_000_000, "see its page"),
        levels=ANIME,
    ),
    _u2net("u2net-human-onnx", "U^2-Net human (ONNX)", "u2net_human_seg", "u2net_human_seg"),
    # github.com/xuebinqin/U-2-Net/issues/295
    _u2net("silueta", "Silueta", "silueta", "silueta", size=44_000_000),
    _u2net("u2netp-onnx", "U^2-Netp (ONNX)", "u2netp", "u2netp", size=5_000_000),
)
"""Those for something particular, and the small ones that are no better than what comes along."""

NETWORKS = (*ANYTHING, ISNET, U2NET, *BY_NAME)


def folders() -> list[Path]:
    """Where rembg keeps its files: ``U2NET_HOME``, else ``.u2net`` in ``XDG_DATA_HOME`` or in the user's folder."""
    home = os.environ.get("U2NET_HOME") or os.path.join(os.environ.get("XDG_DATA_HOME") or "~", ".u2net")
    return [Path(os.path.expanduser(home))]
