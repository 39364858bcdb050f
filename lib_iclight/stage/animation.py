"""Frames as a file that moves."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, features

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import RGB
from lib_iclight.kinds import Choice, Number, check_value

RATE = Number(1, 60, 1)
"""Frames a second."""


def write(frames: Sequence[RGB], form: str, rate: float = 24.0) -> bytes:
    """A file of frames of one size, uint8 [h, w, 3]; WebP and GIF begin anew at their end.

    :param form: webp, gif, webm (VP9) or mp4 (H.264), whose sides are even: a row or column is doubled.
    :raises ICLightError: another form; what writes it is not installed.
    """
    check_value(FORM, form, "the animation's format")
    return WRITERS[form](frames, check_value(RATE, rate, "the animation's rate"))


def _webp(frames: Sequence[RGB], rate: float) -> bytes:
    # Pillow before 11 may be built without.
    if not features.check("webp"):
        raise _missing("WebP", "Pillow with WebP", "gif")
    return _by_pillow(frames, rate, "WEBP", quality=90, method=2)


def _gif(frames: Sequence[RGB], rate: float) -> bytes:
    # All alike would be left out by Pillow; GIF's own unit is a hundredth of a second.
    return _by_pillow(frames, rate, "GIF", optimize=False, disposal=1)


def _by_pillow(frames: Sequence[RGB], rate: float, form: str, **options: int | bool) -> bytes:
    first, *others = [Image.fromarray(frame) for frame in frames]
    data = io.BytesIO()
    first.save(data, form, save_all=True, append_images=others, duration=round(1000 / rate), loop=0, **options)
    return data.getvalue()


def _webm(frames: Sequence[RGB], rate: float) -> bytes:
    height, width = _even(frames[0]).shape[:2]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "frames.webm")
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP90"), rate, (width, height))
        if not writer.isOpened():
            raise _missing("WebM", "OpenCV with VP9", "webp")
        for frame in frames:
            writer.write(np.ascontiguousarray(_even(frame)[..., ::-1]))
        writer.release()
        return path.read_bytes()


def _mp4(frames: Sequence[RGB], rate: float) -> bytes:
    if find_spec("av") is None:
        raise _missing("MP4", "the package av", "webm")
    import av

    height, width = _even(frames[0]).shape[:2]
    data = io.BytesIO()
    with av.open(data, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(_even(frame), format="rgb24")))
        container.mux(stream.encode())
    return data.getvalue()


def _even(frame: RGB) -> RGB:
    height, width = frame.shape[:2]
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), "edge")


def _missing(form: str, needs: str, other: str) -> ICLightError:
    return ICLightError(
        ErrorCode.INSTALLATION_INCOMPLETE,
        f"IC-Light: {form} needs {needs}, which is not installed: install it, or take {other}.",
    )


WRITERS: Mapping[str, Callable[[Sequence[RGB], float], bytes]] = {
    "webp": _webp,
    "gif": _gif,
    "webm": _webm,
    "mp4": _mp4,
}
FORM = Choice(tuple(WRITERS))
