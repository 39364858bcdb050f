"""Stable Diffusion WebUI Forge (its ``backend/``)."""

from __future__ import annotations

import inspect
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from backend import memory_management
from backend.patcher.base import ModelPatcher
from backend.patcher.controlnet import ControlLora
from modules_forge import forge_version
from numpy.typing import NDArray

from lib_iclight import log
from lib_iclight.errors import ICLightError
from lib_iclight.hosts.refusals import refuse_checkpoint, refuse_refiner
from lib_iclight.unet_keys import FIRST_CONVOLUTION

if TYPE_CHECKING:
    from lib_iclight.weights import Offset

_UNET = "diffusion_model."
_PATCH = "IC-Light "


class Forge:
    """The weight offset goes through the Unet Patcher, the concat conditions through Forge's own sampler."""

    name = "Forge"
    version = forge_version.version
    backend = "backend"

    def __init__(self) -> None:
        self._patchers: MutableMapping[torch.nn.Module, ModelPatcher] = WeakKeyDictionary()

    def refuse(self, p: Any) -> None:
        model = p.sd_model
        config = getattr(model, "model_config", None)
        info = getattr(model, "sd_checkpoint_info", None)
        checkpoint = info.name_for_extra if info else "the checkpoint"
        channels = config.unet_config.get("in_channels", 0) if config is not None else 0
        refuse_checkpoint(checkpoint, config is not None and model.is_sd1, channels)
        refuse_refiner(p, info)
        self._refuse_online_lora(model.forge_objects.unet)

    def _refuse_online_lora(self, unet: Any) -> None:
        for (name, _, _, online), patches in unet.lora_patches.items():
            if online and _UNET + FIRST_CONVOLUTION in patches:
                raise ICLightError(
                    f"IC-Light cannot be combined with {name!r} on the first convolution while LoRAs are applied on "
                    "the fly: choose a 'Diffusion in Low Bits' without '(fp16 LoRA)'."
                )

    def vae(self, p: Any) -> object:
        return p.sd_model.forge_objects.vae.first_stage_model

    def encode(self, p: Any, pixels: NDArray[np.float32]) -> torch.Tensor:
        log.count("encode", len(pixels))
        vae = p.sd_model.forge_objects.vae.clone()
        scale = vae.first_stage_model.process_in
        vae.first_stage_model = _ModeOnly(vae.first_stage_model)
        with torch.inference_mode():
            return scale(vae.encode(torch.from_numpy(pixels).movedim(1, -1) * 0.5 + 0.5))

    def apply(self, p: Any, offset: Offset, concat: torch.Tensor) -> None:
        unet = p.sd_model.forge_objects.unet.clone()
        # Before the hires pass Forge asks twice, the first time with the first pass's own UNet.
        ours = any(name.startswith(_PATCH) for name, *_ in unet.lora_patches)
        if unet.extra_concat_condition is not None and not ours:
            raise ICLightError("IC-Light cannot be combined with another extension that concatenates a condition.")
        if any(isinstance(net, ControlLora) for net in unet.list_controlnets()):
            raise ICLightError(
                "IC-Light cannot be combined with a Control-LoRA, which takes over the UNet's first convolution: "
                "choose a ControlNet of another kind."
            )
        # Forge merges again only when a patch's name changes, so the name says what the weights are.
        unet.add_patches(
            filename=f"{_PATCH}{offset.role} {offset.sha256}",
            patches={_UNET + name: (tensor,) for name, tensor in offset.tensors.items()},
        )
        if unet.lora_loader.loaded_hash != str(list(unet.lora_patches)):
            log.count("merge")
        unet.extra_concat_condition = concat
        p.sd_model.forge_objects.unet = unet

    def place(self, module: torch.nn.Module) -> torch.device:
        device = memory_management.get_torch_device()
        if module not in self._patchers:
            self._patchers[module] = ModelPatcher(module, load_device=device, offload_device=torch.device("cpu"))
        memory_management.load_model_gpu(self._patchers[module])
        return device


class _ModeOnly:
    """A first-stage model whose posterior is never sampled, tiled or not.

    Forge's ``model_vae_regulation`` is not asked where Forge encodes in tiles.
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    def encode(self, pixels: torch.Tensor, regulation: object = None) -> torch.Tensor:
        return self._model.encode(pixels, lambda posterior: posterior.mode())


def connect() -> Forge | None:
    """Forge whose patcher names its patches; its continuations have another one."""
    known = "filename" in inspect.signature(ModelPatcher.add_patches).parameters
    return Forge() if known else None
