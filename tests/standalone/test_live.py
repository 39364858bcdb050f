"""Scenes, and the routes by which a page gets them. Needs no browser and no gradio."""

from __future__ import annotations

import io
import json
import threading
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from lib_iclight import images
from lib_iclight.api import router
from lib_iclight.args import build
from lib_iclight.errors import ICLightError
from lib_iclight.standalone.job import Job
from lib_iclight.standalone.live import STEPS
from lib_iclight.standalone.station import Station
from tests.standalone.pictures import base64_png, soft_mask, still_life


@pytest.fixture(scope="module")
def station() -> Station:
    return Station([], "classic")


@pytest.fixture(scope="module")
def client(station: Station) -> TestClient:
    app = FastAPI()
    app.include_router(router(lambda: station.workshop, threading.Lock(), "me:secret", station.classic.live))
    return TestClient(app)


def asked(client: TestClient, **body: Any) -> dict[str, Any]:
    given = {"image": base64_png(still_life()), "matting": "none", **body}
    return client.post("/ic-light/vectors", json=given, auth=("me", "secret")).json()


def test_the_password_is_asked_for_where_a_key_is_given_and_not_where_one_is_shown(client: TestClient) -> None:
    body = {"image": base64_png(still_life())}
    assert client.post("/ic-light/vectors", json=body).status_code == 401
    key = asked(client)["key"]
    assert client.get(f"/ic-light/vectors/{key}").status_code == 200
    assert client.get(f"/ic-light/light/{key}").status_code == 200
    assert client.get("/ic-light/version").status_code == 401


def test_a_key_says_what_the_picture_is_and_cannot_be_guessed(client: TestClient, station: Station) -> None:
    first = asked(client)
    assert (first["width"], first["height"]) == (640, 512)
    assert asked(client) == first
    others = [
        asked(client, mask=base64_png(soft_mask()))["key"],
        asked(client, background=base64_png(still_life(64, 64)))["key"],
        asked(client, background=base64_png(still_life(64, 64)), flip_background=True)["key"],
        Station([], "classic").classic.live.open(build({"foreground": base64_png(still_life()), "matting": "none"}))[0],
    ]
    assert len({first["key"], *others}) == 5


def test_the_layout_of_the_bytes(client: TestClient, station: Station) -> None:
    behind = still_life(64, 64)
    key = asked(client, mask=base64_png(soft_mask()), background=base64_png(behind))["key"]
    content = client.get(f"/ic-light/vectors/{key}").content
    length = int.from_bytes(content[:4], "little")
    assert length % 4 == 0
    assert json.loads(content[4 : 4 + length]) == {"width": 640, "height": 512, "behind": "picture"}
    pixels = 640 * 512
    vectors = np.frombuffer(content, "<i2", pixels * 8, 4 + length).reshape(2, 512, 640, 4) / STEPS
    scene = station.classic.live.scene(key)
    planes = np.stack([scene.prepared.density, *scene.prepared.rows, *scene.prepared.columns, scene.alpha])
    assert np.abs(np.concatenate(list(vectors), axis=-1).transpose(2, 0, 1) - planes).max() <= 0.5 / STEPS + 1e-7
    colours = np.frombuffer(content, np.uint8, pixels * 6, 4 + length + pixels * 16).reshape(2, 512, 640, 3)
    assert (colours[0] == still_life()).all()
    assert (colours[1] == images.cover(behind, 640, 512)).all()
    assert len(content) == 4 + length + pixels * 22
    own = client.get(f"/ic-light/vectors/{asked(client)['key']}").content
    assert len(own) == 4 + int.from_bytes(own[:4], "little") + pixels * 19


def test_the_picture_in_some_light(client: TestClient, station: Station) -> None:
    answer = client.get(f"/ic-light/light/{asked(client)['key']}", params={"light": "point", "light_x": 0.2})
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/jpeg", "no-store")
    job = Job([{"foreground": base64_png(still_life()), "matting": "none", "light": "point", "light_x": 0.2}])
    made = station.generate(job).images[0]
    # Over the blocks of a JPEG, which does not keep the grain.
    coarse = [np.asarray(picture.reduce(16)).astype(int) for picture in (Image.open(io.BytesIO(answer.content)), made)]
    assert np.abs(coarse[0] - coarse[1]).max() <= 3


def test_transparency_is_kept(client: TestClient) -> None:
    picture = np.dstack([still_life(), soft_mask()])
    key = asked(client, image=base64_png(picture), matting="auto")["key"]
    answer = client.get(f"/ic-light/light/{key}", params={"light": "left"})
    assert answer.headers["content-type"] == "image/png"
    assert np.abs(np.asarray(Image.open(io.BytesIO(answer.content)))[..., 3].astype(int) - picture[..., 3]).max() <= 1


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({"light": "custom"}, 422, "custom"),
        ({"light": "beside"}, 422, "light is 'beside'"),
        ({"light_x": "2"}, 422, "light_x is '2'"),
        ({"light_y": "low"}, 422, "light_y is 'low'"),
        ({"foreground": "x"}, 422, "knows no field 'foreground'"),
    ],
)
def test_refusals(client: TestClient, query: dict[str, str], status: int, said: str) -> None:
    answer = client.get(f"/ic-light/light/{asked(client)['key']}", params=query)
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_what_is_not_kept_is_no_picture(client: TestClient, station: Station) -> None:
    for path in ("vectors", "light"):
        answer = client.get(f"/ic-light/{path}/{'0' * 64}")
        assert (answer.status_code, "no longer kept" in answer.json()["detail"]) == (404, True)
    small = Station([], "classic", cached_bytes=1).classic.live
    request = {"matting": "none"}
    first, _ = small.open(build({**request, "foreground": Image.fromarray(still_life())}))
    small.open(build({**request, "foreground": Image.fromarray(still_life(600))}))
    with pytest.raises(ICLightError, match="no longer kept"):
        small.scene(first)


def test_without_scenes_there_are_no_routes_to_them(station: Station) -> None:
    app = FastAPI()
    app.include_router(router(lambda: station.workshop, threading.Lock()))
    assert TestClient(app).post("/ic-light/vectors", json={}).status_code == 404
