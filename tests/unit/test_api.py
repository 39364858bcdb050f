from __future__ import annotations

import base64
import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from lib_iclight import __version__, images, log
from lib_iclight.hosts.base import Unsupported
from lib_iclight.matting import FILE_KINDS
from lib_iclight.models.library import Library
from lib_iclight.request.args import OPTIONS
from lib_iclight.runtime import Runtime
from lib_iclight.web.api import router
from lib_iclight.web.live import LivePictures

BLACK = images.to_base64(Image.new("RGB", (6, 4)))


def client(folder: Path, api_auth: str | None = None) -> TestClient:
    runtime = Runtime(Unsupported(), Library(lambda: [folder], FILE_KINDS))
    live = LivePictures(runtime.preparer)
    app = FastAPI()
    app.include_router(router(lambda: runtime, lambda: live, threading.Lock(), api_auth))
    return TestClient(app)


@pytest.fixture
def api(tmp_path: Path) -> TestClient:
    return client(tmp_path)


def read(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


def test_version(api: TestClient) -> None:
    answer = api.get("/ic-light/version").json()
    assert answer["version"] == __version__
    assert {"host", "host_version", "backend"} <= answer.keys()
    assert set(answer["counts"]) == set(log.COSTLY)


def test_schema_has_every_option_with_label_help_bounds_and_infotext_key(api: TestClient) -> None:
    schema = api.get("/ic-light/schema").json()
    assert schema["additionalProperties"] is False
    assert list(schema["properties"]) == list(OPTIONS)
    angle = schema["properties"]["light_angle"]
    assert (angle["minimum"], angle["maximum"], angle["default"]) == (0, 360, 0)
    assert angle["infotext"] == "IC-Light light angle"
    assert all(entry["title"] and entry["description"] for entry in schema["properties"].values())


def test_models_lists_files_that_cannot_be_used(api: TestClient, tmp_path: Path) -> None:
    (tmp_path / "iclight_sd15_fc.safetensors").write_bytes(b"x")
    answer = api.get("/ic-light/models").json()
    (file,) = answer["models"]
    assert file["role"] is None
    assert "truncated" in file["state"]
    by_name = {found["name"]: found for found in answer["matting"]}
    asked = ("rmbg-1.4", "isnet-general-use", "u2net", "u2netp", "grabcut", "isnet-anime", "u2net-human")
    rmbg, general, u2net, u2netp, grabcut, anime, human = (by_name[name] for name in asked)
    assert (by_name["birefnet-general"]["licence"], by_name["birefnet-general"]["installed"]) == ("MIT", False)
    assert {made["licence"] for made in (u2net, human)} == {"Apache-2.0"}
    assert {made["licence"] for made in (general, anime)} == {"see its page"}
    assert (rmbg["name"], rmbg["installed"]) == ("rmbg-1.4", False)
    assert "non-commercial" in rmbg["licence"]
    assert (u2netp["name"], u2netp["installed"], u2netp["licence"]) == ("u2netp", True, "Apache-2.0")
    assert (u2netp["file"], u2netp["size"]) == (None, None)
    assert grabcut["installed"]
    missing = {source["name"]: source for source in answer["missing"]}
    assert [*missing] == ["fc", "fcon", "fbc", *(name for name, of in by_name.items() if not of["installed"])]
    assert missing["rmbg-1.4"]["page"] == "https://huggingface.co/briaai/RMBG-1.4"


def test_foreground_gives_the_cut_out_and_its_alpha(api: TestClient) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    mask = np.tile(np.arange(0, 240, 30, dtype=np.uint8), (6, 1))
    body = {"image": images.to_base64(Image.fromarray(rgb)), "mask": images.to_base64(Image.fromarray(mask))}
    answer = api.post("/ic-light/foreground", json=body).json()
    assert (np.asarray(read(answer["image"])) == np.dstack([rgb, mask])).all()
    assert (np.asarray(read(answer["alpha"])) == mask).all()


@pytest.mark.parametrize(
    ("body", "said", "code"),
    [
        ({}, "no subject", "no_subject"),
        ({"image": "/etc/passwd"}, "IC-Light: image begins '/etc/passwd' and is no picture", "picture_not_decodable"),
        ({"image": BLACK, "mask": BLACK}, "nothing of the image is left by its mask: give a mask that", "empty_matte"),
        ({"image": 3}, "IC-Light: image is 3 but must be", "value_not_allowed"),
        ({"image": "", "matting": "best"}, "matting is 'best'", "value_not_allowed"),
        ({"picture": ""}, "knows no field 'picture'", "unknown_field"),
    ],
)
def test_foreground_refuses_with_a_sentence(api: TestClient, body: dict[str, Any], said: str, code: str) -> None:
    answer = api.post("/ic-light/foreground", json=body)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert answer.json()["code"] == code


def test_light_map_draws(api: TestClient) -> None:
    answer = api.post("/ic-light/light-map", json={"light": "left", "width": 255, "height": 3}).json()
    drawn = np.asarray(read(answer["image"]))
    assert drawn.shape == (3, 255, 3)
    assert (drawn[0, 0, 0], drawn[0, -1, 0]) == (255, 0)
    background = api.post("/ic-light/light-map", json={"light": "left", "model": "fbc", "width": 9, "height": 1}).json()
    assert np.asarray(read(background["image"]))[0, 0, 0] == 224


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"light": "none"}, "there is no light map"),
        ({"light": "custom"}, "there is no light map"),
        ({"light": "left", "width": 0}, "width is 0"),
        ({"light": "left", "width": 100_000}, "width is 100000"),
        ({"light": "left", "height": "9"}, "height is '9'"),
        ({"light": "left", "foreground": "x"}, "knows no field 'foreground'"),
    ],
)
def test_light_map_refuses_with_a_sentence(api: TestClient, body: dict[str, Any], said: str) -> None:
    answer = api.post("/ic-light/light-map", json=body)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_the_hosts_authentication_is_asked_for(tmp_path: Path) -> None:
    api = client(tmp_path, "me:secret,you:other")
    assert api.get("/ic-light/version").status_code == 401
    assert api.get("/ic-light/version", auth=("me", "other")).status_code == 401
    assert api.get("/ic-light/version", auth=("nobody", "secret")).status_code == 401
    assert api.get("/ic-light/version", auth=("you", "other")).status_code == 200


def test_the_light_of_a_picture_as_lamps(api: TestClient) -> None:
    left = api.post("/ic-light/light-map", json={"light": "left", "width": 64, "height": 64}).json()["image"]
    found = api.post("/ic-light/lamps", json={"image": left}).json()
    (lamp,) = found["lamps"]
    assert lamp["kind"] == "side"
    assert abs(lamp["angle"] - 180) <= 5
    # As it stands it is part of a request.
    answer = api.post("/ic-light/light-map", json={"light": "lamps", **found})
    assert answer.status_code == 200, answer.text
    missing = api.post("/ic-light/lamps", json={})
    assert (missing.status_code, "no background" in missing.json()["detail"]) == (422, True)
    # By the name that the field has there.
    assert "IC-Light: image is 3 but must be" in api.post("/ic-light/lamps", json={"image": 3}).json()["detail"]
