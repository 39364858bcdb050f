"""What programs that draw send to ``/sdapi/v1``, field by field as their sources have it."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]


def photoshop(tab: str, picture: str, side: int) -> Body:
    """Auto-Photoshop-StableDiffusion-Plugin 1.4.1 (utility/session.js, typescripts/controlnet/entry.ts).

    The seed is a text, pictures are bare base64, and what it keeps for itself is sent along.
    """
    unit: Body = {
        **{"enabled": False, "input_image": "", "mask": "", "module": "none", "model": "None", "weight": 1},
        **{"resize_mode": "Crop and Resize", "lowvram": False, "processor_res": 512, "threshold_a": 0},
        **{
            "threshold_b": 0,
            "guidance_start": 0,
            "guidance_end": 1,
            "control_mode": "Balanced",
            "pixel_perfect": False,
        },
    }
    body: Body = {
        **{"selection_info": {"left": 0, "top": 0, "right": side, "bottom": side, "width": side, "height": side}},
        **{"prompt": "a vase", "negative_prompt": "", "original_prompt": "a vase", "original_negative_prompt": ""},
        **{"clip_skip": 1, "steps": 2, "sampler_index": "Euler", "width": side, "height": side, "batch_size": 1},
        **{"denoising_strength": 0.7, "cfg_scale": 2, "seed": "7", "mask_blur": 4, "use_sharp_mask": "none"},
        **{"use_prompt_shortcut": False, "prompt_shortcut_ui_dict": {}, "uniqueDocumentId": "a1b2", "mode": tab},
        **{"restore_faces": False, "tiling": False, "controlnet_units": [unit], "subseed": -1},
        **{"override_settings": {}, "override_settings_restore_afterwards": True},
        "alwayson_scripts": {"controlnet": {"args": [unit]}},
    }
    return {**body, "init_images": [picture]} if tab == "img2img" else body


def paint(tab: str, picture: str, side: int) -> Body:
    """As programs in JavaScript and C++ spell a request: data URIs, nulls for what is not set, numbers as text."""
    body: Body = {
        **{"prompt": "a vase", "negative_prompt": "", "styles": None, "seed": -1, "subseed": None, "steps": "2"},
        **{"sampler_name": "Euler", "scheduler": None, "cfg_scale": "2.0", "width": str(side), "height": str(side)},
        **{"batch_size": 1, "n_iter": 1, "denoising_strength": "0.7", "override_settings": None, "script_name": None},
        **{"script_args": [], "send_images": True, "save_images": False, "alwayson_scripts": {}},
    }
    if tab == "txt2img":
        return {**body, "enable_hr": False, "hr_upscaler": None, "hr_scale": 2}
    return {**body, "init_images": [f"data:image/png;base64,{picture}"], "mask": None, "resize_mode": 1}


CLIENTS = {"photoshop": photoshop, "paint": paint}
