"""Workers of a Ray cluster, on this machine or many. Pictures go by its object store: the machines share no disk."""

from __future__ import annotations

import os
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError, missing_packages
from lib_iclight.standalone.executors import Pool
from lib_iclight.standalone.orders import Order
from lib_iclight.standalone.remote import RemoteWorker, ServiceSettings, log_said
from lib_iclight.standalone.worker import Made, Task, failed

LOCAL = "local"
"""The address of a cluster that is started on this machine and ends with the program."""

NOTHING = Order("", {})
"""In place of what is sent by itself."""

PATIENCE = 60.0
"""Seconds after which it is said that there is no worker."""


class Cluster(Pool):
    """A worker for each GPU, or for each core where the engine needs none.

    A worker that ends with its process or machine is begun anew, where the cluster has room.

    :param address: as ``ray.init`` takes it: ``local``, ``auto``, ``host:port``, ``ray://host:port``.
    :param count: how many workers; None for as many as the cluster has room for now.
    :raises ICLightError: Ray is not installed, or there is no cluster.
    """

    def __init__(self, settings: ServiceSettings, address: str = LOCAL, count: int | None = None) -> None:
        self._ray = _connect(address)
        room = self._ray.cluster_resources()
        needed = "GPU" if settings.engine != "classic" and room.get("GPU") else "CPU"
        need: dict[str, Any] = {"num_gpus": 1} if needed == "GPU" else {"num_cpus": 1}
        # Ours to begin anew: Ray would hold a task back until there is room for its own worker.
        self._kind = self._ray.remote(RemoteWorker).options(max_restarts=0, max_task_retries=0, **need)
        self._settings = settings
        self._idle: list[Any] = []
        self._starting: dict[Any, Any] = {}
        self._running: dict[Any, Any] = {}
        self._order: Order = NOTHING
        self._sent: Any = None
        for _ in range(count or max(int(room.get(needed, 0)), 1)):
            self._start()

    def _start(self) -> None:
        worker = self._kind.remote(self._settings)
        self._starting[worker.__ray_ready__.remote()] = worker

    @property
    def size(self) -> int:
        """See ``Pool``: those that have begun."""
        return len(self._idle) + len(self._running)

    def submit(self, task: Task) -> Hashable:
        """See ``Pool``."""
        worker = self._idle.pop()
        # What is asked for of many, backgrounds and masks with it, is sent to each machine once.
        if task.order is not self._order:
            self._order, self._sent = task.order, self._ray.put(task.order)
        result: Hashable = worker.make_with.remote(self._sent, replace(task, order=NOTHING))
        self._running[result] = worker
        return result

    def wait(self) -> list[tuple[Hashable, Made | None]]:
        """See ``Pool``.

        :raises ICLightError: a worker cannot begin for what will not change.
        """
        ready: list[Any] = []
        while not ready:
            asked = [*self._running, *self._starting]
            ready, _ = self._ray.wait(asked, num_returns=1, timeout=PATIENCE)
            if not ready and not self._running:
                log.logger.warning("No worker of the Ray cluster has begun for %g seconds: see `ray status`.", PATIENCE)
        (one,) = ready
        if one in self._starting:
            worker = self._starting.pop(one)
            if self._begins(one):
                self._idle.append(worker)
            return []
        worker = self._running.pop(one)
        made = self._take(one)
        if made is None:
            self._start()
        else:
            self._idle.append(worker)
        return [(one, made)]

    def _begins(self, ready: Any) -> bool:
        """Whether a worker works; else another is begun."""
        errors = self._ray.exceptions
        try:
            self._ray.get(ready)
        except errors.RayActorError as error:
            if error.actor_init_failed:
                raise ICLightError(
                    ErrorCode.ENGINE_UNAVAILABLE, f"A worker of the Ray cluster cannot begin: {_last_line(error)}"
                ) from None
            self._start()
            return False
        return True

    def _take(self, result: Any) -> Made | None:
        """What was made; None where the worker has ended, or its machine before it was fetched."""
        errors = self._ray.exceptions
        try:
            return log_said(self._ray.get(result))
        except errors.RayTaskError as error:
            return failed(ICLightError(ErrorCode.INTERNAL_FAULT, f"It cannot be done ({_last_line(error)})."))
        except errors.RayError:
            log.logger.debug("a worker of the cluster has ended", exc_info=True)
            return None

    def close(self) -> None:
        """See ``Pool``; leaves the cluster, and ends one that was started for this."""
        for worker in [*self._idle, *self._starting.values(), *self._running.values()]:
            self._ray.kill(worker)
        self._ray.shutdown()


def _last_line(error: Exception) -> str:
    """Of a traceback, what is wrong."""
    return str(error).strip().rpartition("\n")[2].removeprefix("RuntimeError: ")


def _connect(address: str) -> Any:
    # Nothing is told to anybody, unless somebody wants it.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # The new way, of which Ray else warns: what has no GPU sees none.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError:
        raise missing_packages("ray", "ray") from None
    try:
        ray.init(address, logging_level="error", log_to_driver=False)
    # Of several kinds, by the address.
    except (ConnectionError, RuntimeError, ValueError, OSError, ray.exceptions.RayError) as error:
        raise ICLightError(
            ErrorCode.CLUSTER_UNAVAILABLE,
            f"--ray is {address!r:.80}, where no Ray cluster answers ({type(error).__name__}: {str(error)[:200]}).",
        ) from None
    return ray
