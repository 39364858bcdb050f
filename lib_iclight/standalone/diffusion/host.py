"""No WebUI, but the ``diffusers`` library's modules: what ``lib_iclight.standalone`` generates with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import diffusers
import numpy as np
import torch
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import log
from lib_iclight.standalone.diffusion.checkpoint import UNET
from lib_iclight.standalone.diffusion.model import SCALING
from lib_iclight.standalone.diffusion.passes import generate_plain

if TYPE_CHECKING:
    from lib_iclight.models.library import Offset
    from lib_iclight.standalone.diffusion.model import Model
    from lib_iclight.standalone.diffusion.processing import Processing


class Diffusers:
    """The offset is merged into a UNet of its own, beside the plain one; the conditions are concatenated by ``p``."""

    name = "standalone"
    version = diffusers.__version__
    backend = "diffusers"

    def refuse(self, p: Processing) -> None:
        """Nothing is left to refuse: only plain Stable Diffusion 1.5 checkpoints are ever loaded."""

    def vae(self, p: Processing) -> object:
        return p.model.vae

    def encode(self, p: Processing, pixels: NDArray[np.float32]) -> torch.Tensor:
        log.count("encode", len(pixels))
        with torch.inference_mode():
            posterior = p.model.vae.encode(torch.from_numpy(pixels).to(p.model.device)).latent_dist
            return posterior.mode() * SCALING

    def apply(self, p: Processing, offset: Offset, concat: torch.Tensor) -> None:
        model = p.model
        if model.merged is None or model.merged[0] != offset.sha256:
            # Two merged UNets at once would be gigabytes more.
            p.unet = model.merged = None
            log.count("merge")
            with torch.inference_mode():
                model.merged = offset.sha256, model.unet_with(_merge(model, offset))
        p.unet, p.concat = model.merged[1], concat

    def release(self) -> None:
        """What is kept are merged weights alone."""

    def generate_plain(self, p: Processing) -> list[Image.Image]:
        return generate_plain(p)

    def place(self, module: torch.nn.Module) -> torch.device:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        module.to(device)
        return device


def _merge(model: Model, offset: Offset) -> dict[str, torch.Tensor]:
    """The plain weights plus the offset, by diffusers name, tensor by tensor in float32."""
    named: dict[str, Any] = {UNET + name: tensor for name, tensor in offset.tensors.items()}
    differences = convert_ldm_unet_checkpoint(named, model.unet_config)
    return {name: _sum(plain, differences[name], model) for name, plain in model.unet_weights.items()}


def _sum(plain: torch.Tensor, difference: torch.Tensor, model: Model) -> torch.Tensor:
    """Their sum; the first convolution is padded with zeros to the offset's input channels."""
    result = plain.to(model.device, torch.float32, copy=True)
    if missing := difference.shape[1:2].numel() - plain.shape[1:2].numel():
        result = torch.nn.functional.pad(result, (0, 0, 0, 0, 0, missing))
    return result.add_(difference.to(model.device)).to(model.dtype)
