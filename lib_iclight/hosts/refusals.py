"""What no WebUI can combine with IC-Light, in the same words everywhere."""

from __future__ import annotations

from typing import Any

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import OPAQUE_FROM
from lib_iclight.models.unet_keys import LATENT


def refuse_checkpoint(checkpoint: str, is_sd1: bool, channels: int) -> None:
    """:raises ICLightError: the checkpoint is not a plain one of Stable Diffusion 1.5.

    :param channels: the input channels of its UNet.
    """
    if not is_sd1:
        raise ICLightError(
            ErrorCode.NOT_SD15, f"IC-Light needs a Stable Diffusion 1.5 checkpoint, and {checkpoint!r} is not one."
        )
    if channels != LATENT:
        raise ICLightError(
            ErrorCode.INPAINTING_CHECKPOINT,
            f"IC-Light needs a plain Stable Diffusion 1.5 checkpoint with 4 input channels, and {checkpoint!r} "
            f"has {channels}, as those for inpainting have: choose another.",
        )


def refuse_refiner(p: Any, checkpoint: Any) -> None:
    """:raises ICLightError: the generation changes from this checkpoint to another in mid-sampling."""
    refiner = getattr(p, "refiner_checkpoint_info", None)
    if refiner is not None and refiner != checkpoint and (p.refiner_switch_at or 0) < 1:
        raise ICLightError(
            ErrorCode.CANNOT_COMBINE,
            f"IC-Light cannot be combined with the refiner {refiner.name_for_extra!r}, which changes the "
            "checkpoint in mid-sampling: switch the refiner off.",
        )


def refuse_cut_out(p: Any) -> None:
    """:raises ICLightError: the picture of a gallery that is to be upscaled is none of its results, but a cut-out."""
    picture = getattr(p, "firstpass_image", None)
    # Forge and reForge can write a result's parameters into its alpha, as 254 and 255.
    if picture is not None and picture.convert("RGBA").getextrema()[3][0] < OPAQUE_FROM:
        raise ICLightError(
            ErrorCode.CANNOT_COMBINE,
            "IC-Light cannot upscale a picture with transparency, such as the subject beside the results: choose one "
            "of the results.",
        )
