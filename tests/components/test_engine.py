"""What the engine writes and refuses; what it adds to the request and the session has tests of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight.errors import ICLightError
from lib_iclight.standalone.job import Hires, Job, StopError
from tests import reference
from tests.components.small_diffusion import SmallDiffusion

RNG = np.random.default_rng(3)
SUBJECT = Image.fromarray(RNG.integers(0, 256, (70, 50, 3), np.uint8))
ARGS = {"foreground": SUBJECT, "matting": "none", "light": "left"}
SMALL = {"width": 64, "height": 64, "steps": 1}


@pytest.fixture(scope="module")
def engine() -> SmallDiffusion:
    return SmallDiffusion({"fc": reference.random_offset(reference.tiny(0).unet, 8, 0)})


def test_the_infotext_is_a_webuis(engine: SmallDiffusion) -> None:
    found = engine.generate(
        {**ARGS, "append_images": True}, **SMALL, sampler="DPM++ 2M", batch_size=2, hires=Hires(steps=1)
    )
    assert len(found.images) == len(found.infotexts) == 4
    assert found.seeds == [1, 2]
    first, second = found.infotexts[:2]
    assert first.startswith(
        "cat\nNegative prompt: bad\nSteps: 1, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 2, Seed: 1, "
        "Size: 64x64, Model hash: 0000000000, Model: small, Denoising strength: 0.5, Hires upscale: 1.5, "
        "Hires steps: 1, Hires upscaler: Lanczos, IC-Light: True, IC-Light model: fc, "
    )
    assert "IC-Light light: left" in first
    assert second == first.replace("Seed: 1", "Seed: 2")
    assert [image.size for image in found.images] == [(96, 96), (96, 96), (50, 70), (64, 64)]


def test_a_plain_infotext(engine: SmallDiffusion) -> None:
    (text,) = engine.generate(None, **SMALL).infotexts
    assert text == (
        "cat\nNegative prompt: bad\nSteps: 1, Sampler: Euler, Schedule type: Automatic, CFG scale: 2, Seed: 1, "
        "Size: 64x64, Model hash: 0000000000, Model: small"
    )


def test_sizes_are_cut_to_multiples_of_8_and_the_seed_is_drawn(engine: SmallDiffusion) -> None:
    found = [engine.generate(ARGS, width=71, height=66, steps=1, seed=-1) for _ in range(2)]
    assert found[0].images[0].size == (64, 64)
    assert found[0].seeds != found[1].seeds


def test_the_authors_size_without_one(engine: SmallDiffusion) -> None:
    assert engine.generate(None, steps=1, cfg_scale=1).images[0].size == (512, 640)


def test_progress(engine: SmallDiffusion) -> None:
    shares: list[float] = []
    job = Job(args=[ARGS], width=64, height=64, steps=2, seed=1, n_iter=2, sampler="Heun", hires=Hires(steps=2))
    engine.engine.generate(job, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


@pytest.mark.parametrize(("everything", "at", "kept"), [(True, 3, [1]), (False, 3, [1, 3]), (False, 1, [2, 3])])
def test_a_job_that_is_stopped_keeps_what_it_made(
    engine: SmallDiffusion, everything: bool, at: int, kept: list[int]
) -> None:
    """Three pictures of two steps each: the third step is in the second one."""
    steps = 0

    def stop(share: float) -> None:
        nonlocal steps
        steps += 1
        if steps == at:
            raise StopError(everything)

    job = Job(args=[ARGS], width=64, height=64, steps=2, seed=1, n_iter=3)
    result = engine.engine.generate(job, stop)
    assert result.seeds == kept
    assert len(result.images) == len(result.infotexts) == len(kept)
    whole = engine.engine.generate(job)
    for image, seed in zip(result.images, kept):
        assert (np.asarray(image) == np.asarray(whole.images[seed - 1])).all()


def test_a_job_that_is_stopped_before_a_picture_is_refused(engine: SmallDiffusion) -> None:
    def stop(share: float) -> None:
        raise StopError(everything=True)

    with pytest.raises(ICLightError, match="before a picture was made"):
        engine.engine.generate(Job(args=[ARGS], width=64, height=64, steps=2, seed=1), stop)


def test_img2img_takes_several_pictures_and_flattens_them_on_white(engine: SmallDiffusion) -> None:
    pixels = RNG.integers(0, 256, (64, 64, 4), np.uint8)
    pixels[:32, :, 3], pixels[32:, :, 3] = 0, 255
    white = pixels.copy()
    white[:32, :, :3] = 255
    asked = {**SMALL, "steps": 4}
    pair = (Image.fromarray(pixels), Image.fromarray(white[..., :3]))
    found = engine.generate(None, **asked, init_images=pair)
    assert found.seeds == [1, 2]
    clear = engine.generate(None, **asked, init_images=pair[:1], batch_size=2)
    assert found.images[0].tobytes() == clear.images[0].tobytes()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"sampler": "DDIM"}, "sampler is 'DDIM'"),
        ({"scheduler": "Beta"}, "scheduler is 'Beta'"),
        ({"steps": 0}, "steps is 0 but must be 1"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"width": 63}, "size is 63x64"),
        ({"prompt": "(cat:1.1)"}, "a bracket"),
        ({"hires": Hires(upscaler="Latent")}, "upscaler is 'Latent' but must be Lanczos"),
        ({"hires": Hires(denoising_strength=0)}, "denoising_strength is 0"),
        ({"hires": Hires(steps=-1)}, "hires steps is -1"),
        ({"hires": Hires(scale=0.5)}, "second stage's size"),
        ({"hires": Hires(), "init_images": (SUBJECT,)}, "belongs to txt2img"),
        ({"init_images": ()}, "img2img has no picture"),
        ({"init_images": (SUBJECT,), "resize_mode": 3}, "resize_mode is 3"),
        ({"init_images": (SUBJECT,), "denoising_strength": 1.5}, "denoising_strength is 1.5"),
        ({"init_images": (SUBJECT,) * 2, "batch_size": 3}, "batch_size is 3 for 2"),
    ],
)
def test_what_is_refused(engine: SmallDiffusion, asked: dict[str, Any], said: str) -> None:
    if "prompt" in asked:
        from lib_iclight.standalone.diffusion.text import chunks

        engine.model.text, before = chunks, engine.model.text
        try:
            with pytest.raises(ICLightError, match=said):
                engine.generate(ARGS, **{**SMALL, **asked})
        finally:
            engine.model.text = before
        return
    with pytest.raises(ICLightError, match=said):
        engine.generate(ARGS, **{**SMALL, **asked})


def test_a_refused_job_leaves_the_next_one_alone(engine: SmallDiffusion) -> None:
    plain = engine.generate(None, **SMALL).images[0].tobytes()
    with pytest.raises(ICLightError, match="no subject"):
        engine.generate({"light": "left"}, **SMALL)
    engine.generate(ARGS, **SMALL)
    assert engine.generate(None, **SMALL).images[0].tobytes() == plain
