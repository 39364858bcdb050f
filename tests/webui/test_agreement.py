"""The pictures are those of the published method, computed independently in ``tests/reference``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.reference import Hires
from tests.webui import samples
from tests.webui.host import Host
from tests.webui.wanted import HIRES, SAME

logger = logging.getLogger(__name__)

SIZE = 256
SUBJECT, BACKGROUND, MASK = samples.subject(), samples.background(), samples.mask()
SOFT = Image.fromarray(np.dstack([SUBJECT, MASK]))

FLOOR = 60.0
HIRES_FLOOR = 45.0
"""Where it is not known which sample of the posterior the host takes of its upscaled picture."""

STAGE = {**HIRES, "hr_second_pass_steps": 2}


@dataclass(frozen=True)
class Case:
    """One generation, told twice: ``args`` for the extension, ``same`` for the reference.

    ``steps`` are such that every timestep is a whole number.
    """

    name: str
    role: str
    args: dict[str, Any] = field(default_factory=dict)
    same: dict[str, Any] = field(default_factory=dict)
    steps: int = 4
    batch: int = 1
    hires: bool = False


CASES = (
    Case("fc-none", "fc"),
    Case("fc-left", "fc", {"light": "left"}, {"light": "left"}),
    *(Case(f"fc-{light}", "fc", {"light": light}, {"light": light}) for light in ("right", "top", "bottom", "ambient")),
    *(
        Case(
            f"fc-denoise-{strength}",
            "fc",
            {"light": "left", "lowres_denoise": strength},
            {"light": "left", "lowres_denoise": strength},
            steps=steps,
        )
        for strength, steps in ((0.6, 6), (0.9, 9))
    ),
    Case("fc-mask", "fc", {"foreground_mask": samples.b64(MASK)}, {"alpha": MASK / np.float32(255)}),
    Case(
        "fc-soft-alpha",
        "fc",
        {"foreground": samples.b64(SOFT), "matting": "auto"},
        {"alpha": MASK / np.float32(255)},
    ),
    Case("fc-batch", "fc", {"light": "top"}, {"light": "top"}, batch=2),
    Case("fc-hires", "fc", hires=True),
    Case("fc-left-hires", "fc", {"light": "left"}, {"light": "left"}, hires=True),
    Case("fbc-picture", "fbc", {"background": samples.b64(BACKGROUND)}, {"background": BACKGROUND}),
    Case(
        "fbc-flipped",
        "fbc",
        {"background": samples.b64(BACKGROUND), "flip_background": True},
        {"background": np.ascontiguousarray(BACKGROUND[:, ::-1])},
    ),
    *(Case(f"fbc-{light}", "fbc", {"light": light}, {"light": light}) for light in ("left", "ambient")),
    Case("fbc-hires", "fbc", {"background": samples.b64(BACKGROUND)}, {"background": BACKGROUND}, hires=True),
    Case("fcon-none", "fcon"),
)
QUICK = ("fc-none", "fc-left", "fbc-picture")


def _hires(host: Host, batch: int) -> tuple[Hires, float]:
    """The second stage, and how closely it can be known on this host."""
    known = host.version()["host"] == "Forge"
    seed = (SAME["seed"] + batch - 1 + 100000) % 65536 if known else None
    return Hires(SIZE * 3 // 2, SIZE * 3 // 2, 2, 0.5, seed), FLOOR if known else HIRES_FLOOR


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, id=c.name, marks=() if c.name in QUICK else pytest.mark.slow) for c in CASES],
)
def test_txt2img(
    host: Host,
    expected: Callable[..., list[np.ndarray]],
    record_property: Callable[[str, object], None],
    case: Case,
) -> None:
    """At least 60 dB of PSNR against the reference; ``--log-cli-level=INFO`` says how much."""
    hires, floor = _hires(host, case.batch) if case.hires else (None, FLOOR)
    pictures = host.generate(
        {"model": case.role, "foreground": samples.b64(SUBJECT), "matting": "none", **case.args},
        width=SIZE,
        height=SIZE,
        steps=case.steps,
        batch_size=case.batch,
        **(STAGE if case.hires else {}),
    )
    wanted = expected(
        "relight",
        case.role,
        foreground=SUBJECT,
        width=SIZE,
        height=SIZE,
        steps=case.steps,
        batch=case.batch,
        hires=hires,
        **SAME,
        **case.same,
    )
    assert len(pictures) == len(wanted)
    found = [samples.psnr(picture, reference) for picture, reference in zip(pictures, wanted, strict=True)]
    logger.info("%s: %s dB", case.name, ", ".join(f"{decibels:.1f}" for decibels in found))
    record_property("decibels", round(min(found), 1))
    assert min(found) >= floor


@pytest.mark.slow
def test_plain(host: Host, expected: Callable[..., list[np.ndarray]]) -> None:
    """The yardstick itself: the reference agrees with the host where the extension has no part."""
    (picture,) = host.generate(width=SIZE, height=SIZE, steps=4)
    (wanted,) = expected("plain", None, width=SIZE, height=SIZE, steps=4, **SAME)
    assert samples.psnr(picture, wanted) >= 80


@pytest.mark.slow
def test_light_matters(expected: Callable[..., list[np.ndarray]]) -> None:
    """Two lights are farther apart than the floor, so that agreement says something."""
    same = {
        "foreground": SUBJECT,
        "width": SIZE,
        "height": SIZE,
        "steps": 4,
        "batch": 1,
        "hires": None,
        **SAME,
    }
    (left,), (right,) = (expected("relight", "fc", light=light, **same) for light in ("left", "right"))
    assert samples.psnr(left, right) < 40
