"""What was done once for a picture is not done again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.webui import samples
from tests.webui.host import Host
from tests.webui.wanted import HIRES

SUBJECT = {"foreground": samples.b64(samples.subject())}


@pytest.mark.parametrize(
    ("args", "changes"),
    [
        pytest.param({}, {}, id="fc-matted"),
        pytest.param({"light": "left", "matting": "none"}, HIRES, id="fc-left-hires"),
        pytest.param(
            {"model": "fbc", "background": samples.b64(samples.background()), "matting": "none"}, {}, id="fbc"
        ),
    ],
)
def test_second_time_costs_nothing(
    host: Host, record_property: Callable[[str, object], None], args: dict[str, Any], changes: dict[str, Any]
) -> None:
    """No reads, decoding, matting, encoding or merging for the same request again."""
    host.generate({**SUBJECT, **args}, **changes)
    before = host.counts()
    host.generate({**SUBJECT, **args}, **changes)
    after = host.counts()
    assert {"read", "encode", "merge", "matting", "decode"} <= after.keys()
    again = {name: after[name] - before.get(name, 0) for name in after}
    record_property("again", again)
    assert again == dict.fromkeys(after, 0)


def test_another_seed_and_prompt_cost_nothing(host: Host) -> None:
    args = {**SUBJECT, "matting": "none"}
    host.generate(args)
    before = host.counts()
    host.generate(args, seed=2, prompt="a dog")
    assert host.counts() == before
