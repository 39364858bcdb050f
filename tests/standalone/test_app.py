"""The server as people run it: its contract, its password, a client of the WebUIs."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
import webuiapi
from PIL import Image

from lib_iclight import images
from lib_iclight.errors import ICLightError
from lib_iclight.standalone import app
from lib_iclight.standalone.job import Job
from lib_iclight.standalone.service import Service
from tests.standalone.served import serve

PHOTO = Path(__file__).parents[2] / "docs" / "astronaut.jpg"
PASSWORD = ("me", "secret")


@pytest.fixture(scope="module")
def service() -> Service:
    return Service([], "classic")


@pytest.fixture(scope="module")
def address(service: Service) -> Iterator[tuple[str, int]]:
    with serve(app.build(service, ":".join(PASSWORD))) as url:
        where = urlsplit(url)
        yield str(where.hostname), int(where.port or 0)


def test_webuiapi(service: Service, address: tuple[str, int]) -> None:
    """Unchanged, at its own defaults; its picture is the engine's."""
    api = webuiapi.WebUIApi(*address, username=PASSWORD[0], password=PASSWORD[1])
    with Image.open(PHOTO) as photo:
        args = {"foreground": images.to_base64(photo.convert("RGB")), "matting": "none", "light": "left"}
    result = api.txt2img(width=256, height=320, alwayson_scripts={"IC-Light": {"args": [args]}})
    expected = service.generate(Job([args], width=256, height=320)).images[0]
    assert (np.asarray(result.image) == np.asarray(expected)).all()
    assert result.info["engine"] == "classic"
    assert api.get_options()["ic_light_backdrop"] == "own"
    assert api.get_samplers() == []
    assert api.get_sd_models() == []
    assert api.get_progress()["progress"] == 0
    with Image.open(PHOTO) as photo:
        own = api.img2img([photo.convert("RGB")], alwayson_scripts={"IC-Light": {"args": [{"light": "left"}]}})
    assert own.image.size == (512, 512)


@pytest.mark.parametrize("path", ["/sdapi/v1/options", "/ic-light/version", "/ic-light/schema"])
def test_the_api_asks_for_the_password(address: tuple[str, int], path: str) -> None:
    url = "http://{}:{}".format(*address) + path
    assert requests.get(url, timeout=10).status_code == 401
    assert requests.get(url, auth=PASSWORD, timeout=10).status_code == 200


def test_the_contract_is_shown(address: tuple[str, int]) -> None:
    url = "http://{}:{}".format(*address)
    page = requests.get(f"{url}/docs", timeout=10).text
    scripts = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert scripts
    for script in scripts:
        assert script.startswith("/"), "a machine without a network shows it too"
        assert requests.get(url + script, timeout=10).status_code == 200
    paths = requests.get(f"{url}/openapi.json", timeout=10).json()["paths"]
    assert {"/sdapi/v1/txt2img", "/sdapi/v1/progress", "/ic-light/schema"} <= paths.keys()


def test_a_connection_outlives_what_is_no_request(address: tuple[str, int]) -> None:
    """Nothing that is sent drops it, and each answer is a sentence."""
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    strange = [
        ("/sdapi/v1/txt2img", b"--x--", form),
        ("/sdapi/v1/txt2img", b'{"prompt": "\\ud800"}', {}),
        ("/sdapi/v1/img2img", b'{"init_images": [null]}', {}),
        ("/sdapi/v1/img2img", b'{"a":' * 20_000, {}),
        ("/ic-light/foreground", b'{"image": NaN}', {}),
        ("/ic-light/lamps", b'{"image": "' + b"A" * 3_000_000 + b'"}', {}),
        ("/ic-light/light-map", b"", {"Content-Type": "text/plain"}),
    ]
    own = {"Authorization": requests.auth._basic_auth_str(*PASSWORD)}
    with contextlib.closing(http.client.HTTPConnection(*address, timeout=30)) as connection:
        connection.connect()
        first = connection.sock
        for path, body, headers in strange:
            connection.request("POST", path, body, {**own, **headers})
            answer = connection.getresponse()
            assert json.loads(answer.read())["detail"].startswith("IC-Light"), path
            assert (answer.status, connection.sock) == (422, first), path
        connection.request("GET", "/sdapi/v1/options", headers=own)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["samples_format"]) == (200, "png")
        assert connection.sock is first


def test_the_version_names_the_engine(address: tuple[str, int]) -> None:
    url = "http://{}:{}/ic-light/version".format(*address)
    answer = requests.get(url, auth=PASSWORD, timeout=10).json()
    assert (answer["host"], answer["backend"]) == ("standalone", "classic")


def test_a_port_that_is_taken_is_refused(service: Service) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ICLightError, match="choose another"):
        app.serve(service, "127.0.0.1", taken.getsockname()[1], None, False)
