"""Networks for matting in ONNX files, run by onnxruntime where a person has it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.matting.base import NETWORK
from lib_iclight.models import onnx_graph

PACKAGE = "onnxruntime"

LARGEST = 2 << 30
"""In bytes: protobuf, in which ONNX files are written, has no larger messages."""

UNWANTED = ("TensorrtExecutionProvider", "NvTensorRTRTXExecutionProvider", "AzureExecutionProvider")
"""TensorRT compiles for minutes before the first picture, and Azure sends pictures elsewhere."""

Planes = NDArray[np.float32]


def providers_of(available: Sequence[str]) -> list[str]:
    """What may run a network, best first, of what onnxruntime says that it has."""
    return [name for name in available if name not in UNWANTED]


def run(path: Path, side: int, feed: Planes) -> Planes:
    """The first output of a network for a picture.

    :param path: its file; read once for as long as it stays the same.
    :param side: of the square that it takes.
    :param feed: float32 [1, 3, side, side].
    :returns: float32 [h, w], the first channel.
    :raises ICLightError: onnxruntime is not installed; the file cannot be read, is no such network, or fails.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ICLightError(
            ErrorCode.MATTING_MODEL_MISSING,
            f"{path.name} needs the Python package {PACKAGE}, which cannot be imported ({error}): install it in the "
            "Python that runs this, or choose another matting.",
        ) from error
    try:
        stat = path.stat()
        identity = PACKAGE, str(path.resolve()), stat.st_size, stat.st_mtime_ns, side
    except OSError as error:
        raise _unusable(path, f"cannot be read ({error})") from error
    session = NETWORK.get(identity, partial(_read, onnxruntime, path, side))
    try:
        answer = np.asarray(session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: feed})[0])
    # What onnxruntime raises is of no one kind, also where memory is short.
    except Exception as error:
        raise _unusable(path, f"failed ({error!s:.200})") from error
    if answer.ndim != 4 or answer.dtype != np.float32 or not answer.size or not np.isfinite(answer[0, 0]).all():
        raise _unusable(path, f"gave {answer.dtype} {list(answer.shape)}, and not one finite plane of float32")
    plane: Planes = answer[0, 0]
    return plane


def _read(onnxruntime: Any, path: Path, side: int) -> Any:
    """A session that reads nothing but the file itself."""
    log.count("read")
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise _unusable(path, f"has more than {LARGEST:,} bytes")
        onnx_graph.check_alone(data)
    except onnx_graph.NotAloneError as error:
        raise _unusable(path, f"cannot be used: {error}") from error
    except OSError as error:
        raise _unusable(path, f"cannot be read ({error})") from error
    options = onnxruntime.SessionOptions()
    # What falls back to the CPU is no fault that a person has to read.
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            data, options, providers=providers_of(onnxruntime.get_available_providers())
        )
    except Exception as error:
        raise _unusable(path, f"cannot be loaded ({error!s:.200})") from error
    given = [(each.type, list(each.shape)) for each in session.get_inputs()]
    if len(given) != 1 or not _takes_pictures(*given[0], side):
        raise _unusable(path, f"takes {given}, and not one tensor(float) [1, 3, {side}, {side}]"[:300])
    return session


def _takes_pictures(kind: str, shape: Sequence[object], side: int) -> bool:
    """Whether an input takes them; what is no number in its shape can be anything."""
    wanted = (1, 3, side, side)
    fits = len(shape) == len(wanted) and all(
        not isinstance(given, int) or given in (-1, size) for given, size in zip(shape, wanted)
    )
    return kind == "tensor(float)" and fits


def _unusable(path: Path, why: str) -> ICLightError:
    return ICLightError(
        ErrorCode.MATTING_MODEL_UNUSABLE, f"{path.name} {why}: fetch the file again, or choose another matting."
    )
