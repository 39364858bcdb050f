"""The tensors of a Stable Diffusion 1.5 UNet, in the two spellings that IC-Light files come in.

Written down from the architecture (CompVis ``v1-inference.yaml``: width 320, multipliers 1, 2, 4, 4, two blocks
a level, attention on the first three, context 768), so that files are told by keys and shapes without torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

WIDTH = 320
LEVELS = (320, 640, 1280, 1280)
BLOCKS = 2
TIME = 1280
CONTEXT = 768
LATENT = 4

FIRST_CONVOLUTION = "input_blocks.0.0.weight"


class Tensor(NamedTuple):
    """One tensor: its LDM name (without prefix), its diffusers name, and its shape in the plain UNet."""

    ldm: str
    diffusers: str
    shape: tuple[int, ...]


def _layer(ldm: str, diffusers: str, *shape: int, bias: bool = True) -> Iterator[Tensor]:
    yield Tensor(f"{ldm}.weight", f"{diffusers}.weight", shape)
    if bias:
        yield Tensor(f"{ldm}.bias", f"{diffusers}.bias", shape[:1])


def _residual(ldm: str, diffusers: str, inside: int, outside: int) -> Iterator[Tensor]:
    yield from _layer(f"{ldm}.in_layers.0", f"{diffusers}.norm1", inside)
    yield from _layer(f"{ldm}.in_layers.2", f"{diffusers}.conv1", outside, inside, 3, 3)
    yield from _layer(f"{ldm}.emb_layers.1", f"{diffusers}.time_emb_proj", outside, TIME)
    yield from _layer(f"{ldm}.out_layers.0", f"{diffusers}.norm2", outside)
    yield from _layer(f"{ldm}.out_layers.3", f"{diffusers}.conv2", outside, outside, 3, 3)
    if inside != outside:
        yield from _layer(f"{ldm}.skip_connection", f"{diffusers}.conv_shortcut", outside, inside, 1, 1)


def _transformer(ldm: str, diffusers: str, width: int) -> Iterator[Tensor]:
    yield from _layer(f"{ldm}.norm", f"{diffusers}.norm", width)
    for name in ("proj_in", "proj_out"):
        yield from _layer(f"{ldm}.{name}", f"{diffusers}.{name}", width, width, 1, 1)
    ldm, diffusers = f"{ldm}.transformer_blocks.0", f"{diffusers}.transformer_blocks.0"
    for name, context in (("attn1", width), ("attn2", CONTEXT)):
        for part, inside in (("to_q", width), ("to_k", context), ("to_v", context)):
            yield from _layer(f"{ldm}.{name}.{part}", f"{diffusers}.{name}.{part}", width, inside, bias=False)
        yield from _layer(f"{ldm}.{name}.to_out.0", f"{diffusers}.{name}.to_out.0", width, width)
    yield from _layer(f"{ldm}.ff.net.0.proj", f"{diffusers}.ff.net.0.proj", 8 * width, width)
    yield from _layer(f"{ldm}.ff.net.2", f"{diffusers}.ff.net.2", width, 4 * width)
    for number in (1, 2, 3):
        yield from _layer(f"{ldm}.norm{number}", f"{diffusers}.norm{number}", width)


def _unet() -> Iterator[Tensor]:
    yield from _layer("time_embed.0", "time_embedding.linear_1", TIME, WIDTH)
    yield from _layer("time_embed.2", "time_embedding.linear_2", TIME, TIME)
    yield from _layer("input_blocks.0.0", "conv_in", WIDTH, LATENT, 3, 3)
    deepest = len(LEVELS) - 1
    width, block, skips = WIDTH, 0, [WIDTH]
    for level, outside in enumerate(LEVELS):
        for number in range(BLOCKS):
            block += 1
            yield from _residual(f"input_blocks.{block}.0", f"down_blocks.{level}.resnets.{number}", width, outside)
            if level < deepest:
                yield from _transformer(f"input_blocks.{block}.1", f"down_blocks.{level}.attentions.{number}", outside)
            width = outside
            skips.append(width)
        if level < deepest:
            block += 1
            sampler = f"down_blocks.{level}.downsamplers.0.conv"
            yield from _layer(f"input_blocks.{block}.0.op", sampler, width, width, 3, 3)
            skips.append(width)
    yield from _residual("middle_block.0", "mid_block.resnets.0", width, width)
    yield from _transformer("middle_block.1", "mid_block.attentions.0", width)
    yield from _residual("middle_block.2", "mid_block.resnets.1", width, width)
    block = 0
    for level, outside in enumerate(reversed(LEVELS)):
        for number in range(BLOCKS + 1):
            parts = f"output_blocks.{block}"
            yield from _residual(f"{parts}.0", f"up_blocks.{level}.resnets.{number}", width + skips.pop(), outside)
            if level > 0:
                yield from _transformer(f"{parts}.1", f"up_blocks.{level}.attentions.{number}", outside)
            width = outside
            if number == BLOCKS and level < deepest:
                sampler = f"up_blocks.{level}.upsamplers.0.conv"
                yield from _layer(f"{parts}.{2 if level > 0 else 1}.conv", sampler, width, width, 3, 3)
            block += 1
    yield from _layer("out.0", "conv_norm_out", WIDTH)
    yield from _layer("out.2", "conv_out", LATENT, WIDTH, 3, 3)


TENSORS = tuple(_unet())
"""All 686 tensors."""
