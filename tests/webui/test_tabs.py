"""img2img, and sizes that are not round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.webui import samples
from tests.webui.host import Host
from tests.webui.wanted import SAME

SUBJECT = samples.subject()
INIT = samples.subject(256, 256)
# Three of the schedule's four entries are run.
TAB = {"steps": 4, "denoising_strength": 0.5, "width": 256, "height": 256}
STEPS = {**SAME, "steps": 4, "denoise": 0.5}


def test_img2img_of_the_subject_itself(host: Host, expected: Callable[..., list[np.ndarray]]) -> None:
    """Without a foreground the tab's picture is the subject, and the light map is the initial latent."""
    args = {"light": "left", "matting": "none"}
    (picture,) = host.generate(args, "img2img", init_images=[samples.b64(INIT)], **TAB)
    (wanted,) = expected("img2img", "fc", init=INIT, light="left", **STEPS)
    assert samples.psnr(picture, wanted) >= 60


@pytest.mark.slow
def test_img2img_with_a_foreground(host: Host, expected: Callable[..., list[np.ndarray]]) -> None:
    """With a foreground the tab's picture stays the initial latent, of which the host samples the posterior."""
    args = {"foreground": samples.b64(SUBJECT), "matting": "none"}
    light = samples.background(256, 256)
    (picture,) = host.generate(args, "img2img", init_images=[samples.b64(light)], **TAB)
    (wanted,) = expected("img2img", "fc", init=light, foreground=SUBJECT, **STEPS)
    assert samples.psnr(picture, wanted) >= 45


@pytest.mark.slow
def test_img2img_background_conditioned(host: Host, expected: Callable[..., list[np.ndarray]]) -> None:
    background = samples.background()
    args = {"model": "fbc", "background": samples.b64(background), "matting": "none"}
    (picture,) = host.generate(args, "img2img", init_images=[samples.b64(INIT)], **TAB)
    (wanted,) = expected("img2img", "fbc", init=INIT, background=background, **STEPS)
    assert samples.psnr(picture, wanted) >= 45


@pytest.mark.parametrize(
    ("model", "extra"),
    [("fc", {"light": "left"}), ("fbc", {"background": samples.b64(samples.background())})],
    ids=["fc", "fbc"],
)
@pytest.mark.parametrize(
    "hires",
    [
        pytest.param({"hr_scale": 1.3}, id="scale-1.3"),
        pytest.param({"hr_resize_x": 192, "hr_resize_y": 0}, id="width-only", marks=pytest.mark.slow),
        pytest.param({"hr_resize_x": 0, "hr_resize_y": 192}, id="height-only", marks=pytest.mark.slow),
        pytest.param({"hr_resize_x": 192, "hr_resize_y": 160}, id="cropped", marks=pytest.mark.slow),
        pytest.param({"hr_scale": 1.5, "hr_upscaler": "Latent"}, id="latent", marks=pytest.mark.slow),
    ],
)
def test_hires_sizes(host: Host, model: str, extra: dict[str, Any], hires: dict[str, Any]) -> None:
    """128 x 128 to whatever the host makes of it: the conditions follow the latent, not the numbers asked for."""
    if hires.get("hr_upscaler") == "Latent" and not host.get("/sdapi/v1/latent-upscale-modes").json():
        pytest.skip("this host upscales no latents")
    args = {"model": model, "foreground": samples.b64(SUBJECT), "matting": "none", **extra}
    asked = {
        "enable_hr": True,
        "hr_upscaler": "None",
        "hr_second_pass_steps": 1,
        "denoising_strength": 0.5,
        "steps": 1,
        "width": 128,
        "height": 128,
        **hires,
    }
    (plain,) = host.generate(**asked)
    (picture,) = host.generate(args, **asked)
    assert picture.shape == plain.shape
    assert samples.psnr(picture, plain) < 45


@pytest.mark.parametrize(("width", "height"), [(264, 128), (200, 328)])
@pytest.mark.parametrize("light", ["none", "top"])
def test_sizes(host: Host, width: int, height: int, light: str) -> None:
    """Multiples of 8 that are none of 64, as far as the host takes them."""
    args = {"foreground": samples.b64(SUBJECT), "matting": "none", "light": light}
    (plain,) = host.generate(width=width, height=height, steps=1)
    (picture,) = host.generate(args, width=width, height=height, steps=1)
    assert picture.shape == plain.shape
    assert samples.psnr(picture, plain) < 45
