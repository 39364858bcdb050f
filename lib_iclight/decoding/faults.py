"""What a decoder raises, as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lib_iclight.errors import ErrorCode, ICLightError


@contextmanager
def named(key: str) -> Iterator[None]:
    """Whatever is raised in here is the fault of the picture ``key``, and becomes its error."""
    try:
        yield
    except ICLightError:
        raise
    # Decoders meet bytes of strangers and raise what they happen to stumble over: struct.error, zlib.error,
    # IndexError, RuntimeError and more, which Pillow neither wraps nor lists. None may end a run of many pictures.
    except Exception as error:  # noqa: BLE001
        # Some say it in several lines.
        why = " ".join(str(error).split()) or type(error).__name__
        raise ICLightError(
            ErrorCode.PICTURE_NOT_DECODABLE,
            f"IC-Light: {key} is a damaged picture ({why}): save it anew.",
        ) from None
