"""Where pictures are made. Results come in the order of their tasks, and never more than some are on their way."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.worker import Made, Task, Worker, failed

TRIES = 3
"""How often a picture is begun, where workers end in the midst of it."""

MEMORY = 1024**3
"""Bytes that a worker is thought to need: 24 megapixels take 0.8 GB."""


class Executor(Protocol):
    """Makes pictures somewhere."""

    def run(self, tasks: Iterable[Task | Made]) -> Iterator[Made]:
        """What comes of each task, in their order.

        :param tasks: taken as they are needed, so that few pictures are in memory; what has come of one is given on.
        """
        ...


class Line:
    """Tasks in their order, read as they are needed, and what has come of them."""

    def __init__(self, tasks: Iterable[Task | Made]) -> None:
        self._tasks = iter(tasks)
        self._waiting: dict[int, Task] = {}
        self._done: dict[int, Made] = {}
        self._read = self._given = 0
        self._is_over = False

    def read(self, most: int) -> bool:
        """Read on until so many are in memory; whether there is anything left to do."""
        while not self._is_over and self._read - self._given < most:
            one = next(self._tasks, None)
            if one is None:
                self._is_over = True
                break
            if isinstance(one, Made):
                self._done[self._read] = one
            else:
                self._waiting[self._read] = one
            self._read += 1
        return bool(self._waiting) or not self._is_over

    def take(self, together: int) -> dict[int, Task]:
        """The first that waits and those of its kind behind it, so many at most, by their numbers; none may wait."""
        first = next(iter(self._waiting.values()), None)
        if first is None:
            return {}
        kind = first.order.kind
        alike = (number for number, task in self._waiting.items() if task is first or task.order.kind == kind)
        numbers = list(islice(alike, 1 if kind is None else together))
        return {number: self._waiting.pop(number) for number in numbers}

    def put(self, numbers: Iterable[int], made: Sequence[Made]) -> None:
        """What has come of tasks."""
        self._done.update(zip(numbers, made, strict=True))

    def ready(self) -> Iterator[Made]:
        """What has come of the next ones, as far as it is there."""
        while self._given in self._done:
            yield self._done.pop(self._given)
            self._given += 1


class Here:
    """In this process, one after the other, or some together.

    :param together: how many of one kind at most.
    """

    def __init__(self, worker: Worker, together: int = 1) -> None:
        self._worker = worker
        self._together = together

    def run(self, tasks: Iterable[Task | Made]) -> Iterator[Made]:
        """See ``Executor``."""
        line = Line(tasks)
        # As many again are looked through for more of one kind.
        most = 1 if self._together == 1 else 2 * self._together
        while line.read(most):
            if batch := line.take(self._together):
                line.put(batch, self._worker.make([*batch.values()]))
            yield from line.ready()
        yield from line.ready()


class Pool(ABC):
    """By several workers, of which any may end at any time: its pictures are begun again by others, each alone.

    In memory are never more pictures than ``most``, whether they wait, are made or are to be written.

    :param together: how many of one kind a worker makes together at most.
    """

    def __init__(self, together: int = 1) -> None:
        self._together = together

    @property
    @abstractmethod
    def size(self) -> int:
        """How many workers can make something at once, now."""

    @abstractmethod
    def submit(self, tasks: Sequence[Task]) -> Hashable:
        """Have a worker that is idle begin; a name for it."""

    @abstractmethod
    def wait(self) -> list[tuple[Hashable, Sequence[Made] | None]]:
        """What has come of what was submitted, once there is any, by its name; None where the worker has ended."""

    @abstractmethod
    def close(self) -> None:
        """End the workers."""

    @property
    def most(self) -> int:
        """How many pictures are in memory."""
        return 2 * max(self.size, 1) * self._together

    def run(self, tasks: Iterable[Task | Made]) -> Iterator[Made]:
        """See ``Executor``."""
        line = Line(tasks)
        running: dict[Hashable, tuple[dict[int, Task], int]] = {}
        again: deque[tuple[dict[int, Task], int]] = deque()
        try:
            while True:
                is_more = line.read(self.most)
                while len(running) < self.size:
                    batch, tries = again.popleft() if again else (line.take(self._together), 0)
                    if not batch:
                        break
                    running[self.submit([*batch.values()])] = batch, tries + 1
                yield from line.ready()
                if not running and not again and not is_more:
                    return
                # Where nothing is made there is room for more, unless no worker has begun yet.
                if not running and self.size:
                    continue
                for name, made in self.wait():
                    batch, tries = running.pop(name)
                    if made is not None:
                        line.put(batch, made)
                    elif tries < TRIES:
                        again.extend(({number: task}, tries) for number, task in batch.items())
                    else:
                        line.put(batch, [failed(_lost(tries))] * len(batch))
        finally:
            self.close()


def _lost(tries: int) -> ICLightError:
    return ICLightError(
        ErrorCode.WORKER_LOST,
        f"The worker ended {tries} times while it made this picture, as for want of memory: make the picture smaller, "
        "or give fewer --jobs.",
    )


def count_cores() -> int:
    """The cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    # Of macOS and Windows it is not told.
    except AttributeError:
        return os.cpu_count() or 1


def count_workers() -> int:
    """How many processes there are by themselves: one for each core, and no more than memory is there for."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    # Windows has none of it.
    except (AttributeError, ValueError, OSError):
        return count_cores()
    return max(min(count_cores(), memory // MEMORY), 1)
