"""A checkpoint's modules, built from configurations written here: no network, no hub, no copy that is not needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint
from safetensors import safe_open
from transformers import CLIPTextConfig, CLIPTextModel

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.models.library import file_sha256
from lib_iclight.standalone.diffusion.checkpoint import TEXT, UNET, VAE, CheckpointFile
from lib_iclight.standalone.diffusion.text import TextEncoder

Weights = Mapping[str, torch.Tensor]

SCALING = 0.18215
"""The latent's scale. Source: CompVis ``v1-inference.yaml``."""

UNET_CONFIG: Mapping[str, Any] = {
    "sample_size": 64,
    "in_channels": 4,
    "block_out_channels": (320, 640, 1280, 1280),
    "layers_per_block": 2,
    "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
    "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    "cross_attention_dim": 768,
    "attention_head_dim": 8,
}
VAE_CONFIG: Mapping[str, Any] = {
    "sample_size": 512,
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "latent_channels": 4,
    "scaling_factor": SCALING,
}
TILE = 1536
ROWS = 16
"""Products of whole multiples of so many rows round alike, whatever their number: see ``docs/performance.md``."""

TEXT_CONFIG: Mapping[str, Any] = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "max_position_embeddings": 77,
    "vocab_size": 49408,
    "hidden_act": "quick_gelu",
    "bos_token_id": 49406,
    "eos_token_id": 49407,
    "pad_token_id": 49407,
}


@dataclass(eq=False)
class Model:
    """What a generation needs of a checkpoint.

    :ivar hash: the SHA-256 of its file in hexadecimal, computed when it is first asked for.
    :ivar unet_weights: of the plain UNet, by diffusers name, mapped from the file in its own float type.
    :ivar vae: an ``AutoencoderKL``, always float32: in float16 that of SD 1.5 overflows for some pictures.
    :ivar text: gives a prompt's conditioning, shape (1, tokens, width), on the device.
    :ivar dtype: of the UNet.
    :ivar merged: the one ``UNet2DConditionModel`` with an offset that is kept, and the offset's SHA-256.
    """

    name: str
    hash: Callable[[], str]
    unet_config: Mapping[str, Any]
    unet_weights: Weights
    vae: Any
    text: Callable[[str], torch.Tensor]
    device: torch.device
    dtype: torch.dtype
    merged: tuple[str, Any] | None = field(default=None, repr=False)

    @cached_property
    def short_hash(self) -> str:
        """As the WebUIs shorten it."""
        return self.hash()[:10]

    @cached_property
    def unet(self) -> Any:
        """The plain UNet, made when it is first needed: a relit generation does without."""
        weights = {name: tensor.to(self.device, self.dtype) for name, tensor in self.unet_weights.items()}
        return _build(UNet2DConditionModel, self.unet_config, weights)

    def unet_with(self, weights: Weights) -> Any:
        """A UNet of these weights, which have the device and the type of the model's own."""
        channels = weights["conv_in.weight"].shape[1]
        return _build(UNet2DConditionModel, {**self.unet_config, "in_channels": channels}, weights)


class Models:
    """Keeps the model of the checkpoint used last."""

    def __init__(self) -> None:
        self._file: CheckpointFile | None = None
        self._model: Model | None = None

    def of(self, file: CheckpointFile) -> Model:
        """The model in a checkpoint; loaded where the last one was another, or the file has changed.

        :raises ICLightError: as ``load``.
        """
        if self._model is None or file != self._file:
            # Two of them at once would be gigabytes more.
            self._model = None
            self._model, self._file = load(file), file
        return self._model

    def clear(self) -> None:
        """Let the model go."""
        self._model = None
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def load(file: CheckpointFile) -> Model:
    """The model in a checkpoint: on a CUDA device in float16 where there is one, else on the CPU in float32.

    :raises ICLightError: its VAE or its text encoder is not that of Stable Diffusion 1.5.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    parts: dict[str, dict[str, torch.Tensor]] = {UNET: {}, VAE: {}, TEXT: {}}
    with safe_open(str(file.path), framework="pt", device="cpu") as opened:
        for name in opened.keys():  # noqa: SIM118 - it is no mapping
            for prefix, part in parts.items():
                if name.startswith(prefix):
                    part[name] = opened.get_tensor(name)
    vae = convert_ldm_vae_checkpoint(parts[VAE], VAE_CONFIG)
    try:
        return Model(
            name=file.path.stem,
            hash=lambda: file_sha256(file.path),
            unet_config=UNET_CONFIG,
            unet_weights=convert_ldm_unet_checkpoint(parts[UNET], UNET_CONFIG),
            vae=_tiled(_build(AutoencoderKL, VAE_CONFIG, {k: v.to(device, torch.float32) for k, v in vae.items()})),
            text=TextEncoder(_text_model(parts[TEXT], device, dtype)),
            device=device,
            dtype=dtype,
        )
    except RuntimeError as error:
        # What torch says when names or shapes of a state dict differ takes pages.
        first = str(error).splitlines()[1:2]
        raise ICLightError(
            ErrorCode.CHECKPOINT_PARTS,
            f"IC-Light: {file.path.name} cannot be used: its VAE or text encoder is not that of Stable Diffusion 1.5 "
            f"({''.join(first).strip():.200}).",
        ) from error


def _build(kind: Any, config: Mapping[str, Any], weights: Weights) -> Any:
    """A module whose parameters are these tensors themselves."""
    with torch.device("meta"):
        module = kind(**config)
        _take_pictures_apart(module)
    module.load_state_dict(weights, assign=True)
    return module.eval().requires_grad_(False)


class _EachPicture(torch.nn.Linear):
    """A linear layer in which a picture comes as it does alone, whatever the batch.

    A processor's libraries sum up the last few rows of a product, or all where there are few, in another order.
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        rows = 1 if input.dim() < 3 else input.shape[-2]
        if rows % ROWS == 0:
            return super().forward(input)
        return torch.cat([super(_EachPicture, self).forward(one) for one in input.split(1)])


def _take_pictures_apart(module: torch.nn.Module) -> None:
    """Put an ``_EachPicture`` in place of each linear layer, before the weights are loaded."""
    for name, layer in list(module.named_modules()):
        if type(layer) is torch.nn.Linear:
            own = _EachPicture(layer.in_features, layer.out_features, layer.bias is not None)
            parent, _, own_name = name.rpartition(".")
            setattr(module.get_submodule(parent), own_name, own)


def _tiled(vae: Any) -> Any:
    """The VAE, which takes pictures with a side above ``TILE`` in tiles.

    Tiles differ from the whole at their seams; beyond this size one level of the whole takes more than 2 GB.
    """
    vae.enable_tiling()
    vae.tile_sample_min_size, vae.tile_latent_min_size = TILE, TILE // 8
    return vae


def _text_model(part: Weights, device: torch.device, dtype: torch.dtype) -> CLIPTextModel:
    """CLIP's text encoder, its tensors named with ``text_model.`` or without, with positions or without."""
    with torch.device("meta"):
        module = CLIPTextModel(CLIPTextConfig(**TEXT_CONFIG))
    # transformers 5 has its parts in the model itself, 4 in its text_model.
    inside = getattr(module, "text_model", module)
    weights = {}
    for name, tensor in part.items():
        inner = name.removeprefix(TEXT).removeprefix("text_model.")
        if not inner.endswith("position_ids"):
            weights[inner] = tensor.to(device, dtype)
    inside.load_state_dict(weights, assign=True)
    positions = torch.arange(TEXT_CONFIG["max_position_embeddings"], device=device)[None]
    inside.get_submodule("embeddings").register_buffer("position_ids", positions, persistent=False)
    return module.eval().requires_grad_(False)
