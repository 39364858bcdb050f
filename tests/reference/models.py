"""Stable Diffusion 1.5 with or without an IC-Light offset, in float32 on the CPU, without a network.

An offset is a whole UNet of differences: merged = base + offset for every key, the first convolution zero-padded
from 4 to 8 or 12 input channels beforehand (demos: "Change UNet", "Load").
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import (
    convert_ldm_clip_checkpoint,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
)
from safetensors.torch import load_file
from transformers import CLIPTextConfig, CLIPTextModel

from tests.reference import text

SCALING = 0.18215
StateDict = dict[str, torch.Tensor]

UNET = {
    "sample_size": 64,
    "block_out_channels": (320, 640, 1280, 1280),
    "layers_per_block": 2,
    "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
    "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    "cross_attention_dim": 768,
    "attention_head_dim": 8,
}
VAE = {
    "sample_size": 512,
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "latent_channels": 4,
}
CLIP = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "vocab_size": 49408,
    "bos_token_id": 49406,
    "eos_token_id": 49407,
    "pad_token_id": 49407,
}


@dataclass
class Models:
    """What one generation needs.

    ``unet`` has 4 input channels (plain), 8 (foreground) or 12 (foreground, background); ``text`` gives a prompt's
    conditioning (1, tokens, width).
    """

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    text: Callable[[str], torch.Tensor]

    @property
    def channels(self) -> int:
        return self.unet.config.in_channels


def _fp32(state: StateDict) -> StateDict:
    return {key: tensor.float() for key, tensor in state.items()}


def read_offset(path: Path) -> StateDict:
    """An offset with diffusers' key names, whichever of the two spellings the file has."""
    state = load_file(path)
    if "conv_in.weight" in state:
        return state
    return convert_ldm_unet_checkpoint({f"model.diffusion_model.{k}": v for k, v in state.items()}, UNET)


def merge(base: StateDict, offset: StateDict) -> StateDict:
    """base + offset for every key, in float32; the first convolution padded with zeros to the offset's channels."""
    if base.keys() != offset.keys():
        raise ValueError(f"keys that only one of them has: {sorted(base.keys() ^ offset.keys())[:5]}")
    merged = {}
    for key, weight in base.items():
        weight, difference = weight.float(), offset[key].float()
        if key == "conv_in.weight":
            missing = difference.shape[1] - weight.shape[1]
            weight = torch.nn.functional.pad(weight, (0, 0, 0, 0, 0, missing))
        merged[key] = weight + difference
    return merged


def _unet(base: StateDict, offset: StateDict | None, config: dict) -> UNet2DConditionModel:
    state = _fp32(base) if offset is None else merge(base, offset)
    unet = UNet2DConditionModel(in_channels=state["conv_in.weight"].shape[1], **config)
    unet.load_state_dict(state)
    return unet.eval()


def load(checkpoint: Path, offset: Path | None = None) -> Models:
    """Models from an SD 1.5 single-file checkpoint (LDM keys) and an offset file."""
    state = load_file(checkpoint)
    vae = AutoencoderKL(scaling_factor=SCALING, **VAE)
    vae.load_state_dict(_fp32(convert_ldm_vae_checkpoint(state, VAE)))
    clip = CLIPTextModel(CLIPTextConfig(hidden_act="quick_gelu", max_position_embeddings=77, **CLIP))
    names = clip.state_dict().keys()
    loaded = _fp32(convert_ldm_clip_checkpoint(state))
    # transformers 5 dropped the "text_model." prefix from the names.
    loaded = {k if k in names else k.removeprefix("text_model."): v for k, v in loaded.items()}
    clip.load_state_dict({k: v for k, v in loaded.items() if not k.endswith("position_ids")})
    clip.eval()
    base = convert_ldm_unet_checkpoint(state, UNET)
    unet = _unet(base, None if offset is None else read_offset(offset), UNET)
    return Models(unet, vae.eval(), lambda prompt: text.encode(clip, prompt))


def tiny(seed: int, offset: StateDict | None = None) -> Models:
    """Random models of few channels with the real ones' shape of interface: 4 latent channels, one eighth the size.

    The prompt's conditioning is random too: (1, 8, 16), the same for the same prompt.
    """
    config = {
        "sample_size": 8,
        "block_out_channels": (32, 64),
        "layers_per_block": 1,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 16,
        "attention_head_dim": 8,
        "norm_num_groups": 8,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        base = UNet2DConditionModel(in_channels=4, **config).state_dict()
        vae = AutoencoderKL(
            scaling_factor=SCALING,
            norm_num_groups=4,
            **VAE | {"sample_size": 64, "block_out_channels": (8, 8, 8, 8), "layers_per_block": 1},
        )
    with torch.no_grad():
        # A random encoder's latents hardly vary; brought to the spread of real ones, so that conditions matter.
        vae.quant_conv.weight[:4] *= 16

    def embed(prompt: str) -> torch.Tensor:
        return torch.randn(1, 8, 16, generator=torch.Generator().manual_seed(zlib.crc32(prompt.encode())))

    return Models(_unet(base, offset, config), vae.eval(), embed)


def random_offset(unet: UNet2DConditionModel, in_channels: int, seed: int) -> StateDict:
    """A random offset for a four-channel UNet, diffusers' key names, with ``in_channels`` (8 or 12) input channels.

    The differences are a tenth of each weight's spread; the new channels are as strong as the old ones, so that the
    conditions matter.
    """
    rng = torch.Generator().manual_seed(seed)
    offset = {}
    for key, weight in unet.state_dict().items():
        spread = 0.1 * weight.abs().mean().item() + 1e-4
        offset[key] = torch.randn(weight.shape, generator=rng) * spread
    first = unet.conv_in.weight
    extra = torch.randn(first.shape[0], in_channels - 4, *first.shape[2:], generator=rng)
    offset["conv_in.weight"] = torch.cat([offset["conv_in.weight"], extra / math.sqrt(first[0].numel())], dim=1)
    return offset
