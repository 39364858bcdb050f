"""U^2-Net and IS-Net, written a second time from their papers, and random weights in the released spelling."""

from __future__ import annotations

import torch
from torch.nn import functional as F  # noqa: N812

Weights = dict[str, torch.Tensor]

# Stage: height, channels in, inside and out, as in the paper's figure 4; "F" dilates.
STAGES = {
    "stage1": ("7", 64, 32, 64),
    "stage2": ("6", 64, 32, 128),
    "stage3": ("5", 128, 64, 256),
    "stage4": ("4", 256, 128, 512),
    "stage5": ("4F", 512, 256, 512),
    "stage6": ("4F", 512, 256, 512),
    "stage5d": ("4F", 1024, 256, 512),
    "stage4d": ("4", 1024, 128, 256),
    "stage3d": ("5", 512, 64, 128),
    "stage2d": ("6", 256, 32, 64),
    "stage1d": ("7", 128, 16, 64),
}


def random_weights(seed: int, u2net: bool = False) -> Weights:
    """All the tensors of the released file, filled so that the signal neither dies nor runs away.

    :param u2net: of U^2-Net, which has no entry, and fuses its sides.
    """
    random = torch.Generator().manual_seed(seed)
    weights: Weights = {}

    def convolution(name: str, inputs: int, outputs: int) -> None:
        spread = (2 / (9 * inputs)) ** 0.5
        weights[f"{name}.weight"] = torch.randn(outputs, inputs, 3, 3, generator=random) * spread
        weights[f"{name}.bias"] = torch.randn(outputs, generator=random) * 0.1

    def unit(name: str, inputs: int, outputs: int) -> None:
        convolution(f"{name}.conv_s1", inputs, outputs)
        weights[f"{name}.bn_s1.weight"] = torch.rand(outputs, generator=random) * 0.6 + 0.5
        weights[f"{name}.bn_s1.bias"] = torch.randn(outputs, generator=random) * 0.2
        weights[f"{name}.bn_s1.running_mean"] = torch.randn(outputs, generator=random) * 0.2
        weights[f"{name}.bn_s1.running_var"] = torch.rand(outputs, generator=random) + 0.5
        weights[f"{name}.bn_s1.num_batches_tracked"] = torch.tensor(1234)

    if u2net:
        weights["outconv.weight"] = torch.randn(1, 6, 1, 1, generator=random) * 0.4
        weights["outconv.bias"] = torch.randn(1, generator=random) * 0.1
    else:
        convolution("conv_in", 3, 64)
    for stage, (kind, inputs, inside, outputs) in STAGES.items():
        height = int(kind[0])
        inputs = 3 if u2net and stage == "stage1" else inputs
        unit(f"{stage}.rebnconvin", inputs, outputs)
        unit(f"{stage}.rebnconv1", outputs, inside)
        for level in range(2, height + 1):
            unit(f"{stage}.rebnconv{level}", inside, inside)
        for level in range(2, height):
            unit(f"{stage}.rebnconv{level}d", inside * 2, inside)
        unit(f"{stage}.rebnconv1d", inside * 2, outputs)
    for side, channels in enumerate((64, 64, 128, 256, 512, 512), 1):
        convolution(f"side{side}", channels, 1)
    return weights


def reference_network(w: Weights, picture: torch.Tensor) -> torch.Tensor:
    """The answer: U-Nets inside a U-Net, each written as a level around the level below it. The first side's, or, of
    U^2-Net, that of all sides."""

    def conv(name: str, x: torch.Tensor, dilation: int = 1) -> torch.Tensor:
        x = F.conv2d(x, w[f"{name}.conv_s1.weight"], w[f"{name}.conv_s1.bias"], 1, dilation, dilation)
        mean, var = (w[f"{name}.bn_s1.running_{what}"][:, None, None] for what in ("mean", "var"))
        scale, shift = (w[f"{name}.bn_s1.{what}"][:, None, None] for what in ("weight", "bias"))
        return torch.clamp((x - mean) / torch.sqrt(var + 1e-5) * scale + shift, min=0)

    def halve(x: torch.Tensor) -> torch.Tensor:
        odd_height, odd_width = x.shape[2] % 2, x.shape[3] % 2
        x = F.pad(x, (0, odd_width, 0, odd_height), value=float("-inf"))
        return x.unfold(2, 2, 2).unfold(3, 2, 2).amax((-1, -2))

    def join(low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
        return torch.cat([F.interpolate(low, high.shape[2:], mode="bilinear"), high], 1)

    def level(stage: str, kind: str, x: torch.Tensor, at: int) -> torch.Tensor:
        bottom = int(kind[0])
        if kind.endswith("F"):
            here = conv(f"{stage}.rebnconv{at}", x, 2 ** (at - 1))
            if at == bottom:
                return here
            below = level(stage, kind, here, at + 1)
            return conv(f"{stage}.rebnconv{at}d", torch.cat([below, here], 1), 2 ** (at - 1))
        if at == bottom:
            return conv(f"{stage}.rebnconv{at}", x, 2)
        here = conv(f"{stage}.rebnconv{at}", x)
        below = level(stage, kind, here if at == bottom - 1 else halve(here), at + 1)
        return conv(f"{stage}.rebnconv{at}d", join(below, here))

    def block(stage: str, x: torch.Tensor) -> torch.Tensor:
        x = conv(f"{stage}.rebnconvin", x)
        return level(stage, STAGES[stage][0], x, 1) + x

    def whole(x: torch.Tensor, at: int) -> torch.Tensor:
        here = block(f"stage{at}", x)
        return here if at == 6 else block(f"stage{at}d", join(whole(halve(here), at + 1), here))

    if "outconv.weight" in w:
        sides: list[torch.Tensor] = []

        def collect(x: torch.Tensor, at: int) -> torch.Tensor:
            here = block(f"stage{at}", x)
            here = here if at == 6 else block(f"stage{at}d", join(collect(halve(here), at + 1), here))
            side = F.conv2d(here, w[f"side{at}.weight"], w[f"side{at}.bias"], padding=1)
            sides.append(F.interpolate(side, picture.shape[2:], mode="bilinear"))
            return here

        collect(picture, 1)
        return torch.sigmoid(F.conv2d(torch.cat(sides[::-1], 1), w["outconv.weight"], w["outconv.bias"]))
    x = whole(F.conv2d(picture, w["conv_in.weight"], w["conv_in.bias"], stride=2, padding=1), 1)
    x = F.conv2d(x, w["side1.weight"], w["side1.bias"], padding=1)
    return torch.sigmoid(F.interpolate(x, picture.shape[2:], mode="bilinear"))
