"""What clients of the WebUIs send, unchanged: bodies that ``/docs`` proposes, real ones, lists, and what is none."""

from __future__ import annotations

import base64
import io
import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from lib_iclight import images
from lib_iclight.errors import ICLightError
from lib_iclight.request.args import OPTIONS
from lib_iclight.standalone import sdapi, sdapi_body, sdapi_checkpoint, sdapi_lists
from lib_iclight.standalone.job import Hires
from lib_iclight.standalone.service import Service
from lib_iclight.web import bodies
from lib_iclight.web.api import page_router, router
from tests.unit.client_payloads import CLIENTS

HOST_BODIES = json.loads((Path(__file__).parent / "host_bodies.json").read_text("utf-8"))
"""By host: what its OpenAPI has of the fields (names, and defaults or what Swagger UI fills in), and the payload of a
generation with every script that it brings."""

PHOTO = images.to_base64(Image.linear_gradient("L").resize((60, 48)).convert("RGB"))
OURS = {"args": [{"foreground": PHOTO, "matting": "none", "light": "left"}]}
SMALL = {"width": 64, "height": 96}


@pytest.fixture
def service() -> Service:
    return Service([], "classic")


@pytest.fixture
def api(service: Service) -> TestClient:
    app = FastAPI()
    app.include_router(router(lambda: service.runtime, lambda: service.live, threading.RLock()))
    app.include_router(page_router(lambda: service.live))
    app.include_router(sdapi.router(service))
    return TestClient(app, raise_server_exceptions=False)


def size(answer: httpx.Response) -> tuple[int, int]:
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(base64.b64decode(answer.json()["images"][0]))).size


@pytest.mark.parametrize("host", HOST_BODIES["proposed"])
def test_the_body_that_docs_propose(host: str, api: TestClient) -> None:
    proposed = HOST_BODIES["proposed"][host]
    scripts = {"alwayson_scripts": {"IC-Light": OURS}}
    assert size(api.post("/sdapi/v1/txt2img", json={**proposed["txt2img"], **scripts})) == (512, 512)
    assert size(api.post("/sdapi/v1/img2img", json={**proposed["img2img"], **scripts})) == (512, 512)
    own = {
        **proposed["img2img"],
        "init_images": [PHOTO],
        "alwayson_scripts": {"IC-Light": {"args": [{"light": "left", "matting": "none"}]}},
    }
    assert size(api.post("/sdapi/v1/img2img", json={**own, **SMALL})) == (64, 96)


@pytest.mark.parametrize("host", HOST_BODIES["generations"])
def test_the_payload_of_a_generation(host: str, api: TestClient) -> None:
    payload = HOST_BODIES["generations"][host]
    scripts = {**payload["alwayson_scripts"], "IC-Light": OURS}
    assert size(api.post("/sdapi/v1/txt2img", json={**payload, "alwayson_scripts": scripts})) == (64, 96)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("tab", ["txt2img", "img2img"])
def test_what_a_program_that_draws_sends(client: str, tab: str, api: TestClient) -> None:
    body = CLIENTS[client](tab, PHOTO, 64)
    scripts = {**body["alwayson_scripts"], "IC-Light": OURS}
    answer = api.post(f"/sdapi/v1/{tab}", json={**body, "alwayson_scripts": scripts})
    assert size(answer) == (64, 64)
    # It reads the seed out of the parameters of each picture.
    assert "IC-Light light: left" in json.loads(answer.json()["info"])["infotexts"][0]


@pytest.mark.parametrize("host", HOST_BODIES["proposed"])
def test_nothing_of_a_proposal_becomes_part_of_the_job(host: str) -> None:
    body = {**HOST_BODIES["proposed"][host]["txt2img"], "alwayson_scripts": {"additionalProp1": {}}}
    job = sdapi_body.job(body, "txt2img")
    assert (job.sampler, job.scheduler, job.steps, job.hires, job.args) == ("Euler", "Automatic", 50, None, [])


def test_what_somebody_means_is_no_proposal() -> None:
    assert sdapi_body.job({"prompt": "string"}, "txt2img").prompt == "string"
    with pytest.raises(ICLightError, match="tiling is True, which the standalone server does not do"):
        sdapi_body.job({"prompt": "string", "tiling": True}, "txt2img")


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("width", 512.0, 512),
        ("width", "512", 512),
        ("width", " 512 ", 512),
        ("width", "512.0", 512),
        ("steps", "7", 7),
        ("cfg_scale", "2.5", 2.5),
        ("cfg_scale", 2, 2.0),
        ("seed", "-1", -1),
    ],
)
def test_numbers_as_the_hosts_take_them(field: str, value: Any, kept: float) -> None:
    found = getattr(sdapi_body.job({field: value}, "txt2img"), field)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(("field", "value"), [("width", "512px"), ("width", "0x200"), ("steps", "7.5"), ("steps", "")])
def test_other_texts_are_no_numbers(field: str, value: str) -> None:
    with pytest.raises(ICLightError, match=f"{field} is .* but must be a whole number"):
        sdapi_body.job({field: value}, "txt2img")


@pytest.mark.parametrize("on", [True, "true", "True", "1", 1, "yes", "on"])
@pytest.mark.parametrize("off", [False, "false", "0", 0, "no", "off"])
def test_switches_as_the_hosts_take_them(on: Any, off: Any, api: TestClient) -> None:
    job = sdapi_body.job({"enable_hr": on, "tiling": off, "restore_faces": off}, "txt2img")
    assert job.hires == Hires(2.0, denoising_strength=0.7, upscaler="Latent")
    assert sdapi_body.job({"enable_hr": off}, "txt2img").hires is None
    with pytest.raises(ICLightError, match="tiling is"):
        sdapi_body.job({"tiling": on}, "txt2img")


def test_pictures_can_be_left_out_in_any_spelling(api: TestClient) -> None:
    body = {"alwayson_scripts": {"IC-Light": OURS}, **SMALL}
    for off in (False, 0, "false"):
        assert api.post("/sdapi/v1/txt2img", json={**body, "send_images": off}).json()["images"] == []
    assert "send_images is 'x'" in api.post("/sdapi/v1/txt2img", json={**body, "send_images": "x"}).json()["detail"]


def test_what_belongs_to_a_second_stage_is_idle_without_one() -> None:
    idle = {"hr_scale": 0, "hr_cfg": 3, "hr_scheduler": "Karras", "hr_upscaler": None, "hr_checkpoint_name": "x"}
    assert sdapi_body.job(idle, "txt2img").hires is None
    same = {"sampler_name": "Euler", "hr_sampler_name": "Euler", "prompt": "a", "hr_prompt": "a", "enable_hr": True}
    assert sdapi_body.job(same, "txt2img").hires == Hires(2.0, denoising_strength=0.7, upscaler="Latent")
    with pytest.raises(ICLightError, match="hr_prompt is 'b'"):
        sdapi_body.job({**same, "hr_prompt": "b"}, "txt2img")


def test_scripts_that_restate_fields() -> None:
    scripts = {"Sampler": {"args": [9, "Euler a", "Karras"]}, "seed": {"args": [5, False, -1, 0, 0, 0]}}
    job = sdapi_body.job({"steps": 20, "seed": 1, "alwayson_scripts": scripts}, "txt2img")
    assert (job.steps, job.sampler, job.scheduler, job.seed) == (9, "Euler a", "Karras", 5)
    with pytest.raises(ICLightError, match=r"subseed_strength is 0\.5"):
        sdapi_body.job({"alwayson_scripts": {"Seed": {"args": [5, True, -1, 0.5, 0, 0]}}}, "txt2img")


@pytest.mark.parametrize(
    "title", ["IC Light", "iclight", "IC_Light", "ic light", "IC-Lite", "ICLight ", "sd-forge-ic-light"]
)
def test_a_title_that_is_nearly_ours(title: str, api: TestClient) -> None:
    answer = api.post("/sdapi/v1/txt2img", json={"alwayson_scripts": {title: OURS}})
    assert answer.status_code == 422
    assert "did you mean 'IC-Light'?" in answer.json()["detail"]


def test_our_title_in_any_case(api: TestClient) -> None:
    assert size(api.post("/sdapi/v1/txt2img", json={"alwayson_scripts": {"ic-light": OURS}, **SMALL})) == (64, 96)


POSTED = ("/sdapi/v1/txt2img", "/sdapi/v1/img2img", "/sdapi/v1/options", "/sdapi/v1/png-info")
OWN = tuple(f"/ic-light/{name}" for name in ("foreground", "light-map", "lamps", "vectors"))
DEEP = b'{"a":' * 50_000 + b"1" + b"}" * 50_000


@pytest.mark.parametrize("path", [*POSTED, *OWN])
@pytest.mark.parametrize(
    ("content", "called", "sentence"),
    [
        (b"", "application/json", "is empty or no JSON"),
        (b"", None, "is empty or no JSON"),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--',
            "multipart/form-data; boundary=x",
            "multipart",
        ),
        (b"prompt=cat", "application/x-www-form-urlencoded", "x-www-form-urlencoded"),
        (b"[1, 2]", "application/json", "the request's body is [1, 2]"),
        (b'"text"', "application/json", 'the request\'s body is "text"'),
        (b'{"a": }', "application/json", "no JSON"),
        (b"\xff\xfe\xfa", "application/json", "no JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "application/json", "no JSON"),
        (DEEP, "application/json", "inside one another"),
        (b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", "application/json", "inside one another"),
        (b'{"a": [' + b"0," * 600_000 + b"0]}", "application/json", "more than 500,000 values"),
        (b'{"prompt": NaN}', "application/json", "prompt is nan"),
        (b'{"s_tmax": 1e999}', "application/json", "s_tmax is inf"),
        (b'{"prompt": "a \\ud800 b"}', "application/json", "prompt has half a surrogate pair ('\\ud800') at 3"),
        (b'{"\\udc00": 1}', "application/json", "half a surrogate pair"),
        (b'{"a": {"b": ["\\udc00"]}}', None, "a.b[0] has half a surrogate pair"),
    ],
)
def test_bodies_that_are_none(path: str, content: bytes, called: str | None, sentence: str, api: TestClient) -> None:
    answer = api.post(path, content=content, headers={"Content-Type": called} if called else {})
    assert answer.status_code == 422, answer.text
    assert sentence in answer.json()["detail"]
    assert answer.json()["code"]


@pytest.mark.parametrize("called", [None, "text/plain", "application/x-www-form-urlencoded", "application/json"])
def test_what_json_is_called_does_not_matter(called: str | None, api: TestClient) -> None:
    content = json.dumps({"alwayson_scripts": {"IC-Light": OURS}, **SMALL}).encode()
    for encoded in (content, b"\xef\xbb\xbf" + content, content.decode().encode("utf-16")):
        sent = {"content": encoded, "headers": {"Content-Type": called} if called else {}}
        assert size(api.post("/sdapi/v1/txt2img", **sent)) == (64, 96)


def test_a_body_that_is_too_large(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LARGEST", 1000)
    content = json.dumps({"prompt": "x" * 2000}).encode()
    for sent in (content, iter([content[:900], content[900:]])):
        answer = api.post("/sdapi/v1/txt2img", content=sent)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("pictures", [[None], [123], [[]], [["a"]], [{}], [""], [True], [PHOTO, None], ["no picture"]])
def test_initial_pictures_that_are_none(pictures: list[Any], api: TestClient) -> None:
    body = {"init_images": pictures, "alwayson_scripts": {"IC-Light": {"args": [{"light": "left", "matting": "none"}]}}}
    answer = api.post("/sdapi/v1/img2img", json=body)
    assert answer.status_code == 422
    assert "picture in base64" in answer.json()["detail"]


def test_whatever_is_raised_is_an_answer(service: Service, api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("in a decoder")

    monkeypatch.setattr(service.classic, "generate", fail)
    monkeypatch.setattr(service.runtime.preparer, "light_map", fail)
    answers = [
        api.post("/sdapi/v1/txt2img", json={"alwayson_scripts": {"IC-Light": OURS}}),
        api.post("/ic-light/light-map", json={"light": "left"}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_fault")
        assert "ZeroDivisionError: in a decoder" in answer.json()["detail"]


def test_the_lists(api: TestClient) -> None:
    for name in (*sdapi_lists.EMPTY, "sd-models", "samplers", "schedulers"):
        answer = api.get(f"/sdapi/v1/{name}")
        assert (answer.status_code, answer.json()) == (200, []), name
    assert api.get("/sdapi/v1/embeddings").json() == {"loaded": {}, "skipped": {}}
    (upscaler,) = api.get("/sdapi/v1/upscalers").json()
    assert upscaler["name"] == "Lanczos"
    assert api.get("/sdapi/v1/scripts").json() == {"txt2img": ["ic-light"], "img2img": ["ic-light"]}
    for script in api.get("/sdapi/v1/script-info").json():
        assert [arg["label"] for arg in script["args"]] == [option.label for option in OPTIONS.values()]
    assert api.get("/sdapi/v1/cmd-flags").json()["api"] is True
    memory = api.get("/sdapi/v1/memory").json()
    assert memory["ram"].keys() in ({"free", "used", "total"}, {"error"})
    assert memory["cuda"]
    for name in sdapi_lists.REFRESHED:
        assert api.post(f"/sdapi/v1/refresh-{name}").json() is None
    assert api.post("/sdapi/v1/interrupt").json() == {}
    assert api.post("/sdapi/v1/skip").json() is None


def test_a_checkpoint_is_unloaded_and_loaded_again(api: TestClient) -> None:
    """Clients do so to have its memory for something else in between."""
    for name in ("unload-checkpoint", "reload-checkpoint"):
        answer = api.post(f"/sdapi/v1/{name}")
        assert (answer.status_code, answer.json()) == (200, {}), name


@pytest.mark.parametrize("name", sdapi_checkpoint.NOT_DONE)
def test_what_is_not_done_is_said_whatever_the_body_is(name: str, api: TestClient) -> None:
    for body in (None, {"image": "", "model": "clip"}, ["x"]):
        answer = api.post(f"/sdapi/v1/{name}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "not_supported")
        assert name in answer.json()["detail"]


def test_options_go_back_as_they_came(api: TestClient) -> None:
    assert api.post("/sdapi/v1/options", json=api.get("/sdapi/v1/options").json()).status_code == 200


def test_png_info(api: TestClient) -> None:
    relit = api.post("/sdapi/v1/txt2img", json={"alwayson_scripts": {"IC-Light": OURS}, **SMALL}).json()["images"][0]
    answer = api.post("/sdapi/v1/png-info", json={"image": f"data:image/png;base64,{relit}"}).json()
    assert answer["parameters"]["IC-Light light"] == "left"
    assert answer["info"] == answer["items"]["parameters"]
    assert api.post("/sdapi/v1/png-info", json={"image": PHOTO}).json() == {"info": "", "items": {}, "parameters": {}}
    assert api.post("/sdapi/v1/png-info", json={"image": "x"}).status_code == 422


@pytest.mark.parametrize(("path", "made"), [("interrupt", 2), ("skip", 3)])
def test_a_job_ends_at_its_next_picture(path: str, made: int, service: Service, api: TestClient) -> None:
    told = []

    def stop(share: float) -> None:
        if not told:
            told.append(api.post(f"/sdapi/v1/{path}").status_code)

    job = sdapi_body.job(
        {
            "init_images": [PHOTO] * 3,
            "alwayson_scripts": {"IC-Light": {"args": [{"light": "left", "matting": "none"}]}},
        },
        "img2img",
    )
    result = service.generate(job, stop)
    assert told == [200]
    assert len(result.images) == len(result.seeds) == made
    assert len(service.generate(job).images) == 3, "the next job is none of its business"
