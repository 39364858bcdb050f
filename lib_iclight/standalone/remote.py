"""A worker in another process, here or on another machine."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2

from lib_iclight import __version__, log
from lib_iclight.cache import Budget
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.stage.basis import Basis
from lib_iclight.stage.kept import KeptBases
from lib_iclight.standalone.job import Job, Result
from lib_iclight.standalone.orders import Order
from lib_iclight.standalone.service import Service
from lib_iclight.standalone.worker import Made, Task, Worker

NOTHING = Order("", {})
"""In place of what is sent by itself."""


class SentBases(KeptBases):
    """Those that a worker renders: who asked keeps them.

    :param secret: of the one who asked, so that all workers name alike.
    """

    def __init__(self, secret: bytes) -> None:
        super().__init__(Budget(0))
        self.secret = secret
        self._rendered: dict[str, Basis] = {}

    def keep(self, name: str, basis: Basis) -> None:
        """See ``KeptBases``."""
        self._rendered[name] = basis

    def take(self) -> dict[str, Basis]:
        """Those that are rendered since the last time, by their names."""
        taken, self._rendered = self._rendered, {}
        return taken


@dataclass(frozen=True)
class ServiceSettings:
    """What a ``Service`` is made of, in plain values.

    :ivar cached_bytes: as ``Service``; where each picture is seen once, nothing of it is worth keeping.
    :ivar version: of this program.
    """

    folders: Sequence[Path]
    engine: str
    checkpoint: str = ""
    cached_bytes: int = 0
    version: str = __version__

    def make(self, bases: KeptBases | None = None) -> Service:
        """:raises ICLightError: as ``Service``, or this is another version: its files would not be the same."""
        if self.version != __version__:
            raise ICLightError(
                ErrorCode.ENGINE_UNAVAILABLE,
                f"IC-Light {__version__} is installed here, and {self.version} where it was asked: install the same.",
            )
        return Service(self.folders, self.engine, self.checkpoint, self.cached_bytes, bases)


class _Remote:
    """What workers have in common; what one would log comes with what it makes.

    :raises RuntimeError: there is no engine as asked for.
    """

    def __init__(self, settings: ServiceSettings, bases: KeptBases | None = None) -> None:
        # There is a worker for each core.
        cv2.setNumThreads(1)
        try:
            self.service = settings.make(bases)
        # A cluster tells of it in words.
        except ICLightError as error:
            raise RuntimeError(str(error)) from None
        self._said = _Said()
        log.logger.addHandler(self._said)
        log.logger.propagate = False

    def take_said(self) -> tuple[str, ...]:
        """The sentences since the last time."""
        said, self._said.sentences = tuple(self._said.sentences), []
        return said


class RemoteWorker(_Remote):
    """As ``Worker``."""

    def __init__(self, settings: ServiceSettings) -> None:
        super().__init__(settings)
        self._worker = Worker(self.service)

    def make(self, tasks: Sequence[Task]) -> list[Made]:
        """See ``Worker``."""
        first, *others = self._worker.make(tasks)
        return [replace(first, said=self.take_said()), *others]

    def make_with(self, order: Order, tasks: Sequence[Task]) -> list[Made]:
        """As ``make``, where ``NOTHING`` stands for an order that is sent by itself."""
        return self.make([replace(task, order=order) if task.order == NOTHING else task for task in tasks])


@dataclass(frozen=True)
class Answer:
    """What came of a job elsewhere.

    :ivar result: the pictures, or why there are none.
    :ivar bases: what was rendered for a stage, by the names that the infotexts say.
    :ivar counts: costly work that was done for it, as ``log.counts``.
    :ivar said: sentences for the log of the one who asked.
    """

    result: Result | ICLightError
    bases: Mapping[str, Basis] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    said: tuple[str, ...] = ()


class RemoteRunner(_Remote):
    """Does one job after the other. While it does, other threads may ask how far it is, and stop it.

    :param secret: as ``SentBases``.
    """

    def __init__(self, settings: ServiceSettings, secret: bytes) -> None:
        self._bases = SentBases(secret)
        super().__init__(settings, self._bases)

    def generate(self, job: Job, checkpoint: str) -> Answer:
        """See ``Service.generate``."""
        before = Counter(log.counts())
        result: Result | ICLightError
        try:
            result = self.service.generate(job, settings=replace(self.service.settings, checkpoint=checkpoint))
        except ICLightError as error:
            result = error
        return Answer(result, self._bases.take(), Counter(log.counts()) - before, self.take_said())

    def share(self) -> float:
        """How far the job is, 0..1."""
        return self.service.running.first.share

    def stop(self, everything: bool) -> None:
        """See ``Running.stop``."""
        self.service.running.stop(everything=everything)

    def load_checkpoint(self, checkpoint: str) -> ICLightError | None:
        """See ``Runner``.

        :return: why it cannot be loaded.
        """
        try:
            self.service.runner.load_checkpoint(checkpoint)
        except ICLightError as error:
            return error
        return None

    def unload_checkpoint(self) -> None:
        """See ``Runner``."""
        self.service.runner.unload_checkpoint()

    def live(self) -> None:
        """Never returns: whoever asks is told where this worker ends."""
        threading.Event().wait()


class _Said(logging.Handler):
    """Keeps sentences for the one who asked."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.sentences: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.sentences.append(record.getMessage())


def log_said(said: Sequence[str]) -> None:
    """Log what a worker elsewhere would have logged."""
    for sentence in said:
        log.logger.warning("%s", sentence)
