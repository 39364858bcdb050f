"""A client that is made from ``openapi.json``, by a program that knows nothing else of the server."""

from __future__ import annotations

import base64
import importlib
import io
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image

from lib_iclight import images
from lib_iclight.standalone import app
from lib_iclight.standalone.job import Job
from lib_iclight.standalone.service import Service
from tests.standalone.pictures import still_life
from tests.standalone.served import serve

# Of the extra dev: beside the packages that a host pins it does not fit.
pytest.importorskip("openapi_python_client")

CONFIGURATION = """\
post_hooks: []
content_type_overrides:
  image/jpeg: application/octet-stream
  image/png: application/octet-stream
"""
"""It knows no pictures but as bytes."""


@pytest.fixture(scope="module")
def service() -> Service:
    return Service([], "classic")


@pytest.fixture(scope="module")
def url(service: Service) -> Iterator[str]:
    with serve(app.build(service)) as address:
        yield address


@pytest.fixture(scope="module")
def made(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Imports a module of the client."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_bytes(requests.get(f"{url}/openapi.json", timeout=10).content)
    (folder / "configuration.yaml").write_text(CONFIGURATION)
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--fail-on-warning"]
    command += ["--config", "configuration.yaml", "--meta", "none", "--output-path", "relighter"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    sys.path.insert(0, str(folder))
    yield lambda name: importlib.import_module(f"relighter{name}")
    sys.path.remove(str(folder))


@pytest.fixture
def body(made: Any) -> Callable[..., Any]:
    """Makes the client's object for a generation, of its own classes, from options that are plain values."""
    models = made(".models")

    def model(name: str, *value: Any, **fields: Any) -> Any:
        return getattr(models, f"Txt2ImgSdapiV1Txt2ImgPostBody{name}")(*value, **fields)

    def lamp(kind: str, **keys: Any) -> Any:
        name = f"AlwaysonScriptsICLightICLight{kind.title()}Lamp"
        return model(name, kind=model(f"{name}Kind", kind), **keys)

    def make(light: str, matting: str, lamps: Sequence[Mapping[str, Any]] = (), **options: Any) -> Any:
        name = "AlwaysonScriptsICLightICLight"
        choices = {"light": model(f"{name}Light", light), "matting": model(f"{name}Matting", matting)}
        args = model(name, **choices, lamps=[lamp(**keys) for keys in lamps], **options)
        scripts = model("AlwaysonScripts", ic_light=model("AlwaysonScriptsICLight", args=[args]))
        return model("", alwayson_scripts=scripts, width=64, height=48)

    return make


def test_it_relights(service: Service, url: str, made: Any, body: Callable[..., Any]) -> None:
    photo = images.to_base64(Image.fromarray(still_life()))
    lamps = [{"kind": "side", "angle": 160.0, "color": "#ffb35c"}, {"kind": "point", "x": 0.25}]
    options = {"foreground": photo, "matting": "none", "light": "lamps", "lamps": lamps}
    generate = made(".api.web_ui.txt2img_sdapi_v1_txt2img_post").sync_detailed
    with made("").Client(base_url=url) as client:
        answer = generate(client=client, body=body(**options))
    assert answer.status_code == 200, answer.content
    (picture,) = answer.parsed.images
    relit = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))))
    assert (relit == np.asarray(service.generate(Job([options], width=64, height=48)).images[0])).all()


def test_it_reads_refusals(url: str, made: Any, body: Callable[..., Any]) -> None:
    generate = made(".api.web_ui.txt2img_sdapi_v1_txt2img_post").sync_detailed
    with made("").Client(base_url=url) as client:
        answer = generate(client=client, body=body("left", "none", foreground="/etc/passwd"))
    assert answer.status_code == 422
    assert "is no picture in base64" in answer.parsed.detail
