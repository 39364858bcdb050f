"""One request that generates a picture and relights it, in a real WebUI over HTTP, against the two requests for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from tests.webui import samples
from tests.webui.host import SMALL, Host

ARGS: dict[str, Any] = {"then_relight": True, "matting": "none", "light": "left"}


def test_it_is_what_two_requests_give(host: Host) -> None:
    """Each result of two batches relights the picture of its own seed, and the counts of pictures are as asked."""
    found = host.generate(ARGS, n_iter=2)
    assert len(found) == 2
    for seed, picture in enumerate(found, start=SMALL["seed"]):
        plain = host.generate(seed=seed)[0]
        args = {**ARGS, "then_relight": False, "foreground": samples.b64(plain)}
        expected = host.generate(args, seed=seed)[0]
        assert np.array_equal(picture, expected)


def test_a_plain_generation_after_it_is_the_one_before(host: Host) -> None:
    before = host.generate()[0]
    host.generate(ARGS)
    assert np.array_equal(host.generate()[0], before)


def test_hires_and_a_batch(host: Host) -> None:
    hires = {"enable_hr": True, "hr_scale": 1.5, "hr_upscaler": "None", "hr_second_pass_steps": 1}
    found = host.generate({**ARGS, "strength": 0}, **hires, denoising_strength=0.5, batch_size=2)
    plain = host.generate(batch_size=2)
    for result, made in zip(found, plain, strict=True):
        larger = np.asarray(Image.fromarray(made).resize(result.shape[1::-1], Image.Resampling.LANCZOS))
        assert np.abs(result.astype(int) - larger).mean() < 2
    assert np.abs(found[0].astype(int) - found[1]).mean() > 2


def test_it_is_refused_where_there_is_a_subject(host: Host) -> None:
    photo = samples.b64(samples.subject())
    for tab, args, more in (
        ("txt2img", {**ARGS, "foreground": photo}, {}),
        ("img2img", ARGS, {"init_images": [photo]}),
    ):
        answer = host.ask(args, tab, **more)
        assert answer.status_code == 422
        assert "then_relight" in answer.json()["detail"]
