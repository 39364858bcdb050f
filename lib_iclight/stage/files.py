"""A basis as files: a folder or a ZIP archive of PNGs and a JSON.

``basis.json`` says ``version``, ``coding`` (sRGB in 16 bit, of linear light over ``white``), ``width``,
``height``, ``white``, ``lamps`` (``name``, ``light``, ``file``), ``alpha``, ``unlit``, ``background`` (files,
or null), and ``meta``.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lib_iclight.decoding.faults import named
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.stage import coded
from lib_iclight.stage.basis import MOST, Basis, BasisLamp, check_size

VERSION = 1
JSON = "basis.json"
CODING = "srgb16"
MAX_JSON = 1 << 20
MOST_FILES = 2 * MOST
KEY = "the basis"
_NAME = re.compile(r"[a-z0-9_-]{1,40}(\.png)?")
PLANES = "alpha", "unlit", "background"
"""What a basis may have beside its pictures."""


def save(basis: Basis, folder: Path) -> None:
    """Write a basis into a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in _files(basis).items():
        (folder / name).write_bytes(data)


def pack(basis: Basis) -> bytes:
    """A basis as a ZIP archive; not packed once more, as PNGs are."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for name, content in _files(basis).items():
            archive.writestr(name, content)
    return data.getvalue()


def load(folder: Path) -> Basis:
    """A basis of a folder.

    :raises ICLightError: it has none, or one that is damaged or too large.
    """

    def read(name: str, most: int) -> bytes:
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise _unreadable(f"has no file {name}")
        with path.open("rb") as file:
            return _bounded(file.read(most + 1), name, most)

    with named(KEY):
        return _read(read)


def unpack(data: bytes) -> Basis:
    """A basis of a ZIP archive, as strangers may have made it: only what its JSON names is read, and no more of it.

    :raises ICLightError: it has none, or one that is damaged or too large.
    """
    with named(KEY), zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        if len(names) > MOST_FILES:
            raise _unreadable(f"has {len(names)} files, more than {MOST_FILES}")

        def read(name: str, most: int) -> bytes:
            if names.count(name) != 1:
                raise _unreadable(f"has {names.count(name)} files {name} and needs one")
            with archive.open(name) as file:
                return _bounded(file.read(most + 1), name, most)

        return _read(read)


def _bounded(data: bytes, name: str, most: int) -> bytes:
    if len(data) > most:
        raise ICLightError(
            ErrorCode.PICTURE_TOO_LARGE, f"IC-Light: {KEY} has a file {name} of more than {most:,} bytes: make it anew."
        )
    return data


def _files(basis: Basis) -> dict[str, bytes]:
    white = max(1.0, float(basis.pictures.max()))
    files = {f"lamp{i}.png": coded.from_light(picture, white) for i, picture in enumerate(basis.pictures)}
    told = describe(basis, [*files], {name: f"{name}.png" for name in PLANES}, CODING, white)
    planes = {name: getattr(basis, name) for name in PLANES}
    files |= {f"{name}.png": coded.from_plane(plane) for name, plane in planes.items() if plane is not None}
    return {JSON: json.dumps(told, indent=1).encode(), **files}


def describe(
    basis: Basis, lamps: Sequence[str], planes: Mapping[str, str], coding: str, white: float = 1.0
) -> dict[str, Any]:
    """What the JSON says of a basis.

    :param lamps: the file of each lamp's picture.
    :param planes: the file of each of ``PLANES``.
    """
    width, height = basis.size
    return {
        "version": VERSION,
        "coding": coding,
        "white": white,
        "width": width,
        "height": height,
        "lamps": [
            {"name": lamp.name, "light": dict(lamp.light), "file": file} for lamp, file in zip(basis.lamps, lamps)
        ],
        **{name: None if getattr(basis, name) is None else planes[name] for name in PLANES},
        "meta": dict(basis.meta),
    }


def _read(read: Callable[[str, int], bytes]) -> Basis:
    told = parse(read(JSON, MAX_JSON))
    width, height, white = told["width"], told["height"], float(told["white"])
    # PNG can be a little larger than its pixels, and has metadata.
    most = width * height * 6 * 11 // 10 + (1 << 20)
    pictures = np.empty((len(told["lamps"]), height, width, 3), np.float32)
    for into, lamp in zip(pictures, told["lamps"]):
        into[:] = coded.to_light(read(lamp["file"], most), width, height, white, lamp["file"])
    planes: dict[str, Any] = {
        name: coded.to_plane(read(told[name], most), width, height, name == "alpha", told[name])
        for name in PLANES
        if told.get(name) is not None
    }
    lamps = tuple(BasisLamp(lamp["name"], lamp["light"]) for lamp in told["lamps"])
    return Basis(pictures, lamps, **planes, meta=told["meta"])


def parse(data: bytes, coding: str = CODING) -> dict[str, Any]:
    """What the JSON says, each part of the kind that it must be.

    :raises ICLightError: it is not.
    """
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise _unreadable(f"has a {JSON} that is no JSON") from None
    if not isinstance(told, dict) or told.get("version") != VERSION or told.get("coding") != coding:
        raise _unreadable(f"is of another version than {VERSION} ({coding})")
    sides = told.get("width"), told.get("height")
    if not all(type(side) is int and side > 0 for side in sides):
        raise _unreadable(f"is {sides[0]!r}x{sides[1]!r} pixels large")
    white, lamps = told.get("white"), told.get("lamps")
    if isinstance(white, bool) or not isinstance(white, (int, float)) or not 1 <= white <= 1e6:
        raise _unreadable(f"has {white!r} as white, not 1 to 1,000,000")
    if not isinstance(lamps, list) or not all(map(_is_lamp, lamps)):
        raise _unreadable("has lamps that are no list of names, lights and files")
    check_size(len(lamps), told["height"], told["width"])
    if not all(told.get(name) is None or _is_name(told[name]) for name in PLANES):
        raise _unreadable(f"has files with other names than such as {_NAME.pattern}")
    if not isinstance(told.setdefault("meta", {}), dict):
        raise _unreadable("has a meta that is no object")
    return told


def _is_lamp(lamp: Any) -> bool:
    return (
        isinstance(lamp, Mapping)
        and isinstance(lamp.get("name"), str)
        and len(lamp["name"]) <= 100
        and isinstance(lamp.get("light"), dict)
        and _is_name(lamp.get("file"))
    )


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _unreadable(what: str) -> ICLightError:
    return ICLightError(ErrorCode.BASIS_NOT_READABLE, f"IC-Light: {KEY} {what[:200]}: give one that IC-Light wrote.")
