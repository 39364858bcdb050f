"""What came of each picture of a run, a line of JSON each, written as it comes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import TracebackType
from typing import Any

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.batch import Outcome
from lib_iclight.standalone.targets import identities

ENDING = ".jsonl"
STATE = "state"
"""The key that every line has."""


class ReportFile:
    """A file of lines, written anew.

    :param inputs: the ``identities`` of what is read.
    :ivar error: why lines are missing, as where the disk is full; None where none is. The pictures do not end with it.
    :raises ICLightError: it cannot be written, or is no report and there.
    """

    def __init__(self, path: Path, inputs: AbstractSet[Any]) -> None:
        self._path = path
        self.error: ICLightError | None = None
        if path.suffix.lower() != ENDING:
            raise self._refuse(f"ends in {path.suffix or 'nothing'}: end it in {ENDING}")
        if os.path.lexists(path) and (not inputs.isdisjoint(identities([path])) or not self._is_report()):
            raise self._refuse("is there and no report, and would be lost: choose another name")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("w", encoding="ascii", newline="\n")
        except OSError as error:
            raise self._refuse(f"cannot be written ({error.strerror or error}): choose another place") from None

    def _refuse(self, why: str) -> ICLightError:
        return ICLightError(ErrorCode.OUTPUT_NOT_WRITABLE, f"--report: {self._path} {why}.")

    def _is_report(self) -> bool:
        try:
            with self._path.open("rb") as file:
                first = file.readline()
            return not first or STATE in json.loads(first)
        except (OSError, ValueError, TypeError, RecursionError):
            return False

    def __enter__(self) -> ReportFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._try(self._file.close)

    def _try(self, act: Callable[[], Any]) -> None:
        try:
            act()
        except OSError as fault:
            why = f"cannot be written ({fault.strerror or fault}), and lines are missing: choose another place"
            self.error = self.error or self._refuse(why)

    def add(self, outcome: Outcome) -> None:
        """A line, on the disk at once; none more where one could not be written."""
        if self.error is None:
            self._try(lambda: self._write(outcome))

    def _write(self, outcome: Outcome) -> None:
        made = outcome.made
        told = {
            "at": outcome.at,
            "photo": outcome.photo,
            STATE: outcome.state,
            "results": [str(path) for path in outcome.results],
            "seconds": round(made.seconds, 3),
            "seeds": list(made.seeds),
            "reason": outcome.reason,
            "error": made.error,
            "code": made.code,
        }
        self._file.write(json.dumps(told) + "\n")
        self._file.flush()
