"""Clients that people use: the X/Y/Z plot, and the PyPI package ``webuiapi``."""

from __future__ import annotations

from urllib.parse import urlsplit

import numpy as np
import pytest
import webuiapi

from tests.webui import samples
from tests.webui.host import SMALL, TITLE, Host
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


@pytest.mark.slow
def test_webuiapi(host: Host) -> None:
    address = urlsplit(host.base_url)
    api = webuiapi.WebUIApi(host=address.hostname, port=address.port)
    known = {key: value for key, value in SMALL.items() if not key.startswith("hr_")}
    result = api.txt2img(**known, alwayson_scripts={TITLE: {"args": [RELIT]}})
    assert np.array_equal(np.asarray(result.image), host.generate(RELIT)[0])
    assert "IC-Light light: left" in result.info["infotexts"][0]
