"""Where pictures are made. Results come in the order of their tasks, and never more than some are on their way."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Hashable, Iterable, Iterator
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


class Here:
    """In this process, one after the other."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def run(self, tasks: Iterable[Task | Made]) -> Iterator[Made]:
        """See ``Executor``."""
        for task in tasks:
            yield task if isinstance(task, Made) else self._worker.make(task)


class Pool(ABC):
    """By several workers, of which any may end at any time: its picture is begun again by another.

    In memory are never more pictures than ``most``, whether they wait, are made or are to be written.
    """

    @property
    @abstractmethod
    def size(self) -> int:
        """How many pictures can be made at once, now."""

    @abstractmethod
    def submit(self, task: Task) -> Hashable:
        """Have a worker that is idle begin; a name for it."""

    @abstractmethod
    def wait(self) -> list[tuple[Hashable, Made | None]]:
        """What has come of some tasks, once there are any, by their names; None where the worker has ended."""

    @abstractmethod
    def close(self) -> None:
        """End the workers."""

    @property
    def most(self) -> int:
        """How many pictures are in memory."""
        return 2 * max(self.size, 1)

    def run(self, tasks: Iterable[Task | Made]) -> Iterator[Made]:
        """See ``Executor``."""
        waiting = iter(tasks)
        running: dict[Hashable, tuple[int, Task, int]] = {}
        again: deque[tuple[int, Task, int]] = deque()
        done: dict[int, Made] = {}
        begun = given = 0
        is_over = False
        try:
            while True:
                while again and len(running) < self.size:
                    number, task, tries = again.popleft()
                    running[self.submit(task)] = number, task, tries + 1
                while not is_over and len(running) < self.size and begun - given < self.most:
                    one = next(waiting, None)
                    if one is None:
                        is_over = True
                    elif isinstance(one, Made):
                        done[begun] = one
                    else:
                        running[self.submit(one)] = begun, one, 1
                    begun += one is not None
                while given in done:
                    yield done.pop(given)
                    given += 1
                if not running and not again and is_over:
                    return
                # Where nothing is made there is room for more, unless no worker has begun yet.
                if not running and self.size:
                    continue
                for name, made in self.wait():
                    number, task, tries = running.pop(name)
                    if made is None and tries < TRIES:
                        again.append((number, task, tries))
                    else:
                        done[number] = made or failed(_lost(tries))
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
