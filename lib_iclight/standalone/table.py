"""Tables of pictures to be made, in JSON lines or CSV: one line a picture, whose faults cost that picture alone."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.kinds import SIDE, Kind, Number, Switch, Text, Whole, check_value, suggest
from lib_iclight.request.args import OPTIONS
from lib_iclight.standalone.bounds import FIELDS, HIRES, SCALE
from lib_iclight.standalone.flags import BY_POSITION
from lib_iclight.standalone.inputs import is_picture_name
from lib_iclight.standalone.names import LONGEST
from lib_iclight.standalone.targets import Refused

ENDINGS = (".jsonl", ".csv")
LARGEST = 256 * 1024 * 1024
"""Bytes of a table."""

PHOTO, NAME = "photo", "name"
GENERATION: Mapping[str, Kind] = {
    **{name: FIELDS[name] for name in ("prompt", "negative_prompt", "seed", "steps", "cfg_scale")},
    "width": SIDE,
    "height": SIDE,
    "sampler": Text(),
    "scheduler": Text(),
    "hires_scale": SCALE,
    "hires_denoise": HIRES["denoising_strength"],
    "backdrop": Text(),
}
"""What is set beside the options, under the names of the command's flags."""

KINDS: Mapping[str, Kind] = {
    PHOTO: Text(),
    NAME: Text(),
    **{name: option.kind for name, option in OPTIONS.items() if name not in BY_POSITION},
    **GENERATION,
}
"""What a line can say, by its key."""

SEPARATORS = ",;\t"
"""Between the cells of CSV; that which is most often in the first line."""

SEPARATOR_TOLD = re.compile(rf'"?sep=([{SEPARATORS}])"?\s*', re.IGNORECASE)
"""A first line that spreadsheets take the separator from, and show nobody."""


@dataclass(frozen=True)
class Line:
    """A line that can be read.

    :ivar at: the table's file and the line's number, as "jobs.csv, line 3".
    :ivar photo: the picture's path.
    :ivar name: of the result, a relative path that ends in .png; None where none is given.
    :ivar values: the rest by their keys, as ``OPTIONS`` and ``GENERATION`` take them; of pictures their text.
    """

    at: str
    photo: Path
    name: Path | None
    values: Mapping[str, Any]


def is_table(path: Path) -> bool:
    """Whether a path names a table and no picture or folder."""
    return path.suffix.lower() in ENDINGS and not os.path.isdir(path)


def read(path: Path) -> list[Line | Refused]:
    """The lines of a table, each as it is or why it cannot be read.

    :raises ICLightError: none of it can be read: no file, no UTF-8, too large, CSV whose first line names no columns.
    """
    text = _read_text(path)
    is_json = path.suffix.lower() == ENDINGS[0]
    rows = _rows_of_json(text) if is_json else _rows_of_csv(text, path)
    read_value = _check_key if is_json else _read_cell
    return [_read_line(f"{path.name}, line {number}", path.parent, row, read_value) for number, row in rows]


def fault(sentence: str) -> ICLightError:
    """A fault of a table, without its place."""
    end = "" if sentence.endswith(("?", ".")) else "."
    return ICLightError(ErrorCode.TABLE_NOT_READABLE, f"{sentence}{end}")


def _read_text(path: Path) -> str:
    try:
        # What never ends is no file.
        data = path.read_bytes() if os.path.isfile(path) and path.stat().st_size <= LARGEST else None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ICLightError(ErrorCode.FILE_UNREADABLE, f"{path} cannot be read ({why}): give another table.") from None
    if data is None:
        raise ICLightError(
            ErrorCode.FILE_UNREADABLE, f"{path} does not exist, is no file, or has more than {LARGEST:,} bytes."
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise fault(f"{path.name} is in UTF-16: save it as UTF-8")
    # One line in another encoding costs itself alone.
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def _split(text: str) -> list[str]:
    """Lines with their ends, which inside quotes belong to the text. Others than these end no line of JSON or CSV."""
    return list(io.StringIO(text, newline=""))


Row = tuple[int, Mapping[str, Any] | str]
"""The line's number from 1; what it says by key, or what is wrong with it."""


def _rows_of_json(text: str) -> Iterator[Row]:
    for number, line in enumerate(_split(text), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line, parse_constant=_refuse_constant, object_pairs_hook=_unique)
        except _TwiceError as error:
            yield number, f"it says {str(error)!r:.60} twice: keep one"
        except (ValueError, RecursionError):
            yield number, "it is no JSON: write one object in one line"
        else:
            yield number, found if isinstance(found, dict) else f"it is no object with a {PHOTO}: write one in one line"


class _TwiceError(Exception):
    """A key that an object has twice."""


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwiceError(next(key for key in keys if keys.count(key) > 1))
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _rows_of_csv(text: str, path: Path) -> Iterator[Row]:
    lines = _split(text)
    head = lines[0] if lines else ""
    told = SEPARATOR_TOLD.fullmatch(head)
    separator = told[1] if told else max(SEPARATORS, key=head.count)
    records = _records(lines, separator, 1 if told else 0)
    number, columns = next(records, (1, "the table is empty"))
    at = f"{path.name}, line {number}"
    if isinstance(columns, str):
        raise fault(f"{at}: {columns}")
    columns = [column.strip() for column in columns]
    # Spreadsheets end every line with the separators of columns that were emptied.
    while columns and not columns[-1]:
        columns.pop()
    for column in columns:
        if column not in KINDS:
            raise fault(f"{at}: {_unknown(column)}")
        if columns.count(column) > 1:
            raise fault(f"{at}: two columns are called {column!r}: keep one")
    if PHOTO not in columns:
        raise fault(f"{at}: no column is called {PHOTO!r}: the first line names the columns")
    for number, cells in records:
        if isinstance(cells, str):
            yield number, cells
        elif any(cell.strip() for cell in cells[len(columns) :]):
            yield number, f"it has {len(cells)} cells, and {len(columns)} columns are named: put texts in quotes"
        elif any(cell.strip() for cell in cells):
            yield number, {column: cell for column, cell in zip(columns, cells) if cell.strip()}


def _records(lines: Sequence[str], separator: str, start: int) -> Iterator[tuple[int, list[str] | str]]:
    """Each record by the number of its first line; where it cannot be read, why, and on with the next line."""
    while start < len(lines):
        reader = csv.reader(iter(lines[start:]), delimiter=separator, strict=True)
        first = start
        try:
            for cells in reader:
                yield first + 1, cells
                first = start + reader.line_num
            return
        except csv.Error as error:
            # A quote that is not closed has taken the lines behind it along.
            yield first + 1, f"it is no CSV ({error}): close each quote, and double those inside a text"
            start = first + 1


def _unknown(key: str) -> str:
    return f"it knows no {key[:60]!r}: {suggest(key, KINDS)}"


def _read_line(
    at: str, folder: Path, row: Mapping[str, Any] | str, read_value: Callable[[str, Any], Any]
) -> Line | Refused:
    photo = row.get(PHOTO) if isinstance(row, Mapping) else ""
    named = photo if isinstance(photo, str) else ""
    try:
        if isinstance(row, str):
            raise fault(row)
        # What is null is as if it were not said.
        values = {key: read_value(key, value) for key, value in row.items() if value is not None}
        if not named.strip() or "\0" in named:
            raise fault(f"{PHOTO} is {photo!r:.60} but must be a picture's path")
        name = _read_name(values.pop(NAME)) if NAME in values else None
        return Line(at, Path(os.path.abspath(folder / values.pop(PHOTO))), name, values)
    except ICLightError as error:
        return Refused(at, named, error)


def _check_key(key: str, value: Any) -> Any:
    if key not in KINDS:
        raise fault(_unknown(key))
    if isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value):
        raise fault(f"{key} is no UTF-8: save the table as UTF-8")
    return value


def _read_cell(key: str, value: Any) -> Any:
    """A value of CSV, where all are texts."""
    kind = KINDS[key]
    text = _check_key(key, value).strip()
    if not isinstance(kind, (Number, Whole, Switch)):
        return text
    try:
        return kind.from_text(text.capitalize() if isinstance(kind, Switch) else text)
    except ValueError:
        return check_value(kind, text, key)


def _read_name(name: Any) -> Path:
    """A result's name, which leads nowhere but into the folder for results, on whatever system."""
    if not isinstance(name, str):
        raise fault(f"{NAME} is {name!r:.60} and no text")
    path = PurePosixPath(name.strip())
    ending = path.suffix.lower()
    if ending != ".png" and path.name:
        if is_picture_name(Path(path.name)):
            raise fault(f"{NAME} is {name!r:.80} and no PNG, which alone keeps the parameters: end it in .png")
        path = path.with_name(f"{path.name}.png")
    strange = "\\" in name or not name.isprintable() or PureWindowsPath(name).drive
    if not path.name or path.is_absolute() or ".." in path.parts or strange:
        raise fault(f"{NAME} is {name!r:.80} but must be a path inside the folder for results, as shoes/red.png")
    if any(len(part.encode()) > LONGEST for part in path.parts):
        raise fault(f"{NAME} has a part of more than {LONGEST} bytes: make it shorter")
    return Path(path)
