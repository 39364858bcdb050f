"""Many pictures by the workers of a Ray cluster. They go by its object store: the machines share no disk."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.actors import LOCAL, Actors, last_line
from lib_iclight.standalone.executors import Pool
from lib_iclight.standalone.orders import Order
from lib_iclight.standalone.remote import NOTHING, RemoteWorker, ServiceSettings, log_said
from lib_iclight.standalone.runners import PATIENCE
from lib_iclight.standalone.worker import Made, Task, failed


class Cluster(Pool):
    """A worker for each GPU, or for each core where the engine needs none.

    A worker that ends with its process or machine is begun anew, where the cluster has room.

    :param address: as ``Actors``.
    :param count: how many workers; None for as many as the cluster has room for now.
    :param together: as ``Pool``.
    :raises ICLightError: Ray is not installed, or there is no cluster.
    """

    def __init__(
        self, settings: ServiceSettings, address: str = LOCAL, count: int | None = None, together: int = 1
    ) -> None:
        super().__init__(together)
        self._actors = Actors(RemoteWorker, address, settings)
        self._ray = self._actors.ray
        self._idle: list[Any] = []
        self._running: dict[Any, tuple[Any, int]] = {}
        self._order: Order = NOTHING
        self._sent: Any = None
        for _ in range(count or self._actors.room):
            self._actors.start()

    @property
    def size(self) -> int:
        """See ``Pool``: those that have begun."""
        return len(self._idle) + len(self._running)

    def submit(self, tasks: Sequence[Task]) -> Hashable:
        """See ``Pool``."""
        worker = self._idle.pop()
        # What is asked for of many, backgrounds and masks with it, is sent to each machine once.
        if tasks[0].order is not self._order:
            self._order, self._sent = tasks[0].order, self._ray.put(tasks[0].order)
        sent = [replace(task, order=NOTHING) if task.order is self._order else task for task in tasks]
        result: Hashable = worker.make_with.remote(self._sent, sent)
        self._running[result] = worker, len(tasks)
        return result

    def wait(self) -> list[tuple[Hashable, Sequence[Made] | None]]:
        """See ``Pool``.

        :raises ICLightError: a worker cannot begin for what will not change.
        """
        starting = self._actors.starting
        ready: list[Any] = []
        while not ready:
            ready, _ = self._ray.wait([*self._running, *starting], num_returns=1, timeout=PATIENCE)
            if not ready and not self._running:
                log.logger.warning("No worker of the Ray cluster has begun for %g seconds: see `ray status`.", PATIENCE)
        (one,) = ready
        if one in starting:
            self._idle += filter(None, [self._actors.take(one)])
            return []
        worker, count = self._running.pop(one)
        made = self._take(one, count)
        if made is None:
            self._actors.start()
        else:
            self._idle.append(worker)
        return [(one, made)]

    def _take(self, result: Any, count: int) -> Sequence[Made] | None:
        """What was made of so many tasks; None where the worker has ended, or its machine before it was fetched."""
        errors = self._ray.exceptions
        try:
            made: Sequence[Made] = self._ray.get(result)
        except errors.RayTaskError as error:
            fault = ICLightError(ErrorCode.INTERNAL_FAULT, f"It cannot be done ({last_line(error)}).")
            return [failed(fault)] * count
        except errors.RayError:
            log.logger.debug("a worker of the cluster has ended", exc_info=True)
            return None
        log_said(made[0].said)
        return made

    def close(self) -> None:
        """See ``Pool``; leaves the cluster, and ends one that was started for this."""
        self._actors.close(*self._idle, *(worker for worker, _ in self._running.values()))
