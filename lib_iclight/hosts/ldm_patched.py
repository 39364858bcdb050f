"""Forge Classic and reForge (their ``ldm_patched/``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from ldm_patched.modules import lora, model_management
from ldm_patched.modules.conds import CONDRegular
from ldm_patched.modules.controlnet import ControlLora
from ldm_patched.modules.model_patcher import ModelPatcher
from modules_forge import forge_version

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts.patcher_cache import KeepsPatchers


class _ModeOnly:
    """See ``ForgeKin``."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        regularization = self._model.regularization
        own, regularization.sample = regularization.sample, False
        try:
            return self._model.encode(pixels)
        finally:
            regularization.sample = own


class LdmPatched(KeepsPatchers):
    """The weight offset goes through the patcher."""

    name = "reForge" if hasattr(lora, "calculate_weight") else "Forge Classic"
    version = forge_version.version
    backend = "ldm_patched"

    memory_management = model_management
    patcher = ModelPatcher
    control_lora = ControlLora
    condition = CONDRegular
    mode_only = _ModeOnly

    def refuse(self, p: Any) -> None:
        super().refuse(p)
        _refuse_tiles(p)

    def _config(self, p: Any) -> Any:
        objects = getattr(p.sd_model, "forge_objects", None)
        return objects and objects.unet.model.model_config

    def _scale(self, p: Any) -> Callable[[torch.Tensor], torch.Tensor]:
        scale: Callable[[torch.Tensor], torch.Tensor] = self._config(p).latent_format.process_in
        return scale

    def _is_merged(self, unet: Any) -> bool:
        # Classic finds them by the patcher, reForge by its id of the patches.
        if hasattr(unet, "patches_uuid"):
            return bool(unet.model.current_weight_patches_uuid == unet.patches_uuid)
        return any(loaded.model is unet for loaded in model_management.current_loaded_models)


def _refuse_tiles(p: Any) -> None:
    """:raises ICLightError: MultiDiffusion is on, which in reForge fails where it divides a condition into tiles."""
    for script in p.scripts.alwayson_scripts if p.scripts else ():
        if script.title() == "MultiDiffusion Integrated" and p.script_args[script.args_from]:
            raise ICLightError(
                ErrorCode.CANNOT_COMBINE,
                "IC-Light cannot be combined with this host's MultiDiffusion, which cannot divide its conditions into "
                "tiles: switch it off.",
            )


def connect() -> LdmPatched:
    return LdmPatched()
