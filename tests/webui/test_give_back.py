"""Where the subject lies, how its edge is made, and what the result is given back, in a real WebUI over HTTP."""

from __future__ import annotations

import io
from base64 import b64decode
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight import images
from tests.webui import samples
from tests.webui.host import SIDE, Host

PHOTO, MASK, BACKGROUND = samples.subject(), samples.mask(), samples.background()
ARGS = {"foreground": samples.b64(PHOTO), "foreground_mask": samples.b64(MASK), "light": "left"}

CHANGES: list[dict[str, Any]] = [
    {"matte_threshold": 0.5},
    {"matte_grow": -20},
    {"matte_feather": 30},
    {"despill": True},
    {"foreground_x": 0.3, "foreground_y": 0.6, "foreground_scale": 0.6, "foreground_rotation": 20},
    {"reinforce_foreground": "lit"},
    {"model": "fbc", "reinforce_foreground": "lit"},
    {"strength": 0.5},
    {"restore_details": 0.8},
    {"restore_details": 0.8, "detail_mode": "soft_light", "detail_radius": 1.5},
    {"keep_color": 0.7},
    {"keep_background": True},
    {"shadow": 0.8, "shadow_softness": 0.2, "shadow_color": "#201008"},
    {"model": "fbc", "background": samples.b64(BACKGROUND), "shadow": 0.8},
]
"""Each option in a request that it changes the picture of."""


@pytest.fixture(scope="module")
def plain(host: Host) -> dict[str, np.ndarray]:
    """Relit by each model, with nothing beside."""
    return {
        "fc": host.generate(ARGS)[0],
        "fbc": host.generate({**ARGS, "model": "fbc"})[0],
        "background": host.generate({**ARGS, "model": "fbc", "background": samples.b64(BACKGROUND)})[0],
    }


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: "-".join(changes)[:40])
def test_each_option_changes_the_picture_and_is_in_its_parameters(
    host: Host, plain: dict[str, np.ndarray], changes: dict[str, Any]
) -> None:
    answer = host.ask({**ARGS, **changes})
    assert answer.status_code == 200, answer.text[:2000]
    text = answer.json()["images"][0]
    before = plain["background" if "background" in changes else changes.get("model", "fc")]
    found = samples.decoded(text)
    assert found.shape == before.shape
    assert (found != before).any()
    with Image.open(io.BytesIO(b64decode(text))) as picture:
        parameters = picture.info["parameters"]
    for name in changes.keys() - {"background", "despill"}:
        assert f"IC-Light {name.replace('_', ' ')}: " in parameters


def test_at_the_defaults_nothing_changes(host: Host, plain: dict[str, np.ndarray]) -> None:
    rest = {"strength": 1, "restore_details": 0, "keep_color": 0, "own_size": False, "keep_background": False}
    rest |= {"shadow": 0, "despill": "auto", "matte_grow": 0, "foreground_scale": 1, "reinforce_foreground": "off"}
    assert np.array_equal(host.generate({**ARGS, **rest})[0], plain["fc"])


def test_without_strength_the_photo_comes_back(host: Host) -> None:
    found = host.generate({**ARGS, "strength": 0})[0]
    assert np.abs(found.astype(int) - images.cover(PHOTO, SIDE, SIDE)).max() <= 1


def test_hires_is_given_back_at_its_size(host: Host) -> None:
    hires = {"enable_hr": True, "hr_scale": 1.5, "hr_upscaler": "None", "hr_second_pass_steps": 1}
    found = host.generate({**ARGS, "strength": 0}, **hires, denoising_strength=0.5)[0]
    expected = images.cover(PHOTO, *found.shape[1::-1])
    assert found.shape[0] > SIDE
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_img2img_is_given_its_own_picture_back(host: Host) -> None:
    shown = {"init_images": [samples.b64(PHOTO)], "resize_mode": 1, "denoising_strength": 0.6}
    found = host.generate({"matting": "none", "light": "left", "strength": 0}, "img2img", **shown)[0]
    assert np.abs(found.astype(int) - images.cover(PHOTO, SIDE, SIDE)).max() <= 1


def test_own_size_is_the_photos_with_the_plain_one_beside(host: Host) -> None:
    found = host.generate({**ARGS, "own_size": True, "shadow": 0.5, "append_images": True})
    covered = min(PHOTO.shape[:2])
    assert found[0].shape[:2] == (covered, covered)
    # The cut-out, the light map, the enlarged result as it was, its shadow.
    assert [picture.shape[:2] for picture in found[-4:]] == [PHOTO.shape[:2], (SIDE, SIDE), *[(covered, covered)] * 2]
    assert found[-1].shape[2] == 4


def test_a_result_of_another_size_is_no_inpainted_one(host: Host) -> None:
    masked = {"init_images": [samples.b64(PHOTO)], "mask": samples.b64(MASK), "denoising_strength": 0.6}
    answer = host.ask({"matting": "none", "own_size": True}, "img2img", **masked)
    assert answer.status_code == 422, answer.text[:500]
    assert "own_size cannot be combined with inpainting" in answer.json()["detail"]


def test_an_inpainted_part_is_given_back_its_part(host: Host) -> None:
    masked = {"init_images": [samples.b64(PHOTO)], "mask": samples.b64(MASK), "denoising_strength": 0.6}
    found = host.generate({"matting": "none", "strength": 0}, "img2img", **masked, inpaint_full_res=True)[0]
    relit = host.generate({"matting": "none"}, "img2img", **masked, inpaint_full_res=True)[0]
    assert found.shape == relit.shape == PHOTO.shape
    # What is pasted back was resampled twice.
    assert np.abs(found.astype(int) - PHOTO).mean() < np.abs(relit.astype(int) - PHOTO).mean() / 3
