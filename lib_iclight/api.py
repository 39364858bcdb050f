"""The routes of the extension's own, under ``/ic-light``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from secrets import compare_digest
from typing import Any

from fastapi import APIRouter, Body, Depends, HTTPException
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from PIL import Image

from lib_iclight import __version__, images, lights, log, reference
from lib_iclight.args import Request, build
from lib_iclight.errors import ICLightError
from lib_iclight.matting import MATTINGS
from lib_iclight.session import Workshop

MAX_SIDE = 8192
"""The longest side of a light map that is drawn for a request, in pixels."""

_BASIC = HTTPBasic()

LIGHT_KEYS = ("model", *lights.DRAWN_BY)


def router(
    workshop: Callable[[], Workshop], lock: AbstractContextManager[Any], api_auth: str | None = None
) -> APIRouter:
    """The routes.

    :param workshop: gives the workshop; called at the first request.
    :param lock: the host's queue, in which a matting network waits for its turn on the device.
    :param api_auth: who may call them, as the hosts' ``--api-auth``: ``user:password`` pairs between commas.
    """
    asked = [Depends(_authentication(api_auth))] if api_auth else []
    routes = APIRouter(prefix="/ic-light", tags=["IC-Light"], dependencies=asked)

    @routes.get("/version")
    def version() -> dict[str, Any]:
        """The versions of the extension and the host, and how often costly work was done since the start."""
        host = workshop().host
        return {
            "version": __version__,
            "host": host.name,
            "host_version": host.version,
            "backend": host.backend,
            "counts": {what: log.counts().get(what, 0) for what in log.COSTLY},
        }

    @routes.get("/schema")
    def schema() -> dict[str, Any]:
        """JSON schema of the object that ``alwayson_scripts`` takes."""
        return reference.schema()

    @routes.get("/models")
    def models() -> dict[str, Any]:
        """The model files found, usable or not, and the matting methods."""
        library = workshop().library
        found = library.files()
        installed = library.matting_files()
        names = {matting.name for matting in MATTINGS}
        return {
            "models": [_described(file) for file in found if file.role not in names],
            "matting": [
                {
                    "name": matting.name,
                    "label": matting.label,
                    "licence": matting.licence,
                    "installed": not matting.needs_file or matting.name in installed,
                    "file": installed[matting.name].name if matting.name in installed else None,
                    "size": installed[matting.name].stat().st_size if matting.name in installed else None,
                }
                for matting in MATTINGS
            ],
        }

    @routes.post("/foreground")
    def foreground(body: dict[str, Any] = Body(...)) -> Any:
        """{image, matting, mask} -> the cut-out subject (RGBA) and its alpha, as PNG in base64."""

        def work() -> dict[str, Any]:
            request = _request(body, {"image": "foreground", "matting": "matting", "mask": "foreground_mask"})
            if request.foreground is None:
                raise ICLightError("IC-Light has no subject: give a picture as image.")
            with lock:
                subject = workshop().preparer.subject(request.foreground, request.foreground_mask, request.matting)
            return {
                "image": images.to_base64(images.cut_out(subject.rgb, subject.alpha)),
                "alpha": images.to_base64(Image.fromarray(images.to_levels(subject.alpha))),
                "method": subject.method,
            }

        return _answer(work)

    @routes.post("/light-map")
    def light_map(body: dict[str, Any] = Body(...)) -> Any:
        """{light..., width, height} -> the light map, as PNG in base64."""

        def work() -> dict[str, Any]:
            width, height = _side(body, "width"), _side(body, "height")
            fields = {key: value for key, value in body.items() if key not in ("width", "height")}
            request = _request(fields, {key: key for key in (*LIGHT_KEYS, "light_map")})
            return {"image": images.to_base64(Image.fromarray(drawn(workshop(), request, width, height)))}

        return _answer(work)

    return routes


def drawn(workshop: Workshop, request: Request, width: int, height: int) -> images.RGB:
    """The light map of a request, drawn or the user's own.

    :raises ICLightError: the request has no light, or no picture for ``custom``.
    """
    if request.light == "custom" and request.light_map is not None:
        return images.cover(workshop.preparer.picture(request.light_map, "light_map")[1], width, height)
    if request.light in ("none", "custom"):
        raise ICLightError(f"IC-Light: light is {request.light!r}, so there is no light map: name another light.")
    ends = lights.BACKGROUND if request.model == "fbc" else lights.INITIAL_LATENT
    return lights.draw(request, width, height, ends)


def _authentication(api_auth: str) -> Callable[..., None]:
    known = dict(pair.split(":") for pair in api_auth.split(","))

    def check(given: HTTPBasicCredentials = Depends(_BASIC)) -> None:
        expected = known.get(given.username)
        if expected is None or not compare_digest(given.password.encode(), expected.encode()):
            raise HTTPException(401, "Incorrect username or password", {"WWW-Authenticate": "Basic"})

    return check


def _answer(work: Callable[[], dict[str, Any]]) -> Any:
    try:
        return work()
    except ICLightError as error:
        return JSONResponse({"detail": error.detail}, error.status_code)


def _request(body: dict[str, Any], names: dict[str, str]) -> Request:
    if unknown := body.keys() - names.keys():
        raise ICLightError(f"IC-Light knows no field {min(unknown)[:60]!r} here: it knows {', '.join(names)}.")
    return build({names[name]: value for name, value in body.items()})


def _side(body: dict[str, Any], name: str) -> int:
    value = body.get(name, 512)
    if type(value) is not int or not 1 <= value <= MAX_SIDE:
        raise ICLightError(f"IC-Light: {name} is {value!r:.60} but must be a whole number from 1 to {MAX_SIDE}.")
    return value


def _described(file: Any) -> dict[str, Any]:
    return {
        "name": file.path.name,
        "role": file.role,
        "spelling": file.spelling,
        "size": file.size,
        "state": file.problem or "ready",
    }
