"""The whole way from a request to a picture, against the independent computation, on modules of few channels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight import log
from tests import reference
from tests.components.small_webui import CFG, SmallWebUI

SIZE = {"width": 64, "height": 96}
RNG = np.random.default_rng(5)
SUBJECT = RNG.integers(0, 256, (70, 50, 3), np.uint8)
ALPHA = np.tile(np.linspace(0, 255, 50).astype(np.uint8), (70, 1))
BACKGROUND = RNG.integers(0, 256, (40, 90, 3), np.uint8)
OFFSETS = {
    role: reference.random_offset(reference.tiny(0).unet, channels, seed)
    for seed, (role, channels) in enumerate((("fc", 8), ("fcon", 8), ("fbc", 12)))
}
AT_LEAST = 60


@pytest.fixture(scope="module")
def webui() -> SmallWebUI:
    return SmallWebUI(OFFSETS)


def picture(array: np.ndarray) -> Image.Image:
    return Image.fromarray(array)


def psnr(found: list[np.ndarray], expected: list[np.ndarray]) -> float:
    assert len(found) == len(expected)
    assert np.std(np.stack(expected)) > 3, "a flat picture agrees with any other"
    error = np.mean((np.stack(found).astype(float) - np.stack(expected)) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def expected(model: str, **asked: Any) -> list[np.ndarray]:
    models = reference.tiny(0, OFFSETS[model])
    return reference.relight(
        models, SUBJECT, prompt="cat", negative="bad", cfg=CFG, seed=1, **{**SIZE, "steps": 4, **asked}
    )


@pytest.mark.parametrize("light", ["none", "left", "right", "top", "bottom", "ambient"])
@pytest.mark.parametrize("model", ["fc", "fcon"])
def test_text_conditioned(webui: SmallWebUI, model: str, light: str) -> None:
    args = {"model": model, "foreground": picture(SUBJECT), "matting": "none", "light": light}
    assert psnr(webui.txt2img(args, **SIZE, steps=4), expected(model, light=light)) >= AT_LEAST


def test_lowres_denoise(webui: SmallWebUI) -> None:
    args = {"foreground": picture(SUBJECT), "matting": "none", "light": "left", "lowres_denoise": 0.6}
    found = webui.txt2img(args, **SIZE, steps=6)
    assert psnr(found, expected("fc", light="left", lowres_denoise=0.6, steps=6)) >= AT_LEAST


def test_mask_and_alpha(webui: SmallWebUI) -> None:
    wanted = expected("fc", alpha=ALPHA / 255)
    masked = {"foreground": picture(SUBJECT), "foreground_mask": picture(ALPHA)}
    assert psnr(webui.txt2img(masked, **SIZE, steps=4), wanted) >= AT_LEAST
    own = {"foreground": picture(np.dstack([SUBJECT, ALPHA]))}
    assert psnr(webui.txt2img(own, **SIZE, steps=4), wanted) >= AT_LEAST


def test_batch(webui: SmallWebUI) -> None:
    args = {"foreground": picture(SUBJECT), "matting": "none", "light": "top"}
    found = webui.txt2img(args, **SIZE, steps=4, batch=3)
    assert psnr(found, expected("fc", light="top", batch=3)) >= AT_LEAST


@pytest.mark.parametrize("light", ["left", "right", "top", "bottom", "ambient"])
def test_background_conditioned_by_a_light(webui: SmallWebUI, light: str) -> None:
    args = {"model": "fbc", "foreground": picture(SUBJECT), "matting": "none", "light": light}
    assert psnr(webui.txt2img(args, **SIZE, steps=4), expected("fbc", light=light)) >= AT_LEAST


@pytest.mark.parametrize("flip", [False, True])
def test_background_conditioned_by_a_picture(webui: SmallWebUI, flip: bool) -> None:
    args = {"model": "fbc", "foreground": picture(SUBJECT), "matting": "none", "background": picture(BACKGROUND)}
    found = webui.txt2img({**args, "flip_background": flip, "light": "left"}, **SIZE, steps=4)
    background = np.fliplr(BACKGROUND) if flip else BACKGROUND
    assert psnr(found, expected("fbc", background=background)) >= AT_LEAST


@pytest.mark.parametrize("model", ["fc", "fbc"])
def test_second_stage(webui: SmallWebUI, model: str) -> None:
    hires = reference.Hires(width=96, height=144, steps=5, denoise=0.5)
    args = {"model": model, "foreground": picture(SUBJECT), "matting": "none", "light": "left"}
    found = webui.txt2img(args, **SIZE, steps=4, hires=hires)
    assert psnr(found, expected(model, light="left", hires=hires)) >= 45


@pytest.mark.parametrize("light", ["none", "right"])
def test_img2img_relights_its_own_picture(webui: SmallWebUI, light: str) -> None:
    init = RNG.integers(0, 256, (96, 64, 3), np.uint8)
    found = webui.img2img({"matting": "none", "light": light}, init, steps=10, denoise=0.5)
    models = reference.tiny(0, OFFSETS["fc"])
    wanted = reference.img2img(
        models, init, prompt="cat", negative="bad", steps=10, denoise=0.5, cfg=CFG, seed=1, light=light
    )
    assert psnr(found, wanted) >= AT_LEAST


def test_img2img_with_a_subject_keeps_its_picture_as_initial_latent(webui: SmallWebUI) -> None:
    init = RNG.integers(0, 256, (96, 64, 3), np.uint8)
    args = {"foreground": picture(SUBJECT), "matting": "none", "light": "right"}
    found = webui.img2img(args, init, steps=10, denoise=0.5)
    models = reference.tiny(0, OFFSETS["fc"])
    wanted = reference.img2img(
        models, init, foreground=SUBJECT, prompt="cat", negative="bad", steps=10, denoise=0.5, cfg=CFG, seed=1
    )
    assert psnr(found, wanted) >= AT_LEAST


def test_a_light_map_of_ones_own_is_a_light_like_another(webui: SmallWebUI) -> None:
    ramp = np.tile(np.linspace(255, 0, 64).astype(np.uint8)[None, :, None], (96, 1, 3))
    args = {"foreground": picture(SUBJECT), "matting": "none", "light": "custom", "light_map": picture(ramp)}
    assert psnr(webui.txt2img(args, **SIZE, steps=4), expected("fc", light="left")) >= AT_LEAST


def test_a_warm_generation_does_nothing_again(webui: SmallWebUI) -> None:
    hires = reference.Hires(width=96, height=144, steps=5, denoise=0.5)
    args = {"foreground": picture(SUBJECT), "light": "left", "matting": "none", "reinforce_foreground": "flat"}
    first = webui.txt2img(args, **SIZE, steps=4, hires=hires)
    before = log.counts()
    again = webui.txt2img(args, **SIZE, steps=4, hires=hires)
    assert log.counts() == before
    assert all((a == b).all() for a, b in zip(first, again))


def test_plain_generations_are_left_alone(webui: SmallWebUI) -> None:
    before = webui.txt2img(None, **SIZE, steps=4)
    lit = webui.txt2img({"foreground": picture(SUBJECT), "matting": "none"}, **SIZE, steps=4)
    after = webui.txt2img(None, **SIZE, steps=4)
    assert (before[0] == after[0]).all()
    assert (before[0] != lit[0]).any()


def test_where_the_second_stage_has_the_same_size_it_encodes_once(webui: SmallWebUI) -> None:
    subject = RNG.integers(0, 256, (20, 20, 3), np.uint8)
    before = log.counts().get("encode", 0)
    hires = reference.Hires(width=64, height=96, steps=5, denoise=0.5)
    webui.txt2img({"foreground": picture(subject), "matting": "none"}, **SIZE, steps=4, hires=hires)
    assert log.counts()["encode"] == before + 1


def test_reinforcing_lays_the_subject_over_the_light(webui: SmallWebUI) -> None:
    """With an opaque subject the initial latent is the subject itself, so the light does not matter."""
    args = {"foreground": picture(SUBJECT), "matting": "none", "reinforce_foreground": True}
    left, right = (webui.txt2img({**args, "light": light}, **SIZE, steps=4) for light in ("left", "right"))
    assert (left[0] == right[0]).all()
