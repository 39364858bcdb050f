"""IS-Net as a torch module (Qin et al., Highly Accurate Dichotomous Image Segmentation, ECCV 2022)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from lib_iclight.matting import isnet_plan as plan


def _convolution(of: plan.Convolution, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(of.inputs, of.outputs, 3, stride=stride, padding=of.dilation, dilation=of.dilation)


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


class ISNet(nn.Module):
    """The network of RMBG-1.4; its state has the keys of the released file (``isnet_plan.shapes``)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = _convolution(plan.ENTRY, stride=2)
        for stage, block in (plan.DOWN | plan.UP).items():
            self.add_module(stage, _ResidualUBlock(block))
        for side in plan.SIDES:
            self.add_module(side.name, _convolution(side))

    def forward(self, x: Tensor) -> Tensor:
        """Tell the subject from the background.

        :param x: float32 [B, 3, H, W], sRGB as ``value / 127 - 1``; H and W are best multiples of 64.
        :returns: alpha, float32 [B, 1, H, W] in 0..1, the first of the network's six outputs.
        """
        picture = x
        x = self.conv_in(x)
        skips: list[Tensor] = []
        for stage in plan.DOWN:
            if skips:
                x = _pool(x)
            x = self.get_submodule(stage)(x)
            skips.append(x)
        x = skips.pop()
        for stage in plan.UP:
            skip = skips.pop()
            x = self.get_submodule(stage)(torch.cat((_resize(x, skip), skip), 1))
        return torch.sigmoid(_resize(self.get_submodule("side1")(x), picture))
