"""Forge Neo, the continuation of Forge (its ``backend/`` is another one)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from backend import memory_management
from backend.nn.vae import DiagonalGaussianDistribution
from backend.patcher.base import ModelPatcher
from backend.patcher.controlnet import ControlLora
from backend.sampling.condition import Condition
from modules_forge import forge_version

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts.forge_kin import UNET
from lib_iclight.hosts.patcher_cache import KeepsPatchers
from lib_iclight.models.unet_keys import FIRST_CONVOLUTION

if TYPE_CHECKING:
    from lib_iclight.models.library import Offset


class _ModeOnly:
    """See ``ForgeKin``."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        moments = self._model.encoder(pixels)
        if self._model.quant_conv is not None:
            moments = self._model.quant_conv(moments)
        return DiagonalGaussianDistribution(moments).mode()


class Neo(KeepsPatchers):
    """The weight offset goes through the patcher."""

    name = "Forge Neo"
    version = forge_version.release
    backend = "backend"

    memory_management = memory_management
    patcher = ModelPatcher
    control_lora = ControlLora
    condition = Condition
    mode_only = _ModeOnly

    def _config(self, p: Any) -> Any:
        return getattr(p.sd_model, "model_config", None)

    def _patch(self, p: Any, unet: Any, offset: Offset) -> Any:
        if unet.use_online_lora(UNET + FIRST_CONVOLUTION):
            raise ICLightError(
                ErrorCode.CANNOT_COMBINE,
                "IC-Light cannot be combined with a LoRA on the first convolution while LoRAs are applied on the fly: "
                "switch that off.",
            )
        return super()._patch(p, unet, offset)

    def _is_merged(self, unet: Any) -> bool:
        return bool(unet.model.current_weight_patches_uuid == unet.patches_uuid)


def connect() -> Neo | None:
    """Neo, whose patchers know the LoRAs of each weight."""
    return Neo() if hasattr(ModelPatcher, "use_online_lora") else None
