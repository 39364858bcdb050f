"""The routes for whoever watches the server: whether it is there, and figures for Prometheus."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from lib_iclight import log
from lib_iclight.errors import missing_packages
from lib_iclight.standalone.runners import PATIENCE, stopping
from lib_iclight.standalone.service import Service
from lib_iclight.standalone.turns import BOUNDS, Bodies, Histogram, Turns
from lib_iclight.web.auth import require_auth
from lib_iclight.web.bodies import Route
from lib_iclight.web.contract import COUNT, TEXT
from lib_iclight.web.openapi import answer_schema, describe_route

GENERATIONS = ("/sdapi/v1/txt2img", "/sdapi/v1/img2img")
"""The routes that workers do, each one request at a time."""

BESIDE = 40
"""Threads for what waits for no turn: as many as the server's library has by itself."""


class Watched:
    """The queues of a server, and whether it ends.

    :param service: what is served.
    :param limit: how many requests may wait in each queue.
    :ivar generations: of what the engine does.
    :ivar pictures: of what is done without it, on all cores.
    """

    def __init__(self, service: Service, limit: int) -> None:
        self._service = service
        runner, bodies = service.runner, Bodies(service.runtime.budget)
        self.generations = generations = Turns(limit, runner.workers, partial(runner.check, PATIENCE), bodies)
        runner.watch(lambda: generations.resize(runner.workers))
        self.pictures = Turns(limit, os.cpu_count() or 1, bodies=bodies)
        self.stopped = False

    @property
    def queues(self) -> dict[str, Turns]:
        """By name."""
        return {"generations": self.generations, "pictures": self.pictures}

    @property
    def threads(self) -> int:
        """How many are needed, so that what is done at a time keeps none from those who ask how it is."""
        return BESIDE + sum(turns.at_once for turns in self.queues.values())

    @property
    def busy(self) -> bool:
        """Whether something is being done, for a program or for the page."""
        return self._service.running.count > 0 or any(turns.running for turns in self.queues.values())

    def stop(self) -> None:
        """Begin nothing new, and refuse what waits."""
        self.stopped = True
        self._service.running.close()
        for turns in self.queues.values():
            turns.stop()


_QUEUE = answer_schema(**dict.fromkeys(("waiting", "running", "limit", "at_once", "seconds"), COUNT))
HEALTH = describe_route(
    answer_schema(status=TEXT, workers=COUNT, queues=answer_schema(generations=_QUEUE, pictures=_QUEUE)),
    refusals=(503,),
)
METRICS = describe_route(media_types=["text/plain"], refusals=(500,))


def router(watched: Watched, service: Service, api_auth: str | None = None) -> APIRouter:
    """The routes; neither waits for a thread, so that they are answered while all are at work.

    :param api_auth: as ``auth.require_auth``; asked for by the figures alone.
    """
    routes = APIRouter(route_class=Route, tags=["Service"])

    @routes.get("/ic-light/health", **HEALTH)
    async def health() -> dict[str, Any]:
        """Whether requests are taken and done, how many at a time, and how many wait; asks for no password."""
        if watched.stopped:
            raise stopping()
        service.runner.check()
        queues = {name: turns.describe() for name, turns in watched.queues.items()}
        return {"status": "ready", "workers": service.runner.workers, "queues": queues}

    @routes.get("/metrics", response_class=Response, dependencies=require_auth(api_auth), **METRICS)
    async def metrics() -> Any:
        """Figures in Prometheus' text format; needs the extra ``metrics``."""
        try:
            import prometheus_client
        except ImportError as error:
            raise missing_packages(str(error.name), "metrics") from None
        registry = prometheus_client.CollectorRegistry()
        prometheus_client.ProcessCollector(registry=registry)
        registry.register(_Figures(watched, service))  # type: ignore[arg-type]
        text = prometheus_client.generate_latest(registry)
        return Response(text, media_type=prometheus_client.CONTENT_TYPE_LATEST)

    return routes


class _Figures:
    """What Prometheus' client collects."""

    def __init__(self, watched: Watched, service: Service) -> None:
        self._watched = watched
        self._service = service

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        by_queue = ["queue"]
        waiting = GaugeMetricFamily("ic_light_requests_waiting", "Requests that wait for their turn.", labels=by_queue)
        running = GaugeMetricFamily("ic_light_requests_running", "Requests that are done now.", labels=by_queue)
        limit = GaugeMetricFamily("ic_light_queue_limit", "How many requests may wait.", labels=by_queue)
        ended = CounterMetricFamily(
            "ic_light_requests", "Requests that are done, were refused or whose client went.", labels=["queue", "end"]
        )
        for name, turns in self._watched.queues.items():
            waiting.add_metric([name], turns.waiting)
            running.add_metric([name], turns.running)
            limit.add_metric([name], turns.limit)
            for end in ("done", "refused", "gone"):
                ended.add_metric([name, end], getattr(turns, end))
        yield from (waiting, running, limit, ended)
        yield self._histogram("ic_light_wait_seconds", "How long requests waited for their turn.", "waited")
        yield self._histogram("ic_light_request_seconds", "How long requests took from their turn on.", "took")
        workers = self._service.runner.workers
        yield GaugeMetricFamily("ic_light_workers", "How many generations are done at a time.", workers)
        budget = self._service.runtime.budget
        yield GaugeMetricFamily("ic_light_cache_bytes", "What is kept of pictures.", budget.used)
        yield GaugeMetricFamily(
            "ic_light_body_bytes", "What requests have sent that are not answered.", budget.reserved
        )
        yield GaugeMetricFamily("ic_light_cache_limit_bytes", "How much may be kept.", budget.limit)
        work = CounterMetricFamily("ic_light_work", "How often costly work was done.", labels=["work"])
        counts = log.counts()
        for what in log.COSTLY:
            work.add_metric([what], counts.get(what, 0))
        yield work

    def _histogram(self, name: str, told: str, which: str) -> Any:
        from prometheus_client.core import HistogramMetricFamily

        family = HistogramMetricFamily(name, told, labels=["queue"])
        for queue, turns in self._watched.queues.items():
            measured: Histogram = getattr(turns, which)
            buckets, below = [], 0
            for bound, count in zip((*map(str, BOUNDS), "+Inf"), measured.counts):
                below += count
                buckets.append((bound, below))
            family.add_metric([queue], buckets, measured.total)
        return family
