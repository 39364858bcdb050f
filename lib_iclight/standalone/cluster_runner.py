"""A service's jobs by the workers of a Ray cluster, several at a time."""

from __future__ import annotations

import copy
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.stage.kept import KeptBases
from lib_iclight.standalone.actors import LOCAL, Actors
from lib_iclight.standalone.executors import TRIES
from lib_iclight.standalone.job import Job, Progress, Result, StopError
from lib_iclight.standalone.remote import Answer, RemoteRunner, ServiceSettings, log_said
from lib_iclight.standalone.runners import PATIENCE, Begin

EVERY = 0.2
"""Seconds after which a worker is asked how far it is, and looked after."""

TOLD, LIVES = "told", "lives"
"""Groups of calls that a worker answers beside a job, as Ray has them."""


class ClusterRunner:
    """A worker for each GPU, or for each core where the engine needs none; see ``Runner``.

    One that ends with its process or machine is begun anew, where the cluster has room; its job is given to another.

    :param bases: keeps what workers render for stages.
    :param address: as ``Actors``.
    :raises ICLightError: Ray is not installed, or there is no cluster.
    """

    def __init__(self, settings: ServiceSettings, bases: KeptBases, address: str = LOCAL) -> None:
        groups = {TOLD: 1, LIVES: 1}
        self._actors = Actors(RemoteRunner, address, settings, bases.secret, concurrency_groups=groups)
        self._ray = self._actors.ray
        self._bases = bases
        self._begun: dict[Any, Any] = {}
        self._idle: deque[Any] = deque()
        self._changed = threading.Condition()
        self._on_change: Callable[[], None] = lambda: None
        self._none_since = time.monotonic()
        self._fault = ""
        self._closed = threading.Event()
        for _ in range(self._actors.room):
            self._actors.start()
        self._looking_after = threading.Thread(target=self._look_after, name="ray workers", daemon=True)
        self._looking_after.start()

    @property
    def workers(self) -> int:
        """See ``Runner``: those that have begun."""
        return len(self._begun)

    def check(self, patience: float = 0.0) -> None:
        """See ``Runner``."""
        if self._begun:
            return
        why = self._fault if not self._actors.starting else ""
        if why or time.monotonic() - self._none_since >= patience:
            raise ICLightError(
                ErrorCode.NO_WORKER,
                f"IC-Light: no worker of the Ray cluster is there{f' ({why})' if why else ''}: ask again later, or see "
                "`ray status`.",
            )

    def watch(self, on_change: Callable[[], None]) -> None:
        """See ``Runner``."""
        self._on_change = on_change

    def generate(self, job: Job, checkpoint: str, begin: Begin) -> Result:
        """See ``Runner``."""
        worker = self._wait_for_one(lambda share: None)
        try:
            with begin() as tell:
                for _ in range(TRIES):
                    worker = worker or self._wait_for_one(tell)
                    answer = self._ask(worker, job, checkpoint, tell)
                    if answer is not None:
                        return self._take(answer)
                    worker = None
        finally:
            self._give_back(worker)
        raise ICLightError(
            ErrorCode.WORKER_LOST,
            f"IC-Light: the worker ended {TRIES} times while it made this, as for want of memory: ask for a smaller "
            "picture, or for fewer at once.",
        )

    def _wait_for_one(self, tell: Progress) -> Any:
        """A worker that has nothing to do, once there is one.

        :raises ICLightError: there is none; the job was stopped meanwhile.
        """
        while True:
            try:
                tell(0.0)
            except StopError:
                raise ICLightError(
                    ErrorCode.STOPPED,
                    "IC-Light: the generation was interrupted or skipped while it waited for a worker.",
                ) from None
            with self._changed:
                if self._idle or self._changed.wait_for(lambda: self._idle, EVERY):
                    return self._idle.popleft()
            self.check(PATIENCE)

    def _give_back(self, worker: Any | None) -> None:
        with self._changed:
            # Not one that has ended meanwhile, or been lost.
            if worker in self._begun.values():
                self._idle.append(worker)
                self._changed.notify()

    def _ask(self, worker: Any, job: Job, checkpoint: str, tell: Progress) -> Answer | None:
        """What came of a job; None where the worker has ended."""
        errors = self._ray.exceptions
        try:
            asked = worker.generate.remote(job, checkpoint)
            while not self._ray.wait([asked], timeout=EVERY)[0]:
                try:
                    tell(self._ray.get(worker.share.options(concurrency_group=TOLD).remote()))
                except StopError as stop:
                    # Waited for, so that it stops no later job of this worker.
                    self._ray.get(worker.stop.options(concurrency_group=TOLD).remote(stop.everything))
            answer: Answer = self._ray.get(asked)
        except errors.RayTaskError as error:
            raise error.cause from error
        except errors.RayError:
            log.logger.debug("a worker of the cluster has ended", exc_info=True)
            # It may live and only what it made be lost: what looks after it begins another.
            self._ray.kill(worker)
            return None
        return answer

    def _take(self, answer: Answer) -> Result:
        log_said(answer.said)
        for what, times in answer.counts.items():
            log.count(what, times)
        for name, basis in answer.bases.items():
            # As it comes its pictures lie in the object store, which is no part of the budget.
            self._bases.keep(name, copy.deepcopy(basis))
        if isinstance(answer.result, ICLightError):
            raise answer.result
        return answer.result

    def load_checkpoint(self, checkpoint: str) -> None:
        """See ``Runner``: each worker, after its job."""
        for fault in self._ask_all("load_checkpoint", checkpoint):
            if fault is not None:
                raise fault

    def unload_checkpoint(self) -> None:
        """See ``Runner``: each worker's, after its job."""
        self._ask_all("unload_checkpoint")

    def _ask_all(self, what: str, *args: Any) -> list[Any]:
        """What the workers answer; those that end meanwhile have nothing loaded."""
        answers = []
        for asked in [getattr(worker, what).remote(*args) for worker in list(self._begun.values())]:
            try:
                answers.append(self._ray.get(asked))
            except self._ray.exceptions.RayActorError:
                log.logger.debug("a worker of the cluster has ended", exc_info=True)
        return answers

    def _look_after(self) -> None:
        """Take in those that have begun, and begin others for those that have ended."""
        begin_again: list[float] = []
        while not self._closed.is_set():
            while begin_again and begin_again[0] <= time.monotonic():
                del begin_again[0]
                self._actors.start()
            waited_for = [*self._actors.starting, *self._begun]
            if not waited_for:
                self._closed.wait(EVERY)
            ready, _ = self._ray.wait(waited_for, num_returns=1, timeout=EVERY) if waited_for else ([], [])
            for one in ready:
                if one in self._begun:
                    self._drop(one)
                    self._actors.start()
                elif not self._admit(one):
                    begin_again.append(time.monotonic() + PATIENCE)
            if ready or not self._begun:
                self._on_change()

    def _drop(self, lives: Any) -> None:
        with self._changed:
            worker = self._begun.pop(lives)
            if worker in self._idle:
                self._idle.remove(worker)
            if not self._begun:
                self._none_since = time.monotonic()
        log.logger.warning("A worker of the Ray cluster has ended; another is begun.")

    def _admit(self, ready: Any) -> bool:
        """Let one that has begun work; False where it cannot begin as things are."""
        try:
            worker = self._actors.take(ready)
        except ICLightError as error:
            self._fault = error.detail.rstrip(".")
            log.logger.warning("%s", error)
            return False
        if worker is not None:
            with self._changed:
                self._fault = ""
                self._begun[worker.live.options(concurrency_group=LIVES).remote()] = worker
                self._idle.append(worker)
                self._changed.notify()
        return True

    def close(self) -> None:
        """See ``Runner``; leaves the cluster, and ends one that was started for this."""
        self._closed.set()
        self._looking_after.join()
        self._actors.close(*self._begun.values())
