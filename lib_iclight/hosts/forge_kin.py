"""What Forge and its continuations have in common: a generation's models in ``forge_objects``, and patchers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts.concat import follow, follow_pictures
from lib_iclight.hosts.plain import generate_plain
from lib_iclight.hosts.refusals import refuse_checkpoint, refuse_refiner
from lib_iclight.hosts.vae_identity import VaeIdentities

if TYPE_CHECKING:
    from lib_iclight.models.library import Offset

UNET = "diffusion_model."
"""What patchers put before the names of the UNet's weights."""

_MARK = "ic_light"
_PATCHER = "ic_light_patcher"
_WRAPPER = "model_function_wrapper"


class ForgeKin(ABC):
    """An adapter but for how weights are merged.

    :ivar memory_management: the host's module of that or a similar name.
    :ivar patcher: the host's ``ModelPatcher``.
    :ivar control_lora: the host's class of ControlNets that take over the UNet's weights.
    :ivar condition: the host's class of conditions that are repeated to a batch.
    :ivar mode_only: stands for a first-stage model whose posterior is never sampled, tiled or not.
    """

    memory_management: Any
    patcher: type[Any]
    control_lora: type[Any]
    condition: Callable[[torch.Tensor], object]
    mode_only: Callable[[Any], Any]

    def __init__(self) -> None:
        self._identities = VaeIdentities()

    @abstractmethod
    def _config(self, p: Any) -> Any:
        """Of the checkpoint's model; None where nothing is loaded."""

    def _scale(self, p: Any) -> Callable[[torch.Tensor], torch.Tensor]:
        """From the VAE's latents to the model's."""
        scale: Callable[[torch.Tensor], torch.Tensor] = p.sd_model.forge_objects.vae.first_stage_model.process_in
        return scale

    @abstractmethod
    def _patch(self, p: Any, unet: Any, offset: Offset) -> Any:
        """The patcher to sample with.

        :param unet: a clone of the one that the host would sample with, its only user.
        """

    @abstractmethod
    def release(self) -> None:
        """As the protocol has it."""

    def refuse(self, p: Any) -> None:
        config = self._config(p)
        info = getattr(p.sd_model, "sd_checkpoint_info", None)
        checkpoint = info.name_for_extra if info else "the checkpoint"
        channels = config.unet_config.get("in_channels", 0) if config is not None else 0
        refuse_checkpoint(checkpoint, config is not None and p.sd_model.is_sd1, channels)
        refuse_refiner(p, info)

    def vae(self, p: Any) -> object:
        # "Never OOM" lets the same one work in tiles.
        tiled = getattr(self.memory_management, "VAE_ALWAYS_TILED", False)
        return self._identities.of(p.sd_model.forge_objects.vae.first_stage_model, tiled)

    def encode(self, p: Any, pixels: NDArray[np.float32]) -> torch.Tensor:
        log.count("encode", len(pixels))
        vae = copy(p.sd_model.forge_objects.vae)
        vae.first_stage_model = self.mode_only(vae.first_stage_model)
        with torch.inference_mode():
            return self._scale(p)(vae.encode(torch.from_numpy(pixels).movedim(1, -1) * 0.5 + 0.5))

    def apply(self, p: Any, offset: Offset, concat: torch.Tensor) -> None:
        unet = p.sd_model.forge_objects.unet
        if _MARK in unet.model_options:
            # Before the hires pass hosts ask twice, the first time with the first pass's own, which they then discard.
            unet = p.sd_model.forge_objects_after_applying_lora.unet
        if unet.extra_concat_condition is not None:
            raise ICLightError(
                ErrorCode.CANNOT_COMBINE,
                "IC-Light cannot be combined with another extension that concatenates a condition.",
            )
        if any(isinstance(net, self.control_lora) for net in unet.list_controlnets()):
            raise ICLightError(
                ErrorCode.CANNOT_COMBINE,
                "IC-Light cannot be combined with a Control-LoRA, which takes over the UNet's first convolution: "
                "choose a ControlNet of another kind.",
            )
        unet = unet.clone()
        unet.model_options[_MARK] = True
        unet.add_conditioning_modifier(_Concatenate(concat, self.condition))
        p.sd_model.forge_objects.unet = self._patch(p, unet, offset)

    def generate_plain(self, p: Any) -> list[Image.Image]:
        return generate_plain(p)

    def place(self, module: torch.nn.Module) -> torch.device:
        device: torch.device = self.memory_management.get_torch_device()
        # Hosts unload what no patcher stands for any more, so it lives as long as the network.
        if _PATCHER not in vars(module):
            vars(module)[_PATCHER] = self.patcher(module, load_device=device, offload_device=torch.device("cpu"))
        self.memory_management.load_model_gpu(vars(module)[_PATCHER])
        return device


class _Concatenate:
    """Puts the concat conditions beside the text's, at every call of the UNet.

    The hosts' own way for them, ``extra_concat_condition``, drops them where a sampler asks for another size.
    """

    def __init__(self, concat: torch.Tensor, condition: Callable[[torch.Tensor], object]) -> None:
        self._concat = concat
        self._condition = condition

    def __call__(
        self, model: Any, x: torch.Tensor, timestep: Any, uncond: Any, cond: Any, scale: Any, options: Any, seed: Any
    ) -> Any:
        condition = self._condition(follow(self._concat, x))
        for text in (*cond, *(uncond or ())):
            text["model_conds"]["c_concat"] = condition
        if own := options.get(_WRAPPER):
            options = {**options, _WRAPPER: _let_conditions_follow(own)}
        return model, x, timestep, uncond, cond, scale, options, seed


def _let_conditions_follow(wrapper: Callable[..., Any]) -> Callable[..., Any]:
    """Another extension's wrapper of the UNet, which may ask it for some of the pictures and give the conditions of
    all."""

    def wrapped(ask_unet: Callable[..., Any], given: Any) -> Any:
        def ask(x: torch.Tensor, *args: Any, **conditions: Any) -> Any:
            if (concat := conditions.get("c_concat")) is not None:
                conditions["c_concat"] = follow_pictures(concat, x)
            return ask_unet(x, *args, **conditions)

        return wrapper(ask, given)

    return wrapped
