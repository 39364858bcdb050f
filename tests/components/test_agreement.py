"""The whole way from a request to a picture, against the independent computation, on modules of few channels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight import log
from lib_iclight.request.args import build
from lib_iclight.subject.prepare import Preparer
from tests import reference
from tests.components.small_diffusion import CFG, SmallDiffusion
from tests.unit.panoramas import noise, to_text

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
def engine() -> SmallDiffusion:
    return SmallDiffusion(OFFSETS)


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
        models, SUBJECT, prompt="cat", negative="bad", seed=1, **{**SIZE, "cfg": CFG, "steps": 4, **asked}
    )


@pytest.mark.parametrize("light", ["none", "left", "right", "top", "bottom", "ambient"])
@pytest.mark.parametrize("model", ["fc", "fcon"])
def test_text_conditioned(engine: SmallDiffusion, model: str, light: str) -> None:
    args = {"model": model, "foreground": picture(SUBJECT), "matting": "none", "light": light}
    assert psnr(engine.txt2img(args, **SIZE, steps=4), expected(model, light=light)) >= AT_LEAST


def test_lowres_denoise(engine: SmallDiffusion) -> None:
    args = {"foreground": picture(SUBJECT), "matting": "none", "light": "left", "lowres_denoise": 0.6}
    found = engine.txt2img(args, **SIZE, steps=6)
    assert psnr(found, expected("fc", light="left", lowres_denoise=0.6, steps=6)) >= AT_LEAST


def test_mask_and_alpha(engine: SmallDiffusion) -> None:
    wanted = expected("fc", alpha=ALPHA / 255)
    masked = {"foreground": picture(SUBJECT), "foreground_mask": picture(ALPHA)}
    assert psnr(engine.txt2img(masked, **SIZE, steps=4), wanted) >= AT_LEAST
    own = {"foreground": picture(np.dstack([SUBJECT, ALPHA]))}
    assert psnr(engine.txt2img(own, **SIZE, steps=4), wanted) >= AT_LEAST


def test_batch(engine: SmallDiffusion) -> None:
    args = {"foreground": picture(SUBJECT), "matting": "none", "light": "top"}
    found = engine.txt2img(args, **SIZE, steps=4, batch=3)
    assert psnr(found, expected("fc", light="top", batch=3)) >= AT_LEAST


@pytest.mark.parametrize("light", ["left", "right", "top", "bottom", "ambient"])
def test_background_conditioned_by_a_light(engine: SmallDiffusion, light: str) -> None:
    args = {"model": "fbc", "foreground": picture(SUBJECT), "matting": "none", "light": light}
    assert psnr(engine.txt2img(args, **SIZE, steps=4), expected("fbc", light=light)) >= AT_LEAST


@pytest.mark.parametrize("flip", [False, True])
def test_background_conditioned_by_a_picture(engine: SmallDiffusion, flip: bool) -> None:
    args = {"model": "fbc", "foreground": picture(SUBJECT), "matting": "none", "background": picture(BACKGROUND)}
    found = engine.txt2img({**args, "flip_background": flip, "light": "left"}, **SIZE, steps=4)
    background = np.fliplr(BACKGROUND) if flip else BACKGROUND
    assert psnr(found, expected("fbc", background=background)) >= AT_LEAST


@pytest.mark.parametrize("model", ["fc", "fbc"])
def test_second_stage(engine: SmallDiffusion, model: str) -> None:
    hires = reference.Hires(width=96, height=144, steps=5, denoise=0.5)
    args = {"model": model, "foreground": picture(SUBJECT), "matting": "none", "light": "left"}
    found = engine.txt2img(args, **SIZE, steps=4, hires=hires)
    assert psnr(found, expected(model, light="left", hires=hires)) >= 45


@pytest.mark.parametrize("light", ["none", "right"])
def test_img2img_relights_its_own_picture(engine: SmallDiffusion, light: str) -> None:
    init = RNG.integers(0, 256, (96, 64, 3), np.uint8)
    found = engine.img2img({"matting": "none", "light": light}, init, steps=10, denoise=0.5)
    models = reference.tiny(0, OFFSETS["fc"])
    wanted = reference.img2img(
        models, init, prompt="cat", negative="bad", steps=10, denoise=0.5, cfg=CFG, seed=1, light=light
    )
    assert psnr(found, wanted) >= AT_LEAST


def test_img2img_with_a_subject_keeps_its_picture_as_initial_latent(engine: SmallDiffusion) -> None:
    init = RNG.integers(0, 256, (96, 64, 3), np.uint8)
    args = {"foreground": picture(SUBJECT), "matting": "none", "light": "right"}
    found = engine.img2img(args, init, steps=10, denoise=0.5)
    models = reference.tiny(0, OFFSETS["fc"])
    wanted = reference.img2img(
        models, init, foreground=SUBJECT, prompt="cat", negative="bad", steps=10, denoise=0.5, cfg=CFG, seed=1
    )
    assert psnr(found, wanted) >= AT_LEAST


def test_a_light_map_of_ones_own_is_a_light_like_another(engine: SmallDiffusion) -> None:
    ramp = np.tile(np.linspace(255, 0, 64).astype(np.uint8)[None, :, None], (96, 1, 3))
    args = {"foreground": picture(SUBJECT), "matting": "none", "light": "custom", "light_map": picture(ramp)}
    assert psnr(engine.txt2img(args, **SIZE, steps=4), expected("fc", light="left")) >= AT_LEAST


@pytest.mark.parametrize("model", ["fc", "fbc"])
def test_a_panorama_is_shown_as_its_light_map(engine: SmallDiffusion, model: str) -> None:
    """As the initial latent, or as the background; read and drawn once for both stages."""
    around = {"light": "panorama", "panorama": to_text(noise(len(model))), "panorama_rotation": 50}
    drawn = Preparer(dict, lambda network: network).light_map(build({**around, "model": model}), 64, 96)
    given = {"foreground": picture(SUBJECT), "matting": "none", "model": model}
    shown = {"fc": {"light": "custom", "light_map": picture(drawn)}, "fbc": {"background": picture(drawn)}}
    before = log.counts().get("panorama", 0)
    (found,) = engine.txt2img({**given, **around}, **SIZE, steps=4)
    assert log.counts()["panorama"] == before + 1
    (wanted,) = engine.txt2img({**given, **shown[model]}, **SIZE, steps=4)
    assert (found == wanted).all()


def test_a_warm_generation_does_nothing_again(engine: SmallDiffusion) -> None:
    hires = reference.Hires(width=96, height=144, steps=5, denoise=0.5)
    args = {"foreground": picture(SUBJECT), "light": "left", "matting": "none", "reinforce_foreground": "flat"}
    first = engine.txt2img(args, **SIZE, steps=4, hires=hires)
    before = log.counts()
    again = engine.txt2img(args, **SIZE, steps=4, hires=hires)
    assert log.counts() == before
    assert all((a == b).all() for a, b in zip(first, again))


def test_plain_generations_are_left_alone(engine: SmallDiffusion) -> None:
    before = engine.txt2img(None, **SIZE, steps=4)
    lit = engine.txt2img({"foreground": picture(SUBJECT), "matting": "none"}, **SIZE, steps=4)
    after = engine.txt2img(None, **SIZE, steps=4)
    assert (before[0] == after[0]).all()
    assert (before[0] != lit[0]).any()


def test_where_the_second_stage_has_the_same_size_it_encodes_once(engine: SmallDiffusion) -> None:
    subject = RNG.integers(0, 256, (20, 20, 3), np.uint8)
    before = log.counts().get("encode", 0)
    hires = reference.Hires(width=64, height=96, steps=5, denoise=0.5)
    engine.txt2img({"foreground": picture(subject), "matting": "none"}, **SIZE, steps=4, hires=hires)
    assert log.counts()["encode"] == before + 1


def test_reinforcing_lays_the_subject_over_the_light(engine: SmallDiffusion) -> None:
    """With an opaque subject the initial latent is the subject itself, so the light does not matter."""
    args = {"foreground": picture(SUBJECT), "matting": "none", "reinforce_foreground": True}
    left, right = (engine.txt2img({**args, "light": light}, **SIZE, steps=4) for light in ("left", "right"))
    assert (left[0] == right[0]).all()


def test_plain_pictures_agree_too(engine: SmallDiffusion) -> None:
    hires = reference.Hires(width=96, height=144, steps=5, denoise=0.5)
    same = {"prompt": "cat", "negative": "bad", "cfg": CFG, "seed": 1, "steps": 4, **SIZE}
    wanted = reference.plain(reference.tiny(0), batch=2, **same)
    assert psnr(engine.txt2img(None, **SIZE, steps=4, batch=2), wanted) >= AT_LEAST
    found = engine.txt2img(None, **SIZE, steps=4, hires=hires)
    assert psnr(found, reference.plain(reference.tiny(0), hires=hires, **same)) >= 45


def test_without_guidance(engine: SmallDiffusion) -> None:
    args = {"foreground": picture(SUBJECT), "matting": "none"}
    found = engine.generate(args, **SIZE, steps=4, cfg_scale=1, negative_prompt="( not even read")
    assert psnr([np.asarray(found.images[0])], expected("fc", cfg=1)) >= AT_LEAST


def test_a_batch_is_its_pictures_one_by_one(engine: SmallDiffusion) -> None:
    args = {"foreground": picture(SUBJECT), "matting": "none", "light": "top"}
    together = engine.generate(args, **SIZE, steps=4, batch_size=2, n_iter=2, sampler="Euler a")
    assert together.seeds == [1, 2, 3, 4]
    alone = [engine.generate(args, **SIZE, steps=4, seed=seed, sampler="Euler a").images[0] for seed in (1, 2, 3, 4)]
    assert psnr([np.asarray(i) for i in together.images], [np.asarray(i) for i in alone]) >= AT_LEAST


def test_models_take_turns(engine: SmallDiffusion) -> None:
    args = {"foreground": picture(SUBJECT), "matting": "none", "light": "top"}
    engine.generate({**args, "model": "fc"}, **SIZE, steps=1)
    before = log.counts()["merge"]
    for model, merged in (("fbc", 1), ("fbc", 1), ("fc", 2)):
        engine.generate({**args, "model": model}, **SIZE, steps=1)
        assert log.counts()["merge"] == before + merged
