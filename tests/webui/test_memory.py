"""A relit generation takes no more memory than it needs, and leaves none of it behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.webui import samples
from tests.webui.conftest import ROLES, Models
from tests.webui.host import Host
from tests.webui.wanted import HIRES, RELIT

UNET_WEIGHTS = 859_520_964
"""Of Stable Diffusion 1.5."""

FLOAT32 = 4
SUBJECT = {"foreground": samples.b64(samples.subject()), "matting": "none"}
BACKGROUND = {"model": "fbc", "background": samples.b64(samples.background())}
TINY = {"width": 64, "height": 64, "steps": 1}
GROWTH = 100_000_000
"""How much the anonymous memory may differ from round to round, in bytes: allocators keep a little of their own.
A picture's latents and pixels are less than a megabyte, a model file's weights 1.7 gigabytes."""

ROUNDS = 3


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


def _round(host: Host) -> None:
    """Models, tabs, stages, plain and refused generations by turns."""
    picture = samples.b64(samples.subject(64, 64))
    own = {"init_images": [picture], "denoising_strength": 1.0, **TINY}
    host.generate({**SUBJECT, "light": "left"}, **TINY)
    host.generate({**SUBJECT, **BACKGROUND}, **TINY)
    host.generate({**SUBJECT, "model": "fcon"}, **TINY)
    host.generate(**TINY)
    host.generate({"matting": "none", "light": "top"}, "img2img", **own)
    _refused(host, {**SUBJECT, "light": "behind"})
    host.generate({**SUBJECT, "model": "fbc", "light": "right"}, **{**TINY, **HIRES})
    _refused(host, {**SUBJECT, "model": "fbc"})


def _refused(host: Host, args: dict[str, Any]) -> None:
    assert host.ask(args, **TINY).status_code == 422


def test_nothing_is_left_behind(own_host: Host, models: Models, record_property: Callable[[str, object], None]) -> None:
    """Without Python's cycle collector, each model file is mapped once at most, and anonymous memory is flat."""
    files = [str(models.file(role).resolve()) for role in ROLES]
    own_host.post("/ring/collector", {"enabled": False}).raise_for_status()
    try:
        # The first round pays for what is kept on purpose.
        _round(own_host)
        anonymous, mapped = [], []
        for _ in range(ROUNDS):
            _round(own_host)
            anonymous.append(own_host.anonymous_memory())
            mapped.append([own_host.maps_of(file) for file in files])
    finally:
        own_host.post("/ring/collector", {"enabled": True}).raise_for_status()
    record_property("anonymous_gb", [round(size / 1e9, 3) for size in anonymous])
    record_property("maps", mapped)
    assert max(map(max, mapped)) == 1, "and one at least is mapped, or the files are called otherwise"
    assert max(anonymous) - anonymous[0] <= GROWTH
