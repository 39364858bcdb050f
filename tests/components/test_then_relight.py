"""One request that makes its subjects from the prompt and relights them, against the two requests that do the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.job import Hires, Job, StopError
from tests import reference
from tests.components.small_diffusion import SmallDiffusion
from tests.webui.samples import psnr

ARGS: dict[str, Any] = {"then_relight": True, "matting": "none", "light": "left"}
SMALL: dict[str, Any] = {"width": 64, "height": 72, "steps": 2}


@pytest.fixture(scope="module")
def engine() -> SmallDiffusion:
    return SmallDiffusion({"fc": reference.random_offset(reference.tiny(0).unet, 8, 0)})


@pytest.mark.parametrize("hires", [None, Hires(steps=1)])
def test_each_result_relights_the_picture_of_its_own_seed(engine: SmallDiffusion, hires: Hires | None) -> None:
    found = engine.generate(ARGS, **SMALL, batch_size=2, n_iter=2, hires=hires)
    assert found.seeds == [1, 2, 3, 4]
    for seed, picture in zip(found.seeds, found.images):
        (plain,) = engine.generate(None, **SMALL, seed=seed).images
        args = {**ARGS, "then_relight": False, "foreground": plain}
        (expected,) = engine.generate(args, **SMALL, seed=seed, hires=hires).images
        # A batch and a single picture differ in the order of their sums, which the passes after it enlarge.
        assert psnr(np.asarray(picture), np.asarray(expected)) >= 45
    assert "IC-Light then relight: True" in found.infotexts[0]


def test_details_are_given_back_of_the_picture_that_was_made(engine: SmallDiffusion) -> None:
    args = {**ARGS, "strength": 0, "append_images": True}
    found = engine.generate(args, **SMALL, n_iter=2)
    plain = engine.generate(None, **SMALL, n_iter=2).images
    for result, made, expected in zip(found.images[:2], found.images[2:4], plain):
        assert np.array_equal(result, expected)
        assert np.array_equal(made, expected)


def test_progress_counts_the_first_pass_too(engine: SmallDiffusion) -> None:
    shares: list[float] = []
    engine.engine.generate(Job(args=[ARGS], **SMALL, seed=1, hires=Hires(steps=2)), shares.append)
    assert shares == pytest.approx([at / 6 for at in range(1, 7)])


def test_it_is_refused_where_there_is_a_subject(engine: SmallDiffusion) -> None:
    photo = Image.new("RGB", (64, 64), "red")
    for asked in ({"args": {**ARGS, "foreground": photo}}, {"args": ARGS, "init_images": (photo,)}):
        with pytest.raises(ICLightError, match="then_relight makes the subject") as refused:
            engine.generate(**asked, **SMALL)
        assert refused.value.code == ErrorCode.FIELDS_CONFLICT.name.lower()


def test_stopped_before_there_is_a_picture_to_relight(engine: SmallDiffusion) -> None:
    def stop(share: float) -> None:
        raise StopError(everything=True)

    with pytest.raises(ICLightError, match="interrupted"):
        engine.engine.generate(Job(args=[ARGS], **SMALL), stop)
