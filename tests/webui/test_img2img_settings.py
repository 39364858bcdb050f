"""Settings of the host that are meant for img2img: none undoes the light, none acts where there is no img2img."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.webui import samples
from tests.webui.host import Host
from tests.webui.samples import same
from tests.webui.wanted import HIRES, RELIT

Set = Callable[[str, Any], None]


@pytest.fixture
def setting(host: Host) -> Iterator[Set]:
    """``setting(name, value)``: for one test."""
    before = host.get("/sdapi/v1/options").json()
    changed: dict[str, Any] = {}

    def change(name: str, value: Any) -> None:
        changed[name] = before[name]
        host.post("/sdapi/v1/options", {name: value})
        assert host.get("/sdapi/v1/options").json()[name] == value

    yield change
    host.post("/sdapi/v1/options", changed)


def test_colour_correction_leaves_the_light(host: Host, setting: Set) -> None:
    args = {"light": "left", "light_color": "#ff0000", "matting": "none"}
    asked = {"init_images": [samples.b64(samples.subject(64, 64))], "denoising_strength": 0.9}
    without, plain = host.generate(args, "img2img", **asked), host.generate(None, "img2img", **asked)
    setting("img2img_color_correction", True)
    assert same(host.generate(args, "img2img", **asked), without)
    assert samples.psnr(host.generate(None, "img2img", **asked)[0], plain[0]) < 40, "the setting acts on others"


def test_extra_noise_is_img2imgs_alone(host: Host, setting: Set) -> None:
    """A first stage that begins from a light is none; its second pass is one of those that the setting names."""
    without = host.generate(RELIT)
    setting("img2img_extra_noise", 0.3)
    answer = host.ask(RELIT)
    assert answer.status_code == 200, answer.text[:2000]
    assert np.array_equal(samples.decoded(answer.json()["images"][0]), without[0])
    assert "Extra noise" not in answer.json()["info"]
    assert host.get("/sdapi/v1/options").json()["img2img_extra_noise"] == 0.3
    assert "Extra noise" in host.ask(RELIT, **HIRES).json()["info"]


def test_settings_are_themselves_after_a_failure(host: Host, setting: Set) -> None:
    setting("img2img_extra_noise", 0.3)
    assert host.ask(RELIT, company={"Ring failing": [True]}).status_code == 500
    assert host.get("/sdapi/v1/options").json()["img2img_extra_noise"] == 0.3
