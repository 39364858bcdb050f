"""What U^2-Net and IS-Net are made of, without torch: blocks, and from them every key and shape of their weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Convolution:
    """A convolution that keeps the size of its input."""

    name: str
    inputs: int
    outputs: int
    dilation: int = 1
    side: int = 3

    def shapes(self, prefix: str) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The keys and shapes of its weights."""
        yield f"{prefix}.weight", (self.outputs, self.inputs, self.side, self.side)
        yield f"{prefix}.bias", (self.outputs,)


@dataclass(frozen=True)
class Block:
    """A residual U-block: a small U-Net whose output is added to its input.

    :param height: levels of the U, the bottom included.
    :param inputs: channels that come in.
    :param middle: channels inside the U.
    :param outputs: channels that go out.
    :param dilates: look further by dilating, and stay at one size, in place of pooling (the "F" of RSU-4F).
    """

    height: int
    inputs: int
    middle: int
    outputs: int
    dilates: bool = False

    def dilation(self, level: int) -> int:
        """The dilation at a level, counted from 1 at the top."""
        if self.dilates:
            return 1 << (level - 1)
        return 2 if level == self.height else 1

    def convolutions(self) -> Iterator[Convolution]:
        """The convolutions, each followed by batch normalisation and a ReLU: entry, way down, way up."""
        yield Convolution("rebnconvin", self.inputs, self.outputs)
        for level in range(1, self.height + 1):
            inputs = self.outputs if level == 1 else self.middle
            yield Convolution(f"rebnconv{level}", inputs, self.middle, self.dilation(level))
        for level in range(self.height - 1, 0, -1):
            outputs = self.outputs if level == 1 else self.middle
            yield Convolution(f"rebnconv{level}d", 2 * self.middle, outputs, self.dilation(level))


@dataclass(frozen=True)
class Plan:
    """A network: a U-Net of residual U-blocks.

    :ivar first: channels that come into the first stage.
    :ivar entry: what halves the picture before it, if anything.
    :ivar fused: what makes the answer of all sides; without, the first side is the answer.
    """

    first: int
    entry: Convolution | None = None
    fused: Convolution | None = None

    @property
    def down(self) -> dict[str, Block]:
        """The stages on the way down, in their order."""
        return {"stage1": Block(7, self.first, 32, 64), **_DOWN}


ISNET = Plan(64, entry=Convolution("conv_in", 3, 64))
"""IS-Net (Qin et al., Highly Accurate Dichotomous Image Segmentation, ECCV 2022)."""

U2NET = Plan(3, fused=Convolution("outconv", 6, 1, side=1))
"""U^2-Net (Qin et al., Pattern Recognition 2020), the large one."""

_DOWN = {
    "stage2": Block(6, 64, 32, 128),
    "stage3": Block(5, 128, 64, 256),
    "stage4": Block(4, 256, 128, 512),
    "stage5": Block(4, 512, 256, 512, dilates=True),
    "stage6": Block(4, 512, 256, 512, dilates=True),
}

UP = {
    "stage5d": Block(4, 1024, 256, 512, dilates=True),
    "stage4d": Block(4, 1024, 128, 256),
    "stage3d": Block(5, 512, 64, 128),
    "stage2d": Block(6, 256, 32, 64),
    "stage1d": Block(7, 128, 16, 64),
}

# IS-Net's alpha is the first; the others guided the training, and the released files have them.
SIDES = tuple(
    Convolution(f"side{number}", channels, 1) for number, channels in enumerate((64, 64, 128, 256, 512, 512), 1)
)

# A counter of training steps, which nothing here reads: some files have it, some do not.
COUNTER = "num_batches_tracked"


def shapes(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Every key of a released file with its shape, counters included."""
    table: dict[str, tuple[int, ...]] = {}
    for convolution in (*filter(None, (plan.entry, plan.fused)), *SIDES):
        table.update(convolution.shapes(convolution.name))
    for stage, block in (plan.down | UP).items():
        for convolution in block.convolutions():
            unit = f"{stage}.{convolution.name}"
            table.update(convolution.shapes(f"{unit}.conv_s1"))
            for name in ("weight", "bias", "running_mean", "running_var"):
                table[f"{unit}.bn_s1.{name}"] = (convolution.outputs,)
            table[f"{unit}.bn_s1.{COUNTER}"] = ()
    return table
