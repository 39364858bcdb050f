"""Clients that people use: the X/Y/Z plot, and the PyPI package ``webuiapi``."""

from __future__ import annotations

from urllib.parse import urlsplit

import numpy as np
import pytest
import webuiapi

from tests.unit.client_payloads import CLIENTS
from tests.webui import samples
from tests.webui.host import SIDE, SMALL, TITLE, Host
from tests.webui.wanted import RELIT


@pytest.mark.slow
def test_a_plot_over_lights(host: Host) -> None:
    """Each cell is the picture of a request of its own."""
    info = host.get("/sdapi/v1/script-info").json()
    plot = next(script for script in info if script["name"] == "x/y/z plot" and not script["is_img2img"])
    values = {number: arg["value"] for number, arg in enumerate(plot["args"])}
    labels = [arg["label"] for arg in plot["args"]]
    x_type, y_type = labels.index("X type"), labels.index("Y type")
    choices = plot["args"][x_type]["choices"]
    nothing = choices.index("Nothing")
    values.update({x_type: choices.index("[IC-Light] Light"), y_type: nothing, labels.index("Z type"): nothing})
    # An axis with choices takes its values from the drop-down, others from the text.
    values.update({x_type + 1: "right, top", x_type + 2: ["right", "top"]})
    values[labels.index("Include Sub Images")] = True
    body = {**SMALL, "script_name": "X/Y/Z plot", "script_args": list(values.values())}
    answer = host.post("/sdapi/v1/txt2img", {**body, "alwayson_scripts": {TITLE: {"args": [RELIT]}}})
    assert answer.status_code == 200, answer.text[:2000]
    # reForge writes the parameters into an alpha of what it keeps.
    cells = [samples.decoded(image)[..., :3] for image in answer.json()["images"]][1:3]
    for light, cell in zip(("right", "top"), cells, strict=True):
        assert np.array_equal(cell, host.generate({**RELIT, "light": light})[0]), light


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("tab", ["txt2img", "img2img"])
def test_what_a_program_that_draws_sends(host: Host, client: str, tab: str) -> None:
    """As it sends it, with the light beside its own scripts: what the same request gives without the rest."""
    body = CLIENTS[client](tab, samples.b64(samples.subject(SIDE, SIDE)), SIDE)
    args = {"foreground": samples.b64(samples.subject(SIDE, SIDE)), "matting": "none", "light": "left"}
    # A script that a WebUI does not have is refused by itself.
    known = host.get("/sdapi/v1/scripts").json()[tab]
    own = {name: script for name, script in body["alwayson_scripts"].items() if name.lower() in known}
    answer = host.post(f"/sdapi/v1/{tab}", {**body, "seed": "7", "alwayson_scripts": {**own, TITLE: {"args": [args]}}})
    assert answer.status_code == 200, answer.text[:2000]
    plain = {"prompt": "a vase", "negative_prompt": "", "seed": 7, "denoising_strength": 0.7}
    if tab == "img2img":
        plain |= {"init_images": body["init_images"], "resize_mode": body.get("resize_mode", 0)}
    (wanted,) = host.generate(args, tab, **plain)
    found = samples.decoded(answer.json()["images"][0])[..., :3]
    assert samples.psnr(found, wanted) >= 60


@pytest.mark.slow
def test_webuiapi(host: Host) -> None:
    address = urlsplit(host.base_url)
    api = webuiapi.WebUIApi(host=address.hostname, port=address.port)
    known = {key: value for key, value in SMALL.items() if not key.startswith("hr_")}
    result = api.txt2img(**known, alwayson_scripts={TITLE: {"args": [RELIT]}})
    assert np.array_equal(np.asarray(result.image), host.generate(RELIT)[0])
    assert "IC-Light light: left" in result.info["infotexts"][0]
