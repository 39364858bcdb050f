"""Beside other people's extensions, where they are installed: ``ICLIGHT_COMPANY`` names their folders."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.webui import samples
from tests.webui.host import SMALL, TITLE, Host
from tests.webui.wanted import RELIT

pytestmark = pytest.mark.slow


@pytest.fixture
def script(host: Host) -> Callable[[str], str]:
    """``script(part)``: the title of the script that has the part in it."""

    def find(part: str) -> str:
        titles = host.get("/sdapi/v1/scripts").json()["txt2img"]
        found = [title for title in titles if part in title.lower()]
        if not found:
            pytest.skip(f"no script is called {part!r}")
        return found[0]

    return find


def test_dynamic_prompts(host: Host, script: Callable[[str], str]) -> None:
    """Each picture of a batch has its own prompt, and each is relit."""
    title = script("dynamic prompts")
    # Enabled, all combinations once, no other magic, one seed for all.
    company = {title: [True, True, 1, *[False] * 3, 0.9, 1.1, 100, 0.7, True, *[False] * 4, 0, "", ""]}
    pictures = host.generate(RELIT, company=company, prompt="a {cat|dog} portrait", n_iter=2)
    for animal, picture in zip(("cat", "dog"), pictures, strict=True):
        assert np.array_equal(picture, host.generate(RELIT, prompt=f"a {animal} portrait")[0]), animal


def test_agent_scheduler(host: Host) -> None:
    """A queued request gives the picture of the same request now."""
    if host.get("/agent-scheduler/v1/queue").status_code != 200:
        pytest.skip("agent-scheduler is not installed")
    body: dict[str, Any] = {**SMALL, "alwayson_scripts": {TITLE: {"args": [RELIT]}}}
    queued = host.post("/agent-scheduler/v1/queue/txt2img", body)
    assert queued.status_code == 200, queued.text[:1000]
    task = queued.json()["task_id"]
    until = time.monotonic() + 300
    while time.monotonic() < until:
        results = host.get(f"/agent-scheduler/v1/task/{task}/results").json()
        if results["success"]:
            break
        time.sleep(2)
    assert results["success"], results
    picture = samples.decoded(results["data"][0]["image"].rpartition(",")[2])
    assert np.array_equal(picture, host.generate(RELIT)[0])
