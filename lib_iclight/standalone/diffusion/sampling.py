"""The WebUIs' samplers on the ``diffusers`` library's schedulers.

Noise levels ("sigmas") are k-diffusion's and so the WebUIs'; diffusers interpolates between timesteps in another way.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import diffusers
import torch
from diffusers.schedulers.scheduling_dpmsolver_sde import BrownianTreeNoiseSampler

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.diffusion.together import Generation

BETAS: Mapping[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
"""The noise that SD 1.5 was trained with. Source: CompVis ``v1-inference.yaml``."""

# It is asked for the noise up to the first level, which differs from the tree's end in the last place of a float, and
# takes the end.
warnings.filterwarnings("ignore", "Should have tb<=t1 but got", UserWarning, "torchsde")

TRAINED = 1000
RHO = 7
AUTOMATIC = "Automatic"


def _trained_levels() -> torch.Tensor:
    betas = torch.linspace(BETAS["beta_start"] ** 0.5, BETAS["beta_end"] ** 0.5, TRAINED, dtype=torch.float64) ** 2
    kept = (1 - betas).cumprod(0)
    return ((1 - kept) / kept).sqrt()


LOG_LEVELS = _trained_levels().log().float()
"""(1000,) logarithms of the noise levels by timestep. In float32 like Forge's: a level half-way between two timesteps
goes to the same one."""


def _uniform(n: int) -> torch.Tensor:
    """Evenly in timesteps; between whole ones, linearly in the level's logarithm."""
    t = torch.linspace(TRAINED - 1, 0, n)
    share = t.frac()
    return ((1 - share) * LOG_LEVELS[t.floor().long()] + share * LOG_LEVELS[t.ceil().long()]).exp()


def _karras(n: int) -> torch.Tensor:
    """Karras et al. 2022, equation 5."""
    highest, lowest = (LOG_LEVELS[i].exp() ** (1 / RHO) for i in (-1, 0))
    return (highest + torch.linspace(0, 1, n) * (lowest - highest)) ** RHO


def _exponential(n: int) -> torch.Tensor:
    """Evenly in the level's logarithm."""
    return torch.linspace(LOG_LEVELS[-1].item(), LOG_LEVELS[0].item(), n).exp()


SCHEDULES: Mapping[str, Callable[[int], torch.Tensor]] = {
    "Uniform": _uniform,
    "Normal": _uniform,
    "Karras": _karras,
    "Exponential": _exponential,
}
"""The schedule types, each with its n noise levels from the highest to the lowest that is not 0."""


@dataclass(frozen=True)
class Kind:
    """A sampler.

    :ivar scheduler: the scheduler's class, by its name in ``diffusers``.
    :ivar automatic: the schedule that ``Automatic`` stands for; where it is Uniform, the WebUIs write ``Automatic``.
    :ivar preserves: whether the scheduler keeps the latent's variance, where k-diffusion lets noise add to it.
    :ivar calls: how often a step asks the UNet.
    """

    scheduler: str
    automatic: str = "Uniform"
    options: tuple[tuple[str, Any], ...] = ()
    preserves: bool = False
    ancestral: bool = False
    brownian: bool = False
    calls: int = 1


_ZERO = ("final_sigmas_type", "zero")
KINDS: Mapping[str, Kind] = {
    "DPM++ 2M": Kind("DPMSolverMultistepScheduler", "Karras", (_ZERO,), preserves=True),
    "DPM++ 2M SDE": Kind(
        "DPMSolverMultistepScheduler",
        "Exponential",
        (_ZERO, ("algorithm_type", "sde-dpmsolver++")),
        preserves=True,
        brownian=True,
    ),
    "Euler a": Kind("EulerAncestralDiscreteScheduler", ancestral=True),
    "Euler": Kind("EulerDiscreteScheduler"),
    "LMS": Kind("LMSDiscreteScheduler"),
    "Heun": Kind("HeunDiscreteScheduler", calls=2),
}


def resolve_names(sampler: str, schedule: str) -> tuple[str, str]:
    """A sampler and a schedule type as they are spelled here; clients of the WebUIs write them in any case.

    A schedule type behind the sampler, as in ``DPM++ 2M Karras``, wins, as in the WebUIs.

    :raises ICLightError: one of them is unknown.
    """
    if sampler.casefold() not in map(str.casefold, KINDS):
        for own in (AUTOMATIC, *SCHEDULES):
            if sampler.casefold().endswith(f" {own.casefold()}"):
                sampler, schedule = sampler[: -len(own) - 1], own
    return _resolve_name("sampler", sampler, KINDS), _resolve_name("scheduler", schedule, (AUTOMATIC, *SCHEDULES))


def _resolve_name(what: str, name: str, known: Iterable[str]) -> str:
    for own in known:
        if own.casefold() == name.casefold():
            return own
    raise ICLightError(
        ErrorCode.VALUE_NOT_ALLOWED, f"The {what} is {name!r:.60} but must be one of {', '.join(known)}."
    )


def partial_steps(steps: int, strength: float, *, fixed: bool) -> tuple[int, int]:
    """How many entries the schedule of an image-to-image pass has, and how many of them are run.

    :param fixed: exactly ``steps`` are run; else the share of them that the strength leaves, and one.

    Source: the WebUI's ``setup_img2img_steps``.
    """
    share = min(strength, 0.999)
    return (int(steps / share), steps) if fixed else (steps, int(share * steps) + 1)


def nearest_timesteps(levels: torch.Tensor) -> torch.Tensor:
    """The whole timesteps of noise levels. Source: ``Prediction.timestep`` of Forge."""
    return (levels.log()[:, None] - LOG_LEVELS).abs().argmin(1).float()


class Parameters(Protocol):
    """What a sampler asks of the object for one generation, by the WebUIs' names.

    :ivar seeds: one for each picture of the batch.
    """

    steps: int
    denoising_strength: float
    seeds: list[int]
    generators: list[torch.Generator]

    def predict(self, scaled: torch.Tensor, timestep: torch.Tensor, c: Any, uc: Any) -> Generation[torch.Tensor]:
        """The noise in scaled latents."""
        ...

    def on_step(self, share: float) -> None:
        """Called after each step with its share of the pass."""
        ...


class Sampler:
    """One batch's sampler, with the WebUIs' interface; ``p`` predicts the noise.

    What is said by ``p`` is read where it is called, and not when the generation that it gives goes on.

    :param schedule: a schedule type, or ``Automatic``.
    :raises ICLightError: as ``check``.
    """

    def __init__(self, name: str, schedule: str) -> None:
        name, schedule = resolve_names(name, schedule)
        self._kind = KINDS[name]
        self._schedule = SCHEDULES[self._kind.automatic if schedule == AUTOMATIC else schedule]

    def sample(
        self, p: Parameters, x: torch.Tensor, c: Any, uc: Any, steps: int | None = None
    ) -> Generation[torch.Tensor]:
        """Denoise from noise.

        :param x: unit noise, shape (batch, 4, height / 8, width / 8).
        :return: the latents, of the same shape.
        """
        levels = self._levels(steps or p.steps)
        return self._run(p, x * levels[0], levels, levels, c, uc)

    def sample_img2img(
        self, p: Parameters, x: torch.Tensor, noise: torch.Tensor, c: Any, uc: Any, steps: int | None = None
    ) -> Generation[torch.Tensor]:
        """Denoise from latents at ``p.denoising_strength``.

        :param x: the latents, shape (batch, 4, height / 8, width / 8).
        :param steps: exactly so many are run; without, the share of ``p.steps`` that the strength leaves, and one.
        """
        entries, run = partial_steps(steps or p.steps, p.denoising_strength, fixed=steps is not None)
        full = self._levels(entries)
        levels = full[entries - run :]
        return self._run(p, x + noise * levels[0], levels, full, c, uc)

    def _levels(self, n: int) -> torch.Tensor:
        """(n + 1,) noise levels, the last one 0."""
        return torch.cat([self._schedule(n), torch.zeros(1)])

    def _run(
        self, p: Parameters, x: torch.Tensor, levels: torch.Tensor, full: torch.Tensor, c: Any, uc: Any
    ) -> Generation[torch.Tensor]:
        kind = self._kind
        scheduler = _scheduler(kind, levels)
        noise = _brownian_noise(x, full, p.seeds) if kind.brownian else None
        if kind.preserves:
            x = x / (levels[0] ** 2 + 1).sqrt()
        for number, timestep in enumerate(scheduler.timesteps):
            extra: dict[str, Any] = {"generator": p.generators} if kind.ancestral else {}
            if noise is not None:
                extra["variance_noise"] = noise(levels[number], levels[number + 1]).to(x)
            predicted = yield from p.predict(scheduler.scale_model_input(x, timestep), timestep, c, uc)
            x = scheduler.step(predicted, timestep, x, **extra).prev_sample
            p.on_step(1 / len(scheduler.timesteps))
        return x


def _scheduler(kind: Kind, levels: torch.Tensor) -> Any:
    """A scheduler that runs through these levels."""
    steps = len(levels) - 1
    scheduler = getattr(diffusers, kind.scheduler)(num_train_timesteps=TRAINED, **BETAS, **dict(kind.options))
    scheduler.set_timesteps(steps)
    # Only one of these classes takes levels in a call; what all of them run through are these two fields.
    timesteps = nearest_timesteps(levels[:-1])
    if kind.calls == 2:
        levels = torch.cat([levels[:1], levels[1:-1].repeat_interleave(2), levels[-1:]])
        timesteps = torch.cat([timesteps[:1], timesteps[1:].repeat_interleave(2)])
    scheduler.sigmas, scheduler.timesteps = levels, timesteps
    # By index: low levels share their nearest timestep.
    scheduler.set_begin_index(0)
    return scheduler


def _brownian_noise(
    x: torch.Tensor, full: torch.Tensor, seeds: Sequence[int]
) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """Unit noise between two levels, the same for the same seed whatever the batch and the number of steps.

    Source: ``create_noise_sampler`` of the WebUI.
    """
    tree = BrownianTreeNoiseSampler(x.cpu(), full[full > 0].min().item(), full.max().item(), seed=list(seeds))

    def noise(level: torch.Tensor, then: torch.Tensor) -> torch.Tensor:
        # The last step ends without noise, outside of the tree.
        return tree(level.item(), then.item()) if then > 0 else torch.zeros_like(x)

    return noise
