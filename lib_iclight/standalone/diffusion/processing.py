"""The object for one generation, with the WebUIs' names: what they call ``p``."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from lib_iclight import decoding, log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts.img2img import RESIZE_MODES
from lib_iclight.images import RGB
from lib_iclight.kinds import check_canvas
from lib_iclight.request.recommended import TEXT
from lib_iclight.standalone.bounds import check_sizes
from lib_iclight.standalone.diffusion import sampling
from lib_iclight.standalone.diffusion.model import SCALING
from lib_iclight.standalone.diffusion.together import GRID, Generation, Question
from lib_iclight.standalone.job import Job
from lib_iclight.subject.fit import Fit

if TYPE_CHECKING:
    from lib_iclight.standalone.diffusion.model import Model

LEAST = 64
MOST_PIXELS = 2048 * 2048
"""At once. The UNet's first level takes some 800 bytes a pixel and guided picture, and keeps several of that."""


class Processing:
    """One job under way.

    :param seed: the first picture's; the next ones have those that follow.
    :param on_step: told the share of the job that a step is, 0..1.
    :ivar passes_before: how many another generation takes that comes before it.
    :ivar unet: what predicts the noise; None stands for the model's plain one.
    :ivar concat: what is concatenated to its input, shape (batch, 4 or 8, height / 8, width / 8).
    :raises ICLightError: the job asks for what this engine does not do.
    """

    mask = None
    paste_to = None
    most_pixels = MOST_PIXELS

    def __init__(self, job: Job, model: Model, seed: int, on_step: Callable[[float], None]) -> None:
        self.job, self.model, self._on_step = job, model, on_step
        self.width, self.height = _on_grid(job.width or TEXT.width), _on_grid(job.height or TEXT.height)
        self.steps, self.cfg_scale = job.steps, job.cfg_scale
        self.sampler_name, self.scheduler = sampling.resolve_names(job.sampler, job.scheduler)
        self.resize_mode = job.resize_mode
        self.denoising_strength = job.hires.denoising_strength if job.hires else job.denoising_strength
        self.prompt, self.negative_prompt = job.prompt, job.negative_prompt
        self.batch_size, self.n_iter = job.batch_size, job.n_iter
        self.enable_hr = job.hires is not None
        if job.hires is not None:
            self.hr_scale, self.hr_resize_x, self.hr_resize_y = job.hires.scale, job.hires.width, job.hires.height
        self.passes_before = 0
        self.extra_generation_params: dict[str, Any] = {}
        if job.init_images is not None:
            self.init_images = list(job.init_images)
        _refuse(self)
        self.all_seeds = [seed + number for number in range(self.batch_size * self.n_iter)]
        self.begin_batch(0)

    @property
    def passes(self) -> int:
        """How many the job takes."""
        return self.passes_before + self.n_iter * (1 if self.job.hires is None else 2)

    def begin_batch(self, number: int) -> None:
        """Go to a batch: its seeds, a new sampler, no condition."""
        self.iteration = number
        self.seeds = self.all_seeds[number * self.batch_size : (number + 1) * self.batch_size]
        self.unet: Any = None
        self.concat: torch.Tensor | None = None
        self.begin_pass(hires=False)

    def begin_pass(self, *, hires: bool) -> None:
        """Go to a pass: a new sampler, and each picture's random stream from its seed."""
        self.is_hr_pass = hires
        self.sampler = sampling.Sampler(self.sampler_name, self.scheduler)
        self.generators = [torch.Generator().manual_seed(seed) for seed in self.seeds]

    def on_step(self, share: float) -> None:
        """Report a step of a sampler.

        :param share: of its pass, 0..1.
        """
        self._on_step(share / self.passes)

    def comment(self, text: str) -> None:
        """Say something to the person."""
        log.logger.info("%s", text)

    def noise(self, height: int, width: int) -> torch.Tensor:
        """Each picture's noise out of its own stream, drawn on the CPU: the same on every device.

        :return: shape (batch, 4, height, width).
        """
        drawn = [torch.randn((4, height, width), generator=generator) for generator in self.generators]
        return torch.stack(drawn).to(self.model.device)

    def predict(
        self, scaled: torch.Tensor, timestep: torch.Tensor, c: torch.Tensor, uc: Any
    ) -> Generation[torch.Tensor]:
        """The noise in scaled latents, guided by ``cfg_scale``.

        :param c: the prompt's conditioning, shape (1, tokens, width).
        :param uc: the negative prompt's; None without guidance.
        """
        if uc is None:
            return (yield from self._noise(scaled, timestep, [c]))[0]
        if c.shape == uc.shape:
            positive, negative = yield from self._noise(scaled, timestep, [c, uc])
        else:
            (positive,) = yield from self._noise(scaled, timestep, [c])
            (negative,) = yield from self._noise(scaled, timestep, [uc])
        return negative + self.cfg_scale * (positive - negative)

    def _noise(
        self, scaled: torch.Tensor, timestep: torch.Tensor, conditionings: list[torch.Tensor]
    ) -> Generation[tuple[torch.Tensor, ...]]:
        """The noise under each conditioning, all of them in one question."""
        model = self.model
        if self.concat is not None:
            scaled = torch.cat([scaled, self.concat.to(scaled)], 1)
        text = torch.cat([one.expand(len(scaled), -1, -1) for one in conditionings]).to(model.dtype)
        latents = scaled.repeat(len(conditionings), 1, 1, 1).to(model.dtype)
        predicted = yield Question(self.unet or model.unet, latents, timestep, text)
        return predicted.chunk(len(conditionings))

    def encode(self, pictures: list[RGB]) -> torch.Tensor:
        """The latents of pictures that are no condition, the posterior's mode, one picture after the other.

        :return: shape (count, 4, height / 8, width / 8).
        """
        pixels = torch.from_numpy(np.stack(pictures)).movedim(-1, 1).float() / 255 * 2 - 1
        modes = [self.model.vae.encode(one[None].to(self.model.device)).latent_dist.mode() for one in pixels]
        return torch.cat(modes) * SCALING

    def decode(self, latents: torch.Tensor) -> list[RGB]:
        """Pictures of latents, cast to 8 bit by truncation, one after the other.

        Source: ``process_images_inner`` of the WebUI.
        """
        decoded = (self.model.vae.decode(one[None] / SCALING).sample[0] for one in latents)
        units = (((one + 1) / 2).clamp(0, 1).cpu() for one in decoded)
        return [(255 * one.movedim(0, -1).numpy()).astype(np.uint8) for one in units]

    def initial_pictures(self) -> list[RGB]:
        """img2img's pictures on the canvas, one for each of the batch."""
        fit = Fit(RESIZE_MODES[self.resize_mode])
        shown = [fit.apply(_on_white(picture), self.width, self.height, 0) for picture in self.init_images]
        return shown * (self.batch_size // len(shown))


def first_seed(job: Job) -> int:
    """The job's seed; one at random for -1."""
    return random.randrange(2**32) if job.seed == -1 else job.seed


def _on_grid(side: int) -> int:
    return side // GRID * GRID


def _on_white(picture: Any) -> RGB:
    """A picture from outside; white where it is transparent, as the WebUIs flatten it."""
    image = decoding.decode(picture, "the img2img picture")
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def _refuse(p: Processing) -> None:
    job = p.job
    for name, least in (("steps", 1), ("batch_size", 1), ("n_iter", 1)):
        if getattr(job, name) < least:
            raise ICLightError(
                ErrorCode.VALUE_NOT_ALLOWED, f"{name} is {getattr(job, name)} but must be {least} or more."
            )
    check_sizes(job, p.width or GRID, p.height or GRID, MOST_PIXELS)
    if min(p.width, p.height) < LEAST:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED, f"The size is {job.width}x{job.height} but each side must be {LEAST} or more."
        )
    if job.init_images is not None:
        _refuse_initial(p, job)
    elif job.hires is not None:
        _refuse_hires(p)


def _refuse_initial(p: Processing, job: Job) -> None:
    if job.hires is not None:
        raise ICLightError(
            ErrorCode.FIELDS_CONFLICT, "A second stage belongs to txt2img: leave hires out, or send no img2img picture."
        )
    if not p.init_images:
        raise ICLightError(ErrorCode.NO_INIT_IMAGES, "img2img has no picture: give one as init_images.")
    if job.resize_mode not in (0, 1):
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"resize_mode is {job.resize_mode} but must be 0 (just resize) or 1 (crop and resize).",
        )
    if not 0 <= job.denoising_strength <= 1:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"denoising_strength is {job.denoising_strength} but must be a number from 0 to 1.",
        )
    count = len(p.init_images)
    if p.batch_size not in (1, count) and count != 1:
        raise ICLightError(
            ErrorCode.FIELDS_CONFLICT, f"batch_size is {p.batch_size} for {count} img2img pictures: set it to {count}."
        )
    p.batch_size = max(p.batch_size, count)
    check_canvas(p.width, p.height, count=p.batch_size, most=MOST_PIXELS)


def _refuse_hires(p: Processing) -> None:
    hires = p.job.hires
    assert hires is not None
    if hires.upscaler != "Lanczos":
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED, f"The hires upscaler is {hires.upscaler!r:.60} but must be Lanczos."
        )
    if not 0 < hires.denoising_strength <= 1:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"The second stage's denoising_strength is {hires.denoising_strength} but must be above 0 and at most 1.",
        )
    if hires.steps < 0:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED, f"hires steps is {hires.steps} but must be 0 (as many as Steps) or more."
        )
    if min(map(_on_grid, hires.size(p.width, p.height))) < LEAST:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"The second stage's size is {hires.size(p.width, p.height)}: each side must be {LEAST} or more.",
        )
