"""Where pictures are made. Results come in the order of their tasks, and never more than some are on their way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from lib_iclight.standalone.worker import Made, Task, Worker


class Executor(Protocol):
    """Makes pictures somewhere."""

    def run(self, tasks: Iterable[Task | Made]) -> Iterator[Made]:
        """What comes of each task, in their order.

        :param tasks: taken as they are needed, so that few pictures are in memory; what has come of one is given on.
        """
        ...


class Here:
    """In this process, one after the other."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def run(self, tasks: Iterable[Task | Made]) -> Iterator[Made]:
        for task in tasks:
            yield task if isinstance(task, Made) else self._worker.make(task)
