"""The same light for many pictures, into one zip."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lib_iclight import images
from lib_iclight.errors import ICLightError
from lib_iclight.request.sentences import sentence_of
from lib_iclight.standalone import names
from lib_iclight.standalone.inputs import read
from lib_iclight.standalone.job import Progress, Result, StopError, png_info
from lib_iclight.standalone.worker import attempt


@dataclass
class Stop:
    """Whether a person has cancelled."""

    asked: bool = False


@dataclass
class Lit:
    """How far many pictures are.

    :ivar failed: by the picture's name, the error's sentence.
    :ivar stopped: whether a person has cancelled before all were done.
    """

    total: int
    made: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    stopped: bool = False

    @property
    def sentence(self) -> str:
        """What came of it, each that failed by its name."""
        head = "Cancelled: " if self.stopped else ""
        why = "; ".join(f"{name}: {sentence.rstrip('.')}" for name, sentence in self.failed)
        return f"{head}{self.made} of {self.total} pictures lit{f', {len(self.failed)} not: {why}' if why else ''}."


def light_all(
    sources: Sequence[Path],
    relight: Callable[[str, Progress], Result],
    archive: Path,
    stop: Stop,
    progress: Progress = lambda share: None,
) -> Iterator[Lit]:
    """Light each picture into a zip of one PNG for each, with its parameters; one that fails does not stop the others.

    :param relight: makes the results of a picture in base64, and tells how far it is.
    :param archive: the zip; whole only after the last.
    :returns: how far they are, before each and at the end.
    """
    # Numbers stand for folders: those of a browser's pictures are nobody's, and the same picture may come twice.
    numbered = [Path(f"/{index}/{source.name}") for index, source in enumerate(sources, 1)]
    decided = names.decide(numbered)
    state = Lit(len(sources))

    def tell(share: float) -> None:
        progress((state.made + len(state.failed) + share) / state.total)
        if stop.asked:
            raise StopError(everything=True)

    # PNGs are packed already.
    with zipfile.ZipFile(archive, "w") as packed:

        def add(source: Path, name: Path) -> None:
            try:
                result = relight(read(source), tell)
            except ICLightError:
                # Where a person has cancelled before anything of it was made.
                if not stop.asked:
                    raise
                return
            if not stop.asked:
                _write(packed, result, name)
                state.made += 1

        for source, number in zip(sources, numbered):
            yield state
            if stop.asked:
                break
            if error := attempt(str(source), partial(add, source, decided[number][0])):
                state.failed.append((source.name, sentence_of(error)))
    state.stopped = stop.asked and state.made + len(state.failed) < state.total
    yield state


def _write(packed: zipfile.ZipFile, result: Result, name: Path) -> None:
    """The relit picture, without what is appended to it."""
    with packed.open(name.as_posix(), "w", force_zip64=True) as file:
        images.save_png(result.images[0], file, png_info(result.infotexts[0]))
