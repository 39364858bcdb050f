"""A worker in another process, here or on another machine."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from lib_iclight import __version__, log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.orders import Order
from lib_iclight.standalone.service import Service
from lib_iclight.standalone.worker import Made, Task, Worker


@dataclass(frozen=True)
class ServiceSettings:
    """What a ``Service`` is made of, in plain values.

    :ivar version: of this program.
    """

    folders: Sequence[Path]
    engine: str
    checkpoint: str = ""
    version: str = __version__

    def make(self) -> Service:
        """:raises ICLightError: as ``Service``, or this is another version: its files would not be the same."""
        if self.version != __version__:
            raise ICLightError(
                ErrorCode.ENGINE_UNAVAILABLE,
                f"IC-Light {__version__} is installed here, and {self.version} where it was asked: install the same.",
            )
        # Each picture is seen once: nothing of it is worth keeping.
        return Service(self.folders, self.engine, self.checkpoint, cached_bytes=0)


class RemoteWorker:
    """As ``Worker``; what it would log comes with what it makes.

    :raises RuntimeError: there is no engine as asked for.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        # There is a worker for each core.
        cv2.setNumThreads(1)
        try:
            self._worker = Worker(settings.make())
        # Which cannot be sent: it is told in words.
        except ICLightError as error:
            raise RuntimeError(str(error)) from None
        self._said = _Said()
        log.logger.addHandler(self._said)
        log.logger.propagate = False

    def make(self, task: Task) -> Made:
        """See ``Worker``."""
        made = self._worker.make(task)
        said, self._said.sentences = tuple(self._said.sentences), []
        return replace(made, said=said)

    def make_with(self, order: Order, task: Task) -> Made:
        """As ``make``, of what is asked for by itself."""
        return self.make(replace(task, order=order))


class _Said(logging.Handler):
    """Keeps sentences for the one who asked."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.sentences: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.sentences.append(record.getMessage())


def log_said(made: Made) -> Made:
    """Log what a worker elsewhere would have logged."""
    for sentence in made.said:
        log.logger.warning("%s", sentence)
    return made
