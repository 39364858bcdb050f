"""The generations themselves: plain and relit, text to image, image to image, second stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from tests.reference import pictures, schedule
from tests.reference.models import SCALING, Models


@dataclass(frozen=True)
class Hires:
    """A second stage: Hires. fix with the "Lanczos" upscaler.

    :param posterior_seed: the host samples the posterior when it encodes the upscaled pixels, out of torch's global
        random stream. Given the seed that the host has set, the same sample is taken; None takes the mode. Forge sets
        ``(seed of the batch's last picture + 100000) % 65536`` whenever it draws a batch's noise.
    """

    width: int
    height: int
    steps: int
    denoise: float
    posterior_seed: int | None = None


@dataclass(frozen=True)
class _Sampling:
    """One pass of the sampler over a batch."""

    models: Models
    cond: torch.Tensor
    uncond: torch.Tensor
    cfg: float
    seeds: list[int]

    def noise(self, height: int, width: int) -> torch.Tensor:
        """(batch, 4, height, width), each picture from a generator of its own."""
        shape = (4, height, width)
        return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(s)) for s in self.seeds])

    def run(self, x: torch.Tensor, levels: torch.Tensor, conditions: torch.Tensor | None) -> torch.Tensor:
        """Denoise ``x`` (already noised for ``levels[0]``); ``conditions`` (1, 4 or 8, h, w) is concatenated."""
        all_sigmas = schedule.train_sigmas()

        def predict(scaled: torch.Tensor, timestep: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
            if conditions is not None:
                scaled = torch.cat([scaled, conditions.expand(len(scaled), -1, -1, -1)], dim=1)
            text = text.expand(len(scaled), -1, -1)
            return self.models.unet(scaled, timestep, encoder_hidden_states=text).sample

        def denoise(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
            scaled = x / (sigma**2 + 1.0).sqrt()
            timestep = (all_sigmas - sigma).abs().argmin()
            noise = predict(scaled, timestep, self.cond)
            if self.cfg != 1:
                without = predict(scaled, timestep, self.uncond)
                noise = without + self.cfg * (noise - without)
            return x - sigma * noise

        return schedule.euler(denoise, x, levels)

    def from_noise(self, height: int, width: int, steps: int, conditions: torch.Tensor | None) -> torch.Tensor:
        levels = schedule.sigmas(steps)
        return self.run(self.noise(height, width) * levels[0], levels, conditions)

    def from_latent(
        self, latent: torch.Tensor, steps: int, strength: float, conditions: torch.Tensor | None, *, fixed: bool
    ) -> torch.Tensor:
        entries, run = schedule.partial(steps, strength, fixed=fixed)
        levels = schedule.sigmas(entries)[entries - run :]
        noise = self.noise(*latent.shape[2:])
        return self.run(latent + noise * levels[0], levels, conditions)


def _sampling(models: Models, prompt: str, negative: str, cfg: float, seed: int, batch: int) -> _Sampling:
    seeds = [seed + i for i in range(batch)]
    return _Sampling(models, models.text(prompt), models.text(negative), cfg, seeds)


def encode(models: Models, tensor: torch.Tensor) -> torch.Tensor:
    """The mode of the posterior, scaled; one picture after the other."""
    return torch.cat([models.vae.encode(one[None]).latent_dist.mode() for one in tensor]) * SCALING


def decode(models: Models, latent: torch.Tensor) -> list[np.ndarray]:
    """uint8 pictures, one after the other."""
    return pictures.to_8_bit(torch.cat([models.vae.decode(one[None] / SCALING).sample for one in latent]))


@dataclass(frozen=True)
class _ConditionsAt:
    """What is concatenated at a canvas size: nothing, the subject, or the subject and its background."""

    models: Models
    subject: np.ndarray | None
    light: str = "none"
    background: np.ndarray | None = None

    def __call__(self, width: int, height: int) -> torch.Tensor | None:
        if self.subject is None:
            return None
        shown = [pictures.cover(self.subject, width, height)]
        if self.models.channels == 12:
            background = self.background
            if background is None:
                background = pictures.light_map(
                    self.light, width, height, ends=pictures.FBC_RAMP, ambient=pictures.FBC_AMBIENT
                )
            shown.append(pictures.cover(background, width, height))
        latent = encode(self.models, pictures.from_127(shown))
        return latent.reshape(1, -1, *latent.shape[2:])


def _second_stage(
    sampling: _Sampling, latent: torch.Tensor, hires: Hires, conditions_at: _ConditionsAt
) -> torch.Tensor:
    small = decode(sampling.models, latent)
    large = pictures.from_255([pictures.upscale(p, hires.width, hires.height) for p in small])
    if hires.posterior_seed is None:
        latent = encode(sampling.models, large)
    else:
        stream = torch.Generator().manual_seed(hires.posterior_seed)
        sampled = [sampling.models.vae.encode(one[None]).latent_dist.sample(stream) for one in large]
        latent = torch.cat(sampled) * SCALING
    height, width = (8 * side for side in latent.shape[2:])
    return sampling.from_latent(latent, hires.steps, hires.denoise, conditions_at(width, height), fixed=True)


def _fc_light(models: Models, light: str, width: int, height: int, batch: int) -> torch.Tensor:
    drawn = pictures.light_map(light, width, height, ends=pictures.FC_RAMP, ambient=pictures.FC_AMBIENT)
    return encode(models, pictures.from_127([drawn])).repeat(batch, 1, 1, 1)


@torch.inference_mode()
def relight(
    models: Models,
    foreground: np.ndarray | None,
    alpha: np.ndarray | None = None,
    *,
    prompt: str,
    negative: str,
    width: int,
    height: int,
    steps: int,
    cfg: float,
    seed: int,
    light: str = "none",
    background: np.ndarray | None = None,
    batch: int = 1,
    lowres_denoise: float = 0.9,
    hires: Hires | None = None,
) -> list[np.ndarray]:
    """Text to image under a light.

    :param foreground: the subject, uint8 (H, W, 3); None without an offset.
    :param alpha: (H, W) in 0..1; None is all subject.
    :param light: none, left, right, top, bottom or ambient.
    :param background: with a 12-channel UNet the picture behind the subject; it wins over ``light``.
    :param steps: denoising steps that are run, also from a light map.
    :return: uint8 pictures (H, W, 3), one per seed ``seed + i``.
    """
    subject = None
    if foreground is not None:
        subject = pictures.on_grey(foreground, np.ones(foreground.shape[:2]) if alpha is None else alpha)
    conditions_at = _ConditionsAt(models, subject, light, background)
    sampling = _sampling(models, prompt, negative, cfg, seed, batch)
    conditions = conditions_at(width, height)
    if models.channels == 8 and light != "none":
        start = _fc_light(models, light, width, height, batch)
        latent = sampling.from_latent(start, steps, lowres_denoise, conditions, fixed=True)
    else:
        latent = sampling.from_noise(height // 8, width // 8, steps, conditions)
    if hires is not None:
        latent = _second_stage(sampling, latent, hires, conditions_at)
    return decode(models, latent)


def plain(
    models: Models,
    *,
    prompt: str,
    negative: str,
    width: int,
    height: int,
    steps: int,
    cfg: float,
    seed: int,
    batch: int = 1,
    hires: Hires | None = None,
) -> list[np.ndarray]:
    """Text to image without IC-Light."""
    if models.channels != 4:
        raise ValueError("a plain generation takes models without an offset")
    return relight(
        models,
        None,
        prompt=prompt,
        negative=negative,
        width=width,
        height=height,
        steps=steps,
        cfg=cfg,
        seed=seed,
        batch=batch,
        hires=hires,
    )


@torch.inference_mode()
def img2img(
    models: Models,
    init: np.ndarray,
    *,
    prompt: str,
    negative: str,
    steps: int,
    denoise: float,
    cfg: float,
    seed: int,
    foreground: np.ndarray | None = None,
    alpha: np.ndarray | None = None,
    light: str = "none",
    background: np.ndarray | None = None,
    batch: int = 1,
) -> list[np.ndarray]:
    """The img2img tab at the initial picture's own size.

    :param init: uint8 (H, W, 3), sides multiples of 8: the initial latent, except where there is no ``foreground`` and
        a ``light``: then it is only the subject, and the light map is the initial latent.
    :param steps: the tab's slider, of which the strength leaves a share.

    Where the initial latent is the picture's, the host samples its posterior and this takes the mode.
    """
    height, width = init.shape[:2]
    subject = None
    if models.channels != 4:
        shown = init if foreground is None else foreground
        subject = pictures.on_grey(shown, np.ones(shown.shape[:2]) if alpha is None else alpha)
    conditions = _ConditionsAt(models, subject, light, background)(width, height)
    if models.channels == 8 and foreground is None and light != "none":
        start = _fc_light(models, light, width, height, batch)
    else:
        start = encode(models, pictures.from_255([init])).repeat(batch, 1, 1, 1)
    sampling = _sampling(models, prompt, negative, cfg, seed, batch)
    return decode(models, sampling.from_latent(start, steps, denoise, conditions, fixed=False))
