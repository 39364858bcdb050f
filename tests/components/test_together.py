"""Several pictures at once: each as it is alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts import memory
from lib_iclight.standalone.diffusion.sampling import KINDS
from lib_iclight.standalone.diffusion.together import Generation, Question, run
from lib_iclight.standalone.job import Hires, Job, Result, StopError
from tests import reference
from tests.components.small_diffusion import SmallDiffusion
from tests.webui.samples import psnr

RNG = np.random.default_rng(11)
SUBJECTS = [Image.fromarray(RNG.integers(0, 256, (70 + n, 50, 3), np.uint8)) for n in range(3)]
BACKGROUND = Image.fromarray(RNG.integers(0, 256, (40, 40, 3), np.uint8))
LIGHTS = ("left", "none", "top")
MOST = 2048 * 2048
FLOOR = 80.0
"""dB of 8-bit pictures: one level in a few hundred of a picture's values is worth that."""


class Counted:
    """A UNet that tells how many pictures it is asked for at once."""

    def __init__(self, unet: Any) -> None:
        self.unet, self.rows, self.fails_at = unet, [], 10**9

    def __call__(self, latents: torch.Tensor, *args: Any, **more: Any) -> Any:
        self.rows.append(len(latents))
        if len(latents) >= self.fails_at:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory")
        return self.unet(latents, *args, **more)


@pytest.fixture(scope="module")
def engine() -> SmallDiffusion:
    unet = reference.tiny(0).unet
    return SmallDiffusion(
        {role: reference.random_offset(unet, channels, seed) for seed, (role, channels) in enumerate(CHANNELS.items())}
    )


CHANNELS = {"fc": 8, "fbc": 12}


@pytest.fixture
def counted(engine: SmallDiffusion, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Counted]]:
    """What stands for the UNet with an offset, one for each that is merged."""
    made: list[Counted] = []
    build = engine.model.unet_with

    def unet_with(weights: Any) -> Counted:
        made.append(Counted(build(weights)))
        return made[-1]

    monkeypatch.setattr(engine.model, "merged", None)
    monkeypatch.setattr(engine.model, "unet_with", unet_with)
    yield made
    engine.model.merged = None


def jobs(model: str = "fc", **asked: Any) -> list[Job]:
    """Three, each with its own picture, light, prompt and seed."""
    common = {"width": 64, "height": 72, "steps": 3, "cfg_scale": 2.0, "negative_prompt": "bad", **asked}
    more: dict[str, Any] = {"background": BACKGROUND} if model == "fbc" else {}
    return [
        Job(
            args=[{"foreground": subject, "matting": "none", "model": model, "light": light, **more}],
            prompt=f"cat {number}",
            seed=5 * number,
            **common,
        )
        for number, (subject, light) in enumerate(zip(SUBJECTS, LIGHTS))
    ]


def results(found: list[Result | Exception]) -> list[Result]:
    assert all(isinstance(one, Result) for one in found), found
    return found  # type: ignore[return-value]


def check_alike(found: Result, alone: Result) -> None:
    """The same but for rounding."""
    assert (found.infotexts, found.seeds) == (alone.infotexts, alone.seeds)
    for picture, other in zip(found.images, alone.images, strict=True):
        assert psnr(np.asarray(picture), np.asarray(other)) >= FLOOR


@pytest.mark.parametrize("hires", [None, Hires(steps=2)])
@pytest.mark.parametrize("model", CHANNELS)
def test_a_batch_is_as_single_runs(
    engine: SmallDiffusion, counted: list[Counted], model: str, hires: Hires | None
) -> None:
    asked = jobs(model, hires=hires)
    found = results(engine.engine.generate_all(asked))
    assert counted[0].rows == [6] * (3 if hires is None else 5)
    for one, job in zip(found, asked):
        check_alike(one, engine.engine.generate(job))


@pytest.mark.parametrize("sampler", KINDS)
def test_with_noise_of_each_step(engine: SmallDiffusion, sampler: str) -> None:
    asked = jobs(sampler=sampler)
    for one, job in zip(results(engine.engine.generate_all(asked)), asked):
        check_alike(one, engine.engine.generate(job))


@pytest.mark.parametrize("broken", range(3))
def test_one_that_is_refused_leaves_the_others_alone(engine: SmallDiffusion, broken: int) -> None:
    asked = jobs()
    asked[broken] = replace(asked[broken], args=[{"light": "left"}])
    found = engine.engine.generate_all(asked)
    refused = found[broken]
    assert isinstance(refused, ICLightError)
    assert refused.code == ErrorCode.NO_SUBJECT.name.lower()
    for number in {0, 1, 2} - {broken}:
        check_alike(results(found[number : number + 1])[0], engine.engine.generate(asked[number]))


def test_of_several_sizes_those_of_one_go_together(engine: SmallDiffusion, counted: list[Counted]) -> None:
    asked = jobs()
    asked[1] = replace(asked[1], width=80)
    found = results(engine.engine.generate_all(asked))
    assert counted[0].rows == [4, 2] * 3
    for one, job in zip(found, asked):
        check_alike(one, engine.engine.generate(job))


def test_a_stage_goes_with_others(engine: SmallDiffusion, counted: list[Counted]) -> None:
    asked = jobs()
    asked[1] = replace(asked[1], args=[{**asked[1].args[0], "stage": "directions"}])
    found = results(engine.engine.generate_all(asked))
    assert counted[0].rows == [12] * 3
    assert len(found[1].images) == 4
    check_alike(found[2], engine.engine.generate(asked[2]))


@pytest.mark.parametrize("fails_at", [6, 4, 2])
def test_fewer_at_once_where_memory_is_not_there(
    engine: SmallDiffusion, counted: list[Counted], fails_at: int, caplog: pytest.LogCaptureFixture
) -> None:
    asked = jobs()
    alone = [engine.engine.generate(job) for job in asked]
    counted[0].rows.clear()
    counted[0].fails_at = fails_at
    found = engine.engine.generate_all(asked)
    if fails_at == 2:
        assert [type(one) for one in found] == [RuntimeError] * 3
        return
    assert counted[0].rows == [6, *[2] * 9]
    assert caplog.text.count("3 pictures do not go through the UNet together (RuntimeError: [enforce fail") == 1
    for one, other in zip(results(found), alone):
        assert one.images[0].tobytes() == other.images[0].tobytes()


def test_as_many_at_once_as_memory_is_free_for(
    engine: SmallDiffusion, counted: list[Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "pictures_at_once", lambda pixels: 2)
    results(engine.engine.generate_all(jobs()))
    assert counted[0].rows == [4, 2] * 3


def test_who_interrupts_all_stops_all(engine: SmallDiffusion) -> None:
    shares: list[float] = []

    def stop(share: float) -> None:
        shares.append(share)
        if len(shares) > 4:
            raise StopError(everything=True)

    found = engine.engine.generate_all(jobs(), stop)
    assert [getattr(one, "code", "") for one in found] == [ErrorCode.STOPPED.name.lower()] * 3
    assert len(shares) == 7
    assert shares == sorted(shares)


def test_what_is_left_in_the_midst_is_closed() -> None:
    closed = []

    class Interrupts:
        def __call__(self, *args: Any, **more: Any) -> Any:
            raise KeyboardInterrupt

    def ask(number: int) -> Generation[int]:
        try:
            yield Question(Interrupts(), torch.zeros(2, 4, 1, 1), torch.tensor(1.0), torch.zeros(2, 1, 1))
        finally:
            closed.append(number)
        return number

    with pytest.raises(KeyboardInterrupt):
        run([ask(0), ask(1)], MOST)
    assert closed == [0, 1]
