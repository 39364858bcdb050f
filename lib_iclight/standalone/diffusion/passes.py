"""The two passes of a job, the first from noise or a picture, the second on a larger canvas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from PIL import Image

from lib_iclight import images
from lib_iclight.standalone.diffusion.processing import Processing
from lib_iclight.standalone.diffusion.together import GRID, Generation, run_alone

if TYPE_CHECKING:
    from lib_iclight.session import Session


class Prompts:
    """The conditioning of a job's prompts; the negative one's is None without guidance."""

    def __init__(self, p: Processing) -> None:
        job, text = p.job, p.model.text
        self.c = text(job.prompt)
        self.uc = None if job.cfg_scale == 1 else text(job.negative_prompt)


def sample_first(p: Processing, session: Session | None, prompts: Prompts) -> Generation[torch.Tensor]:
    """The latents of the first pass, shape (batch, 4, height / 8, width / 8)."""
    noise = p.noise(p.height // GRID, p.width // GRID)
    if p.job.init_images is None:
        if session:
            session.before_sampling(p, noise)
        return (yield from p.sampler.sample(p, noise, prompts.c, prompts.uc))
    x = p.encode(p.initial_pictures())
    if session:
        session.before_sampling(p, x)
    return (yield from p.sampler.sample_img2img(p, x, noise, prompts.c, prompts.uc))


def sample_second(
    p: Processing, session: Session | None, prompts: Prompts, latents: torch.Tensor
) -> Generation[torch.Tensor]:
    """The latents of the second pass, from those of the first."""
    hires = p.job.hires
    assert hires is not None
    p.begin_pass(hires=True)
    width, height = (side // GRID * GRID for side in hires.size(p.width, p.height))
    x = p.encode([images.stretch(picture, width, height) for picture in p.decode(latents)])
    noise = p.noise(*x.shape[2:])
    if session:
        session.before_sampling(p, x)
    return (yield from p.sampler.sample_img2img(p, x, noise, prompts.c, prompts.uc, steps=hires.steps or p.steps))


def generate_plain(p: Processing) -> list[Image.Image]:
    """As ``Host.generate_plain``: the first pass of another job, whose steps are steps of this one.

    :raises StopError: somebody interrupted it.
    """
    p.passes_before = p.n_iter
    job = replace(p.job, args=(), hires=None)
    plain = Processing(job, p.model, p.all_seeds[0], lambda share: p.on_step(share * plain.passes))
    prompts = Prompts(plain)
    made: list[Image.Image] = []
    for number in range(plain.n_iter):
        plain.begin_batch(number)
        latents = run_alone(sample_first(plain, None, prompts), plain.most_pixels)
        made.extend(map(Image.fromarray, plain.decode(latents)))
    return made
