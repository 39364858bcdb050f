"""U^2-Net and IS-Net as one torch module."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from lib_iclight.matting import nested_unet_plan as plan


def _convolution(of: plan.Convolution, stride: int = 1) -> nn.Conv2d:
    padding = of.dilation * (of.side // 2)
    return nn.Conv2d(of.inputs, of.outputs, of.side, stride=stride, padding=padding, dilation=of.dilation)


def _pool(x: Tensor) -> Tensor:
    return functional.max_pool2d(x, 2, stride=2, ceil_mode=True)


def _resize(x: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=False)


class _Unit(nn.Module):
    def __init__(self, of: plan.Convolution) -> None:
        super().__init__()
        self.conv_s1 = _convolution(of)
        self.bn_s1 = nn.BatchNorm2d(of.outputs)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.bn_s1(self.conv_s1(x)), inplace=True)


class _ResidualUBlock(nn.Module):
    def __init__(self, of: plan.Block) -> None:
        super().__init__()
        self.height = of.height
        self.pools = not of.dilates
        for convolution in of.convolutions():
            self.add_module(convolution.name, _Unit(convolution))

    def forward(self, x: Tensor) -> Tensor:
        entry: Tensor = self.get_submodule("rebnconvin")(x)
        x = entry
        skips = []
        for level in range(1, self.height):
            if self.pools and level > 1:
                x = _pool(x)
            x = self.get_submodule(f"rebnconv{level}")(x)
            skips.append(x)
        x = self.get_submodule(f"rebnconv{self.height}")(x)
        for level in range(self.height - 1, 0, -1):
            skip = skips.pop()
            x = self.get_submodule(f"rebnconv{level}d")(torch.cat((_resize(x, skip), skip), 1))
        return x + entry


class NestedUNet(nn.Module):
    """A network as planned; its state has the keys of the released files (``nested_unet_plan.shapes``)."""

    def __init__(self, of: plan.Plan) -> None:
        super().__init__()
        self.down = tuple(of.down)
        self.halves, self.fuses = of.entry is not None, of.fused is not None
        if of.entry:
            self.add_module(of.entry.name, _convolution(of.entry, stride=2))
        for stage, block in (of.down | plan.UP).items():
            self.add_module(stage, _ResidualUBlock(block))
        for convolution in (*plan.SIDES, *filter(None, (of.fused,))):
            self.add_module(convolution.name, _convolution(convolution))

    def forward(self, x: Tensor) -> Tensor:
        """Tell the subject from the background.

        :param x: float32 [B, 3, H, W], as each family of weights is fed; of IS-Net multiples of 64 are best.
        :returns: alpha, float32 [B, 1, H, W] in 0..1: of all sides where the plan fuses them, else of the first.
        """
        picture = x
        if self.halves:
            x = self.get_submodule("conv_in")(x)
        skips: list[Tensor] = []
        for stage in self.down:
            if skips:
                x = _pool(x)
            x = self.get_submodule(stage)(x)
            skips.append(x)
        x = skips.pop()
        # From the deepest to the first, each of which has a side of its own.
        levels = [x]
        for stage in plan.UP:
            skip = skips.pop()
            x = self.get_submodule(stage)(torch.cat((_resize(x, skip), skip), 1))
            levels.append(x)
        if not self.fuses:
            return torch.sigmoid(_resize(self.get_submodule("side1")(x), picture))
        sides = [self.get_submodule(side.name)(level) for side, level in zip(plan.SIDES, reversed(levels))]
        answer: Tensor = self.get_submodule("outconv")(torch.cat([_resize(side, picture) for side in sides], 1))
        return torch.sigmoid(answer)
