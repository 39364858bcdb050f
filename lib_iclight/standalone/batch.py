"""Many pictures into a folder: each made once, none half-written, none over another."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from lib_iclight import images, log
from lib_iclight.decoding.texts import read_texts
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone import names
from lib_iclight.standalone.inputs import is_picture_name, read
from lib_iclight.standalone.job import Result
from lib_iclight.standalone.mark import Mark, digest, mark_in, place_of, to_png
from lib_iclight.standalone.names import Names

PART = ".part"


@dataclass(frozen=True)
class Work:
    """What is to be done for each picture.

    :ivar by: the command's name.
    :ivar label: added to the name of a result that something else has already.
    :ivar options: a digest of what is asked for besides the picture.
    :ivar make: makes the results of one picture, given in base64.
    :ivar differences: tells from a result's infotext what in it is not as asked for; empty where nothing is seen.
    """

    by: str
    label: str
    options: str
    make: Callable[[str], Result]
    differences: Callable[[str], str] = lambda infotext: ""

    def mark(self, source: Path, picture: str) -> Mark:
        """What the results of a picture say."""
        return Mark(self.by, self.options, digest(place_of(source)), digest(picture))


@dataclass
class Report:
    """What came of a run, by source.

    :ivar made: those that were made.
    :ivar kept: those that were there, each with what is not as asked for; empty where all is.
    :ivar failed: the errors' sentences.
    """

    made: list[Path] = field(default_factory=list)
    kept: dict[Path, str] = field(default_factory=dict)
    failed: dict[Path, str] = field(default_factory=dict)

    def sentences(self) -> list[str]:
        """For a person: how many of each, and why what was kept may not be what is wanted."""
        reasons = Counter(filter(None, self.kept.values()))
        said = [f"{count} kept although {why}: --force makes them again." for why, count in reasons.items()]
        return [*said, f"{len(self.made)} made, {len(self.kept)} kept, {len(self.failed)} failed."]


def targets(
    sources: Sequence[Path], out: Path, work: Work, count: int, read_too: Collection[Path]
) -> dict[Path, Names]:
    """Where each picture's results go: into the folder ``out``; or ``out`` itself, where it names a PNG.

    :param count: how many results a picture can have.
    :param read_too: other pictures that are read, and that nothing may be written over.
    :raises ICLightError: ``out`` is neither, does not fit what is made, or is read.
    """
    inputs = identities([*sources, *read_too])
    # Unlike the methods of Path these raise nothing, such as for names that are too long.
    if not is_picture_name(out) or os.path.isdir(out):
        if os.path.exists(out) and not os.path.isdir(out):
            raise ICLightError(ErrorCode.OUTPUT_NOT_WRITABLE, f"{out} is a file and no folder: name a folder.")

        def is_taken(source: Path, name: Path) -> bool:
            path = out / name
            return os.path.lexists(path) and (_is_among(inputs, path) or not _is_result_of(path, source, work.by))

        decided = names.decide(sources, count, work.label, is_taken)
        return {source: tuple(out / name for name in decided[source]) for source in sources}
    if len(sources) > 1:
        raise ICLightError(
            ErrorCode.OUTPUT_NOT_WRITABLE, f"{out} is one picture and {len(sources)} are to be made: name a folder."
        )
    own = names.numbered(out, count)
    refuse_target(own[0], inputs)
    for source in sources:
        for appended in own[1:]:
            if os.path.lexists(appended) and not _is_result_of(appended, source, work.by):
                raise ICLightError(
                    ErrorCode.OUTPUT_NOT_WRITABLE,
                    f"{appended} is there, and an appended picture would be written over it: choose another name.",
                )
    return dict.fromkeys(sources, own)


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
        with contextlib.suppress(OSError):
            state = path.stat()
            # Some network disks number nothing.
            found |= {(state.st_dev, state.st_ino)} if state.st_ino else set()
    return found


def _is_among(inputs: Collection[Any], path: Path) -> bool:
    return os.path.exists(path) and any(identity in inputs for identity in identities([path]))


def _is_result_of(path: Path, source: Path, by: str) -> bool:
    mark = mark_in(read_texts(path))
    if mark is None or mark.by != by:
        return False
    try:
        return mark.place == digest(place_of(source)) or mark.content == digest(read(source))
    except ICLightError:
        return False


def write(image: Image.Image, target: Path, mark: Mark, infotext: str = "") -> None:
    """A PNG, there as a whole or not at all.

    :raises ICLightError: it cannot be written.
    """
    # Its own name with an addition could be too long.
    part = target.with_name(f".ic-light-{secrets.token_hex(8)}{PART}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            images.save_png(image, part, to_png(infotext, mark))
            os.replace(part, target)
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
    except OSError as error:
        raise ICLightError(
            ErrorCode.OUTPUT_NOT_WRITABLE,
            f"{target} cannot be written ({error.strerror or error}): choose another place with -o.",
        ) from None


def write_all(result: Result, own: Names, mark: Mark) -> None:
    """All pictures of a result: the first last, so that it says that all are there."""
    places = own[: len(result.images)]
    for image, text, path in reversed(list(zip(result.images, result.infotexts, places, strict=True))):
        write(image, path, mark, text)


def run(places: Mapping[Path, Names], work: Work, force: bool, on_done: Callable[[Path, str], None]) -> Report:
    """Make what is not there yet. One picture's error, of whatever kind, does not stop the others.

    :param on_done: called with each source, and the sentence of its error, empty where there is none.
    """
    report = Report()
    for source, own in places.items():
        if os.path.exists(own[0]) and not force:
            report.kept[source] = _reason(own[0], source, work)
            on_done(source, "")
            continue

        def make(source: Path = source, own: Names = own) -> None:
            picture = read(source)
            write_all(work.make(picture), own, work.mark(source, picture))

        error = why_failed(source, make)
        if error:
            report.failed[source] = error
        else:
            report.made.append(source)
        on_done(source, error)
    return report


def why_failed(source: Path, make: Callable[[], None], say: Callable[[ICLightError], str] = str) -> str:
    """Make something of a picture; the sentence of its error, of whatever kind, empty where there is none.

    :param say: gives the sentence of a refusal.
    """
    try:
        make()
    except ICLightError as error:
        return say(error)
    # Libraries that decode, cut out and paint raise what they will.
    except Exception as error:  # noqa: BLE001
        log.logger.debug("%s", source, exc_info=True)
        return f"It cannot be done ({type(error).__name__}: {error})."
    return ""


def _reason(target: Path, source: Path, work: Work) -> str:
    """Why a result that is kept may not be the one that is wanted."""
    texts = read_texts(target)
    mark = mark_in(texts)
    if mark is None or not _is_result_of(target, source, work.by):
        return f"{target.name} was not made from {source.name}"
    if mark.options != work.options:
        differences = work.differences(texts.get("parameters", ""))
        return "made with other options" + (f" ({differences})" if differences else "")
    try:
        return "the picture is newer" if source.stat().st_mtime > target.stat().st_mtime else ""
    except OSError:
        return ""
