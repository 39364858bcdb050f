"""U^2-Netp (Qin et al., U^2-Net, Pattern Recognition 2020): a small network that comes along, run by OpenCV."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.matting.base import Matting, no_subject, stretch

NETWORK = Path(__file__).with_name("u2netp.onnx")

SIDE = 320
"""At which the network was trained: every picture is brought to it, whatever its proportions."""

# The network has seven outputs, coarse ones besides the fused; OpenCV 4.8 gives a coarse one where none is named.
FUSED = "1959"

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)

# By the largest probability in the answer. Photos of something come to 0.99 and more, most textures, noise, plain
# colours and empty rooms stay below: stretched, what is left there would be a subject made of nothing.
SUBJECT_FROM = 0.8

_lock = threading.Lock()


def alpha(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Tell the subject from the background (``u2net_test.py`` of github.com/xuebinqin/U-2-Net).

    The same picture gives the same alpha, always. Runs on the CPU; one picture at a time.

    :param rgb: uint8 [H, W, 3], sRGB.
    :returns: float32 [H, W] in 0..1.
    :raises ICLightError: where the network finds no subject, or its file is damaged.
    """
    return finish(_run_network(feed(rgb)), *rgb.shape[1::-1])


def finish(answer: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """The answer of a U^2-Net, float32 [h, w], stretched to 0..1 at the picture's size.

    :raises ICLightError: it finds no subject.
    """
    refuse_unsure(answer)
    result = np.asarray(cv2.resize(stretch(answer), (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return result.clip(0, 1, out=result)


def refuse_unsure(answer: NDArray[np.float32]) -> None:
    """Refuse the answer of a U^2-Net where it finds no subject.

    :raises ICLightError: so it is.
    """
    if answer.max() < SUBJECT_FROM:
        raise no_subject()


def feed(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The picture as float32 [1, 3, SIDE, SIDE], its largest value 1, then normalised."""
    height, width = rgb.shape[:2]
    # One after the other, as OpenCV averages only where neither side is enlarged; and in bytes, as photos are large.
    small = cv2.resize(rgb, (min(width, SIDE), min(height, SIDE)), interpolation=cv2.INTER_AREA)
    levels = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    feed = (levels / max(levels.max(), 1) - MEAN) / DEVIATION
    return np.ascontiguousarray(feed.transpose(2, 0, 1)[None])


def _run_network(feed: NDArray[np.float32]) -> NDArray[np.float32]:
    """The fused output, float32 [SIDE, SIDE] in 0..1."""
    with _lock:
        network = _network()
        network.setInput(feed)
        # What OpenCV gives may be its own memory, which the next picture is written to.
        return np.array(network.forward(FUSED)[0, 0], np.float32)


@lru_cache(maxsize=1)
def _network() -> Any:
    log.count("read")
    try:
        # Read here, since OpenCV opens no path with other letters than ASCII on Windows.
        return cv2.dnn.readNetFromONNX(np.frombuffer(NETWORK.read_bytes(), np.uint8))
    except (OSError, cv2.error) as error:
        raise ICLightError(
            ErrorCode.MATTING_MODEL_UNUSABLE,
            f"{NETWORK.name}, which comes with IC-Light, is missing or damaged: install IC-Light anew.",
        ) from error


MATTING = Matting(
    name="u2netp",
    label="U^2-Netp (comes along)",
    file=None,
    licence="Apache-2.0",
    run=lambda rgb, path, place: alpha(rgb),
)
