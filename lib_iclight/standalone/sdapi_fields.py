"""The fields that the WebUIs' HTTP API takes and answers, as far as the standalone program does what they ask for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.kinds import SIDE, Colour, Kind, Number, Switch, Text, Whole, check_value
from lib_iclight.request.option import TITLE
from lib_iclight.standalone import bounds
from lib_iclight.subject.compose import OWN
from lib_iclight.web.contract import A_PICTURE, EXAMPLE_PICTURE, NUMBER, TEXT, generation_schema
from lib_iclight.web.openapi import Schema, answer_schema, describe_route, object_schema, or_null

FIELDS: Mapping[str, Kind] = {
    **bounds.FIELDS,
    "width": SIDE,
    "height": SIDE,
    "sampler_name": Text(),
    "sampler_index": Text(),
    "scheduler": Text(),
    "enable_hr": Switch(),
    "hr_scale": bounds.HIRES["scale"],
    "hr_resize_x": bounds.HIRES["width"],
    "hr_resize_y": bounds.HIRES["height"],
    "hr_second_pass_steps": bounds.HIRES["steps"],
    "hr_upscaler": Text(),
    "send_images": Switch(),
    "override_settings_restore_afterwards": Switch(),
}
"""What is taken, each None or absent for the WebUIs' default."""

CONTAINERS: Mapping[str, type] = {
    "init_images": list,
    "alwayson_scripts": dict,
    "override_settings": dict,
    "styles": list,
    "script_args": list,
}

NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    **dict.fromkeys(("styles", "script_args"), ([],)),
    **dict.fromkeys(
        ("script_name", "hr_checkpoint_name", "hr_sampler_name", "hr_scheduler"),
        ("", "None", "Use same sampler", "Use same scheduler", "Use same checkpoint"),
    ),
    **dict.fromkeys(("hr_prompt", "hr_negative_prompt", "mask", "latent_mask", "firstpass_image", "infotext"), ("",)),
    **dict.fromkeys(("init_latent",), ("",)),
    **dict.fromkeys(("refiner_checkpoint",), ("", "None")),
    **dict.fromkeys(("restore_faces", "tiling", "save_images", "disable_extra_networks"), (False,)),
    **dict.fromkeys(("subseed_strength", "firstphase_width", "firstphase_height"), (0,)),
    **dict.fromkeys(("s_churn", "s_tmin", "s_tmax", "s_min_uncond"), (0,)),
    **dict.fromkeys(("seed_resize_from_h", "seed_resize_from_w"), (0, -1)),
    **dict.fromkeys(("eta", "s_noise", "initial_noise_multiplier"), (1, 0)),
}
"""What is not done, and is taken only where it asks for nothing: None or one of these."""

IDLE = (
    *("subseed", "do_not_save_samples", "do_not_save_grid", "comments", "force_task_id", "refiner_switch_at"),
    *("hr_cfg", "hr_additional_modules", "image_cfg_scale", "distilled_cfg_scale", "hr_distilled_cfg"),
    *("include_init_images", "mask_blur", "mask_blur_x", "mask_blur_y", "mask_round", "inpainting_fill"),
    *("inpainting_mask_invert", "inpaint_full_res", "inpaint_full_res_padding"),
)
"""What acts only together with something that is refused, or only on what a WebUI keeps for itself."""

OF_CLIENTS = (
    *("selection_info", "uniqueDocumentId", "mode", "original_prompt", "original_negative_prompt", "clip_skip"),
    *("use_prompt_shortcut", "prompt_shortcut_ui_dict", "use_sharp_mask", "mask_expansion", "expanded_mask"),
    *("controlnet_units", "init_image_name", "init_image_mask_name"),
)
"""What Auto-Photoshop-StableDiffusion-Plugin keeps in a body for itself, and the WebUIs take no notice of."""

KNOWN = (*FIELDS, *CONTAINERS, *NEUTRAL, *IDLE, *OF_CLIENTS)

PROMPTS = ("prompt", "negative_prompt", "hr_prompt", "hr_negative_prompt")
"""What may be the text "string" because somebody means it."""

OF_HIRES = {
    **{"hr_sampler_name": "sampler_name", "hr_scheduler": "scheduler"},
    **{"hr_prompt": "prompt", "hr_negative_prompt": "negative_prompt"},
}
"""What the second stage may have of its own, each with the field whose value says no more."""

SWITCHED_OFF = ("restore_faces", "tiling")
"""The switches without a default, which a WebUI's ``/docs`` proposes as true."""

NEUTRAL_SETTINGS: Mapping[str, tuple[Any, ...]] = {
    "CLIP_stop_at_last_layers": (1,),
    "sd_vae": ("", "Automatic", "None"),
    "samples_format": ("png",),
    "forge_additional_modules": ([],),
    "forge_unet_storage_dtype": ("Automatic",),
    "eta_noise_seed_delta": (0,),
    "img2img_color_correction": (False,),
    "return_grid": (False,),
    "skip_early_cond": (0, -1),
}
"""The WebUIs' options that are taken where they ask for nothing."""

ONE_PICTURE: Mapping[str, Kind] = {"batch_size": Whole(1, 1), "n_iter": Whole(1, 1)}
"""What an engine takes that makes one picture of each subject."""


def check(name: str, value: Any) -> Any:
    """The value of a field as it is taken. Numbers and switches may be written as text, as pydantic takes them.

    :raises ICLightError: a field that is not known, not allowed or not done.
    """
    if name in FIELDS:
        return check_value(FIELDS[name], _loosen(FIELDS[name], value), name)
    if name in CONTAINERS and not isinstance(value, CONTAINERS[name]):
        allowed = "a list" if CONTAINERS[name] is list else "an object"
        raise ICLightError(ErrorCode.VALUE_NOT_ALLOWED, f"IC-Light: {name} is {value!r:.60} but must be {allowed}.")
    if name == "init_images":
        return [_check_picture(picture, f"{name}[{at}]") for at, picture in enumerate(value)]
    if name in NEUTRAL and not any(_is_same(value, neutral) for neutral in NEUTRAL[name]):
        raise ICLightError(
            ErrorCode.NOT_SUPPORTED,
            f"IC-Light: {name} is {value!r:.60}, which the standalone server does not do: leave it out.",
        )
    if name == "hr_cfg":
        return check_value(Number(0, 100), _loosen(Number(0, 100), value), name)
    if name not in KNOWN:
        close = difflib.get_close_matches(name, KNOWN, 1)
        raise ICLightError(
            ErrorCode.UNKNOWN_FIELD,
            f"IC-Light: the standalone server knows no field {name[:60]!r}: "
            f"{f'did you mean {close[0]!r}?' if close else 'leave it out.'}",
        )
    return value


def asks(given: Mapping[str, Any], name: str) -> bool:
    """Whether a switch that is on by itself is on.

    :raises ICLightError: it is none.
    """
    return bool(check(name, given.get(name, True)))


def _check_picture(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED, f"IC-Light: {name} is {value!r:.60} but must be a picture in base64."
        )
    return value


def _loosen(kind: Kind, value: Any) -> Any:
    """A value as pydantic takes it for a field of that kind; the value itself where it takes none."""
    try:
        if isinstance(kind, Switch):
            return _SWITCH.get(value.strip().lower() if isinstance(value, str) else value, value)
        if isinstance(kind, (Whole, Number)) and isinstance(value, str):
            return (
                float(value) if isinstance(kind, Number) or not value.strip().lstrip("+-").isdecimal() else int(value)
            )
    # A text that is no number; a list, which is no key.
    except (ValueError, TypeError):
        return value
    return value


_SWITCH: Mapping[Any, bool] = {
    **dict.fromkeys((True, "true", "1", "on", "t", "y", "yes"), True),
    **dict.fromkeys((False, "false", "0", "off", "f", "n", "no"), False),
}
"""True is 1 and False 0 here, as everywhere in Python."""


def _is_same(value: Any, neutral: Any) -> bool:
    if isinstance(neutral, bool):
        return _loosen(Switch(), value) is neutral
    if isinstance(neutral, int):
        return _loosen(Number(0, 1), value) == neutral
    return bool(value == neutral)


def generation(tab: str, only_relights: bool) -> dict[str, Any]:
    """The description of the route txt2img or img2img.

    :param only_relights: whether the engine makes nothing but one relit picture of each subject.
    """
    args = {"light": "left", "matting": "none"} | ({"foreground": EXAMPLE_PICTURE} if tab == "txt2img" else {})
    example = {"alwayson_scripts": {TITLE: {"args": [args]}}, "width": 512, "height": 640}
    return describe_route(
        answer_schema(images={"type": "array", "items": A_PICTURE}, parameters={"type": "object"}, info=TEXT),
        body=body_schema(tab, only_relights),
        example=example if tab == "txt2img" else {"init_images": [EXAMPLE_PICTURE], **example},
        refusals=(422, 500),
    )


def body_schema(tab: str, only_relights: bool) -> Schema:
    """Of the body that the route txt2img or img2img takes; the parameters are those of ``generation``."""
    fields = {**FIELDS, **(ONE_PICTURE if only_relights else {})}
    properties = {
        **{name: or_null(kind.schema()) for name, kind in fields.items()},
        "init_images": {"type": "array", "items": A_PICTURE, "minItems": 1},
        "alwayson_scripts": _scripts_schema(tab, only_relights),
        "override_settings": object_schema(SETTINGS_SCHEMA),
        **{name: _neutral_schema(values) for name, values in NEUTRAL.items()},
        **{name: {"description": "Without effect."} for name in IDLE},
        "hr_cfg": {**or_null(Number(0, 100).schema()), "description": "The value of cfg_scale, or 0."},
    }
    needed = []
    if tab == "txt2img":
        del properties["init_images"]
    else:
        needed.append("init_images")
    if only_relights:
        needed.append("alwayson_scripts")
    return object_schema(properties, needed)


def _scripts_schema(tab: str, only_relights: bool) -> Schema:
    args = generation_schema()
    if only_relights:
        options = args["properties"]
        options["enabled"] = {**options["enabled"], "not": {"const": False}}
        options["light"] = {**options["light"], "enum": [n for n in options["light"]["enum"] if n != "custom"]}
    if tab == "txt2img":
        args["properties"]["foreground"] |= A_PICTURE
        args["required"] = ["foreground"]
    script = object_schema({"args": {"type": "array", "items": args, "minItems": 1, "maxItems": 1}}, ["args"])
    return object_schema({TITLE: script}, [TITLE] if only_relights else [])


def _neutral_schema(values: tuple[Any, ...]) -> Schema:
    if values == ([],):
        return {"type": ["array", "null"], "items": {}, "maxItems": 0}
    if values == (False,):
        return {"type": ["boolean", "null"], "not": {"const": True}}
    return {"enum": [None, *values]}


SETTINGS_SCHEMA: Mapping[str, Schema] = {
    "sd_model_checkpoint": {**Text().schema(), "description": "A checkpoint's file name."},
    "ic_light_backdrop": {"type": "string", "pattern": f"^({OWN}|{Colour().schema()['pattern'].strip('^$')})$"},
}
"""The options of the WebUIs' that are there."""

SETTINGS = describe_route(answer_schema(**SETTINGS_SCHEMA, samples_format=TEXT), refusals=())
CHANGE = describe_route({"enum": [None]}, body=object_schema(SETTINGS_SCHEMA), example={"ic_light_backdrop": "#808080"})
PROGRESS = describe_route(
    answer_schema(progress=NUMBER, eta_relative=NUMBER, state={"type": "object"}, current_image={}, textinfo={}),
    refusals=(),
)
NO_PREVIEW: Mapping[str, None] = dict.fromkeys(("current_image", "textinfo", "current_task"))
INTERRUPT = describe_route({"type": "object"}, refusals=())
SKIP = describe_route({"enum": [None]}, refusals=())
