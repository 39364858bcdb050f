"""Where results go: none over another, none over what is read, none out of its folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib_iclight.decoding.texts import read_texts
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone import names
from lib_iclight.standalone.inputs import is_picture_name, read
from lib_iclight.standalone.mark import digest, mark_in, place_of
from lib_iclight.standalone.names import Names
from lib_iclight.standalone.orders import Order


@dataclass(frozen=True, eq=False)
class Item:
    """One picture that is to be made.

    :ivar source: the picture, an absolute path.
    :ivar ask: what is asked for; reads further pictures.
    :ivar folder: of the result, inside the one that results go into.
    :ivar name: of the result, where somebody gave it: relative to the folder that results go into, a PNG.
    :ivar at: where it was asked for, as "jobs.csv, line 3"; empty for the command line.
    """

    source: Path
    ask: Callable[[], Order]
    folder: Path = Path()
    name: Path | None = None
    at: str = ""


@dataclass(frozen=True)
class Refused:
    """What cannot even begin.

    :ivar at: see ``Item``.
    :ivar photo: as it was named; empty where it was not.
    """

    at: str
    photo: str
    error: ICLightError


Placed = tuple[list[tuple[Item, Names]], list[Refused]]


def place(items: Sequence[Item], out: Path, kind: type[Order], count: int, read_too: Collection[Path]) -> Placed:
    """Where each picture's results go: into the folder ``out``; or ``out`` itself, where it names a PNG.

    :param count: how many results a picture can have.
    :param read_too: other pictures that are read, and that nothing may be written over.
    :return: the items with their results' paths, and those whose name is not to be had.
    :raises ICLightError: ``out`` is neither, does not fit what is made, or is read.
    """
    inputs = identities([*(item.source for item in items), *read_too])
    # Unlike the methods of Path these raise nothing, such as for names that are too long.
    if is_picture_name(out) and not os.path.isdir(out):
        return _place_one(items, out, kind.by, count, inputs), []
    if os.path.exists(out) and not os.path.isdir(out):
        raise ICLightError(ErrorCode.OUTPUT_NOT_WRITABLE, f"{out} is a file and no folder: name a folder.")

    def is_taken(source: Path, name: Path) -> bool:
        path = out / name
        return os.path.lexists(path) and (_is_among(inputs, path) or not is_result_of(path, source, kind.by))

    given, refused = _reserve([item for item in items if item.name], out, count, is_taken)
    # Names that somebody gave stay: the others give way.
    reserved = {names.fold(part) for own in given.values() for name in own for part in (name, *name.parents[:-1])}
    own = {item.source: item.folder for item in items if not item.name}
    decided = names.decide(
        list(own),
        count,
        kind.label,
        lambda source, name: (
            not reserved.isdisjoint(map(names.fold, (name, *name.parents[:-1]))) or is_taken(source, name)
        ),
        own,
    )
    kept = {item for item in items if not item.name or item in given}
    found = [(item, given.get(item) or decided[item.source]) for item in items if item in kept]
    return [(item, tuple(out / name for name in own)) for item, own in found], refused


def _place_one(
    items: Sequence[Item], out: Path, by: str, count: int, inputs: Collection[Any]
) -> list[tuple[Item, Names]]:
    """``out`` itself, for the one item that there is."""
    if len(items) > 1 or any(item.name for item in items):
        asked = f"{len(items)} are to be made" if len(items) > 1 else "another name is given in the table"
        raise ICLightError(ErrorCode.OUTPUT_NOT_WRITABLE, f"{out} is one picture and {asked}: name a folder.")
    own = names.numbered(out, count)
    refuse_target(own[0], inputs)
    for item in items:
        for appended in own[1:]:
            if os.path.lexists(appended) and not is_result_of(appended, item.source, by):
                raise ICLightError(
                    ErrorCode.OUTPUT_NOT_WRITABLE,
                    f"{appended} is there, and an appended picture would be written over it: choose another name.",
                )
    return [(item, own) for item in items]


def _reserve(
    items: Sequence[Item], out: Path, count: int, is_taken: Callable[[Path, Path], bool]
) -> tuple[dict[Item, Names], list[Refused]]:
    """The names that somebody gave; of two that are the same, or of a file and a folder, the first stays."""
    given: dict[Item, Names] = {}
    refused: list[Refused] = []
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    root = place_of(out)
    for item in items:
        own = names.numbered(item.name or Path(), count)
        above = [names.fold(folder) for folder in own[0].parents[:-1]]
        others = [files[key] for key in (*map(names.fold, own), *above) if key in files]
        others += [folders[key] for key in map(names.fold, own) if key in folders]
        error = ""
        if others:
            error = f"name is {str(item.name)!r:.80}, as in {others[0]}: give each result a name of its own"
        elif not Path(place_of((out / own[0]).parent)).is_relative_to(root):
            error = f"name is {str(item.name)!r:.80}, which a link leads out of {out}: choose another name"
        elif taken := [name for name in own if is_taken(item.source, name)]:
            error = f"{out / taken[0]} is there and no result of {item.source.name}: choose another name"
        if error:
            refused.append(Refused(item.at, str(item.source), ICLightError(ErrorCode.OUTPUT_NOT_WRITABLE, f"{error}.")))
            continue
        given[item] = own
        files.update(dict.fromkeys(map(names.fold, own), item.at))
        folders.update(dict.fromkeys(above, item.at))
    return given, refused


def refuse_target(target: Path, inputs: Collection[Any], by: str = "") -> None:
    """Refuse to write what can be no result.

    :param inputs: the ``identities`` of what is read.
    :param by: the command, where it writes over nothing but what it made itself.
    :raises ICLightError: it is no PNG, or is read.
    """
    if target.suffix.lower() != ".png":
        raise ICLightError(
            ErrorCode.OUTPUT_NOT_WRITABLE,
            f"{target} is no PNG, which alone keeps the parameters and transparency: end it in .png.",
        )
    if _is_among(inputs, target):
        raise ICLightError(
            ErrorCode.OUTPUT_NOT_WRITABLE,
            f"{target} is a picture that is read, and would be lost: choose another name.",
        )
    mark = mark_in(read_texts(target))
    if by and os.path.lexists(target) and (mark is None or mark.by != by):
        raise ICLightError(ErrorCode.OUTPUT_NOT_WRITABLE, f"{target} is there and no {by}: choose another name.")


def identities(paths: Iterable[Path]) -> set[Any]:
    """What files are, whatever links and spellings of paths lead to them."""
    found: set[Any] = set()
    for path in paths:
        found.add(place_of(path))
        with contextlib.suppress(OSError, ValueError):
            state = path.stat()
            # Some network disks number nothing.
            found |= {(state.st_dev, state.st_ino)} if state.st_ino else set()
    return found


def _is_among(inputs: Collection[Any], path: Path) -> bool:
    return os.path.exists(path) and any(identity in inputs for identity in identities([path]))


def is_result_of(path: Path, source: Path, by: str) -> bool:
    """Whether a file is what a command made of a picture."""
    mark = mark_in(read_texts(path))
    if mark is None or mark.by != by:
        return False
    try:
        return mark.place == digest(place_of(source)) or mark.content == digest(read(source))
    except ICLightError:
        return False
