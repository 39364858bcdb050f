"""Requests as clients make them, with all that they may hold: the subject is relit as it is without the rest."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.webui import samples
from tests.webui.host import SMALL, TITLE, Host
from tests.webui.samples import same
from tests.webui.wanted import RELIT

pytestmark = pytest.mark.slow

TINY = {"width": 64, "height": 64}


def test_the_checkpoint_is_unloaded_and_loaded_again(host: Host) -> None:
    plain, relit = host.generate(**TINY), host.generate(RELIT, **TINY)
    for between in (RELIT, None):
        assert host.post("/sdapi/v1/unload-checkpoint").status_code == 200
        loaded = host.post("/sdapi/v1/reload-checkpoint")
        # Neo has no such route, and loads it when it is needed.
        assert loaded.status_code == 200 or (loaded.status_code, host.version()["host"]) == (404, "Forge Neo")
        if between:
            assert same(host.generate(between, **TINY), relit)
        assert same(host.generate(**TINY), plain)
    assert same(host.generate(RELIT, **TINY), relit)


def test_token_merging(host: Host) -> None:
    name = "token_merging_ratio"
    if name not in host.get("/sdapi/v1/options").json():
        pytest.skip("this host merges no tokens")
    before = host.generate(RELIT, **TINY)
    host.post("/sdapi/v1/options", {name: 0.5})
    try:
        together, plain = host.generate(RELIT, **TINY), host.generate(**TINY)
    finally:
        host.post("/sdapi/v1/options", {name: 0})
    assert samples.psnr(together[0], plain[0]) < 45, "it was not relit"
    assert same(host.generate(RELIT, **TINY), before)


def test_inpainting_a_batch(host: Host) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 32:] = 255
    asked = {
        **TINY,
        "init_images": [samples.b64(samples.subject(64, 64))],
        "mask": samples.b64(mask),
        "mask_blur": 0,
        "inpainting_fill": 1,
        "inpaint_full_res": False,
        "denoising_strength": 0.9,
    }
    args = {"light": "left", "matting": "none"}

    def pair_and_each(args: dict[str, Any] | None) -> tuple[list[np.ndarray], list[np.ndarray]]:
        pair = host.generate(args, "img2img", **asked, batch_size=2)
        seeds = (SMALL["seed"] + number for number in range(2))
        return pair, [host.generate(args, "img2img", **{**asked, "seed": seed})[0] for seed in seeds]

    plain, alone = pair_and_each(None)
    # Forge and Neo draw other noise for a batch, relit or not.
    same_noise = all(samples.psnr(a, b) >= 45 for a, b in zip(plain, alone, strict=True))
    pair, each = pair_and_each(args)
    for number, picture in enumerate(pair):
        assert samples.psnr(picture[:, 32:], plain[number][:, 32:]) < 45, "it was not relit"
        assert np.abs(picture[:, :24].astype(int) - plain[number][:, :24]).max() <= 1, "what the mask keeps"
        assert not same_noise or samples.psnr(picture, each[number]) >= 45, number


def test_a_payload_with_every_script(host: Host) -> None:
    """As some clients send it: each always-on script with the values that the host names for it."""
    info = [s for s in host.get("/sdapi/v1/script-info").json() if s["is_alwayson"] and not s["is_img2img"]]
    every = {s["name"]: [a["value"] for a in s["args"]] for s in info if s["name"] != TITLE.lower()}
    relit = host.generate(RELIT, **TINY)
    answer = host.ask(RELIT, company=every, **TINY)
    if answer.status_code != 200:
        assert host.ask(company=every, **TINY).status_code != 200, answer.text[:2000]
        pytest.skip("this host cannot do it plain either")
    assert samples.psnr(samples.decoded(answer.json()["images"][0]), relit[0]) >= 60


def test_infotext_alone(host: Host) -> None:
    """What a picture's infotext says of the light, given back as the field of that name."""
    asked = {"init_images": [samples.b64(samples.subject(64, 64))], "denoising_strength": 0.9, **TINY}
    args = {"light": "right", "light_intensity": 0.6, "matting": "none", "lowres_denoise": 0.7}
    answer = host.ask(args, "img2img", **asked)
    assert answer.status_code == 200, answer.text[:2000]
    (infotext,) = json.loads(answer.json()["info"])["infotexts"][:1]
    again = host.post("/sdapi/v1/img2img", {**SMALL, **asked, "infotext": infotext})
    assert again.status_code == 200, again.text[:2000]
    assert np.array_equal(samples.decoded(again.json()["images"][0]), samples.decoded(answer.json()["images"][0]))
