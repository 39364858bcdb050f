"""Requests wait for their turn, a bounded number of them, and each has one end."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from lib_iclight.cache import CACHED_BYTES, Budget, Cache
from lib_iclight.errors import ICLightError
from lib_iclight.standalone import health, sdapi
from lib_iclight.standalone.service import Service
from lib_iclight.standalone.turns import Bodies, QueueFullError, Turns, in_turn
from lib_iclight.web import bodies
from lib_iclight.web.api import router
from lib_iclight.web.bodies import LARGEST, Route, read_object
from tests.unit.contract import BODIES, CONTRACT

STEP = st.integers(0, 6)
SIZE = st.sampled_from([0, LARGEST // 3, LARGEST])
CLIENTS = st.lists(st.tuples(STEP, STEP, st.none() | STEP, SIZE, SIZE), max_size=20)
"""When each comes, how long it takes, after how long it goes, if it does, and what it says and sends, in bytes."""


class Asked:
    """A request whose body is read, from a client that goes after some steps."""

    def __init__(self, patience: int | None) -> None:
        self._patience = patience

    async def receive(self) -> dict[str, str]:
        await (steps(self._patience) if self._patience is not None else asyncio.Event().wait())
        return {"type": "http.disconnect"}


def test_a_body_that_does_not_go_on_keeps_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a client whose network is gone: nobody says that it has ended."""
    monkeypatch.setattr(bodies, "PATIENCE", 0.01)

    async def send(*parts: bytes) -> list[int]:
        left, answered = [*parts], []

        async def receive() -> dict[str, Any]:
            if not left:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": left.pop(0), "more_body": True}

        async def answer(message: dict[str, Any]) -> None:
            answered.extend([message["status"]] if "status" in message else [])

        scope = {"type": "http", "method": "POST", "path": "/x", "headers": [], "query_string": b"", "root_path": ""}
        await asyncio.wait_for(app(scope, receive, answer), 5)
        return answered

    turns = Turns(limit=1)
    routes = APIRouter(route_class=in_turn(turns, Route))
    routes.post("/x")(lambda body=Depends(read_object): body)
    app = FastAPI()
    app.include_router(routes)

    async def main() -> None:
        for parts in ((), (b'{"a"',), (b"{", b'"a"')):
            assert await send(*parts) == [408]
            assert turns.waiting == 0

    run_alone(main())


async def steps(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def run_alone(main: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: browsers of other tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, main).result()


@given(CLIENTS, st.integers(0, 4), st.integers(1, 3), st.none() | st.integers(0, 15))
@settings(deadline=None, database=None)
def test_each_has_one_end_and_no_bound_is_passed(
    clients: list[tuple[int, int, int | None, int, int]], limit: int, at_once: int, stop_after: int | None
) -> None:
    budget = Budget(LARGEST // 2)
    bodies = Bodies(budget)
    turns, ends = Turns(limit, at_once, bodies=bodies), []

    async def ask(comes: int, takes: int, patience: int | None, said: int, sent: int) -> None:
        await steps(comes)
        try:
            with turns.place(said) as place:
                await place.turn(Asked(patience), sent)  # type: ignore[arg-type]
                assert sent <= bodies.held == budget.reserved <= LARGEST
                assert turns.running <= at_once
                assert turns.running + turns.waiting <= limit + at_once
                await steps(takes)
                ends.append("left" if place.has_gone() else "done")
        except QueueFullError:
            ends.append("refused")
        except ClientDisconnect:
            ends.append("gone")
        except ICLightError as error:
            ends.append(error.code)

    async def run() -> None:
        asked = [asyncio.ensure_future(ask(*client)) for client in clients]
        if stop_after is not None:
            await steps(stop_after)
            turns.stop()
        await asyncio.wait_for(asyncio.gather(*asked), 10)

    run_alone(run())
    count = Counter(ends)
    assert len(ends) == len(clients)
    assert (turns.running, turns.waiting, bodies.held, budget.reserved) == (0, 0, 0, 0)
    assert (turns.done, turns.refused, turns.gone) == (count["done"], count["refused"], count["left"])
    assert sum(turns.took.counts) == turns.done
    assert "server_stopping" not in count or stop_after is not None


def test_who_came_first_is_first() -> None:
    turns, order = Turns(10), []

    async def ask(name: int) -> None:
        with turns.place() as place:
            await place.turn(Asked(None), 1)  # type: ignore[arg-type]
            order.append(name)
            await steps(3)

    async def run() -> None:
        await asyncio.gather(*map(ask, range(6)))

    run_alone(run())
    assert order == [*range(6)]


@pytest.fixture
def watched() -> tuple[health.Watched, TestClient]:
    service = Service([], "classic")
    found = health.Watched(service, 0)
    app = FastAPI()
    app.include_router(
        router(lambda: service.runtime, lambda: service.live, service.lock, route_class=in_turn(found.pictures, Route))
    )
    app.include_router(sdapi.router(service, None, in_turn(found.generations, sdapi.WebUIRoute, health.GENERATIONS)))
    app.include_router(health.router(found, service, "me:secret"))
    return found, TestClient(app)


def test_beyond_the_queue_a_request_is_told_when_to_ask_again(watched: tuple[health.Watched, TestClient]) -> None:
    found, client = watched
    path, body = "/sdapi/v1/txt2img", BODIES["/sdapi/v1/txt2img"]["example"]
    with found.generations.place():
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert answer.json()["code"] == answer.json()["body"] == "queue_full"
        assert client.post("/sdapi/v1/interrupt").status_code == 200, "what ends a job waits for none"
        lamps = client.post("/ic-light/lamps", json=BODIES["/ic-light/lamps"]["example"])
        assert lamps.status_code == 200, "another queue"
        queue = client.get("/ic-light/health").json()["queues"]["generations"]
        assert (queue["waiting"], queue["limit"], queue["seconds"]) == (1, 0, 1)
    assert client.post(path, json=body).status_code == 200
    assert client.post(path, json={"qqq": 1}).status_code == 422
    assert (found.generations.running, found.generations.waiting) == (0, 0)


def test_what_waits_leaves_less_to_caches(watched: tuple[health.Watched, TestClient]) -> None:
    found, client = watched
    path, body = "/ic-light/relight", BODIES["/ic-light/relight"]["example"]
    budget = Budget(100)
    kept: Cache[str] = Cache(budget, len)
    for name in "abcd":
        kept.put(name, name * 20)
    with Turns(0, bodies=Bodies(budget)).place(50):
        assert [name in kept for name in "abcd"] == [False, False, True, True]
    kept.put("e", "e" * 20)
    assert [name in kept for name in "cde"] == [True] * 3
    most = found.generations.place(LARGEST), found.generations.place(CACHED_BYTES - LARGEST)
    found.generations.limit = 1
    with most[0], most[1]:
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (429, "queue_full")
        assert "have sent more than 512 MB" in answer.json()["detail"]
    assert client.post(path, json=body).status_code == 200


def test_what_stops_says_so(watched: tuple[health.Watched, TestClient]) -> None:
    found, client = watched
    assert client.get("/ic-light/health").json()["status"] == "ready"
    found.stop()
    for path in ("/sdapi/v1/txt2img", "/ic-light/relight"):
        answer = client.post(path, json=BODIES[path]["example"])
        assert (answer.status_code, answer.json()["code"]) == (503, "server_stopping")
    assert client.get("/ic-light/health").status_code == 503
    assert not found.busy


def test_figures_for_prometheus(watched: tuple[health.Watched, TestClient], monkeypatch: pytest.MonkeyPatch) -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    _, client = watched
    assert client.get("/metrics").status_code == 401
    own = {"auth": ("me", "secret")}
    client.post("/ic-light/relight", json=BODIES["/ic-light/relight"]["example"])
    answer = client.get("/metrics", **own)  # type: ignore[arg-type]
    assert answer.headers["Content-Type"].startswith("text/plain")
    found: dict[Any, float] = {
        (sample.name, *sample.labels.values()): sample.value
        for family in parser.text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["ic_light_requests_total", "done", "pictures"] == 1
    assert found["ic_light_request_seconds_count", "pictures"] == 1
    assert 0 < found["ic_light_cache_bytes",] < found["ic_light_cache_limit_bytes",]
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    answer = client.get("/metrics", **own)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (500, "installation_incomplete")
    assert "[metrics]" in answer.json()["detail"]


def test_the_contract_says_what_waits() -> None:
    posts = {path: methods["post"] for path, methods in CONTRACT["paths"].items() if "post" in methods}
    waits = {path for path, post in posts.items() if "429" in post["responses"]}
    kept = {path for path in BODIES if path.endswith("{key}")}
    assert waits == BODIES.keys() - kept - {"/sdapi/v1/options", "/sdapi/v1/png-info"}
