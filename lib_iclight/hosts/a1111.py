"""AUTOMATIC1111's Stable Diffusion WebUI, from 1.10 on, which has the hook before sampling."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from modules import devices, launch_utils, scripts, sd_samplers_common, sd_unet, shared
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts import generation, loras
from lib_iclight.hosts.concat import follow
from lib_iclight.hosts.plain import generate_plain
from lib_iclight.hosts.refusals import refuse_checkpoint, refuse_refiner
from lib_iclight.hosts.vae_identity import VaeIdentities
from lib_iclight.hosts.weight_swap import WeightSwap, state

if TYPE_CHECKING:
    from lib_iclight.models.library import Offset


class A1111:
    """This host has no patcher: while its sampler runs, the UNet holds other weights."""

    name = "A1111"
    version = str(launch_utils.git_tag())
    backend = "ldm"

    def __init__(self) -> None:
        self._weight_swap = WeightSwap()
        self._identities = VaeIdentities()

    def refuse(self, p: Any) -> None:
        model = p.sd_model
        info = getattr(model, "sd_checkpoint_info", None)
        is_sd1 = getattr(model, "is_sd1", False)
        channels = model.model.diffusion_model.in_channels if is_sd1 else 0
        refuse_checkpoint(info.name_for_extra if info else "the checkpoint", is_sd1, channels)
        refuse_refiner(p, info)
        if sd_unet.current_unet is not None:
            raise ICLightError(
                ErrorCode.CANNOT_COMBINE,
                f"IC-Light cannot be combined with the UNet {sd_unet.current_unet_option.label!r}, which does not use "
                "the checkpoint's weights: choose None as SD Unet in the settings.",
            )

    def vae(self, p: Any) -> object:
        module = p.sd_model.first_stage_model
        # Another checkpoint's VAE is loaded into the same module; extensions let the encoder work in tiles.
        encoder = getattr(module, "encoder", None)
        return self._identities.of(module, (state(module), getattr(encoder, "forward", None)))

    def encode(self, p: Any, pixels: NDArray[np.float32]) -> torch.Tensor:
        log.count("encode", len(pixels))
        model = p.sd_model
        # The type changes, once it gave NaNs; autocast would change it for this call.
        model.first_stage_model.to(devices.dtype_vae)
        with torch.no_grad(), devices.without_autocast():
            x = torch.from_numpy(pixels).to(devices.device, devices.dtype_vae)
            return model.first_stage_model.encode(x).mode().float() * model.scale_factor

    def apply(self, p: Any, offset: Offset, concat: torch.Tensor) -> None:
        model = p.sd_model
        unet, checkpoint = model.model.diffusion_model, model.sd_checkpoint_info

        def stays() -> bool:
            return model.sd_checkpoint_info == checkpoint

        def concatenate(denoiser: torch.nn.Module, args: Any, kwargs: dict[str, Any]) -> Any:
            # The host repeats and slices with the latents what it would show to an inpainting checkpoint.
            return args, {**kwargs, "image_cond": follow(concat, args[0] if args else kwargs["x"])}

        def launch(sampler: Any, steps: int, sample: Callable[[], Any]) -> Any:
            handle = sampler.model_wrap_cfg.register_forward_pre_hook(concatenate, with_kwargs=True)
            with handle, torch.no_grad():
                networks = sys.modules.get("networks")
                if networks is not None and hasattr(networks, "network_apply_weights"):
                    loras.write(networks, unet, devices.device, getattr(shared.opts, "lora_functional", False))
                with loras.keep_notes(unet, stays), self._weight_swap.swap(unet, model.model, offset, stays):
                    return sampler.launch_sampling(steps, sample)

        generation.replace_for_one_call(p.sampler, "launch_sampling", launch)

    def release(self) -> None:
        """What is kept are merged weights alone."""

    def generate_plain(self, p: Any) -> list[Image.Image]:
        return generate_plain(p)

    def place(self, module: torch.nn.Module) -> torch.device:
        module.to(devices.device)
        return devices.device


def connect() -> A1111 | None:
    """A1111 itself; what was made from it keeps the modules' names."""
    known = hasattr(scripts.Script, "process_before_every_sampling") and hasattr(
        sd_samplers_common.Sampler, "launch_sampling"
    )
    return A1111() if known and importlib.util.find_spec("modules_forge") is None else None
