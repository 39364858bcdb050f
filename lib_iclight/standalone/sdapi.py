"""The WebUIs' HTTP API, as far as an engine can do what a request asks for; the rest is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from lib_iclight import log
from lib_iclight.errors import ICLightError
from lib_iclight.images import to_base64
from lib_iclight.standalone import sdapi_body, sdapi_checkpoint, sdapi_fields, sdapi_lists
from lib_iclight.standalone.job import Job, Progress, Result, StopError, png_info
from lib_iclight.standalone.service import Service
from lib_iclight.web.auth import require_auth
from lib_iclight.web.bodies import GONE, Route, read_object


class WebUIRoute(Route):
    """A route that answers faults as the WebUIs do."""

    def refuse(self, error: ICLightError) -> JSONResponse:
        own = json.loads(bytes(super().refuse(error).body))
        more = {"error": type(error).__name__, "body": error.body, "errors": own["detail"]}
        return JSONResponse({**more, **own}, error.status_code)


def router(service: Service, api_auth: str | None = None, route_class: type[WebUIRoute] = WebUIRoute) -> APIRouter:
    """The routes under ``/sdapi/v1``.

    :param api_auth: as ``auth.require_auth``.
    :param route_class: of them.
    """
    asked = require_auth(api_auth)
    routes = APIRouter(prefix="/sdapi/v1", route_class=route_class, tags=["WebUI"], dependencies=asked)
    only_relights = service.engine is service.classic

    @routes.post("/txt2img", **sdapi_fields.generation("txt2img", only_relights))
    def txt2img(body: dict[str, Any] = Depends(read_object), tell: Progress = Depends(end_with_client)) -> Any:
        """Relight the picture that the script's arguments give as foreground."""
        return _generate(service, body, "txt2img", tell)

    @routes.post("/img2img", **sdapi_fields.generation("img2img", only_relights))
    def img2img(body: dict[str, Any] = Depends(read_object), tell: Progress = Depends(end_with_client)) -> Any:
        """Relight the pictures ``init_images``."""
        return _generate(service, body, "img2img", tell)

    @routes.get("/options", **sdapi_fields.SETTINGS)
    def options() -> dict[str, Any]:
        """The settings."""
        own = asdict(service.settings)
        return {**{name: own[key] for name, key in sdapi_body.SETTINGS.items()}, "samples_format": "png"}

    @routes.post("/options", **sdapi_fields.CHANGE)
    def set_options(body: dict[str, Any] = Depends(read_object)) -> None:
        """Change settings."""
        service.change_settings(**sdapi_body.settings(body))

    @routes.get("/progress", **sdapi_fields.PROGRESS)
    def progress() -> dict[str, Any]:
        """How far the job is that began first of those that are being done, 0..1; 0 where there is none."""
        first = service.running.first
        state = {"job": "", "job_count": service.running.count, "job_no": 0, **asdict(first.stops)}
        return {"progress": first.share, "eta_relative": 0.0, "state": state, **sdapi_fields.NO_PREVIEW}

    @routes.post("/interrupt", **sdapi_fields.INTERRUPT)
    def interrupt() -> dict[str, Any]:
        """End each job that is being done at its next step or picture; what is made is its answer."""
        service.running.stop(everything=True)
        return {}

    @routes.post("/skip", **sdapi_fields.SKIP)
    def skip() -> None:
        """Leave out the picture, or the batch, that each job makes now."""
        service.running.stop(everything=False)

    sdapi_checkpoint.add(routes, service)
    sdapi_lists.add(routes, service)
    return routes


async def end_with_client(asked: Request) -> Progress:
    """What a job is to tell, so that it ends at its next step or picture where its client has gone."""
    has_gone = asked.scope.get(GONE, lambda: False)

    def tell(share: float) -> None:
        if has_gone():
            raise StopError(everything=True)

    return tell


def _generate(service: Service, body: Mapping[str, Any], tab: str, tell: Progress) -> dict[str, Any]:
    asked = sdapi_body.job(body, tab)
    given = sdapi_body.given(body)
    overrides = sdapi_body.settings(given.get("override_settings", {}))
    settings = service.changed(**overrides)
    if not sdapi_fields.asks(given, "override_settings_restore_afterwards"):
        service.settings = settings
    result = service.generate(replace(asked, backdrop=settings.backdrop), tell, settings)
    if result.left_out:
        log.logger.warning("Of what is asked for, this engine does not act here on %s.", ", ".join(result.left_out))
    pictures = zip(result.images, result.infotexts) if sdapi_fields.asks(given, "send_images") else ()
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
        "left_out": result.left_out,
    }
