"""The engine with a full-size checkpoint of random weights, against the independent computation.

``ICLIGHT_MODELS`` names the folder, as for the ring in a WebUI. It takes 8 GB of memory and minutes.
"""

from __future__ import annotations

import gc
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib_iclight import log
from lib_iclight.standalone.job import Hires, Job, Result
from lib_iclight.standalone.service import Service
from tests import reference
from tests.webui import samples

logger = logging.getLogger(__name__)

SIZE = 256
COMMON = {"prompt": "a cat portrait", "seed": 1}
SUBJECT, BACKGROUND = samples.subject(), samples.background()
RELIT = {"foreground": samples.b64(SUBJECT), "matting": "none"}
PICTURE = {"model": "fbc", "background": samples.b64(BACKGROUND)}

CASES: dict[str, tuple[str | None, dict[str, Any] | None, dict[str, Any], float]] = {
    "plain": (None, None, {}, 80),
    "fc-none": ("fc", {}, {}, 60),
    "fc-left": ("fc", {"light": "left"}, {"light": "left"}, 60),
    "fc-left-hires": ("fc", {"light": "left"}, {"light": "left", "hires": True}, 45),
    "fbc-picture": ("fbc", PICTURE, {"background": BACKGROUND}, 60),
}


@pytest.fixture(scope="module")
def models() -> Path:
    folder = os.environ.get("ICLIGHT_MODELS")
    if not folder:
        pytest.skip("ICLIGHT_MODELS names no folder of models")
    return Path(folder)


@pytest.fixture(scope="module")
def results(models: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """All cases by one engine, which is gone before the reference begins: both at once would be 16 GB."""
    folder = tmp_path_factory.mktemp("models")
    for source in (models / "sd15_random.safetensors", *(models / "ic-light").glob("*.safetensors")):
        (folder / source.name).symlink_to(source)
    service = Service([folder], "diffusion")
    found = {}
    for name, (_, args, asked, _) in CASES.items():
        job = Job(
            args=[] if args is None else [{**RELIT, **args}],
            negative_prompt="bad dog",
            steps=4,
            cfg_scale=2,
            width=SIZE,
            height=SIZE,
            hires=Hires(steps=2) if "hires" in asked else None,
            **COMMON,
        )
        found[name] = service.generate(job)
        if name == "fc-left":
            before = log.counts()
            again = service.generate(job)
            assert log.counts() == before, "a warm generation reads, encodes and merges nothing"
            assert again.images[0].tobytes() == found[name].images[0].tobytes()
            plain = service.generate(Job(args=[], negative_prompt="bad dog", steps=4, cfg_scale=2, **_size(), **COMMON))
            assert plain.images[0].tobytes() == found["plain"].images[0].tobytes()
    del service
    gc.collect()
    return found


def _size() -> dict[str, int]:
    return {"width": SIZE, "height": SIZE}


@pytest.mark.parametrize("name", CASES)
def test_agreement(name: str, results: dict[str, Result], models: Path) -> None:
    role, _, same, floor = CASES[name]
    # The other spelling than the engine's, so that one checks the other.
    offset = None if role is None else models / "ic-light-diffusers" / f"iclight_sd15_{role}.safetensors"
    same = {**same, "hires": reference.Hires(SIZE * 3 // 2, SIZE * 3 // 2, 2, 0.5) if "hires" in same else None}
    loaded = reference.load(models / "sd15_random.safetensors", offset)
    asked = {"negative": "bad dog", "steps": 4, "cfg": 2, **_size(), **COMMON, **same}
    (wanted,) = reference.plain(loaded, **asked) if role is None else reference.relight(loaded, SUBJECT, **asked)
    del loaded
    gc.collect()
    decibels = samples.psnr(np.asarray(results[name].images[0]), wanted)
    logger.info("%s: %.1f dB", name, decibels)
    assert decibels >= floor
    assert "Size: 256x256, Model hash: " in results[name].infotexts[0]
