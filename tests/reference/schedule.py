"""Euler's method on Stable Diffusion's discrete schedule, as the WebUI runs it (k-diffusion, "Automatic").

Compare only where every timestep is a whole number: 999 / (n - 1) whole, so n = 4, 10, 28, 38. Hosts differ in how
they round the others.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch

Denoise = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def train_sigmas() -> torch.Tensor:
    """(1000,) noise levels of SD 1.5: betas linear in their square root from 0.00085 to 0.012."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    kept = torch.cumprod(1.0 - betas, dim=0)
    return ((1.0 - kept) / kept).sqrt().float()


def timesteps(n: int) -> torch.Tensor:
    """(n,) timesteps from 999 down to 0; refuses an n for which they are not whole."""
    if n > 1 and 999 % (n - 1):
        raise ValueError(f"a schedule of {n} entries has fractional timesteps, which hosts round differently")
    return torch.linspace(999, 0, n)


def sigmas(n: int) -> torch.Tensor:
    """(n + 1,) noise levels, the last one 0."""
    return torch.cat([train_sigmas()[timesteps(n).round().long()], torch.zeros(1)])


def partial(steps: int, strength: float, *, fixed: bool) -> tuple[int, int]:
    """(entries of the schedule, steps run) of an image-to-image pass (WebUI: ``setup_img2img_steps``).

    :param fixed: exactly ``steps`` run, as in hires and in a first stage from a light map; else, as in the img2img tab
        by default, the share of ``steps`` that the strength leaves, and one.
    """
    share = min(strength, 0.999)
    return (int(steps / share), steps) if fixed else (steps, int(share * steps) + 1)


def euler(denoise: Denoise, x: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
    """Integrate from ``levels[0]`` to ``levels[-1]``; ``denoise(x, sigma)`` is the predicted clean latent."""
    for now, then in itertools.pairwise(levels):
        x = x + (x - denoise(x, now)) / now * (then - now)
    return x
