"""The WebUIs' HTTP API of the standalone server, with the classic engine."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from lib_iclight import images
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone import sdapi, sdapi_body
from lib_iclight.standalone.job import Hires
from lib_iclight.standalone.service import Service


def photo() -> str:
    coarse = Image.fromarray(np.random.default_rng(0).integers(0, 256, (5, 6, 3), np.uint8))
    return images.to_base64(coarse.resize((60, 48), Image.Resampling.BICUBIC))


RELIT: dict[str, Any] = {"foreground": photo(), "matting": "none", "light": "left"}


def body(args: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"alwayson_scripts": {"IC-Light": {"args": [RELIT if args is None else args]}}, **fields}


def client(api_auth: str | None = None) -> TestClient:
    app = FastAPI()
    app.include_router(sdapi.router(Service([], "classic"), api_auth))
    return TestClient(app)


def decoded(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


def test_txt2img_relights() -> None:
    answer = client().post("/sdapi/v1/txt2img", json=body(width=128, height=64, prompt="a cat")).json()
    (picture,) = answer["images"]
    assert decoded(picture).size == (128, 64)
    assert "Engine: classic," in decoded(picture).text["parameters"]
    info = json.loads(answer["info"])
    assert info["engine"] == "classic"
    assert info["prompt"] == "a cat"
    assert len(info["infotexts"]) == 1
    assert info["left_out"] == []
    vain = client().post("/sdapi/v1/txt2img", json=body({**RELIT, "strength": 0.5})).json()
    assert json.loads(vain["info"])["left_out"] == ["strength"]


def test_img2img_relights_its_own_picture() -> None:
    asked = body({"light": "right", "matting": "none"}, init_images=[photo()])
    answer = client().post("/sdapi/v1/img2img", json=asked).json()
    assert decoded(answer["images"][0]).size == (60, 48)


def test_images_can_be_left_out() -> None:
    assert client().post("/sdapi/v1/txt2img", json=body(send_images=False)).json()["images"] == []


def test_what_webuiapi_sends_is_taken() -> None:
    """Every field of its payload, at its own defaults."""
    sent = {
        **{"enable_hr": False, "hr_scale": 2, "hr_upscaler": "Latent", "hr_second_pass_steps": 0, "hr_resize_x": 0},
        **{"hr_resize_y": 0, "hr_checkpoint_name": None, "hr_sampler_name": None, "hr_scheduler": None},
        **{"hr_prompt": "", "hr_negative_prompt": "", "denoising_strength": 0.7, "firstphase_width": 0},
        **{"firstphase_height": 0, "prompt": "", "styles": [], "seed": -1, "subseed": -1, "subseed_strength": 0.0},
        **{"seed_resize_from_h": 0, "seed_resize_from_w": 0, "batch_size": 1, "n_iter": 1, "steps": 20},
        **{"cfg_scale": 7.0, "width": 512, "height": 512, "restore_faces": False, "tiling": False},
        **{"do_not_save_samples": False, "do_not_save_grid": False, "negative_prompt": "", "eta": 1.0, "s_churn": 0},
        **{"s_tmax": 0, "s_tmin": 0, "s_noise": 1, "override_settings": {}, "script_name": None, "script_args": []},
        **{"override_settings_restore_afterwards": True, "sampler_name": "Euler a", "scheduler": "automatic"},
        **{"sampler_index": "Euler a", "send_images": True, "save_images": False},
    }
    answer = client().post("/sdapi/v1/txt2img", json=body(**sent))
    assert answer.status_code == 200, answer.text


def test_the_job_of_a_request() -> None:
    asked = sdapi_body.job(
        body(steps=7, sampler_index="DDIM", enable_hr=True, hr_scale=1.5, denoising_strength=0.5, seed=3), "txt2img"
    )
    assert (asked.steps, asked.sampler, asked.scheduler, asked.seed) == (7, "DDIM", "Automatic", 3)
    assert asked.hires == Hires(1.5, denoising_strength=0.5, upscaler="Latent")
    assert asked.tab == "txt2img"
    assert isinstance(sdapi_body.job(body(steps=7.0), "txt2img").steps, int), "a whole number to JSON"
    plain = sdapi_body.job({"init_images": [photo()]}, "img2img")
    assert (plain.args, plain.hires, plain.tab, plain.denoising_strength) == ([], None, "img2img", 0.75)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"steps": 0}, "steps is 0 but must be a whole number from 1 to 150"),
        ({"steps": True}, "steps is True"),
        ({"steps": 7.5}, "steps is 7.5"),
        ({"cfg_scale": float("nan")}, "cfg_scale is nan"),
        ({"width": 100_000}, "width is 100000"),
        ({"prompt": 3}, "prompt is 3"),
        ({"tiling": True}, "tiling is True, which the standalone server does not do"),
        ({"script_name": "x/y/z plot"}, "does not do"),
        ({"styles": ["film"]}, "does not do"),
        ({"styles": "film"}, "styles is 'film' but must be a list"),
        ({"stepps": 3}, "no field 'stepps': did you mean 'steps'?"),
        ({"init_images": []}, "belongs to img2img"),
        ({"alwayson_scripts": {"ControlNet": {"args": [{"enabled": True}]}}}, "no script 'ControlNet'"),
        ({"alwayson_scripts": {"IC-Light": {"args": [{}, {"light": "left"}]}}}, "value 2 of args (light)"),
        ({"alwayson_scripts": {"IC-Light": {"args": [{}, "left"]}}}, "value 2 of args ('left')"),
        ({"alwayson_scripts": {"IC-Light": 3}}, "must be"),
        ({"alwayson_scripts": {"IC-Light": {"args": [RELIT], "arg": [{"light": "top"}]}}}, "must be"),
        (
            {"alwayson_scripts": {key: {"args": [RELIT]} for key in ("IC-Light", "ic-light")}},
            "has the script 'IC-Light' and 'ic-light': keep one",
        ),
        ({"override_settings": {"CLIP_stop_at_last_layers": 2}}, "the option CLIP_stop_at_last_layers is 2"),
        ({"override_settings": {"qqq": 2}}, "no option 'qqq'"),
        ({"override_settings": {"ic_light_backdrop": "red"}}, "backdrop is 'red'"),
        ({"batch_size": 2}, "one picture"),
        ({"enable_hr": True, "hr_cfg": 3, "cfg_scale": 2}, "hr_cfg is 3"),
    ],
)
def test_refusals(fields: dict[str, Any], sentence: str) -> None:
    # By hand, since a client's own JSON has no nan.
    sent = {"content": json.dumps(body(**fields)), "headers": {"Content-Type": "application/json"}}
    answer = client().post("/sdapi/v1/txt2img", **sent)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]
    assert answer.json()["code"] == answer.json()["body"]
    assert ErrorCode[answer.json()["code"].upper()].status == 422


def test_img2img_without_pictures_is_refused() -> None:
    with pytest.raises(ICLightError, match="no init_images"):
        sdapi_body.job(body(), "img2img")


def test_settings_for_one_request_and_for_all() -> None:
    here = client()
    level = Image.new("L", (60, 48), 0)
    level.putpixel((0, 0), 255)
    mask = images.to_base64(level)
    asked = body({**RELIT, "foreground_mask": mask}, override_settings={"ic_light_backdrop": "#102030"})
    answer = here.post("/sdapi/v1/txt2img", json=asked).json()
    assert decoded(answer["images"][0]).getpixel((30, 30)) == (16, 32, 48)
    assert here.get("/sdapi/v1/options").json()["ic_light_backdrop"] == "own"
    assert here.post("/sdapi/v1/options", json={"ic_light_backdrop": "#000000"}).status_code == 200
    assert here.get("/sdapi/v1/options").json()["ic_light_backdrop"] == "#000000"


def test_lists_and_progress() -> None:
    here = client()
    assert here.get("/sdapi/v1/sd-models").json() == []
    assert here.get("/sdapi/v1/samplers").json() == []
    assert here.get("/sdapi/v1/progress").json()["progress"] == 0


def test_who_may_call() -> None:
    here = client("ann:s:ecret,bob:other")
    assert here.get("/sdapi/v1/options").status_code == 401
    assert here.get("/sdapi/v1/options", auth=("ann", "wrong")).status_code == 401
    assert here.get("/sdapi/v1/options", auth=("ann", "s:ecret")).status_code == 200
    assert here.post("/sdapi/v1/txt2img", json=body()).status_code == 401
