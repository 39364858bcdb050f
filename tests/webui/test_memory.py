"""A relit generation takes no more memory than it needs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.webui.conftest import Models
from tests.webui.host import Host
from tests.webui.wanted import RELIT

UNET_WEIGHTS = 859_520_964
"""Of Stable Diffusion 1.5."""

FLOAT32 = 4


def test_peak(own_host: Host, models: Models, record_property: Callable[[str, object], None]) -> None:
    """At most plain + one merged UNet + the mapped offset file + 0.5 GB."""
    if "fp32" not in own_host.flags and "precision full" not in own_host.flags:
        pytest.skip("the size of a merged UNet is known in float32")
    own_host.generate(RELIT, width=256, height=256, steps=1)
    peak = own_host.peak_memory()
    allowed = own_host.plain_peak + UNET_WEIGHTS * FLOAT32 + models.file("fc").stat().st_size + 500_000_000
    for name, size in (("plain", own_host.plain_peak), ("relit", peak), ("allowed", allowed)):
        record_property(f"{name}_gb", round(size / 1e9, 2))
    assert peak <= allowed
