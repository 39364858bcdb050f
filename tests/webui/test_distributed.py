"""One batch by two WebUIs, with papuSpartan's Distributed in the one: ``ICLIGHT_DISTRIBUTED`` names its folder.

Both are of the same installation, and both have a model loaded: twice the memory of the rest of the ring.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from tests.webui import samples
from tests.webui.conftest import Models
from tests.webui.host import Host, started
from tests.webui.wanted import RELIT

pytestmark = pytest.mark.slow

WORKER = "ring"


@pytest.fixture(scope="module")
def master(host: Host, models: Models, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A second WebUI that gives a part of each batch to the ring's own."""
    extension, folder = os.environ.get("ICLIGHT_DISTRIBUTED"), os.environ.get("ICLIGHT_WEBUI")
    if not extension or not folder or host.data is None:
        pytest.skip("ICLIGHT_DISTRIBUTED names no folder of Distributed, or the ring has started no WebUI")
    python = os.environ.get("ICLIGHT_PYTHON") or Path(folder) / "venv" / "bin" / "python"
    scratch = tmp_path_factory.mktemp("master")
    (scratch / "ic-light").symlink_to(models.folder, target_is_directory=True)
    # As fast as each other by what it knows, so that it measures neither.
    speed = {"avg_ipm": 10}
    address = urlsplit(host.base_url)
    config = {
        "workers": [
            {"master": {**speed, "master": True}},
            {WORKER: {**speed, "address": address.hostname, "port": address.port}},
        ],
        "benchmark_payload": {},
        "complement_production": False,
    }
    file = scratch / "distributed.json"
    file.write_text(json.dumps(config))
    more = ("--distributed-config", str(file), "--distributed-debug")
    with started(Path(folder), Path(python), models.source, scratch, [Path(extension)], more) as running:
        (checkpoint,) = (m["title"] for m in running.get("/sdapi/v1/sd-models").json())
        # It tells its workers which one; and it counts pictures wrongly where there is a grid to come.
        running.post("/sdapi/v1/options", {"sd_model_checkpoint": checkpoint, "return_grid": False})
        yield running


SUBJECT = {"light": "left", "matting": "none"}
IMG2IMG = {"init_images": [samples.b64(samples.subject(128, 128))], "denoising_strength": 0.8}


@pytest.mark.parametrize(
    ("args", "tab", "changes"),
    [
        pytest.param(RELIT, "txt2img", {}, id="txt2img"),
        pytest.param(SUBJECT, "img2img", IMG2IMG, id="img2img"),
    ],
)
def test_a_batch_in_two_parts(
    host: Host, master: Host, args: dict[str, Any], tab: str, changes: dict[str, Any]
) -> None:
    """Each has made one of the pictures, and both are those of one WebUI alone."""
    alone = [host.generate(args, tab, seed=seed, **changes)[0] for seed in (1, 2)]
    answer = master.ask(args, tab, batch_size=2, **changes)
    assert answer.status_code == 200, answer.text[:2000]
    pictures = [samples.decoded(image) for image in answer.json()["images"]]
    first, second = json.loads(answer.json()["info"])["infotexts"]
    assert "Worker Label" not in first
    assert f"Worker Label: {WORKER}" in second, "the worker had no part in it"
    assert "IC-Light light: left" in first
    assert "IC-Light light: left" in second
    for picture, wanted in zip(pictures, alone, strict=True):
        assert np.array_equal(picture, wanted)
