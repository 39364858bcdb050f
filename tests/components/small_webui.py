"""A WebUI in small: real modules of few channels, and the hooks in the order in which the WebUIs call them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lib_iclight import log
from lib_iclight.session import Workshop
from lib_iclight.weights import ModelFile, Offset
from tests.reference import Models, pictures, schedule
from tests.reference.models import SCALING, merge, tiny
from tests.reference.relight import decode, encode

CFG = 2.0


class Sampler:
    """Euler on the discrete schedule, with the WebUIs' interface."""

    def sample(self, p: Processing, x: torch.Tensor, c: Any, uc: Any, steps: int | None = None) -> torch.Tensor:
        levels = schedule.sigmas(steps or p.steps)
        return schedule.euler(p.denoise, x * levels[0], levels)

    def sample_img2img(
        self, p: Processing, x: torch.Tensor, noise: torch.Tensor, c: Any, uc: Any, steps: int | None = None
    ) -> torch.Tensor:
        entries, run = schedule.partial(steps or p.steps, p.denoising_strength, fixed=steps is not None)
        levels = schedule.sigmas(entries)[entries - run :]
        return schedule.euler(p.denoise, x + noise * levels[0], levels)


class Processing:
    """The object for one generation."""

    mask = None
    paste_to = None
    resize_mode = 0
    is_hr_pass = False

    def __init__(self, models: Models, *, width: int, height: int, steps: int, seed: int, batch: int, strength: float):
        self.models, self.width, self.height, self.steps = models, width, height, steps
        self.seeds = [seed + i for i in range(batch)]
        self.denoising_strength = strength
        self.sampler = Sampler()
        self.extra_generation_params: dict[str, str] = {}
        self.comments: list[str] = []
        self.unet, self.concat = models.unet, None

    def comment(self, text: str) -> None:
        self.comments.append(text)

    def noise(self, height: int, width: int) -> torch.Tensor:
        shape = (4, height, width)
        return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(s)) for s in self.seeds])

    def denoise(self, x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        scaled = x / (sigma**2 + 1).sqrt()
        if self.concat is not None:
            scaled = torch.cat([scaled, self.concat], 1)
        timestep = (schedule.train_sigmas() - sigma).abs().argmin()
        positive, negative = (
            self.unet(scaled, timestep, encoder_hidden_states=self.models.text(t).expand(len(x), -1, -1)).sample
            for t in ("cat", "bad")
        )
        return x - sigma * (negative + CFG * (positive - negative))


class Host:
    """The adapter of this WebUI."""

    name, version, backend = "small", "1", "diffusers"

    def refuse(self, p: Processing) -> None: ...

    def vae(self, p: Processing) -> object:
        return p.models.vae

    def encode(self, p: Processing, pixels: NDArray[np.float32]) -> torch.Tensor:
        log.count("encode", len(pixels))
        return p.models.vae.encode(torch.from_numpy(pixels)).latent_dist.mode() * SCALING

    def apply(self, p: Processing, offset: Offset, concat: torch.Tensor) -> None:
        p.unet = type(p.models.unet)(**{**p.models.unet.config, "in_channels": 4 + concat.shape[1]})
        p.unet.load_state_dict(merge(p.models.unet.state_dict(), dict(offset.tensors)))
        p.concat = concat

    def place(self, module: torch.nn.Module) -> torch.device:
        return torch.device("cpu")


class Library:
    """Model files by role, without files."""

    def __init__(self, offsets: dict[str, dict[str, torch.Tensor]]) -> None:
        self.offsets = offsets

    def find(self, name: str) -> ModelFile:
        return ModelFile(Path(name), 0, 0, name, "diffusers", None)

    def load(self, file: ModelFile) -> Offset:
        return Offset(str(file.role), self.offsets[str(file.role)], "0" * 64)

    def matting_files(self) -> dict[str, Path]:
        return {}


class SmallWebUI:
    def __init__(self, offsets: dict[str, dict[str, torch.Tensor]], seed: int = 0) -> None:
        self.models = tiny(seed)
        self.workshop = Workshop(Host(), Library(offsets))  # type: ignore[arg-type]

    @torch.inference_mode()
    def txt2img(
        self, args: dict[str, Any] | None, *, width: int, height: int, steps: int, batch: int = 1, hires: Any = None
    ) -> list[NDArray[np.uint8]]:
        p = Processing(
            self.models,
            width=width,
            height=height,
            steps=steps,
            seed=1,
            batch=batch,
            strength=hires.denoise if hires else 0.7,
        )
        session = self.workshop.begin(p, [args] if args is not None else [])
        x = p.noise(height // 8, width // 8)
        if session:
            session.before_sampling(p, x)
        latent = p.sampler.sample(p, x, None, None)
        if hires is not None:
            p.is_hr_pass, p.sampler = True, Sampler()
            large = [pictures.upscale(small, hires.width, hires.height) for small in decode(self.models, latent)]
            latent = encode(self.models, pictures.from_255(large))
            if session:
                session.before_sampling(p, latent)
            noise = p.noise(*latent.shape[2:])
            latent = p.sampler.sample_img2img(p, latent, noise, None, None, steps=hires.steps)
        return decode(self.models, latent)

    @torch.inference_mode()
    def img2img(
        self, args: dict[str, Any], init: NDArray[np.uint8], *, steps: int, denoise: float, resize_mode: int = 0
    ) -> list[NDArray[np.uint8]]:
        height, width = init.shape[:2]
        p = Processing(self.models, width=width, height=height, steps=steps, seed=1, batch=1, strength=denoise)
        p.init_images, p.resize_mode = [init], resize_mode  # type: ignore[attr-defined]
        session = self.workshop.begin(p, [args])
        latent = encode(self.models, pictures.from_255([init]))
        assert session is not None
        session.before_sampling(p, latent)
        return decode(self.models, p.sampler.sample_img2img(p, latent, p.noise(*latent.shape[2:]), None, None))
