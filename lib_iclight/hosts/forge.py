"""Stable Diffusion WebUI Forge (its ``backend/``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from backend import memory_management
from backend.patcher.base import ModelPatcher
from backend.patcher.controlnet import ControlLora
from backend.sampling.condition import Condition
from modules_forge import forge_version

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts.forge_kin import UNET, ForgeKin
from lib_iclight.models.unet_keys import FIRST_CONVOLUTION

if TYPE_CHECKING:
    from lib_iclight.models.library import Offset


class _ModeOnly:
    """See ``ForgeKin``. Forge's own ``model_vae_regulation`` is not asked where Forge encodes in tiles."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def encode(self, pixels: torch.Tensor, regulation: object = None) -> torch.Tensor:
        return self._model.encode(pixels, lambda posterior: posterior.mode())


class Forge(ForgeKin):
    """The weight offset goes through the Unet Patcher."""

    name = "Forge"
    version = forge_version.version
    backend = "backend"

    memory_management = memory_management
    patcher = ModelPatcher
    control_lora = ControlLora
    condition = Condition
    mode_only = _ModeOnly

    def _config(self, p: Any) -> Any:
        return getattr(p.sd_model, "model_config", None)

    def refuse(self, p: Any) -> None:
        super().refuse(p)
        for (name, _, _, online), patches in p.sd_model.forge_objects.unet.lora_patches.items():
            if online and UNET + FIRST_CONVOLUTION in patches:
                raise ICLightError(
                    ErrorCode.CANNOT_COMBINE,
                    f"IC-Light cannot be combined with {name!r} on the first convolution while LoRAs are applied on "
                    "the fly: choose a 'Diffusion in Low Bits' without '(fp16 LoRA)'.",
                )

    def _patch(self, p: Any, unet: Any, offset: Offset) -> Any:
        # Forge merges again only when a patch's name changes, so the name says what the weights are.
        unet.add_patches(
            filename=f"IC-Light {offset.role} {offset.sha256}",
            patches={UNET + name: (tensor,) for name, tensor in offset.tensors.items()},
        )
        if unet.lora_loader.loaded_hash != str(list(unet.lora_patches)):
            log.count("merge")
        return unet

    def release(self) -> None:
        """The patchers of a generation are the host's, until it begins another."""


def connect() -> Forge | None:
    """Forge, whose patchers keep LoRAs by name; those of its continuation Neo do not."""
    return Forge() if hasattr(ModelPatcher, "refresh_loras") else None
