"""A generation's pictures without IC-Light, from inside its own first hook."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from PIL import Image

NOT_TAKEN: dict[str, Any] = {
    "styles": [],
    "extra_generation_params": {},
    "override_settings": {},
    "enable_hr": False,
    "firstphase_width": 0,
    "firstphase_height": 0,
    "firstpass_image": None,
    "do_not_save_samples": True,
    "do_not_save_grid": True,
}
"""What has acted on the generation already, or belongs to its second stage or its results."""


def generate_plain(p: Any) -> list[Image.Image]:
    """As ``Host.generate_plain``: one generation inside the other, as ADetailer has it for faces."""
    from modules.processing import StableDiffusionProcessingTxt2Img, process_images
    from modules.scripts import ScriptRunner

    _count_passes(p)
    known = {field.name: getattr(p, field.name) for field in fields(StableDiffusionProcessingTxt2Img) if field.init}
    # Lists keep what other scripts have made of the prompts.
    texts = {"prompt": list(p.all_prompts), "negative_prompt": list(p.all_negative_prompts)}
    seeds = {"seed": list(p.all_seeds), "subseed": list(p.all_subseeds)}
    plain = StableDiffusionProcessingTxt2Img(**{**known, **NOT_TAKEN, **texts, **seeds})
    plain.is_api = getattr(p, "is_api", False)
    # It runs no scripts; reForge looks among them for one of its own, whether there are any or not.
    plain.scripts = ScriptRunner()
    processed = process_images(plain)
    made = processed.images[processed.index_of_first_image :]
    return [picture.convert("RGB") for picture in made[: len(p.all_seeds)]]


def _count_passes(p: Any) -> None:
    """Let the progress know of all passes, where it does not yet know of any."""
    from modules.shared import state

    if state.job_count == -1:
        state.job_count = p.n_iter * (3 if p.enable_hr else 2)
        state.processing_has_refined_job_count = True
