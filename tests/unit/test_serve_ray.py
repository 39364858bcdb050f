"""The HTTP API before a Ray cluster: the same answers, several at once, whatever becomes of a worker."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psutil
import pytest
import requests
from fastapi.testclient import TestClient
from PIL import Image

from lib_iclight.decoding import decode
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import to_base64
from lib_iclight.request.infotext import BASIS_KEY, parse_parameters
from lib_iclight.standalone.app import build_api
from lib_iclight.standalone.cli import FAILED, main
from lib_iclight.standalone.cluster_runner import ClusterRunner
from lib_iclight.standalone.executors import TRIES
from lib_iclight.standalone.remote import ServiceSettings
from lib_iclight.standalone.runners import Runner
from lib_iclight.standalone.service import Service
from tests.standalone import served
from tests.standalone.test_service import asking, body, several

pytest.importorskip("ray")

LIMIT = 120
"""Seconds after which a test gives up: a worker begins in two where nothing else runs."""

QUEUE = 1
RELIGHT, EACH = "/sdapi/v1/txt2img", "/sdapi/v1/img2img"

# Sockets and files of Ray's own, which it leaves to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def wait(reached: Callable[[], Any]) -> Any:
    """What is said, once it is something."""
    deadline = time.monotonic() + LIMIT
    while not (found := reached()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def at_work() -> list[psutil.Process]:
    """The processes that begin a job now, of those begun by this one: what is asked of them later renames them."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if (process.cmdline() or [""])[0].startswith("ray::RemoteRunner.generate"):
                found.append(process)
    return found


@dataclass
class Server:
    """What serves, with two workers."""

    client: TestClient

    @property
    def progress(self) -> Any:
        return self.client.get("/sdapi/v1/progress").json()

    @property
    def queue(self) -> Any:
        return self.client.get("/ic-light/health").json()["queues"]["generations"]

    @property
    def workers(self) -> int:
        answer = self.client.get("/ic-light/health")
        if answer.status_code == 503:
            assert answer.json()["code"] == "no_worker"
            return 0
        return int(answer.json()["workers"])


@contextmanager
def serving(runner: Callable[[Service], Runner] | None = None) -> Iterator[TestClient]:
    service = Service([], "classic")
    if runner is not None:
        service.runner = runner(service)
    try:
        with TestClient(build_api(service, queue=QUEUE)) as client:
            yield client
    finally:
        service.runner.close()


@pytest.fixture(scope="module")
def machines() -> Iterator[Any]:
    """Two machines with a core each, of which the second may be removed."""
    from ray.cluster_utils import Cluster as Machines

    machines = Machines(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    machines.second = machines.add_node(num_cpus=1)
    yield machines
    machines.shutdown()


@pytest.fixture(scope="module")
def server(machines: Any) -> Iterator[Server]:
    settings = ServiceSettings([], "classic")

    def runner(service: Service) -> Runner:
        return ClusterRunner(settings, service.runtime.bases, machines.address)

    with serving(runner) as client:
        found = Server(client)
        assert wait(lambda: found.workers == 2)
        yield found


@pytest.fixture(scope="module")
def here() -> Iterator[TestClient]:
    """The same without Ray."""
    with serving() as client:
        yield client


def cut_out(number: int) -> dict[str, Any]:
    """Asks for a picture whose subject is the middle of it."""
    alpha = Image.new("L", (160, 160))
    alpha.paste(255, (40, 40, 120, 120))
    asked = body(number)
    options = asked["alwayson_scripts"]["IC-Light"]["args"][0]
    picture = decode(options["foreground"], "foreground").convert("RGB")
    picture.putalpha(alpha)
    options |= {"foreground": to_base64(picture), "matting": "auto"}
    return asked


def staged(number: int) -> dict[str, Any]:
    asked = body(number)
    asked["alwayson_scripts"]["IC-Light"]["args"][0] |= {"stage": "directions", "stage_directions": 4}
    return asked


def test_a_worker_of_another_version_says_so(machines: Any) -> None:
    settings = ServiceSettings([], "classic", version="0")
    with serving(lambda service: ClusterRunner(settings, service.runtime.bases, machines.address)) as client:

        def refused() -> str:
            return str(client.get("/ic-light/health").json()["detail"])

        wait(lambda: "is installed here, and 0 where it was asked" in refused())
        answer = client.post(RELIGHT, json=body(0))
        assert (answer.status_code, answer.json()["code"]) == (503, "no_worker")
        assert answer.json()["detail"] == refused()


def test_told_to_stop_it_ends_its_job_and_its_cluster() -> None:
    mine, others = several(200, 24), several(120, 24)
    with served.serving("--ray") as program, ThreadPoolExecutor(1) as clients:
        wait(lambda: requests.get(f"{program.url}/ic-light/health", timeout=LIMIT).json().get("workers", 0) >= 2)
        started = psutil.Process(program.process.pid).children(recursive=True)
        assert any("raylet" in process.name() for process in started)

        def count() -> int:
            return int(requests.get(f"{program.url}/sdapi/v1/progress", timeout=LIMIT).json()["state"]["job_count"])

        with asking(program, EACH, mine):
            wait(lambda: count() == 1)
            asked = clients.submit(requests.post, program.url + EACH, json=others, timeout=LIMIT)
            wait(lambda: count() == 2)
        wait(lambda: count() == 1)
        assert not asked.done(), "the job whose client has gone ends alone"
        program.process.send_signal(signal.SIGTERM)
        assert len(asked.result().json()["images"]) == 24
        assert program.process.wait(LIMIT) == 0
        assert psutil.wait_procs(started, LIMIT)[1] == []


def test_the_answers_are_the_same(server: Server, here: TestClient) -> None:
    before = server.client.get("/ic-light/version").json()
    assert before["workers"] == 2
    asked = [
        (RELIGHT, body(1)),
        (EACH, several(2, 3)),
        (RELIGHT, {**cut_out(5), "override_settings": {"ic_light_backdrop": "#203040"}}),
        (RELIGHT, {**body(6), "alwayson_scripts": {"IC-Light": {"args": [{"foreground": "bm90aGluZw=="}]}}}),
        (RELIGHT, {**body(7), "batch_size": 2}),
    ]
    statuses = []
    for path, wanted in asked:
        there, same = server.client.post(path, json=wanted), here.post(path, json=wanted)
        assert (there.status_code, there.json()) == (same.status_code, same.json())
        statuses.append(there.status_code)
    assert statuses == [200, 200, 200, 422, 422]
    counts = server.client.get("/ic-light/version").json()["counts"]
    assert counts["decode"] > before["counts"]["decode"], "what workers do is counted"
    assert server.client.post("/sdapi/v1/reload-checkpoint").json() == {}
    assert server.client.post("/sdapi/v1/unload-checkpoint").json() == {}


def test_as_many_at_a_time_as_there_are_workers(server: Server) -> None:
    def running() -> bool:
        return bool(server.progress["state"]["job_count"] == 2)

    with ThreadPoolExecutor(2 + QUEUE) as clients:
        asked = [clients.submit(server.client.post, EACH, json=several(10 * number, 8)) for number in (1, 2, 3)]
        wait(running)
        queue = wait(lambda: server.queue if server.queue["waiting"] == QUEUE else None)
        assert (queue["running"], queue["at_once"], queue["limit"]) == (2, 2, QUEUE)
        refused = server.client.post(RELIGHT, json=body(0))
        assert (refused.status_code, refused.json()["code"]) == (429, "queue_full")
        assert int(refused.headers["Retry-After"]) >= 1
        shares = [wait(lambda: server.progress["progress"])]
        assert 0 < shares[0] < 1
        assert [one.result().status_code for one in asked] == [200] * 3
    assert server.progress["state"]["job_count"] == 0


def test_an_interrupt_ends_what_is_being_done(server: Server) -> None:
    with ThreadPoolExecutor(2) as clients:
        asked = [clients.submit(server.client.post, EACH, json=several(10 * number, 16)) for number in (3, 5)]
        wait(lambda: server.progress["state"]["job_count"] == 2)
        wait(lambda: server.progress["progress"] > 0)
        server.client.post("/sdapi/v1/interrupt")
        made = [len(one.result().json()["images"]) for one in asked]
    assert all(0 < count < 16 for count in made)
    assert len(server.client.post(EACH, json=several(70, 3)).json()["images"]) == 3, "no later job is stopped"


def test_what_a_worker_renders_for_a_stage_is_mixed_here(server: Server, here: TestClient) -> None:
    names, pictures = set(), []
    for client in (server.client, server.client, here):
        answer = client.post(RELIGHT, json=staged(80)).json()
        name = parse_parameters(json.loads(answer["info"])["infotexts"][0])[BASIS_KEY]
        names.add(name)
        packed = client.get(f"/ic-light/stage/{name}")
        assert packed.status_code == 200
        pictures.append(packed.content)
        mixed = client.post(f"/ic-light/stage/{name}", json={"give": "mix"})
        assert mixed.status_code == 200, mixed.text
        pictures.append(json.dumps(mixed.json()["image"]).encode())
    assert len(names) == 2, "every worker names it alike"
    assert len(set(pictures)) == 2, "they are the same as without Ray"


def test_a_worker_that_ends_costs_time_alone(server: Server, here: TestClient) -> None:
    wanted = several(90, 8)
    with ThreadPoolExecutor(1) as clients:
        asked = clients.submit(server.client.post, EACH, json=wanted)
        wait(at_work)[0].kill()
        wait(lambda: server.workers < 2)
        answer = asked.result()
    assert answer.status_code == 200
    assert answer.json() == here.post(EACH, json=wanted).json()
    assert wait(lambda: server.workers == 2), "another is begun"


def test_who_ends_every_worker_gets_a_sentence(server: Server) -> None:
    with ThreadPoolExecutor(1) as clients:
        asked = clients.submit(server.client.post, EACH, json=several(100, 16))
        ended: set[int] = set()
        while not asked.done():
            for process in at_work():
                process.kill()
                ended.add(process.pid)
        answer = asked.result()
    assert (answer.status_code, answer.json()["code"]) == (500, "worker_lost")
    assert f"ended {TRIES} times" in answer.json()["detail"]
    assert len(ended) == TRIES
    assert server.client.post(RELIGHT, json=body(0)).status_code == 200


def test_a_machine_that_ends_costs_time_alone(machines: Any, server: Server, here: TestClient) -> None:
    wanted = several(110, 8), several(130, 8)
    wait(lambda: server.workers == 2)
    with ThreadPoolExecutor(2) as clients:
        asked = [clients.submit(server.client.post, EACH, json=one) for one in wanted]
        wait(lambda: server.progress["state"]["job_count"] == 2)
        machines.remove_node(machines.second, allow_graceful=False)
        for one, there in zip(wanted, asked):
            assert there.result().json() == here.post(EACH, json=one).json()
    wait(lambda: server.workers == 1)


def test_an_error_travels_whole() -> None:
    import pickle

    from lib_iclight.errors import mention

    error = ICLightError(ErrorCode.NO_LIGHT, f"IC-Light: give {mention('light', 'left')} of {mention('lamps')}.")
    found = pickle.loads(pickle.dumps(error))
    assert type(found) is ICLightError
    assert (found.detail, found.code, found.status_code) == (error.detail, "no_light", 422)
    say = "{}/{}".format
    assert found.write(say) == error.write(say) == "IC-Light: give light/left of lamps/."


def test_where_ray_is_not_installed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["serve", "--engine", "classic", "--ray"]) == FAILED
    assert 'Not installed: ray; run pip install -e ".[ray]"' in capsys.readouterr().err
