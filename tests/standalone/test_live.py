"""Scenes, and the routes by which a page gets them. Needs no browser and no gradio."""

from __future__ import annotations

import gc
import io
import json
import threading
import weakref
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from lib_iclight import images
from lib_iclight.errors import ICLightError
from lib_iclight.request.args import build
from lib_iclight.shading import lighting_of
from lib_iclight.shading.cast_shadow import stand
from lib_iclight.standalone.job import Job
from lib_iclight.standalone.service import Service
from lib_iclight.web.api import page_router, router
from lib_iclight.web.live import describe_light
from lib_iclight.web.packed import STEPS
from tests.standalone.pictures import base64_png, soft_mask, still_life
from tests.unit.panoramas import lobe, to_text

HEAD = {"width": 640, "height": 512, "size": [640, 512]}


@pytest.fixture(scope="module")
def service() -> Service:
    return Service([], "classic")


@pytest.fixture(scope="module")
def client(service: Service) -> TestClient:
    app = FastAPI()
    app.include_router(router(lambda: service.runtime, lambda: service.live, threading.Lock(), "me:secret"))
    app.include_router(page_router(lambda: service.live))
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


def test_a_key_says_what_the_picture_is_and_cannot_be_guessed(client: TestClient, service: Service) -> None:
    first = asked(client)
    assert (first["width"], first["height"]) == (640, 512)
    assert asked(client) == first
    others = [
        asked(client, mask=base64_png(soft_mask()))["key"],
        asked(client, background=base64_png(still_life(64, 64)))["key"],
        asked(client, background=base64_png(still_life(64, 64)), flip_background=True)["key"],
        Service([], "classic").live.open(
            build({"foreground": base64_png(still_life()), "matting": "none"}), nullcontext()
        )[0],
    ]
    assert len({first["key"], *others}) == 5


def test_the_layout_of_the_bytes(client: TestClient, service: Service) -> None:
    behind = still_life(64, 64)
    key = asked(client, mask=base64_png(soft_mask()), background=base64_png(behind), shading="strokes", despill=False)[
        "key"
    ]
    content = client.get(f"/ic-light/vectors/{key}").content
    length = int.from_bytes(content[:4], "little")
    assert length % 4 == 0
    assert json.loads(content[4 : 4 + length]) == HEAD | {"behind": "picture", "shading": "strokes"}
    pixels = 640 * 512
    vectors = np.frombuffer(content, "<i2", pixels * 8, 4 + length).reshape(2, 512, 640, 4) / STEPS
    scene = service.live.picture(key)
    prepared = scene.prepare("strokes").prepared
    planes = np.stack([prepared.density, *prepared.rows, *prepared.columns, scene.alpha])
    assert np.abs(np.concatenate(list(vectors), axis=-1).transpose(2, 0, 1) - planes).max() <= 0.5 / STEPS + 1e-7
    colours = np.frombuffer(content, np.uint8, pixels * 6, 4 + length + pixels * 16).reshape(2, 512, 640, 3)
    assert (colours[0] == still_life()).all()
    assert (colours[1] == images.cover(behind, 640, 512)).all()
    assert len(content) == 4 + length + pixels * 22
    own = client.get(f"/ic-light/vectors/{asked(client, shading='strokes')['key']}").content
    assert len(own) == 4 + int.from_bytes(own[:4], "little") + pixels * 19


def test_the_layout_of_a_form(client: TestClient, service: Service) -> None:
    key = asked(client, mask=base64_png(soft_mask()))["key"]
    content = client.get(f"/ic-light/vectors/{key}").content
    length = int.from_bytes(content[:4], "little")
    assert json.loads(content[4 : 4 + length]) == HEAD | {"behind": "own", "shading": "form"}
    pixels = 640 * 512
    right, up, gain, alpha = np.frombuffer(content, "<i2", pixels * 4, 4 + length).reshape(512, 640, 4).T / STEPS
    scene = service.live.picture(key)
    surface = scene.prepare("form").surface
    square = right**2 + up**2
    normals = np.stack([right * np.sqrt(2 - square), up * np.sqrt(2 - square), 1 - square], axis=-1)
    assert np.abs(normals - surface.normals.transpose(1, 0, 2)).max() <= 2 / STEPS
    assert np.abs(gain * 8 - surface.gain.T).max() <= 4 / STEPS + 1e-6
    assert np.abs(alpha - scene.alpha.T).max() <= 0.5 / STEPS + 1e-7
    assert content[4 + length + pixels * 8 :] == still_life().tobytes()


def test_the_layout_of_a_shadow(client: TestClient) -> None:
    key = asked(client, mask=base64_png(soft_mask()), background=base64_png(still_life(64, 64)))["key"]
    content = client.get(f"/ic-light/shadow/{key}", params={"shadow_softness": 0.3}).content
    length = int.from_bytes(content[:4], "little")
    head = json.loads(content[4 : 4 + length])
    width, height, pad = head["width"], head["height"], head["pad"]
    assert (width, height) == (640 + 2 * pad, 512 + 2 * pad)
    planes = np.frombuffer(content, "<i2", offset=4 + length) / STEPS
    standing = stand(images.to_matte(soft_mask()), 0.3)
    assert standing is not None
    assert (head["foot"], head["middle"]) == (standing.foot, list(standing.middle))
    soft, near = planes[: width * height].reshape(height, width), planes[width * height :].reshape(512, 640)
    assert np.abs(soft - standing.soft[0])[1:-1, 1:-1].max() <= 0.5 / STEPS + 1e-7
    assert np.abs(near - standing.contact()).max() <= 0.5 / STEPS + 1e-7
    assert not any(edge.any() for edge in (soft[0], soft[-1], soft[:, 0], soft[:, -1]))
    faint = np.full((512, 640), 60, np.uint8)
    nobody = asked(client, mask=base64_png(faint))["key"]
    empty = client.get(f"/ic-light/shadow/{nobody}").content
    assert json.loads(empty[4:])["width"] == 0
    refused = client.get(f"/ic-light/shadow/{key}", params={"shadow_softness": 2})
    assert refused.status_code == 422
    assert client.get(f"/ic-light/shadow/{'0' * 64}").status_code == 404


def test_a_picture_that_the_server_draws_has_its_shadow(client: TestClient) -> None:
    def lit(key: str, **query: str) -> np.ndarray:
        content = client.get(f"/ic-light/light/{key}", params={"light": "left", **query}).content
        return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), int)

    mask = base64_png(soft_mask())
    before = asked(client, mask=mask, background=base64_png(np.full((64, 64, 3), 200, np.uint8)))["key"]
    dark = lit(before) - lit(before, shadow="1", shadow_softness="0")
    assert dark[400:].max() > 40
    own = asked(client, mask=mask)["key"]
    assert (lit(own, shadow="1") == lit(own)).all()


@pytest.mark.parametrize("shading", ["form", "strokes"])
def test_a_key_is_lit_as_it_was_opened_unless_it_says_otherwise(client: TestClient, shading: str) -> None:
    key, other = (asked(client, shading=each)["key"] for each in (shading, "strokes" if shading == "form" else "form"))
    assert key != other

    def lit(of: str, **query: str) -> bytes:
        return client.get(f"/ic-light/light/{of}", params={"light": "left", **query}).content

    assert lit(key) == lit(key, shading=shading) == lit(other, shading=shading) != lit(other)


def test_a_picture_without_light_is_the_picture(client: TestClient, service: Service) -> None:
    """What the page shows below a light map where the server draws."""
    key = asked(client)["key"]
    unlit = {"shading": "strokes", "light": "ambient", "light_intensity": "0", "ambient_color": "#ffffff"}
    assert client.get(f"/ic-light/light/{key}", params=unlit).status_code == 200
    assert (
        service.live.picture(key).relight(lighting_of(build({**unlit, "light_intensity": 0}))) == still_life()
    ).all()


def test_the_picture_in_some_light(client: TestClient, service: Service) -> None:
    answer = client.get(f"/ic-light/light/{asked(client)['key']}", params={"light": "point", "light_x": 0.2})
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/jpeg", "no-store")
    job = Job([{"foreground": base64_png(still_life()), "matting": "none", "light": "point", "light_x": 0.2}])
    made = service.generate(job).images[0]
    # Over the blocks of a JPEG, which does not keep the grain.
    coarse = [np.asarray(picture.reduce(16)).astype(int) for picture in (Image.open(io.BytesIO(answer.content)), made)]
    assert np.abs(coarse[0] - coarse[1]).max() <= 3


def test_the_picture_in_the_panorama_that_was_given_with_it(client: TestClient, service: Service) -> None:
    sky = to_text(lobe((1, 0.2, 0.4)))
    key = asked(client, panorama=sky)["key"]
    turned = {"light": "panorama", "panorama_rotation": 120}
    answer = client.get(f"/ic-light/light/{key}", params=turned)
    job = Job([{"foreground": base64_png(still_life()), "matting": "none", "panorama": sky, **turned}])
    made = service.generate(job).images[0]
    coarse = [np.asarray(picture.reduce(16)).astype(int) for picture in (Image.open(io.BytesIO(answer.content)), made)]
    assert np.abs(coarse[0] - coarse[1]).max() <= 3
    assert asked(client, panorama=to_text(lobe((-1, 0, 0))))["key"] != key
    without = client.get(f"/ic-light/light/{asked(client)['key']}", params=turned)
    assert (without.status_code, "panorama is missing" in without.json()["detail"]) == (422, True)


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


def test_what_is_not_kept_is_no_picture(client: TestClient, service: Service) -> None:
    for path in ("vectors", "light"):
        answer = client.get(f"/ic-light/{path}/{'0' * 64}")
        assert (answer.status_code, "no longer kept" in answer.json()["detail"]) == (404, True)
    small = Service([], "classic", cached_bytes=1).live
    request = {"matting": "none"}
    first, _ = small.open(build({**request, "foreground": Image.fromarray(still_life())}), nullcontext())
    small.open(build({**request, "foreground": Image.fromarray(still_life(600))}), nullcontext())
    with pytest.raises(ICLightError, match="no longer kept"):
        small.picture(first)


def test_no_background_is_kept_at_its_full_size() -> None:
    small = Service([], "classic", cached_bytes=1)
    background, other = (images.to_base64(Image.new("RGB", (1600, 1200), colour)) for colour in ("#408080", "#804080"))
    request = build({"foreground": base64_png(still_life()), "matting": "none", "background": background})
    name, picture = small.live.open(request, nullcontext())
    shown = weakref.ref(small.runtime.preparer.picture(background, "background")[1])
    assert shown() is not None
    small.runtime.preparer.picture(other, "background")
    gc.collect()
    assert shown() is None
    assert small.live.picture(name) is picture
    assert picture.behind is not None
    assert picture.nbytes >= picture.rgb.nbytes + picture.behind.nbytes + len(background)
    assert picture.cut().rgb.shape[1::-1] == picture.size


def test_a_page_needs_no_api(service: Service) -> None:
    """Where a WebUI serves no API, its page still gets the scenes that the page has opened, and nothing else."""
    app = FastAPI()
    app.include_router(page_router(lambda: service.live))
    key, _ = service.live.open(build({"foreground": base64_png(still_life()), "matting": "none"}), nullcontext())
    client = TestClient(app)
    assert client.get(f"/ic-light/light/{key}", params={"light": "left"}).status_code == 200
    assert client.get(f"/ic-light/vectors/{key}").status_code == 200
    assert client.post("/ic-light/vectors", json={}).status_code == 404
    assert client.get("/ic-light/schema").status_code == 404


class Turn:
    """A lock that notes how often it was taken."""

    def __init__(self) -> None:
        self.taken = 0

    def __enter__(self) -> None:
        self.taken += 1

    def __exit__(self, *error: object) -> None:
        pass


def test_only_a_network_waits_for_its_turn(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person sets the light while a generation runs."""
    pytest.importorskip("torch")
    live, turn = service.live, Turn()
    request = build({"foreground": base64_png(still_life(300)), "matting": "none"})
    live.open(request, turn)
    monkeypatch.setattr(service.runtime.preparer, "_files", lambda: {"rmbg-1.4": Path("model.safetensors")})
    live.open(replace(request, foreground_mask=base64_png(soft_mask(300))), turn)
    live.open(request, turn)
    assert turn.taken == 0
    with pytest.raises(ICLightError, match=r"model\.safetensors"):
        live.open(replace(request, matting="auto"), turn)
    assert turn.taken == 1


def test_lamps_travel_as_text_and_light_the_picture(client: TestClient, service: Service) -> None:
    key = asked(client)["key"]
    values = {"light": "lamps", "lamps": "side angle 30 color #ff8000 + point x 0.2", "ambient_color": "#101020"}
    answer = client.get(f"/ic-light/light/{key}", params=values)
    assert answer.status_code == 200, answer.text
    live = service.live
    assert answer.content == live.render(key, build(values))[0]
    assert answer.content != live.render(key, build({**values, "lamps": "side angle 210"}))[0]
    assert json.loads(json.dumps(describe_light(build(values))))["options"]["lamps"] == values["lamps"]
