"""Files in folders, wherever links lead."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple


class Found(NamedTuple):
    """A file; or a folder or file that cannot be looked at.

    :ivar changed: the time of its last change in nanoseconds.
    :ivar unreadable: why it cannot be looked at, in the system's words; empty where it can.
    """

    path: Path
    size: int
    changed: int
    unreadable: str


def find_files(folders: Sequence[Path], endings: Collection[str]) -> Iterator[Found]:
    """The files of some endings in some folders and all folders below, folder by folder in the order of their paths.

    Links are followed, and each folder is looked into once, so that loops of links end. Hidden files are passed over,
    such as those in which macOS keeps what a foreign disk cannot, and folders that do not exist.

    :param endings: in small letters, with their dots; files may have them in capitals.
    """
    seen: set[str] = set()
    for folder in folders:
        yield from sorted(_walk(folder, endings, seen))


def _walk(top: Path, endings: Collection[str], seen: set[str]) -> Iterator[Found]:
    unreadable: list[Found] = []

    def note(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            unreadable.append(Found(Path(error.filename), 0, 0, error.strerror or type(error).__name__))

    for folder, below, names in os.walk(top, onerror=note, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            below.clear()
            continue
        seen.add(real)
        # A folder itself comes before a link to it.
        below.sort(key=lambda name: (os.path.islink(os.path.join(folder, name)), name))
        for name in names:
            path = Path(folder, name)
            if path.suffix.lower() in endings and not name.startswith("."):
                try:
                    if path.is_file():
                        state = path.stat()
                        yield Found(path, state.st_size, state.st_mtime_ns, "")
                except OSError as error:
                    note(error)
    yield from unreadable
