"""The pictures that a command line names."""

from __future__ import annotations

import base64
import mimetypes
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lib_iclight.decoding import MAX_BASE64
from lib_iclight.decoding.formats import START, is_read
from lib_iclight.decoding.texts import read_texts
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.mark import is_result, place_of

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
"""What is a picture by its name, and fails where it is none."""

RAW = (".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".orf", ".rw2", ".raf", ".pef", ".srw", ".3fr")
"""What cameras write, of which a reader of TIFF sees but the thumbnail."""

OTHERS = (
    *RAW,
    ".heic",
    ".heif",
    ".hif",
    ".avif",
    ".jxl",
    ".jp2",
    ".j2k",
    ".jpf",
    ".jpx",
    ".exr",
    ".hdr",
    ".psd",
    ".svg",
)
"""What is a picture by its name, and what Python's own list may not know."""


@dataclass
class Inputs:
    """The pictures to work on, and what is said of those that are not.

    :ivar sources: absolute paths, in the order that they were named in, those of folders by their names; each with the
        folder that it lies in below the one that was named.
    """

    sources: dict[Path, Path] = field(default_factory=dict)
    passed_over: list[str] = field(default_factory=list)


def collect(given: Sequence[Path], out: Path, recursive: bool = False) -> Inputs:
    """The pictures that are named, and those in the folders that are named. What this program made is none of a folder.

    :param out: where results go: none of those there is made anew, even where a shell's pattern names it.
    :param recursive: whether folders in folders are looked through too.
    :raises ICLightError: what is named does not exist or cannot be read, or a folder has no picture.
    """
    found = Inputs()
    known: set[tuple[str, str]] = set()
    for path in given:
        if os.path.isdir(path):
            inside = _walk(path, out, recursive, found.passed_over)
            if not inside:
                raise ICLightError(ErrorCode.FILE_UNREADABLE, f"{path} holds no picture{_but(found.passed_over)}.")
        elif os.path.isfile(path):
            inside = [path]
            if place_of(path.parent) == place_of(out) and is_result(read_texts(path)):
                found.passed_over.append(f"{path} is a result itself: name another folder with -o to make it anew.")
                continue
        else:
            raise ICLightError(
                ErrorCode.FILE_UNREADABLE,
                f"{path} does not exist, or is no file: give a picture or a folder with pictures.",
            )
        for picture in inside:
            absolute = Path(os.path.abspath(picture))
            key = (place_of(absolute.parent), absolute.name)
            if key not in known:
                known.add(key)
                found.sources[absolute] = picture.parent.relative_to(path) if picture != path else Path()
    return found


def _walk(root: Path, out: Path, recursive: bool, passed_over: list[str]) -> list[Path]:
    """The pictures in a folder, and where that is wanted in those below it, a folder's own first."""
    found, waiting = [], [root]
    while waiting:
        folder = waiting.pop()
        pictures, folders = _look_through(folder, out, passed_over)
        found += pictures
        # Links may lead in circles.
        below = [path for path in folders if not path.is_symlink()] if recursive else []
        waiting += reversed(below)
        if others := [path.name for path in folders if path not in below]:
            passed_over.append(f"In {folder}, folders are passed over: {', '.join(others)}.")
    return found


def _but(passed_over: Sequence[str]) -> str:
    return f" ({' '.join(passed_over)})" if passed_over else f": give a folder with {', '.join(PICTURES)}"


def _look_through(folder: Path, out: Path, passed_over: list[str]) -> tuple[list[Path], list[Path]]:
    """The pictures and the folders in a folder. Hidden files are none: macOS keeps beside each what a foreign disk
    cannot."""
    try:
        inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise ICLightError(ErrorCode.FILE_UNREADABLE, f"{folder} cannot be read ({error.strerror}).") from None
    pictures, results, others, folders = [], 0, [], []
    for path in inside:
        if os.path.isdir(path):
            folders += [path] if place_of(path) != place_of(out) else []
        elif not is_picture(path):
            others += [path.name] if is_picture_name(path) else []
        elif is_result(read_texts(path)):
            results += 1
        else:
            pictures.append(path)
    if results:
        passed_over.append(f"In {folder}, {results} made by IC-Light are passed over: name them to relight them again.")
    if others:
        passed_over.append(f"In {folder}, what cannot be read is passed over: {', '.join(others)}.")
    return pictures, folders


def is_picture(path: Path) -> bool:
    """Whether a file is one to work on: by its name, or by its first bytes where its name says nothing else."""
    ending = path.suffix.lower()
    if ending in PICTURES or ending in RAW or not os.path.isfile(path):
        return ending in PICTURES
    if not is_picture_name(path) and mimetypes.guess_type(f"x{ending}")[0]:
        return False
    try:
        with path.open("rb") as stream:
            return is_read(stream.read(START))
    except OSError:
        return False


def is_picture_name(path: Path) -> bool:
    """Whether a file's name says that it is a picture, of whatever kind."""
    ending = path.suffix.lower()
    kind = mimetypes.guess_type(f"x{ending}")[0] or ""
    return ending in PICTURES or ending in OTHERS or kind.startswith("image/")


def _is_device(path: Path) -> bool:
    """Whether a read may never end."""
    return not os.path.isfile(path) and not os.path.isdir(path)


def read(path: Path) -> str:
    """A picture's file as the options take it: in base64, not yet decoded.

    :raises ICLightError: it cannot be read, is empty or too large.
    """
    return base64.b64encode(read_bytes(path)).decode()


def read_bytes(path: Path) -> bytes:
    """A picture's file.

    :raises ICLightError: as ``read``.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BASE64 * 3 // 4:
            raise ICLightError(
                ErrorCode.PICTURE_TOO_LARGE, f"{path} has {size:,} bytes, more than {MAX_BASE64 * 3 // 4:,}."
            )
        content = b"" if _is_device(path) else path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ICLightError(ErrorCode.FILE_UNREADABLE, f"{path} cannot be read ({why}): give another picture.") from None
    if not content:
        raise ICLightError(ErrorCode.PICTURE_NOT_DECODABLE, f"{path} is empty: give another picture.")
    return content
