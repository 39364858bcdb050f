"""Who does a service's jobs, and which are being done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.job import Engine, Job, Progress, Result, StopError

if TYPE_CHECKING:
    from lib_iclight.standalone.diffusion.checkpoint import CheckpointFile
    from lib_iclight.standalone.diffusion.model import Model, Models

Begin = Callable[[], AbstractContextManager[Progress]]
"""Entered where a job's turn has come, as ``Running.job``; left where it has ended."""

PATIENCE = 60.0
"""Seconds for which a job waits where nobody is there to do it."""


def stopping() -> ICLightError:
    """The refusal of a service that is closed."""
    return ICLightError(
        ErrorCode.SERVER_STOPPING, "IC-Light: the server is being stopped and begins nothing new: ask again later."
    )


@dataclass(frozen=True)
class Stops:
    """What a job was told, as the WebUIs call it.

    :ivar interrupted: to end.
    :ivar skipped: to leave out the picture that it makes now.
    """

    interrupted: bool = False
    skipped: bool = False


# Two jobs that are equally far are two.
@dataclass(eq=False)
class Present:
    """A job that is being done.

    :ivar share: of it that is done, 0..1.
    """

    share: float = 0.0
    stops: Stops = Stops()

    def tell(self, share: float) -> None:
        """Note how far it is.

        :raises StopError: it was told to end, or to leave out its picture.
        """
        self.share = share
        stops = self.stops
        if stops.interrupted or stops.skipped:
            self.stops = replace(stops, skipped=False)
            raise StopError(everything=stops.interrupted)


class Running:
    """The jobs that are being done, those first that began first."""

    def __init__(self) -> None:
        self._jobs: list[Present] = []
        self._closed = False
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._jobs)

    @property
    def first(self) -> Present:
        """The one that began first; where there is none, one that has done nothing."""
        with self._lock:
            return self._jobs[0] if self._jobs else Present()

    @contextmanager
    def job(self, progress: Progress) -> Iterator[Progress]:
        """A job from its beginning to its end; what is entered is to be told how far it is.

        :param progress: told so too.
        :raises ICLightError: no job may begin.
        """
        present = Present()

        def tell(share: float) -> None:
            present.tell(share)
            progress(share)

        with self._lock:
            if self._closed:
                raise stopping()
            self._jobs.append(present)
        try:
            yield tell
        finally:
            with self._lock:
                self._jobs.remove(present)

    def stop(self, *, everything: bool) -> None:
        """Have each end at its next step or picture.

        :param everything: else only the picture is left out that it makes now.
        """
        with self._lock:
            for present in self._jobs:
                present.stops = replace(present.stops, **{"interrupted" if everything else "skipped": True})

    def close(self) -> None:
        """Let no further job begin; those that have go on."""
        self._closed = True


class Runner(Protocol):
    """Does jobs, of which any thread may ask for one."""

    @property
    def workers(self) -> int:
        """How many jobs are done at a time, now."""
        ...

    def check(self, patience: float = 0.0) -> None:
        """:raises ICLightError: there has been nobody to do a job for so many seconds, or nobody will be."""
        ...

    def watch(self, on_change: Callable[[], None]) -> None:
        """Have something done, in whatever thread, where ``workers`` or what ``check`` says may have changed."""
        ...

    def generate(self, job: Job, checkpoint: str, begin: Begin) -> Result:
        """Do a job, after those that wait already.

        :param checkpoint: the name of its checkpoint's file; empty for the first that is found.
        :raises ICLightError: as ``Engine.generate`` and ``begin``; nobody can do it.
        """
        ...

    def load_checkpoint(self, checkpoint: str) -> None:
        """Load a checkpoint's model, where the engine has one and it is not loaded.

        :raises ICLightError: it cannot be found or loaded.
        """
        ...

    def unload_checkpoint(self) -> None:
        """Let the checkpoint's model go, once no job needs it; the next one loads it again."""
        ...

    def close(self) -> None:
        """Let go of who does the jobs, once there are none."""
        ...


class Here:
    """Does one job after the other in this process.

    :param lock: in which they are done.
    :param find: gives a checkpoint's file by its name.
    :ivar engine: what does them.
    """

    workers = 1
    engine: Engine

    def __init__(self, lock: AbstractContextManager[object], find: Callable[[str], CheckpointFile]) -> None:
        self._lock = lock
        self._find = find
        self._checkpoint = ""
        self._models: Models | None = None

    def use_models(self, models: Models) -> Callable[[], Model]:
        """Keep the models of an engine that has some; what gives it that of the job in hand."""
        self._models = models
        return lambda: models.of(self._find(self._checkpoint))

    def check(self, patience: float = 0.0) -> None:
        """See ``Runner``."""

    def watch(self, on_change: Callable[[], None]) -> None:
        """See ``Runner``: nothing changes."""

    def generate(self, job: Job, checkpoint: str, begin: Begin) -> Result:
        """See ``Runner``."""
        with self._lock, begin() as tell:
            self._checkpoint = checkpoint
            return self.engine.generate(job, tell)

    def generate_all(self, jobs: Sequence[Job], checkpoint: str, begin: Begin) -> list[Result | Exception]:
        """As ``generate``, of several jobs that are done together."""
        with self._lock, begin() as tell:
            self._checkpoint = checkpoint
            return self.engine.generate_all(jobs, tell)

    def load_checkpoint(self, checkpoint: str) -> None:
        """See ``Runner``."""
        if self._models is not None:
            with self._lock:
                self._models.of(self._find(checkpoint))

    def unload_checkpoint(self) -> None:
        """See ``Runner``."""
        if self._models is not None:
            with self._lock:
                self._models.clear()

    def close(self) -> None:
        """See ``Runner``: the process goes on."""
