"""The samplers against their formulas, written down once more from k-diffusion's ``sampling.py``."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torchsde
from scipy import integrate

from lib_iclight.errors import ICLightError
from lib_iclight.standalone.diffusion import sampling
from lib_iclight.standalone.diffusion.sampling import KINDS, SCHEDULES, Sampler, partial_steps
from lib_iclight.standalone.diffusion.together import Generation, Question
from tests.reference import schedule as reference

SHAPE = (2, 4, 6, 5)
SEEDS = [7, 8]
Denoise = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Noise = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def predict(scaled: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
    return torch.tanh(1.3 * scaled + timestep / 500 - 1) + 0.2 * scaled.roll(1, -1)


def denoise(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    timestep = (reference.train_sigmas().log() - sigma.log()).abs().argmin()
    return x - sigma * predict(x / (sigma**2 + 1).sqrt(), timestep)


def ask(scaled: torch.Tensor, timestep: torch.Tensor, c: Any, uc: Any) -> Generation[torch.Tensor]:
    """As ``Processing.predict``; what is asked is told by one row for each picture."""
    return (yield Question(None, scaled, timestep, scaled))


def finish(generation: Generation[torch.Tensor]) -> torch.Tensor:
    try:
        question = next(generation)
        while True:
            question = generation.send(predict(question.latents, question.timestep))
    except StopIteration as end:
        return end.value


def processing(steps: int, strength: float = 1.0) -> Any:
    p = SimpleNamespace(predict=ask, steps=steps, denoising_strength=strength, seeds=SEEDS, done=0.0)
    p.generators = [torch.Generator().manual_seed(seed) for seed in SEEDS]

    def on_step(share: float) -> None:
        p.done += share

    p.on_step = on_step
    return p


def euler_ancestral(x: torch.Tensor, levels: torch.Tensor, noise: Noise) -> torch.Tensor:
    for now, then in itertools.pairwise(levels):
        up = min(then, (then**2 * (now**2 - then**2) / now**2) ** 0.5)
        down = (then**2 - up**2) ** 0.5
        x = x + (x - denoise(x, now)) / now * (down - now)
        if then > 0:
            x = x + noise(now, then) * up
    return x


def heun(x: torch.Tensor, levels: torch.Tensor, noise: Noise) -> torch.Tensor:
    for now, then in itertools.pairwise(levels):
        slope = (x - denoise(x, now)) / now
        if then > 0:
            reached = x + slope * (then - now)
            slope = (slope + (reached - denoise(reached, then)) / then) / 2
        x = x + slope * (then - now)
    return x


def lms(x: torch.Tensor, levels: torch.Tensor, noise: Noise) -> torch.Tensor:
    numbers, slopes = levels.tolist(), []
    for i, now in enumerate(levels[:-1]):
        slopes = [(x - denoise(x, now)) / now, *slopes[:3]]
        for j, slope in enumerate(slopes):
            others = [k for k in range(len(slopes)) if k != j]

            def basis(tau: float, i: int = i, j: int = j, others: list[int] = others) -> float:
                return math.prod((tau - numbers[i - k]) / (numbers[i - j] - numbers[i - k]) for k in others)

            x = x + integrate.quad(basis, numbers[i], numbers[i + 1], epsrel=1e-4)[0] * slope
    return x


def dpmpp_2m(x: torch.Tensor, levels: torch.Tensor, noise: Noise, eta: float = 0) -> torch.Tensor:
    """With ``eta`` 1 and noise it is DPM++ 2M SDE, of the midpoint kind."""
    last, h_last = None, None
    for now, then in itertools.pairwise(levels):
        clean = denoise(x, now)
        if then == 0:
            return clean
        h = (now / then).log()
        x = then / now * (-eta * h).exp() * x - (-h * (1 + eta)).expm1() * clean
        if last is not None:
            x = x - 0.5 * (-h * (1 + eta)).expm1() * (h / h_last) * (clean - last)
        if eta:
            x = x + noise(now, then) * then * (-(-2 * eta * h).expm1()).sqrt()
        last, h_last = clean, h
    raise AssertionError("the last level is 0")


FORMULAS: dict[str, Callable[..., torch.Tensor]] = {
    "Euler": lambda x, levels, noise: reference.euler(denoise, x, levels),
    "Euler a": euler_ancestral,
    "Heun": heun,
    "LMS": lms,
    "DPM++ 2M": dpmpp_2m,
    "DPM++ 2M SDE": lambda x, levels, noise: dpmpp_2m(x, levels, noise, eta=1),
}


def noise_of(name: str, full: torch.Tensor) -> Noise:
    """Unit noise for each image by its own seed: a stream, or a Brownian path through the levels."""
    if name != "DPM++ 2M SDE":
        streams = [torch.Generator().manual_seed(seed) for seed in SEEDS]
        return lambda now, then: torch.stack([torch.randn(SHAPE[1:], generator=stream) for stream in streams])
    low, high = full[full > 0].min(), full.max()
    trees = [torchsde.BrownianTree(low, torch.zeros(SHAPE[1:]), high, entropy=seed) for seed in SEEDS]
    return lambda now, then: -torch.stack([tree(then, now) for tree in trees]) / (now - then).sqrt()


def levels(name: str, n: int) -> torch.Tensor:
    return torch.cat([SCHEDULES[name](n), torch.zeros(1)])


@pytest.mark.parametrize("schedule", ["Uniform", "Karras", "Exponential"])
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("steps", [1, 2, 8, 20])
def test_text_to_image(name: str, schedule: str, steps: int) -> None:
    x, full, p = torch.randn(SHAPE), levels(schedule, steps), processing(steps)
    found = finish(Sampler(name, schedule).sample(p, x, None, None))
    wanted = FORMULAS[name](x * full[0], full, noise_of(name, full))
    torch.testing.assert_close(found, wanted, atol=2e-4, rtol=1e-4)
    assert p.done == pytest.approx(1)


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("strength", [0.2, 0.5, 0.9, 1.0])
def test_image_to_image(name: str, strength: float, fixed: bool) -> None:
    x, noise = torch.randn(SHAPE), torch.randn(SHAPE)
    p = processing(10, strength)
    found = finish(Sampler(name, "Karras").sample_img2img(p, x, noise, None, None, steps=10 if fixed else None))
    entries, run = reference.partial(10, strength, fixed=fixed)
    full = levels("Karras", entries)
    partial = full[entries - run :]
    assert len(partial) == run + 1
    wanted = FORMULAS[name](x + noise * partial[0], partial, noise_of(name, full))
    torch.testing.assert_close(found, wanted, atol=2e-4, rtol=1e-4)


def test_schedules() -> None:
    trained = reference.train_sigmas()
    for n in (4, 10, 28, 38):
        torch.testing.assert_close(levels("Uniform", n), reference.sigmas(n))
    for name in SCHEDULES:
        found = levels(name, 20)
        assert found[0] == pytest.approx(trained[-1].item(), rel=1e-5)
        assert found[-2] == pytest.approx(trained[0].item(), rel=1e-5)
        assert (found.diff() < 0).all()
    ratios = levels("Exponential", 9)[1:-1] / levels("Exponential", 9)[:-2]
    torch.testing.assert_close(ratios, ratios[:1].expand(len(ratios)))
    roots = levels("Karras", 9)[:-1] ** (1 / 7)
    torch.testing.assert_close(roots.diff(), roots.diff()[:1].expand(8), rtol=1e-3, atol=1e-5)


def test_automatic_is_the_samplers_own_schedule() -> None:
    x = torch.randn(SHAPE)
    for name, own in (("Euler", "Uniform"), ("DPM++ 2M", "Karras"), ("DPM++ 2M SDE", "Exponential")):
        found, wanted = (finish(Sampler(name, s).sample(processing(5), x, None, None)) for s in ("Automatic", own))
        assert torch.equal(found, wanted)


@pytest.mark.parametrize(
    ("steps", "strength", "fixed"), [(25, 0.9, True), (20, 0.5, False), (1, 1, True), (9, 0, False)]
)
def test_steps_that_are_run(steps: int, strength: float, fixed: bool) -> None:
    assert partial_steps(steps, strength, fixed=fixed) == reference.partial(steps, strength, fixed=fixed)


def test_what_is_unknown_is_refused() -> None:
    with pytest.raises(ICLightError, match="sampler is 'DDIM' but must be one of DPM"):
        sampling.resolve_names("DDIM", "Automatic")
    with pytest.raises(ICLightError, match="scheduler is 'Beta' but must be one of Automatic"):
        sampling.resolve_names("Euler", "Beta")


def test_names_in_any_case() -> None:
    """``webuiapi`` asks for the scheduler "automatic"."""
    assert sampling.resolve_names("euler A", "automatic") == ("Euler a", "Automatic")


@pytest.mark.parametrize(
    ("sampler", "schedule", "resolved"),
    [
        ("DPM++ 2M Karras", "Automatic", ("DPM++ 2M", "Karras")),
        ("dpm++ 2m sde exponential", "Karras", ("DPM++ 2M SDE", "Exponential")),
        ("Euler a Automatic", "Karras", ("Euler a", "Automatic")),
        ("Euler a", "karras", ("Euler a", "Karras")),
    ],
)
def test_a_schedule_type_behind_the_sampler(sampler: str, schedule: str, resolved: tuple[str, str]) -> None:
    assert sampling.resolve_names(sampler, schedule) == resolved


@pytest.mark.parametrize("sampler", ["Karras", "DPM++ 2M Karra", "Nothing Karras", ""])
def test_samplers_that_are_none(sampler: str) -> None:
    with pytest.raises(ICLightError, match="The sampler is"):
        sampling.resolve_names(sampler, "Automatic")
