"""Many pictures into a folder: each made once, none half-written, none over another."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lib_iclight.decoding.texts import read_texts
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.executors import Executor
from lib_iclight.standalone.inputs import read
from lib_iclight.standalone.mark import mark_in
from lib_iclight.standalone.names import Names
from lib_iclight.standalone.orders import Order
from lib_iclight.standalone.targets import Item, Refused, is_result_of
from lib_iclight.standalone.worker import Made, Task, attempt, failed

PART = ".part"


@dataclass(frozen=True)
class Outcome:
    """What came of one picture.

    :ivar photo: its path.
    :ivar at: see ``Item``.
    :ivar state: made, kept or failed.
    :ivar results: the files that there are of it.
    :ivar made: what was made, without the files.
    :ivar reason: why what was made or kept may not be what is wanted; empty where it is.
    """

    photo: str
    at: str
    state: str
    results: Names = ()
    made: Made = field(default_factory=Made)
    reason: str = ""

    @classmethod
    def refused(cls, refused: Refused) -> Outcome:
        """Of what could not even begin."""
        return cls(refused.photo, refused.at, "failed", made=failed(refused.error))


@dataclass
class Report:
    """What came of a run: how many of each state, and of each reason."""

    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        self.states[outcome.state] += 1
        if outcome.reason:
            self.reasons[outcome.state, outcome.reason] += 1

    def sentences(self) -> list[str]:
        """For a person: how many of each, and why what was made or kept may not be what is wanted."""
        said = [
            f"{count} kept although {why}: --force makes them again." if state == "kept" else f"{count} {state} {why}."
            for (state, why), count in self.reasons.items()
        ]
        return [*said, ", ".join(f"{self.states[state]} {state}" for state in ("made", "kept", "failed")) + "."]


def run(
    placed: Sequence[tuple[Item, Names]],
    force: bool,
    choose: Callable[[int], Executor],
    on_done: Callable[[Outcome], None],
) -> None:
    """Make what is not there yet. One picture's error, of whatever kind, does not stop the others.

    :param placed: the pictures, each with its results' paths.
    :param choose: where so many are made.
    :param on_done: told what came of each: first of those that are there, then of the others, in their order.
    """
    wanted: list[tuple[Item, Names]] = []
    for item, own in placed:
        if force or not os.path.exists(own[0]):
            wanted.append((item, own))
        else:
            on_done(_keep(item, own))
    for (item, own), made in zip(wanted, choose(len(wanted)).run(_tasks(wanted)), strict=True):
        on_done(_write(item, own, made))


def _keep(item: Item, own: Names) -> Outcome:
    reason = attempt(str(item.source), lambda: _reason(own[0], item.source, item.ask()))
    if isinstance(reason, ICLightError):
        return Outcome(str(item.source), item.at, "failed", made=failed(reason))
    return Outcome(str(item.source), item.at, "kept", own[:1], reason=reason)


def _tasks(wanted: Sequence[tuple[Item, Names]]) -> Iterator[Task | Made]:
    """What is to be done, read from the disk as it is asked for."""
    for item, _ in wanted:
        task = attempt(str(item.source), lambda item=item: _read(item))  # type: ignore[misc]
        yield failed(task) if isinstance(task, ICLightError) else task


def _read(item: Item) -> Task:
    order, picture = item.ask(), read(item.source)
    return Task(item.source.name, order, picture, order.mark(item.source, picture))


def _write(item: Item, own: Names, made: Made) -> Outcome:
    if not made.error:
        error = attempt(str(item.source), lambda: _write_all(made.pngs, own))
        made = failed(error, made.seconds) if error else made
    state, there = ("failed", ()) if made.error else ("made", own[: len(made.pngs)])
    left_out = f"without {', '.join(made.left_out)}, on which this engine does not act here" if made.left_out else ""
    # The files are on the disk: a report of many keeps them from memory.
    return Outcome(str(item.source), item.at, state, there, replace(made, pngs=()), left_out)


def _write_all(pngs: Sequence[bytes], own: Names) -> None:
    """All pictures of a result: the first last, so that it says that all are there."""
    for png, path in reversed(list(zip(pngs, own[: len(pngs)], strict=True))):
        write(png, path)


def write(png: bytes, target: Path) -> None:
    """A file, there as a whole or not at all.

    :raises ICLightError: it cannot be written.
    """
    # Its own name with an addition could be too long.
    part = target.with_name(f".ic-light-{secrets.token_hex(8)}{PART}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(png)
            os.replace(part, target)
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
    except OSError as error:
        raise ICLightError(
            ErrorCode.OUTPUT_NOT_WRITABLE,
            f"{target} cannot be written ({error.strerror or error}): choose another place with -o.",
        ) from None


def _reason(target: Path, source: Path, order: Order) -> str:
    """Why a result that is kept may not be the one that is wanted."""
    texts = read_texts(target)
    mark = mark_in(texts)
    if mark is None or not is_result_of(target, source, order.by):
        return f"{target.name} was not made from {source.name}"
    if mark.options != order.options:
        differences = order.differences(texts.get("parameters", ""))
        return "made with other options" + (f" ({differences})" if differences else "")
    try:
        return "the picture is newer" if source.stat().st_mtime > target.stat().st_mtime else ""
    except OSError:
        return ""
