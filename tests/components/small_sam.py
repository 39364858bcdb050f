"""A small Segment Anything of random weights, saved as transformers saves the published ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import (
    SamConfig,
    SamImageProcessor,
    SamMaskDecoderConfig,
    SamModel,
    SamProcessor,
    SamPromptEncoderConfig,
    SamVisionConfig,
)

SIDE = 64
"""Of what the network sees, in pixels."""


def make_sam(seed: int = 0) -> SamModel:
    """The network; what transformers leaves at 0 is random too, so that everything shows."""
    vision = SamVisionConfig(
        hidden_size=32,
        output_channels=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=SIDE,
        patch_size=8,
        window_size=3,
        global_attn_indexes=[1],
        num_pos_feats=8,
        mlp_dim=32,
    )
    prompts = SamPromptEncoderConfig(hidden_size=16, image_size=SIDE, patch_size=8, mask_input_channels=4)
    prompts.image_embedding_size = SIDE // 8
    decoder = SamMaskDecoderConfig(
        hidden_size=16, mlp_dim=32, num_hidden_layers=1, num_attention_heads=2, iou_head_hidden_dim=16
    )
    torch.manual_seed(seed)
    parts = {"vision_config": vision, "prompt_encoder_config": prompts, "mask_decoder_config": decoder}
    model = SamModel(SamConfig(**{name: part.to_dict() for name, part in parts.items()}))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                fan_in = parameter[0].numel() if "embed.weight" not in name else 1
                parameter.copy_(torch.randn(parameter.shape) * 2 / fan_in**0.5)
            elif name.endswith("bias"):
                parameter.copy_(torch.randn(parameter.shape) * 0.2)
        embedding = torch.randn_like(model.shared_image_embedding.positional_embedding)
        for part in (model.shared_image_embedding, model.prompt_encoder.shared_embedding):
            part.positional_embedding.data.copy_(embedding)
    return model.eval()


def make_processor() -> Any:
    sides = {"height": SIDE, "width": SIDE}
    return SamProcessor(SamImageProcessor(size={"longest_edge": SIDE}, pad_size=sides))


def save_sam(folder: Path, model: SamModel | None = None, pickled: bool = False) -> Path:
    """A folder that can be installed.

    :param pickled: as ``pytorch_model.bin``, as ``torch.save`` writes it.
    """
    model = model or make_sam()
    model.save_pretrained(folder, safe_serialization=True)
    make_processor().image_processor.save_pretrained(folder)
    if pickled:
        (folder / "model.safetensors").unlink()
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
    return folder
