"""Weights and input channels of a UNet for the time of one sampling, for hosts without a patcher. Knows no host.

Layers keep their parameters; only what these hold (``.data``) is exchanged, since hosts move parameters between
devices while they sample. The tensors held before are never written to, so putting them back is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import torch

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.models.unet_keys import FIRST_CONVOLUTION, LATENT

if TYPE_CHECKING:
    from lib_iclight.models.library import Offset

State = tuple[tuple[int, torch.dtype], ...]


def state(module: torch.nn.Module) -> State:
    """Changes with what the parameters hold: by loading a checkpoint, by a LoRA; not by a move to another device."""
    return tuple((parameter._version, parameter.dtype) for parameter in module.parameters())


@dataclass(frozen=True)
class _Merged:
    sha256: str
    of: State
    tensors: Mapping[str, torch.Tensor]


class WeightSwap:
    """Lights UNets. Keeps the merged weights of the last one, so that the same again costs no arithmetic."""

    def __init__(self) -> None:
        self._merged: MutableMapping[torch.nn.Module, _Merged] = WeakKeyDictionary()
        self._swapped: list[torch.nn.Module] = []

    @contextmanager
    def swap(self, unet: Any, wrapper: torch.nn.Module, offset: Offset, stays: Callable[[], bool]) -> Iterator[None]:
        """The UNet with the offset in its weights, concatenating what it is given as ``c_concat``.

        :param unet: with the names of LDM.
        :param wrapper: its caller, whose keyword ``c_concat`` is a list of one tensor, (batch, 4 or 8, height, width).
        :param stays: whether the weights are still those of the same checkpoint, when it is over.
        :raises ICLightError: the UNet has other layers than SD 1.5, or its weights were changed meanwhile.
        """
        if unet in self._swapped:
            raise ICLightError(
                ErrorCode.SAMPLING_UNDER_WAY,
                "IC-Light cannot relight a picture in the middle of another one's sampling.",
            )
        tensors = self._tensors(unet, offset)
        kept = [(parameter, parameter.data) for parameter in unet.parameters()]
        before = state(unet)
        self._swapped.append(unet)
        try:
            for name, parameter in unet.named_parameters():
                parameter.data = tensors[name].to(parameter.device)
            with _concatenate(wrapper, unet.input_blocks[0][0], offset.tensors[FIRST_CONVOLUTION][:, LATENT:]):
                yield
        finally:
            self._swapped.remove(unet)
            written = state(unet) != before
            if written:
                self._merged.clear()
            if stays():
                for parameter, data in kept:
                    parameter.data = data.to(parameter.device)
        if written:
            raise ICLightError(
                ErrorCode.CANNOT_COMBINE,
                "IC-Light cannot be combined with what changes the weights of the checkpoint or of a LoRA in "
                "mid-sampling: switch it off.",
            )

    def _tensors(self, unet: torch.nn.Module, offset: Offset) -> Mapping[str, torch.Tensor]:
        merged = self._merged.get(unet)
        if merged is None or (merged.sha256, merged.of) != (offset.sha256, state(unet)):
            # Two merged UNets at once would be gigabytes more.
            merged = None
            self._merged.clear()
            merged = self._merged[unet] = _Merged(offset.sha256, state(unet), _merge(unet, offset))
        return merged.tensors


def _merge(unet: torch.nn.Module, offset: Offset) -> dict[str, torch.Tensor]:
    parameters = dict(unet.named_parameters())
    if parameters.keys() != offset.tensors.keys():
        name = min(parameters.keys() ^ offset.tensors.keys())
        raise ICLightError(
            ErrorCode.CANNOT_COMBINE,
            f"IC-Light needs the layers of Stable Diffusion 1.5 as they are, and something changed {name!r}: switch "
            "off what puts layers of its own into the UNet.",
        )
    log.count("merge")
    with torch.no_grad():
        return {name: _sum(parameter.data, offset.tensors[name]) for name, parameter in parameters.items()}


def _sum(plain: torch.Tensor, difference: torch.Tensor) -> torch.Tensor:
    """In float32, then of the plain weight's type; of the first convolution only what the plain one has."""
    if difference.shape != plain.shape:
        difference = difference[:, : plain.shape[1]]
    return plain.to(torch.float32, copy=True).add_(difference.to(plain.device)).to(plain.dtype)


@contextmanager
def _concatenate(wrapper: torch.nn.Module, convolution: torch.nn.Conv2d, weight: torch.Tensor) -> Iterator[None]:
    """What further input channels would add to a convolution, added to what it gives.

    Convolution is linear: over concatenated channels it is the sum of the convolutions over each part. So the layer
    keeps its own shape, which others that reach into the UNet rely on.

    :param weight: that of the further channels, shape (out, 4 or 8, 3, 3).
    """
    arrived: list[torch.Tensor] = []

    def arrive(module: torch.nn.Module, args: Any, kwargs: dict[str, Any]) -> None:
        (latents,) = kwargs["c_concat"]
        if latents.shape[1] != weight.shape[1]:
            raise ICLightError(
                ErrorCode.SAMPLING_UNDER_WAY,
                "IC-Light cannot share the UNet with another generation in the middle of sampling.",
            )
        x = args[0]
        if latents.shape[-2:] != x.shape[-2:] or len(latents) != len(x):
            raise ICLightError(
                ErrorCode.CANNOT_COMBINE,
                "IC-Light cannot be combined with what samples parts of the picture without their conditions: switch "
                "off what divides it into tiles or regions.",
            )
        arrived[:] = [latents]

    def add(layer: torch.nn.Conv2d, args: Any, output: torch.Tensor) -> torch.Tensor:
        return output + _convolve(layer, arrived[0].to(output), weight.to(output))

    handles = (
        wrapper.register_forward_pre_hook(arrive, with_kwargs=True),
        convolution.register_forward_hook(add),
    )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _convolve(layer: torch.nn.Conv2d, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """As the layer does it, which pads in a circle where the host makes tiles."""
    mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
    rows, columns = map(int, layer.padding)
    padded = torch.nn.functional.pad(x, (columns, columns, rows, rows), mode=mode)
    return torch.nn.functional.conv2d(padded, weight, stride=layer.stride)
