"""A1111's UNet, its caller and its Lora extension, small and real, and generations with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch

from lib_iclight import log
from lib_iclight.hosts import loras
from lib_iclight.hosts.weight_swap import WeightSwap
from lib_iclight.models.library import Offset

CPU = torch.device("cpu")


class Networks(ModuleType):
    """As the Lora extension: backs a layer up when a LoRA is first written into it, which is when the layer runs."""

    def __init__(self) -> None:
        super().__init__("networks")
        self.loaded_networks: list[tuple[str, float]] = []

    def network_apply_weights(self, layer: Any) -> None:
        wanted = tuple(self.loaded_networks)
        if getattr(layer, "network_current_names", ()) == wanted:
            return
        if getattr(layer, "network_weights_backup", None) is None:
            layer.network_weights_backup = layer.weight.to(CPU, copy=True)
            layer.network_bias_backup = layer.bias.to(CPU, copy=True)
        self.network_restore_weights_from_backup(layer)
        for _, strength in wanted:
            layer.weight.copy_(layer.weight + strength)
        layer.network_current_names = wanted

    def network_restore_weights_from_backup(self, layer: Any) -> None:
        if getattr(layer, "network_weights_backup", None) is not None:
            layer.weight.copy_(layer.network_weights_backup)
            layer.bias.copy_(layer.network_bias_backup)

    def network_reset_cached_weight(self, layer: Any) -> None:
        layer.network_current_names = ()
        layer.network_weights_backup = layer.network_bias_backup = None


class Unet(torch.nn.Module):
    """Two convolutions with the names of the first and the last, which ask the Lora extension as they run."""

    def __init__(self, networks: Networks, channels: int = 4) -> None:
        super().__init__()
        self.networks = networks
        self.in_channels = channels
        first = torch.nn.Conv2d(channels, 6, 3, padding=1)
        self.input_blocks = torch.nn.ModuleList([torch.nn.Sequential(first)])
        self.out = torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Conv2d(6, 4, 3, padding=1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in (self.input_blocks[0][0], self.out[1]):
            self.networks.network_apply_weights(layer)
        return self.out(self.input_blocks[0](x))


class Wrapper(torch.nn.Module):
    """As LDM's DiffusionWrapper for plain checkpoints: what is to be concatenated arrives, and is not looked at."""

    def __init__(self, unet: Unet) -> None:
        super().__init__()
        self.diffusion_model = unet

    def forward(self, x: torch.Tensor, c_concat: list[torch.Tensor] | None = None) -> torch.Tensor:
        return self.diffusion_model(x)


def offset_of(unet: torch.nn.Module, channels: int = 8, seed: int = 1) -> Offset:
    rng = torch.Generator().manual_seed(seed)
    shapes = {name: tuple(parameter.shape) for name, parameter in unet.named_parameters()}
    out, _, *kernel = shapes["input_blocks.0.0.weight"]
    shapes["input_blocks.0.0.weight"] = (out, channels, *kernel)
    tensors = {name: torch.randn(shape, generator=rng).half() for name, shape in shapes.items()}
    return Offset("fc", tensors, hashlib.sha256(str((channels, seed)).encode()).hexdigest())


class Sampling:
    """A UNet, its caller, and generations with it."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.networks = Networks()
        self.unet = Unet(self.networks)
        self.wrapper = Wrapper(self.unet)
        self.offset = offset_of(self.unet)
        self.swapper = WeightSwap()
        self.x, self.concat = torch.randn(4, 4, 6, 5), torch.randn(4, 4, 6, 5)
        self.same_checkpoint = True

    def run(self) -> torch.Tensor:
        with torch.no_grad():
            return self.wrapper(self.x, c_concat=[self.concat])

    def relit(self, sample: Callable[[], Any] | None = None, functional: bool = False) -> Any:
        def stays() -> bool:
            return self.same_checkpoint

        with torch.no_grad():
            loras.write(self.networks, self.unet, CPU, functional)
            with (
                loras.keep_notes(self.unet, stays),
                self.swapper.swap(self.unet, self.wrapper, self.offset, stays),
            ):
                return (sample or self.run)()

    def expected(self) -> torch.Tensor:
        """A UNet whose first convolution has grown, with the weights that are now in this one."""
        networks = Networks()
        grown = Unet(networks, 8)
        weights = dict(self.unet.state_dict())
        weights["input_blocks.0.0.weight"] = torch.nn.functional.pad(
            weights["input_blocks.0.0.weight"], (0, 0, 0, 0, 0, 4)
        )
        grown.load_state_dict({name: weights[name] + self.offset.tensors[name] for name in weights})
        grown.input_blocks[0][0].padding_mode = self.unet.input_blocks[0][0].padding_mode
        grown.input_blocks[0][0]._reversed_padding_repeated_twice = [1] * 4
        with torch.no_grad():
            return grown(torch.cat([self.x, self.concat], dim=1))


@pytest.fixture
def sampling() -> Sampling:
    return Sampling()


def merges() -> int:
    return log.counts().get("merge", 0)
