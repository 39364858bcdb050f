"""The engine: a job becomes pictures, through the extension's own session and its adapter of diffusers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.request import infotext
from lib_iclight.standalone.diffusion.passes import Prompts, sample_first, sample_second
from lib_iclight.standalone.diffusion.processing import MOST_PIXELS, Processing, first_seed
from lib_iclight.standalone.diffusion.sampling import AUTOMATIC, KINDS, SCHEDULES
from lib_iclight.standalone.diffusion.together import Generation, run
from lib_iclight.standalone.job import Job, Progress, Result, StopError

if TYPE_CHECKING:
    from lib_iclight.runtime import Runtime
    from lib_iclight.standalone.diffusion.model import Model

TOGETHER = 4
"""Pictures that go through the UNet together on a CPU. More are hardly quicker, and take more memory."""


class Diffusion:
    """Stable Diffusion 1.5 with an IC-Light model, by the diffusers library's modules.

    :param runtime: whose host is ``hosts.diffusers.Diffusers``.
    :param model: gives the checkpoint's model for a job that begins.
    """

    name = "diffusion (Stable Diffusion 1.5)"
    schedulers = (AUTOMATIC, *SCHEDULES)
    most_pixels = MOST_PIXELS
    samplers = {name: kind.scheduler for name, kind in KINDS.items()}  # noqa: RUF012 - as the protocol has it

    def __init__(self, runtime: Runtime, model: Callable[[], Model]) -> None:
        self._runtime = runtime
        self._model = model

    @property
    def together(self) -> int:
        """See ``Engine``: one on a GPU, where how a product is rounded may depend on how many there are."""
        return 1 if torch.cuda.is_available() else TOGETHER

    def generate(self, job: Job, progress: Progress = lambda share: None) -> Result:
        """Do a job; where its ``args`` have IC-Light off, a plain one.

        Every picture that is encoded is encoded as the posterior's mode, where the WebUIs sample it.
        """
        (found,) = self.generate_all([job], progress)
        if isinstance(found, Exception):
            raise found
        return found

    @torch.inference_mode()
    def generate_all(self, jobs: Sequence[Job], progress: Progress = lambda share: None) -> list[Result | Exception]:
        """As ``generate``, of several jobs at once; what is raised in one does not touch the others.

        Pictures of one size go through the UNet together, and each comes as it does alone but for the rounding of the
        UNet's products.
        """
        done = 0.0

        def on_step(share: float) -> None:
            nonlocal done
            done += share / len(jobs)
            progress(min(done, 1.0))

        return run([self._generate(job, on_step) for job in jobs], self.most_pixels)

    def _generate(self, job: Job, on_step: Progress) -> Generation[Result]:
        p = Processing(job, self._model(), first_seed(job), on_step)
        try:
            session = self._runtime.begin(p, job.args)
        except StopError:
            raise _stopped() from None
        prompts = Prompts(p)
        pictures: list[Image.Image] = []
        made: list[int] = []
        for number in range(p.n_iter):
            p.begin_batch(number)
            try:
                latents = yield from sample_first(p, session, prompts)
                if job.hires is not None:
                    latents = yield from sample_second(p, session, prompts, latents)
            except StopError as stopped:
                if stopped.everything:
                    break
                continue
            decoded = map(Image.fromarray, p.decode(latents))
            pictures.extend(session.give_back(p, one, at) if session else one for at, one in enumerate(decoded))
            made.extend(p.seeds)
        if not made:
            raise _stopped()
        appended = session.appended_images() if session else []
        seeds = [*made, *(made[0] for _ in appended)]
        texts = [infotext.format_parameters(job.prompt, job.negative_prompt, _parameters(p, seed)) for seed in seeds]
        return Result([*pictures, *appended], texts, made)


def _stopped() -> ICLightError:
    return ICLightError(
        ErrorCode.STOPPED, "IC-Light: the generation was interrupted or skipped before a picture was made."
    )


def _parameters(p: Processing, seed: int) -> dict[str, Any]:
    """A picture's parameters under the WebUIs' keys, in their order."""
    job = p.job
    automatic = KINDS[p.sampler_name].automatic
    found = {
        "Steps": job.steps,
        "Sampler": p.sampler_name,
        "Schedule type": automatic if p.scheduler == AUTOMATIC and automatic != "Uniform" else p.scheduler,
        "CFG scale": f"{job.cfg_scale:g}",
        "Seed": seed,
        "Size": f"{p.width}x{p.height}",
        "Model hash": p.model.short_hash,
        "Model": p.model.name,
    }
    if job.hires is not None or job.init_images is not None:
        found["Denoising strength"] = f"{p.denoising_strength:g}"
    return {**found, **_hires_parameters(job), **p.extra_generation_params}


def _hires_parameters(job: Job) -> dict[str, Any]:
    hires = job.hires
    if hires is None:
        return {}
    resized = bool(hires.width or hires.height)
    size = {"Hires resize": f"{hires.width}x{hires.height}"} if resized else {"Hires upscale": f"{hires.scale:g}"}
    steps = {"Hires steps": hires.steps} if hires.steps else {}
    return {**size, **steps, "Hires upscaler": hires.upscaler}
