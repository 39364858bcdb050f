"""OpenEXR files, where ``OpenEXR`` is installed: pictures, and parts by name."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight.decoding.faults import named
from lib_iclight.decoding.sizes import refuse_empty, refuse_larger
from lib_iclight.errors import ErrorCode, ICLightError

Light = NDArray[np.float32]

SIGNATURE = b"\x76\x2f\x31\x01"
MOST_PARTS = 32
_CHANNELS = {1: "Y", 3: "RGB", 4: "RGBA"}


def is_available() -> bool:
    return find_spec("OpenEXR") is not None


def _library() -> Any:
    if not is_available():
        raise ICLightError(
            ErrorCode.INSTALLATION_INCOMPLETE,
            "IC-Light: OpenEXR files need the package OpenEXR, which is not installed: install it.",
        )
    import OpenEXR

    return OpenEXR


@dataclass(frozen=True, eq=False)
class Exr:
    """What a file has.

    :ivar parts: by name, each float32 [h, w, channels].
    :ivar comments: of its first part.
    """

    parts: Mapping[str, Light]
    comments: str


def write(parts: Mapping[str, NDArray[np.float32]], comments: str = "") -> bytes:
    """A file of parts by name: float32 [h, w] or [h, w, 3 or 4], linear; ZIP-compressed, without loss.

    :param comments: of the first part.
    :raises ICLightError: the package is not installed.
    """
    library = _library()
    made: list[Any] = []
    for name, pixels in parts.items():
        kind = _CHANNELS[1 if pixels.ndim == 2 else pixels.shape[2]]
        header = {"compression": library.ZIP_COMPRESSION, "type": library.scanlineimage}
        if comments and not made:
            header["comments"] = comments
        made.append(library.Part(header, {kind: np.ascontiguousarray(pixels, np.float32)}, name))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "picture.exr")
        library.File(made).write(str(path))
        return path.read_bytes()


def read(data: bytes, most: int, key: str) -> Exr:
    """All of a file.

    :param most: pixels of all parts together.
    :raises ICLightError: the package is not installed; the file is damaged or too large.
    """
    library = _library()
    with tempfile.TemporaryDirectory() as folder, named(key):
        path = Path(folder, "picture.exr")
        path.write_bytes(data)
        told = library.File(str(path), header_only=True).parts
        _check(told, most, key)
        parts = library.File(str(path)).parts
        # What is missing of the first part is left at 0, others are left out.
        if len(parts) < len(told) or not library.InputFile(str(path)).isComplete():
            raise ICLightError(ErrorCode.PICTURE_NOT_DECODABLE, f"IC-Light: {key} is cut off or damaged: save it anew.")
        return Exr({part.name(): _pixels(part, key) for part in parts}, str(told[0].header.get("comments", "")))


def read_picture(data: bytes, most: int, key: str) -> Light:
    """The first part in colours, float32 [h, w, 3]; grey in all three."""
    pixels = next(iter(read(data, most, key).parts.values()))
    return np.ascontiguousarray(np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels[..., :3])


def _check(parts: list[Any], most: int, key: str) -> None:
    if len(parts) > MOST_PARTS:
        raise ICLightError(
            ErrorCode.PICTURE_TOO_LARGE, f"IC-Light: {key} has {len(parts)} parts, more than {MOST_PARTS}."
        )
    for part in parts:
        low, high = part.header["dataWindow"]
        width, height = (int(last) - int(first) + 1 for first, last in zip(low, high))
        refuse_empty(max(width, 0), max(height, 0), key)
        refuse_larger(width, height, most // len(parts), key)


def _pixels(part: Any, key: str) -> Light:
    for kind in ("RGB", "RGBA", "Y"):
        if kind in part.channels:
            pixels = np.asarray(part.channels[kind].pixels, np.float32)
            return pixels.reshape(*pixels.shape[:2], -1)
    raise ICLightError(
        ErrorCode.PICTURE_NOT_DECODABLE,
        f"IC-Light: {key} has a part without red, green and blue, or grey: save it anew.",
    )
