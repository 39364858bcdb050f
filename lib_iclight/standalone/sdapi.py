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
from lib_iclight.kinds import Text, check_value
from lib_iclight.request.args import TITLE, refuse_surplus
from lib_iclight.standalone import sdapi_fields
from lib_iclight.standalone.job import Hires, Job, Result, png_info
from lib_iclight.standalone.service import Service
from lib_iclight.web.auth import require_auth

DEFAULT_STEPS, DEFAULT_DENOISE, HIRES_DENOISE = 50, 0.75, 0.7
SETTINGS = {"sd_model_checkpoint": "checkpoint", "ic_light_backdrop": "backdrop"}
"""The service's settings by the names of options."""


def router(service: Service, api_auth: str | None = None) -> APIRouter:
    """The routes under ``/sdapi/v1``.

    :param api_auth: as ``auth.require_auth``.
    """
    routes = APIRouter(prefix="/sdapi/v1", tags=["WebUI"], dependencies=require_auth(api_auth))
    only_relights = service.engine is service.classic

    @routes.post("/txt2img", **sdapi_fields.generation("txt2img", only_relights))
    def txt2img(body: dict[str, Any] = Body(...)) -> Any:
        """Relight the picture that the script's arguments give as foreground."""
        return _answer(lambda: _generate(service, body, "txt2img"))

    @routes.post("/img2img", **sdapi_fields.generation("img2img", only_relights))
    def img2img(body: dict[str, Any] = Body(...)) -> Any:
        """Relight the pictures ``init_images``."""
        return _answer(lambda: _generate(service, body, "img2img"))

    @routes.get("/options", **sdapi_fields.SETTINGS)
    def options() -> dict[str, Any]:
        """The settings."""
        own = asdict(service.settings)
        return {**{name: own[key] for name, key in SETTINGS.items()}, "samples_format": "png"}

    @routes.post("/options", **sdapi_fields.CHANGE)
    def set_options(body: dict[str, Any] = Body(...)) -> Any:
        """Change settings."""

        def work() -> None:
            service.change_settings(**_settings(body))

        return _answer(work)

    @routes.get("/sd-models", **sdapi_fields.CHECKPOINTS)
    def models() -> list[dict[str, Any]]:
        """The checkpoints that can be used."""
        names = [path.name for path, state in service.checkpoints() if state == "ready"]
        return [{"title": name, "model_name": name.rpartition(".")[0], "filename": name} for name in names]

    @routes.get("/samplers", **sdapi_fields.SAMPLERS)
    def samplers() -> list[dict[str, Any]]:
        """The samplers; none where the engine samples nothing."""
        return [{"name": name, "aliases": [], "options": {}} for name in service.engine.samplers]

    @routes.get("/progress", **sdapi_fields.PROGRESS)
    def progress() -> dict[str, Any]:
        """How far the present job is, 0..1; 0 where there is none."""
        return {"progress": service.progress, "eta_relative": 0.0, "state": {}, "current_image": None, "textinfo": None}

    return routes


def job(body: Mapping[str, Any], tab: str) -> Job:
    """The job of a request's body.

    :param tab: txt2img or img2img.
    :raises ICLightError: a field that is not known, not allowed or not done.
    """
    given = {name: sdapi_fields.check(name, value) for name, value in body.items() if value is not None}
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
        refuse_surplus(args)
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
        "parameters": {name: value for name, value in body.items() if name not in sdapi_fields.CONTAINERS},
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
