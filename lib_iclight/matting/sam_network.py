"""Segment Anything (Kirillov et al. 2023, arXiv:2304.02643) as transformers has it, from 4.30 on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import SamConfig, SamImageProcessor, SamModel

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.matting.prompt import Prompt

SHORTEST = 4
"""The shorter side of a picture, in pixels: fewer rows are taken for channels by transformers 4.30."""


@dataclass(frozen=True)
class Encoded:
    """What the network sees in a picture, whatever is then selected in it.

    :ivar embedding: float32 [1, channels, h, w], on the CPU; 4 MB of a published network.
    :ivar size: the picture's height and width.
    :ivar scaled: those at which the network saw it.
    """

    embedding: torch.Tensor
    size: tuple[int, int]
    scaled: tuple[int, int]

    @property
    def nbytes(self) -> int:
        return self.embedding.nbytes


class Sam(torch.nn.Module):
    """The network and its preprocessor.

    A module around that of transformers, whose ``device`` cannot be written, as some hosts do to what they place.
    """

    def __init__(self, model: Any, processor: Any) -> None:
        super().__init__()
        self.model = model
        self._processor = processor

    def encode(self, rgb: NDArray[np.uint8], device: torch.device) -> Encoded:
        """See a picture: nearly all of the work.

        :param rgb: uint8 [H, W, 3], sRGB.
        """
        height, width = rgb.shape[:2]
        longest, shortest = self._processor.size["longest_edge"], min(height, width)
        if min(shortest, shortest * longest / max(height, width)) < SHORTEST:
            raise ICLightError(
                ErrorCode.PICTURE_TOO_NARROW,
                f"IC-Light: the picture has {width}x{height} pixels, and to select in it takes at least {SHORTEST} at "
                f"its shorter side, also once its longer side has {longest}: crop it first.",
            )
        inputs = self._processor(Image.fromarray(rgb))
        pixels = torch.as_tensor(inputs["pixel_values"][0])[None].to(device, torch.float32)
        scaled = tuple(int(side) for side in inputs["reshaped_input_sizes"][0])
        return Encoded(self.model.get_image_embeddings(pixels).cpu(), (height, width), (scaled[0], scaled[1]))

    def decode(self, encoded: Encoded, prompt: Prompt, device: torch.device) -> NDArray[np.float32]:
        """Select in a picture that was seen.

        :returns: logits, float32 [H, W], of the best mask by the network's own estimate of its IoU.
        """
        # As ``SamProcessor``: a pixel's place in the picture, scaled as the picture was.
        height, width = encoded.scaled
        given: dict[str, torch.Tensor] = {}
        if prompt.points:
            points = [[[(width * point.x, height * point.y) for point in prompt.points]]]
            given["input_points"] = torch.tensor(points, dtype=torch.float32, device=device)
            given["input_labels"] = torch.tensor([[[int(point.keep) for point in prompt.points]]], device=device)
        if prompt.box:
            box = [[[share * side for share, side in zip(prompt.box, (width, height, width, height))]]]
            given["input_boxes"] = torch.tensor(box, dtype=torch.float32, device=device)
        embedding = encoded.embedding.to(device)
        found = self.model(image_embeddings=embedding, multimask_output=prompt.is_ambiguous, **given)
        best = int(found.iou_scores[0, 0].cpu().numpy().argmax())
        masks = found.pred_masks[:, :, best : best + 1].cpu()
        (mask,) = self._processor.post_process_masks(masks, [encoded.size], [encoded.scaled], binarize=False)
        logits: NDArray[np.float32] = mask[0, 0].numpy()
        return logits


def read(folder: Path, weights: Path) -> Sam:
    """The network of a folder in float32, on the CPU; from nowhere else, and by no code but that of transformers.

    :param weights: the file of weights in it: safetensors, or a pickle, of which nothing but tensors is read.
    :raises ValueError: weights are missing, or of other shapes; and whatever transformers and torch raise.
    """
    # Hosts call under inference_mode, and what is made there cannot be moved outside it; and a network is drawn from
    # the random stream before it is filled, which a generation may depend on.
    with torch.inference_mode(False), torch.no_grad(), torch.random.fork_rng(devices=[]):
        processor = SamImageProcessor.from_pretrained(str(folder), local_files_only=True)
        given: dict[str, Any] = {"output_loading_info": True, "local_files_only": True}
        network: Any = SamModel
        if weights.suffix == ".bin":
            config = SamConfig.from_pretrained(str(folder), local_files_only=True)
            state = torch.load(weights, map_location="cpu", weights_only=True)
            model, said = network.from_pretrained(None, config=config, state_dict=state, **given)
        else:
            model, said = network.from_pretrained(str(folder), use_safetensors=True, **given)
        # SAM has a tensor under two names. A1111 leaves transformers' loader bound to the class of all networks, which
        # does not know it.
        tensors = model.state_dict(keep_vars=True)
        loaded = {id(tensor) for key, tensor in tensors.items() if key not in said["missing_keys"]}
        missing = (key for key in said["missing_keys"] if id(tensors.get(key)) not in loaded)
        if wrong := sorted(map(str, {*missing, *said["mismatched_keys"]})):
            raise ValueError(f"{len(wrong)} of its tensors are missing or of other shapes, such as {wrong[0]}")
        # Copied, not mapped, so that the file can be replaced while the WebUI runs.
        for tensor in (*model.parameters(), *model.buffers()):
            tensor.data = tensor.data.to(torch.float32, copy=True)
    return Sam(model.eval().requires_grad_(False), processor)
