"""Every sampler that the host lists."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from tests.webui import samples
from tests.webui.host import Host
from tests.webui.wanted import RELIT

OTHER = {**RELIT, "foreground": samples.b64(samples.background())}
# Euler Dy asks at half size from the third step on, and not in the last.
TINY = {"width": 64, "height": 64, "steps": 5}


ENOUGH = 40.0
"""How many seconds a sampler is given. Those that choose their steps may want hundreds of a random model."""


def _ask(host: Host, args: dict[str, Any] | None, asked: dict[str, Any]) -> requests.Response:
    """Ask for a generation, which is interrupted when it was at work for long enough."""
    interrupt = threading.Timer(ENOUGH, host.post, ["/sdapi/v1/interrupt"])
    interrupt.start()
    try:
        return host.ask(args, **asked)
    finally:
        interrupt.cancel()


def _names(host: Host) -> list[str]:
    return [sampler["name"] for sampler in host.get("/sdapi/v1/samplers").json()]


@pytest.mark.slow
def test_samplers_at_other_sizes(host: Host) -> None:
    names = [name for name in _names(host) if {"dy", "smea"} & set(name.lower().split())]
    if not names:
        pytest.skip("this host has no sampler that asks the UNet at another size")
    for name in names:
        asked = {**TINY, "sampler_name": name}
        (relit,) = host.generate(RELIT, **asked)
        assert samples.psnr(relit, host.generate(**asked)[0]) < 45, f"{name}: it was not relit"
        assert samples.psnr(relit, host.generate(OTHER, **asked)[0]) < 45, f"{name}: the subject was not seen"


@pytest.mark.slow
def test_every_sampler_relights_or_says_why_not(host: Host) -> None:
    """Those that fail plain as well are left out."""
    failed = []
    for name in _names(host):
        asked = {**TINY, "sampler_name": name}
        answer = _ask(host, RELIT, asked)
        said = answer.status_code == 422 and "IC-Light" in answer.json()["detail"]
        if answer.status_code != 200 and not said and _ask(host, None, asked).status_code == 200:
            failed.append((name, answer.text[:300]))
    assert not failed
