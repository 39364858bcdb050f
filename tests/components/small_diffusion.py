"""The product's diffusion engine with real modules of few channels."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from lib_iclight.models import unet_keys
from lib_iclight.models.library import ModelFile, Offset
from lib_iclight.runtime import Runtime
from lib_iclight.standalone import job
from lib_iclight.standalone.diffusion.engine import Diffusion
from lib_iclight.standalone.diffusion.host import Diffusers
from lib_iclight.standalone.diffusion.model import Model
from tests import reference

CFG = 2.0
StateDict = dict[str, torch.Tensor]


def _ldm_names() -> dict[str, str]:
    """The LDM names of the few-channel UNet's tensors, by their diffusers names."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"WIDTH": 32, "LEVELS": (32, 64), "BLOCKS": 1, "TIME": 128, "CONTEXT": 16}.items():
            patch.setattr(unet_keys, name, value)
        return {tensor.diffusers: tensor.ldm for tensor in unet_keys._unet()}


class Library:
    """Model files by role, without files."""

    def __init__(self, offsets: dict[str, StateDict]) -> None:
        names = _ldm_names()
        self._offsets = {role: {names[k]: v for k, v in offset.items()} for role, offset in offsets.items()}

    def find(self, name: str) -> ModelFile:
        return ModelFile(Path(name), 0, 0, name, "ldm", None)

    def load(self, file: ModelFile) -> Offset:
        role = str(file.role)
        return Offset(role, self._offsets[role], hashlib.sha256(role.encode()).hexdigest())

    def files_by_kind(self) -> dict[str, Path]:
        return {}


class SmallDiffusion:
    """The engine, asked in the words of the tests.

    :param offsets: by role, with diffusers names.
    """

    def __init__(self, offsets: dict[str, StateDict]) -> None:
        small = reference.tiny(0)
        self.model = Model(
            name="small",
            hash=lambda: "0" * 64,
            unet_config={k: v for k, v in small.unet.config.items() if not k.startswith("_")},
            unet_weights=small.unet.state_dict(),
            vae=small.vae,
            text=small.text,
            device=torch.device("cpu"),
            dtype=torch.float32,
        )
        self.runtime = Runtime(Diffusers(), Library(offsets))  # type: ignore[arg-type]
        self.engine = Diffusion(self.runtime, lambda: self.model)

    def generate(self, args: dict[str, Any] | None, **asked: Any) -> job.Result:
        common = {"prompt": "cat", "negative_prompt": "bad", "seed": 1, "cfg_scale": CFG, "sampler": "Euler"}
        return self.engine.generate(job.Job(args=[] if args is None else [args], **{**common, **asked}))

    def txt2img(
        self,
        args: dict[str, Any] | None,
        *,
        width: int,
        height: int,
        steps: int,
        batch: int = 1,
        hires: reference.Hires | None = None,
    ) -> list[NDArray[np.uint8]]:
        second = None
        if hires is not None:
            second = job.Hires(
                width=hires.width, height=hires.height, steps=hires.steps, denoising_strength=hires.denoise
            )
        found = self.generate(args, width=width, height=height, steps=steps, batch_size=batch, hires=second)
        return [np.asarray(picture) for picture in found.images]

    def img2img(
        self, args: dict[str, Any] | None, init: NDArray[np.uint8], *, steps: int, denoise: float
    ) -> list[NDArray[np.uint8]]:
        height, width = init.shape[:2]
        found = self.generate(
            args,
            width=width,
            height=height,
            steps=steps,
            init_images=(Image.fromarray(init),),
            denoising_strength=denoise,
        )
        return [np.asarray(picture) for picture in found.images]
