"""Who does a service's jobs: which are being done, how far they are, and whose checkpoint it is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_iclight.errors import ICLightError
from lib_iclight.standalone.job import Job, StopError
from lib_iclight.standalone.remote import RemoteRunner, SentBases, ServiceSettings
from lib_iclight.standalone.runners import Running
from tests.unit.test_checkpoint import shapes
from tests.unit.test_library import offset_shapes, write

STEPS = st.lists(st.tuples(st.sampled_from(["begin", "tell", "end", "stop", "skip"]), st.integers(0, 3)), max_size=40)


def said(tell: Callable[[float], None]) -> str:
    """What a job hears where it tells how far it is."""
    try:
        tell(0.5)
    except StopError as stop:
        return "stop" if stop.everything else "skip"
    return ""


@given(STEPS)
def test_whatever_jobs_do_each_is_told_its_own(steps: list[tuple[str, int]]) -> None:
    running = Running()
    jobs: dict[int, tuple[ExitStack, Callable[[float], None]]] = {}
    told: dict[int, list[str]] = {}
    order: list[int] = []
    for what, number in steps:
        if what == "begin" and number not in jobs:
            stack = ExitStack()
            jobs[number] = stack, stack.enter_context(running.job(lambda share: None))
            told[number] = []
            order.append(number)
        elif what in ("stop", "skip"):
            running.stop(everything=what == "stop")
            for one in order:
                told[one].append(what)
        elif what == "end" and number in jobs:
            jobs.pop(number)[0].close()
            order.remove(number)
        elif what == "tell" and number in jobs:
            # All are equally far: each is one nonetheless.
            assert said(jobs[number][1]) == (("stop" if "stop" in told[number] else "skip") if told[number] else "")
            told[number] = [one for one in told[number] if one == "stop"]
        assert running.count == len(order)
        if order:
            assert running.first.stops.interrupted == ("stop" in told[order[0]])
            assert running.first.stops.skipped == ("skip" in told[order[0]])
    running.close()
    with pytest.raises(ICLightError, match="is being stopped"), running.job(lambda share: None):
        pass
    for stack, _ in jobs.values():
        stack.close()
    assert running.count == 0
    assert running.first.share == 0


def test_the_checkpoint_is_that_of_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("diffusers")
    from lib_iclight.errors import ErrorCode
    from lib_iclight.standalone.diffusion import model

    for name in ("first", "second"):
        write(tmp_path / f"{name}.safetensors", shapes())
    write(tmp_path / "iclight_sd15_fc.safetensors", offset_shapes(8))
    loaded: list[str] = []

    def load(file: Any) -> Any:
        loaded.append(file.path.stem)
        raise ICLightError(ErrorCode.NOT_SD15, f"{file.path.stem} is read")

    monkeypatch.setattr(model, "load", load)
    worker = RemoteRunner(ServiceSettings([tmp_path], "diffusion", "first.safetensors"), b"secret")
    answers = [worker.generate(Job([]), name).result for name in ("second.safetensors", "", "first.safetensors")]
    assert list(map(str, answers)) == ["second is read", "first is read", "first is read"]
    assert str(worker.load_checkpoint("second.safetensors")) == "second is read"
    assert "finds no checkpoint" in str(worker.load_checkpoint("third.safetensors"))
    worker.unload_checkpoint()
    assert loaded == ["second", "first", "first", "second"]
    assert (worker.share(), worker.generate(Job([]), "third.safetensors").bases) == (0.0, {})


def test_who_has_the_same_secret_names_the_same() -> None:
    assert SentBases(b"one").name("basis") == SentBases(b"one").name("basis") != SentBases(b"two").name("basis")
