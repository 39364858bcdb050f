"""Many pictures into a folder: each made once, none half-written."""

from __future__ import annotations

import base64
import collections
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from lib_iclight import images
from lib_iclight.decoding import MAX_BASE64
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.job import Result, png_info

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
PART = ".part"


def collect(given: Sequence[Path]) -> list[Path]:
    """The pictures that are named, and those in the folders that are named, in the order of their names.

    :raises ICLightError: what is named does not exist, or a folder has no picture.
    """
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in PICTURES and p.is_file())
            if not inside:
                raise ICLightError(
                    ErrorCode.FILE_UNREADABLE, f"{path} holds no picture: give a folder with {', '.join(PICTURES)}."
                )
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise ICLightError(
                ErrorCode.FILE_UNREADABLE, f"{path} does not exist: give a picture or a folder with pictures."
            )
    return list(dict.fromkeys(found))


def targets(sources: Sequence[Path], out: Path) -> dict[Path, Path]:
    """Where each picture goes: a PNG of its name in the folder ``out``; or ``out`` itself, where it names a picture.

    Where two pictures have one name but for the ending, or a picture would overwrite itself, the ending stays in it.
    """
    if out.suffix.lower() in PICTURES and not out.is_dir():
        if len(sources) > 1:
            raise ICLightError(
                ErrorCode.OUTPUT_NOT_WRITABLE, f"{out} is one picture and {len(sources)} are to be made: name a folder."
            )
        if out.suffix.lower() != ".png":
            raise ICLightError(
                ErrorCode.OUTPUT_NOT_WRITABLE,
                f"{out} is no PNG, which alone keeps the parameters and transparency: end it in .png.",
            )
        return {sources[0]: out}
    stems = collections.Counter(source.stem for source in sources)
    names = {s: s.stem if stems[s.stem] == 1 else s.name.replace(".", "-") for s in sources}
    placed = {source: out / f"{name}.png" for source, name in names.items()}
    taken = {source.resolve() for source in sources}
    return {s: target if target.resolve() not in taken else out / f"{s.stem}-relit.png" for s, target in placed.items()}


def read(path: Path) -> str:
    """A picture's file as the options take it: in base64, not yet decoded.

    :raises ICLightError: it cannot be read, or is too large.
    """
    try:
        if path.stat().st_size > MAX_BASE64 * 3 // 4:
            raise ICLightError(
                ErrorCode.PICTURE_TOO_LARGE,
                f"{path} has {path.stat().st_size:,} bytes, more than {MAX_BASE64 * 3 // 4:,}.",
            )
        return base64.b64encode(path.read_bytes()).decode()
    except OSError as error:
        raise ICLightError(
            ErrorCode.FILE_UNREADABLE, f"{path} cannot be read ({error.strerror}): give another picture."
        ) from None


def write(image: Image.Image, target: Path, infotext: str = "") -> None:
    """A PNG, there as a whole or not at all.

    :raises ICLightError: it cannot be written.
    """
    part = target.with_name(f".{target.name}{PART}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            images.save_png(image, part, png_info(infotext) if infotext else None)
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ICLightError(
            ErrorCode.OUTPUT_NOT_WRITABLE,
            f"{target} cannot be written ({error.strerror}): choose another place with -o.",
        ) from None


def write_all(result: Result, target: Path) -> None:
    """All pictures of a result: the first under the target's name, and last, so that it says that all are there."""
    numbered = [target, *(target.with_name(f"{target.stem}-{n}.png") for n in range(2, len(result.images) + 1))]
    for image, text, path in reversed(list(zip(result.images, result.infotexts, numbered))):
        write(image, path, text)


def run(
    work: dict[Path, Path], make: Callable[[Path], Result], force: bool, on_done: Callable[[Path, str], None]
) -> dict[Path, str]:
    """Make what is not there yet. One picture's error does not stop the others.

    :param work: targets by source.
    :param on_done: called with each source, and "made", "kept" or the sentence of its error.
    :return: the errors' sentences by source.
    """
    failed = {}
    for source, target in work.items():
        if target.exists() and not force:
            on_done(source, "kept")
            continue
        try:
            write_all(make(source), target)
            on_done(source, "made")
        except ICLightError as error:
            failed[source] = str(error)
            on_done(source, str(error))
    return failed
