"""The program without a WebUI makes the WebUI's picture of the same request."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from lib_iclight.standalone import sdapi
from lib_iclight.standalone.service import Service
from tests.webui import samples
from tests.webui.conftest import Models
from tests.webui.host import EXTENSION, TITLE, Host
from tests.webui.wanted import RELIT

logger = logging.getLogger(__name__)

ASKED = {"prompt": "a cat portrait", "negative_prompt": "bad dog", "seed": 1, "steps": 4, "cfg_scale": 2}
SIZE = {"width": 256, "height": 256}


def _proposed(schema: dict[str, Any], contract: dict[str, Any]) -> Any:
    """What Swagger UI proposes for a schema: its default, else a value of its type."""
    schema = contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if schema.get("default") is not None:
        return schema["default"]
    if "anyOf" in schema:
        return _proposed(schema["anyOf"][0], contract)
    if schema.get("type") == "array":
        return [_proposed(schema.get("items", {}), contract)]
    if schema.get("type") == "object":
        if schema.get("properties"):
            return {name: _proposed(part, contract) for name, part in schema["properties"].items()}
        return {"additionalProp1": {}} if schema.get("additionalProperties") else {}
    return {"integer": 0, "number": 0, "boolean": True}.get(schema.get("type", ""), "string")


@pytest.mark.parametrize("tab", ["txt2img", "img2img"])
def test_the_body_that_its_docs_propose(host: Host, tab: str) -> None:
    """Sent with nothing of it changed but our script, to the program without a WebUI."""
    contract = host.get("/openapi.json").json()
    route = contract["paths"][f"/sdapi/v1/{tab}"]["post"]
    proposed = _proposed(route["requestBody"]["content"]["application/json"]["schema"], contract)
    assert len(proposed) > 40
    app = FastAPI()
    app.include_router(sdapi.router(Service([], "classic")))
    answer = TestClient(app).post(f"/sdapi/v1/{tab}", json={**proposed, "alwayson_scripts": {TITLE: {"args": [RELIT]}}})
    assert answer.status_code == 200, answer.text[:2000]
    assert samples.decoded(answer.json()["images"][0]).shape[:2] == (512, 512)


@pytest.mark.slow
def test_the_same_picture(host: Host, models: Models, tmp_path: Path) -> None:
    folder, photo, out = tmp_path / "models", tmp_path / "photo.png", tmp_path / "relit.png"
    folder.mkdir()
    for source in (models.checkpoint, models.file("fc")):
        (folder / source.name).symlink_to(source)
    Image.fromarray(samples.subject()).save(photo)
    flags = {**ASKED, **SIZE, "sampler": "Euler", "scheduler": "Automatic", "light": "left", "matting": "none"}
    named = [part for name, value in flags.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    command = ["relight", str(photo), "-o", str(out), "--engine", "diffusion", "--models-path", str(folder), *named]
    subprocess.run([sys.executable, "-m", "lib_iclight", *command], cwd=EXTENSION, check=True)
    with Image.open(out) as relit:
        (theirs,) = host.generate(RELIT, **ASKED, **SIZE)
        decibels = samples.psnr(np.asarray(relit), theirs)
    logger.info("%.1f dB", decibels)
    assert decibels >= 60
