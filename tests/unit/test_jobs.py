"""Many pictures by several processes: the same files in the same order, whatever becomes of a process."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.cli import DONE, FAILED, MISUSED, main
from lib_iclight.standalone.executors import Here, Pool, count_cores, count_workers
from lib_iclight.standalone.job import Result
from lib_iclight.standalone.mark import Mark
from lib_iclight.standalone.orders import Order
from lib_iclight.standalone.processes import Processes
from lib_iclight.standalone.remote import ServiceSettings
from lib_iclight.standalone.service import Service
from lib_iclight.standalone.worker import Made, Task, Worker
from tests.unit.test_batch import Captured, tree
from tests.unit.test_cli import relight, save

ROOT = Path(__file__).parents[2]
SETTINGS = ServiceSettings((), "classic", "")
LEFT = ("--engine", "classic", "--matting", "u2netp", "--light", "left")


def test_files_and_their_order_do_not_depend_on_jobs(tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with Image.open(ROOT / "docs" / "astronaut.jpg") as photo:
        for number in range(5):
            photo.resize((64 + number, 64)).save(folder / f"{number}.jpg")
    (folder / "2.jpg").write_bytes(b"no picture")
    reports = []
    for jobs in (1, 2):
        out, report = tmp_path / "out", tmp_path / "report.jsonl"
        # Matting is part of it: its arithmetic may not depend on how many threads a library has.
        command = ["relight", folder, "-o", out, "--append-images", "--jobs", jobs, "--report", report, "--force"]
        assert main([*map(str, command), *LEFT]) == FAILED
        assert "4 made, 0 kept, 1 failed." in capsys.readouterr().err
        lines = [json.loads(line) for line in report.read_text().splitlines()]
        reports.append([{**line, "seconds": 0} for line in lines])
        (tmp_path / str(jobs)).mkdir()
        out.rename(tmp_path / str(jobs) / "out")
    assert tree(tmp_path / "1") == tree(tmp_path / "2")
    assert reports[0] == reports[1]
    assert [Path(line["photo"]).stem for line in reports[0]] == list("01234")
    assert main(["relight", str(folder), "-o", str(tmp_path / "1" / "out"), "--jobs", "2", *LEFT]) == FAILED
    assert "0 made, 4 kept, 1 failed." in capsys.readouterr().err


@pytest.mark.parametrize("jobs", [0, -1, 5000])
def test_jobs_that_cannot_be(tmp_path: Path, jobs: int, capsys: Captured) -> None:
    assert relight(save(tmp_path / "a.jpg"), "-o", tmp_path / "out", "--jobs", jobs) == MISUSED
    assert f"--jobs is {jobs}" in capsys.readouterr().err


def test_there_is_a_worker_for_each_core_that_memory_is_there_for() -> None:
    assert 1 <= count_workers() <= count_cores()


@dataclass(frozen=True)
class Dies(Order):
    """Ends its process; where it is told a file, but for the last time only that it is there."""

    by: ClassVar[str] = "dies"
    label: ClassVar[str] = "dead"

    def make(self, service: Service, picture: str) -> Result:
        if picture == "always" or (picture and not Path(picture).exists()):
            if picture != "always":
                Path(picture).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return Result([], [], [int(self.options)])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_process_that_ends_costs_its_picture_time_alone(tmp_path: Path) -> None:
    asked = {2: str(tmp_path / "once"), 5: "always"}
    mark = Mark("dies", "")
    tasks = [Task(str(n), Dies(str(n), {}), asked.get(n, ""), mark) for n in range(8)]
    early = Made(error="read", code="x")
    found = list(Processes(SETTINGS, 2).run([*tasks[:4], early, *tasks[4:]]))
    assert found.pop(4) == early
    assert [made.seeds for made in found] == [() if n == 5 else (n,) for n in range(8)]
    assert found[5].code == "worker_lost"
    assert "The worker ended 3 times" in found[5].error


class Late(Pool):
    """Does in turn the newest and the oldest of what it has."""

    size = 3

    def __init__(self, together: int = 1) -> None:
        super().__init__(together)
        self.running: list[Sequence[Task]] = []
        self.sizes: list[int] = []
        self.closed = False

    def submit(self, tasks: Sequence[Task]) -> str:
        assert len(self.running) < self.size
        self.running.append(tasks)
        self.sizes.append(len(tasks))
        return tasks[0].name

    def wait(self) -> list[tuple[str, Sequence[Made] | None]]:  # type: ignore[override]
        tasks = self.running.pop(-1 if len(self.running) > 1 else 0)
        return [(tasks[0].name, [Made(seeds=(int(task.name),)) for task in tasks])]

    def close(self) -> None:
        self.closed = True


@dataclass(frozen=True)
class Alike(Dies):
    """Those with the same options are made together; without any, alone."""

    @property
    def kind(self) -> str | None:
        return self.options or None


class CountingWorker(Worker):
    """Tells how many it is given at once."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def make(self, tasks: Sequence[Task]) -> list[Made]:
        self.sizes.append(len(tasks))
        assert len({task.order.kind for task in tasks}) == 1
        return [Made(seeds=(int(task.name),)) for task in tasks]


@given(
    kinds=st.lists(st.sampled_from(["", "a", "b", "unread"]), max_size=40),
    together=st.integers(1, 5),
    here=st.booleans(),
)
def test_tasks_of_one_kind_are_made_together_and_come_in_their_order(
    kinds: list[str], together: int, here: bool
) -> None:
    read = 0

    def tasks() -> Iterator[Task | Made]:
        nonlocal read
        for number, kind in enumerate(kinds):
            read += 1
            early = Made(seeds=(number,), error="it cannot be read")
            yield early if kind == "unread" else Task(str(number), Alike(kind, {}), "", Mark("", ""))

    worker, pool = CountingWorker(), Late(together)
    executor = Here(worker, together) if here else pool
    most = 2 * together if here else pool.most
    for number, made in enumerate(executor.run(tasks())):
        assert made.seeds == (number,)
        assert read - number <= most
    sizes = worker.sizes if here else pool.sizes
    assert sum(sizes) == sum(kind != "unread" for kind in kinds)
    assert max(sizes, default=1) <= together


def test_a_batch_is_full_also_where_others_lie_between() -> None:
    worker = CountingWorker()
    tasks = [Task(str(n), Alike("ab"[n % 2], {}), "", Mark("", "")) for n in range(16)]
    assert len(list(Here(worker, 4).run(tasks))) == 16
    assert worker.sizes == [4] * 4


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_batch_whose_process_ends_is_made_one_by_one() -> None:
    tasks = [Task(str(n), Alike("1", {}), "always" if n == 2 else "", Mark("dies", "")) for n in range(6)]
    found = list(Processes(SETTINGS, 2, 3).run(tasks))
    assert [made.code for made in found] == ["worker_lost" if n == 2 else "" for n in range(6)]


def test_few_pictures_are_in_memory() -> None:
    read: list[int] = []

    def tasks() -> Iterator[Task]:
        for number in range(50):
            read.append(number)
            yield Task(str(number), Dies("", {}), "", Mark("", ""))

    pool = Late()
    for number, made in enumerate(pool.run(tasks())):
        assert made.seeds == (number,)
        assert len(read) - number <= pool.most
    assert number == 49
    assert pool.closed
    # Whoever goes away in the midst of it leaves nothing running.
    pool = Late()
    results = pool.run(tasks())
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert pool.closed


def test_a_worker_that_has_no_engine_says_so() -> None:
    with pytest.raises(ICLightError) as refused:
        ServiceSettings((), "diffusion", "").make()
    assert refused.value.code == ErrorCode.ENGINE_UNAVAILABLE.name.lower()


def test_a_run_by_processes_is_done(tmp_path: Path) -> None:
    jobs = tmp_path / "jobs.jsonl"
    save(tmp_path / "a.jpg")
    jobs.write_text("".join(json.dumps({"photo": "a.jpg", "name": str(n)}) + "\n" for n in range(8)))
    assert relight(jobs, "-o", tmp_path / "out", "--jobs", 2) == DONE
    assert tree(tmp_path / "out").keys() == {f"{n}.png" for n in range(8)}
