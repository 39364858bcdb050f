"""What results are called, decided for a whole run before the first is made. Touches no disk."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType

LONGEST = 255
"""Of a file's name, in bytes: what the file systems of Linux take; those of Windows and macOS count less."""

KEEP_FOLDER, ADD_LABEL, KEEP_ENDING = 1, 2, 3
"""What is done to a name that is not free, one after the other; beyond, a digest is added."""

Names = tuple[Path, ...]
"""Of one picture's results, relative to the folder they go into: the first, then those of appended pictures."""


def decide(
    sources: Sequence[Path],
    count: int = 1,
    label: str = "relit",
    is_taken: Callable[[Path, Path], bool] = lambda source, name: False,
    inside: Mapping[Path, Path] = MappingProxyType({}),
) -> dict[Path, Names]:
    """The names of every picture's results.

    They differ in more than case and the spelling of accents, since disks may ignore either. A picture's name stays
    its own as long as it can; then its folder is kept, then its ending, then a digest of both is added. The order of
    the pictures does not matter.

    :param sources: absolute, each once.
    :param count: how many names each picture gets.
    :param label: added to a name that something on the disk has already.
    :param is_taken: whether a picture's result cannot have a name, since something on the disk has it.
    :param inside: the folder that a picture's results keep.
    """
    folders = _folders([source.parent for source in sources])
    levels = dict.fromkeys(sources, 0)
    while True:
        names = {
            s: numbered(_name(s, folders[s.parent], inside.get(s, Path()), level, label), count)
            for s, level in levels.items()
        }
        clashing = _clashing(names)
        # A name of the program's own making gives way last.
        lowest = min((levels[source] for source in clashing), default=0)
        for source in clashing:
            if levels[source] == lowest:
                levels[source] = KEEP_ENDING if lowest in (KEEP_FOLDER, ADD_LABEL) else lowest + 1
        taken = [s for s, own in names.items() if any(is_taken(s, name) for name in own)] if not clashing else []
        for source in taken:
            levels[source] += 1
        if not clashing and not taken:
            return names


def numbered(name: Path, count: int) -> Names:
    """The name of a picture's first result, and those of the others."""
    return (name, *(name.with_name(_shorten(name.stem, f"-{n}.png")) for n in range(2, count + 1)))


def _clashing(names: Mapping[Path, Names]) -> list[Path]:
    """The sources with a name that another has too, or that a folder has."""
    uses = Counter(fold(name) for own in names.values() for name in own)
    folders = {fold(folder) for own in names.values() for folder in own[0].parents}
    return [s for s, own in names.items() if any(uses[fold(n)] > 1 or fold(n) in folders for n in own)]


def _name(source: Path, folder: Path, kept: Path, level: int, label: str) -> Path:
    stem = source.stem
    if level == ADD_LABEL:
        stem += f"-{label}"
    if level >= KEEP_ENDING:
        stem += source.suffix.replace(".", "-")
    end = ".png"
    if level > KEEP_ENDING:
        where = os.fsencode(folder / source.name)
        end = f"-{hashlib.sha256(b'%d %b' % (level, where)).hexdigest()[:8]}.png"
    longer = folder if len(folder.parts) > len(kept.parts) else kept
    return (longer if level >= KEEP_FOLDER else kept) / _shorten(stem, end)


def _folders(parents: Sequence[Path]) -> dict[Path, Path]:
    """The folders by what they do not have in common."""
    # Each drive of Windows is a beginning of its own; a colon cannot stand inside a path.
    parts = {parent: (parent.anchor.replace(":", "").strip("\\/"), *parent.parts[1:]) for parent in parents}
    same = takewhile(lambda column: len(set(column)) == 1, zip(*parts.values()))
    common = len(list(same))
    return {parent: Path(*own[common:]) for parent, own in parts.items()}


def fold(name: Path) -> str:
    """The same for names that some disk takes for one."""
    folded = unicodedata.normalize("NFD", str(name)).casefold()
    return unicodedata.normalize("NFD", folded)


def _shorten(stem: str, end: str) -> str:
    """A name with this end that is not too long: the rest is cut between letters, accents with them."""
    cut = len(stem)
    while cut > 1 and len(os.fsencode(stem[:cut] + end)) > LONGEST:
        cut -= 1
        while cut > 1 and unicodedata.combining(stem[cut]):
            cut -= 1
    return stem[:cut] + end
