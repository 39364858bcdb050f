"""The WebUIs' HTTP API, as far as an engine can do what a request asks for; the rest is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import to_base64
from lib_iclight.kinds import SIDE, Kind, Number, Switch, Text, Whole, check_value
from lib_iclight.request.args import TITLE
from lib_iclight.standalone.job import Hires, Job, Result, png_info
from lib_iclight.standalone.service import Service
from lib_iclight.web.auth import require_auth

FIELDS: Mapping[str, Kind] = {
    "prompt": Text(),
    "negative_prompt": Text(),
    "seed": Whole(-1, 2**32 - 1),
    "steps": Whole(1, 150),
    "cfg_scale": Number(1, 30),
    "width": SIDE,
    "height": SIDE,
    "sampler_name": Text(),
    "sampler_index": Text(),
    "scheduler": Text(),
    "batch_size": Whole(1, 64),
    "n_iter": Whole(1, 1000),
    "denoising_strength": Number(0, 1),
    "resize_mode": Whole(0, 2),
    "enable_hr": Switch(),
    "hr_scale": Number(1, 8),
    "hr_resize_x": Whole(0, SIDE.high),
    "hr_resize_y": Whole(0, SIDE.high),
    "hr_second_pass_steps": Whole(0, 150),
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
    **dict.fromkeys(("script_name", "hr_checkpoint_name", "hr_sampler_name", "hr_scheduler"), ("", "Use same sampler")),
    **dict.fromkeys(("hr_prompt", "hr_negative_prompt", "refiner_checkpoint", "mask", "latent_mask"), ("",)),
    **dict.fromkeys(("restore_faces", "tiling", "save_images", "disable_extra_networks"), (False,)),
    **dict.fromkeys(("subseed_strength", "firstphase_width", "firstphase_height", "s_churn", "s_tmin", "s_tmax"), (0,)),
    **dict.fromkeys(("seed_resize_from_h", "seed_resize_from_w"), (0, -1)),
    **dict.fromkeys(("eta", "s_noise", "initial_noise_multiplier"), (1, 0)),
}
"""What is not done, and is taken only where it asks for nothing: None or one of these."""

IDLE = (
    *("subseed", "do_not_save_samples", "do_not_save_grid", "comments", "force_task_id", "refiner_switch_at"),
    *("hr_cfg", "hr_additional_modules", "image_cfg_scale", "distilled_cfg_scale", "include_init_images"),
    *("mask_blur", "mask_blur_x", "mask_blur_y", "mask_round", "inpainting_fill", "inpainting_mask_invert"),
    *("inpaint_full_res", "inpaint_full_res_padding"),
)
"""What acts only together with something that is refused, or only on what a WebUI keeps for itself."""

DEFAULT_STEPS, DEFAULT_DENOISE, HIRES_DENOISE = 50, 0.75, 0.7
SETTINGS = {"sd_model_checkpoint": "checkpoint", "ic_light_backdrop": "backdrop"}
"""The service's settings by the names of options."""


def router(service: Service, api_auth: str | None = None) -> APIRouter:
    """The routes under ``/sdapi/v1``.

    :param api_auth: as ``auth.require_auth``.
    """
    routes = APIRouter(prefix="/sdapi/v1", tags=["WebUI"], dependencies=require_auth(api_auth))

    @routes.post("/txt2img")
    def txt2img(body: dict[str, Any] = Body(...)) -> Any:
        """Relight the picture that the script's arguments give as foreground."""
        return _answer(lambda: _generate(service, body, "txt2img"))

    @routes.post("/img2img")
    def img2img(body: dict[str, Any] = Body(...)) -> Any:
        """Relight the pictures ``init_images``."""
        return _answer(lambda: _generate(service, body, "img2img"))

    @routes.get("/options")
    def options() -> dict[str, Any]:
        """The settings."""
        own = asdict(service.settings)
        return {**{name: own[key] for name, key in SETTINGS.items()}, "samples_format": "png"}

    @routes.post("/options")
    def set_options(body: dict[str, Any] = Body(...)) -> Any:
        """Change settings."""

        def work() -> None:
            service.change_settings(**_settings(body))

        return _answer(work)

    @routes.get("/sd-models")
    def models() -> list[dict[str, Any]]:
        """The checkpoints that can be used."""
        names = [path.name for path, state in service.checkpoints() if state == "ready"]
        return [{"title": name, "model_name": name.rpartition(".")[0], "filename": name} for name in names]

    @routes.get("/samplers")
    def samplers() -> list[dict[str, Any]]:
        """The samplers; none where the engine samples nothing."""
        return [{"name": name, "aliases": [], "options": {}} for name in service.engine.samplers]

    @routes.get("/progress")
    def progress() -> dict[str, Any]:
        """How far the present job is, 0..1; 0 where there is none."""
        return {"progress": service.progress, "eta_relative": 0.0, "state": {}, "current_image": None, "textinfo": None}

    return routes


def job(body: Mapping[str, Any], tab: str) -> Job:
    """The job of a request's body.

    :param tab: txt2img or img2img.
    :raises ICLightError: a field that is not known, not allowed or not done.
    """
    given = {name: value for name, value in body.items() if value is not None}
    for name, value in given.items():
        _check(name, value)
    if given.get("hr_cfg", 0) not in (0, given.get("cfg_scale", Job.cfg_scale)):
        raise ICLightError(
            ErrorCode.FIELDS_CONFLICT,
            f"IC-Light: hr_cfg is {given['hr_cfg']!r:.60} but must be cfg_scale's value: leave it out.",
        )
    if tab == "txt2img" and "init_images" in given:
        raise ICLightError(
            ErrorCode.FIELDS_CONFLICT,
            "IC-Light: init_images belongs to img2img: leave it out, or ask /sdapi/v1/img2img.",
        )
    if tab == "img2img" and not given.get("init_images"):
        raise ICLightError(
            ErrorCode.NO_INIT_IMAGES, "IC-Light: img2img has no init_images: give the pictures to relight."
        )
    strength = given.get("denoising_strength")
    taken = {name: given[name] for name in _OF_JOB if name in given}
    return Job(
        _script(given.get("alwayson_scripts", {})),
        **{"steps": DEFAULT_STEPS, **taken},
        sampler=given.get("sampler_name") or given.get("sampler_index") or Job.sampler,
        scheduler=given.get("scheduler") or Job.scheduler,
        hires=_hires(given) if tab == "txt2img" and given.get("enable_hr") else None,
        init_images=tuple(given["init_images"]) if tab == "img2img" else None,
        denoising_strength=DEFAULT_DENOISE if strength is None else strength,
    )


_OF_JOB = (
    *("prompt", "negative_prompt", "seed", "steps", "cfg_scale", "width", "height"),
    *("batch_size", "n_iter", "resize_mode"),
)


def _check(name: str, value: Any) -> None:
    if name in FIELDS:
        check_value(FIELDS[name], value, name)
    elif name in CONTAINERS and not isinstance(value, CONTAINERS[name]):
        allowed = "a list" if CONTAINERS[name] is list else "an object"
        raise ICLightError(ErrorCode.VALUE_NOT_ALLOWED, f"IC-Light: {name} is {value!r:.60} but must be {allowed}.")
    elif name in NEUTRAL and value not in NEUTRAL[name]:
        raise ICLightError(
            ErrorCode.NOT_SUPPORTED,
            f"IC-Light: {name} is {value!r:.60}, which the standalone server does not do: leave it out.",
        )
    elif name not in CONTAINERS and name not in NEUTRAL and name not in IDLE:
        raise ICLightError(
            ErrorCode.UNKNOWN_FIELD, f"IC-Light: the standalone server knows no field {name[:60]!r}: leave it out."
        )


def _script(scripts: Mapping[str, Any]) -> Sequence[Any]:
    """The arguments of the script IC-Light; none where the request does not name it."""
    for name in scripts:
        if name.lower() != TITLE.lower():
            raise ICLightError(
                ErrorCode.UNKNOWN_FIELD, f"IC-Light: the standalone server has no script {name[:60]!r}: leave it out."
            )
    for script in scripts.values():
        args = script.get("args") if isinstance(script, Mapping) else None
        if not isinstance(args, list):
            raise ICLightError(
                ErrorCode.VALUE_NOT_ALLOWED, f'IC-Light: alwayson_scripts must be {{"{TITLE}": {{"args": [{{...}}]}}}}.'
            )
        return args
    return []


def _hires(given: Mapping[str, Any]) -> Hires:
    return Hires(
        given.get("hr_scale", 2.0),
        given.get("hr_resize_x", 0),
        given.get("hr_resize_y", 0),
        given.get("hr_second_pass_steps", 0),
        given.get("denoising_strength", HIRES_DENOISE),
        given.get("hr_upscaler", "Latent"),
    )


def _settings(given: Mapping[str, Any]) -> dict[str, str]:
    for name, value in given.items():
        if name not in SETTINGS:
            raise ICLightError(
                ErrorCode.UNKNOWN_FIELD, f"IC-Light: the standalone server has no option {name[:60]!r}: leave it out."
            )
        check_value(Text(), value, name)
    return {SETTINGS[name]: value for name, value in given.items()}


def _generate(service: Service, body: Mapping[str, Any], tab: str) -> dict[str, Any]:
    asked = job(body, tab)
    settings = _settings(body.get("override_settings") or {})
    with service.lock:
        before = service.settings
        service.change_settings(**settings)
        try:
            result = service.generate(replace(asked, backdrop=service.settings.backdrop))
        finally:
            if body.get("override_settings_restore_afterwards") is not False:
                service.change_settings(**asdict(before))
    pictures = zip(result.images, result.infotexts) if body.get("send_images") is not False else ()
    return {
        "images": [to_base64(image, png_info(text)) for image, text in pictures],
        "parameters": {name: value for name, value in body.items() if name not in CONTAINERS},
        "info": json.dumps(_info(asked, result, service.engine.name)),
    }


def _info(asked: Job, result: Result, engine: str) -> dict[str, Any]:
    count = len(result.seeds)
    return {
        "prompt": asked.prompt,
        "all_prompts": [asked.prompt] * count,
        "negative_prompt": asked.negative_prompt,
        "all_negative_prompts": [asked.negative_prompt] * count,
        "seed": result.seeds[0],
        "all_seeds": result.seeds,
        "width": result.images[0].width,
        "height": result.images[0].height,
        "batch_size": asked.batch_size,
        "infotexts": result.infotexts,
        "engine": engine,
    }


def _answer(work: Callable[[], Any]) -> Any:
    """As the WebUIs answer, errors included."""
    try:
        return work()
    except ICLightError as error:
        body = {"error": type(error).__name__, "detail": error.detail, "body": error.body, "errors": error.detail}
        return JSONResponse({**body, "code": error.code}, error.status_code)
