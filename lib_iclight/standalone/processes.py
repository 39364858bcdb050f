"""Workers in processes of this machine: as threads they would wait for one another, since much of it is Python's."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, cast

from lib_iclight.standalone.executors import Pool
from lib_iclight.standalone.remote import RemoteWorker, ServiceSettings, log_said
from lib_iclight.standalone.worker import Made, Task

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Variables by which libraries are told how many threads they may use, read where they are loaded."""


class Processes(Pool):
    """A worker in each of some processes.

    :param count: how many.
    :param together: as ``Pool``.
    """

    size = 0

    def __init__(self, settings: ServiceSettings, count: int, together: int = 1) -> None:
        super().__init__(together)
        self.size = count
        self._settings = settings
        # Where a program has threads, as tqdm does, a fork of it may wait for ever.
        self._context = get_context("spawn")
        self._idle: list[Connection] = []
        self._processes: dict[Connection, BaseProcess] = {}
        with _one_thread():
            for _ in range(count):
                self._start()

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs, self._settings), daemon=True)
        process.start()
        # So that nobody holds the other end once the process has ended.
        theirs.close()
        self._idle.append(ours)
        self._processes[ours] = process

    def submit(self, tasks: Sequence[Task]) -> Hashable:
        """See ``Pool``."""
        connection = self._idle.pop()
        # A process that has ended says so where it is waited for.
        with suppress(OSError):
            connection.send(tasks)
        return connection

    def wait(self) -> list[tuple[Hashable, Sequence[Made] | None]]:
        """See ``Pool``."""
        found: list[tuple[Hashable, Sequence[Made] | None]] = []
        for connection in _ready([one for one in self._processes if one not in self._idle]):
            try:
                made = connection.recv()
            except (EOFError, OSError):
                self._end(connection)
                with _one_thread():
                    self._start()
                found.append((connection, None))
            else:
                self._idle.append(connection)
                log_said(made[0].said)
                found.append((connection, made))
        return found

    def _end(self, connection: Connection) -> None:
        process = self._processes.pop(connection)
        connection.close()
        process.terminate()
        process.join()

    def close(self) -> None:
        """See ``Pool``."""
        for connection in list(self._processes):
            self._end(connection)


def _ready(connections: list[Connection]) -> list[Connection]:
    """Those that say something, once there are any."""
    # Sockets and handles of processes could be waited for too.
    return cast("list[Connection]", wait(connections))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Have processes that are started use one thread each, unless somebody has said otherwise."""
    said = [name for name in THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(said, "1"))
    try:
        yield
    finally:
        for name in said:
            del os.environ[name]


def _work(connection: Connection, settings: ServiceSettings) -> None:
    """A process: makes what it is sent, until nobody sends."""
    # Ctrl-C reaches all of a terminal's processes; whoever started this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker = RemoteWorker(settings)
    with suppress(EOFError, OSError):
        while True:
            connection.send(worker.make(connection.recv()))
