"""Actors of a Ray cluster, on this machine or many: each has a GPU or a core of its own, and keeps its models."""

from __future__ import annotations

import os
from typing import Any

from lib_iclight.errors import ErrorCode, ICLightError, missing_packages
from lib_iclight.standalone.remote import ServiceSettings

LOCAL = "local"
"""The address of a cluster that is started on this machine and ends with the program."""


class Actors:
    """Begins actors of a kind, and tells which have begun.

    :param kind: their class.
    :param args: what one is made of.
    :param address: as ``ray.init`` takes it: ``local``, ``auto``, ``host:port``, ``ray://host:port``.
    :param more: options of theirs, as Ray has them.
    :ivar ray: the package, connected.
    :ivar room: for how many the cluster has room now, and at least 1.
    :ivar starting: those that have not begun, by what says that one has.
    :raises ICLightError: Ray is not installed, or there is no cluster.
    """

    def __init__(self, kind: type, address: str, settings: ServiceSettings, *args: Any, **more: Any) -> None:
        self.ray = _connect(address)
        there = self.ray.cluster_resources()
        needed = "GPU" if settings.engine != "classic" and there.get("GPU") else "CPU"
        need: dict[str, Any] = {"num_gpus": 1} if needed == "GPU" else {"num_cpus": 1}
        # Ours to begin anew: Ray would hold a task back until there is room for its own worker.
        self._kind = self.ray.remote(max_restarts=0, max_task_retries=0, **need, **more)(kind)
        self._args = (settings, *args)
        self.room = max(int(there.get(needed, 0)), 1)
        self.starting: dict[Any, Any] = {}

    def start(self) -> None:
        """Begin one, once the cluster has room."""
        actor = self._kind.remote(*self._args)
        self.starting[actor.__ray_ready__.remote()] = actor

    def take(self, ready: Any) -> Any | None:
        """The one that has begun; None where it ended meanwhile, and another is begun.

        :param ready: of ``starting``.
        :raises ICLightError: it cannot begin for what will not change.
        """
        actor = self.starting.pop(ready)
        try:
            self.ray.get(ready)
        except self.ray.exceptions.RayActorError as error:
            if error.actor_init_failed:
                raise ICLightError(
                    ErrorCode.ENGINE_UNAVAILABLE, f"A worker of the Ray cluster cannot begin: {last_line(error)}"
                ) from None
            self.start()
            return None
        return actor

    def close(self, *begun: Any) -> None:
        """End those that are starting and those that have begun, and the cluster where it was started for them."""
        for actor in [*begun, *self.starting.values()]:
            self.ray.kill(actor)
        self.ray.shutdown()


def last_line(error: Exception) -> str:
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
