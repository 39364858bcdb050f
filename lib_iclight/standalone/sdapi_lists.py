"""The lists that clients of the WebUIs ask for as they start, in the WebUIs' shapes: what is there, and no more."""

from __future__ import annotations

import base64
import importlib.util
import io
import os
import sys
from typing import Any

from fastapi import APIRouter, Depends

from lib_iclight import decoding
from lib_iclight.decoding.texts import read_texts
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.kinds import Choice, Number, Picture, Whole, check_value
from lib_iclight.request import infotext
from lib_iclight.request.args import OPTIONS
from lib_iclight.request.option import TITLE, Option
from lib_iclight.standalone import bounds
from lib_iclight.standalone.service import Service
from lib_iclight.web.bodies import read_object
from lib_iclight.web.contract import A_PICTURE, EXAMPLE_PICTURE, TEXT
from lib_iclight.web.openapi import answer_schema, describe_route, object_schema

LISTS = describe_route({"type": "array", "items": {"type": "object"}}, refusals=())
OBJECTS = describe_route({"type": "object"}, refusals=())
NOTHING = describe_route({"enum": [None]}, refusals=())
PNG_INFO = describe_route(
    answer_schema(info=TEXT, items={"type": "object"}, parameters={"type": "object"}),
    body=object_schema({"image": A_PICTURE}, ["image"]),
    example={"image": EXAMPLE_PICTURE},
)

EMPTY = (
    *("latent-upscale-modes", "sd-vae", "sd-modules", "hypernetworks", "face-restorers", "realesrgan-models"),
    *("prompt-styles", "loras", "extensions"),
)
"""The lists of what no engine has."""

REFRESHED = ("checkpoints", "vae", "loras", "embeddings")
"""What is asked to be looked for again. Folders are looked into whenever a list is asked for."""


def add(routes: APIRouter, service: Service) -> None:
    """Add the routes of the lists."""

    @routes.get("/sd-models", **LISTS)
    def models() -> list[dict[str, Any]]:
        """The checkpoints that can be used."""
        names = [path.name for path, state in service.checkpoints() if state == "ready"]
        unknown = dict.fromkeys(("hash", "sha256", "config"))
        return [{"title": n, "model_name": n.rpartition(".")[0], "filename": n, **unknown} for n in names]

    @routes.get("/samplers", **LISTS)
    def samplers() -> list[dict[str, Any]]:
        """The samplers; none where the engine samples nothing."""
        return [{"name": name, "aliases": [], "options": {}} for name in service.engine.samplers]

    @routes.get("/schedulers", **LISTS)
    def schedulers() -> list[dict[str, Any]]:
        """The schedule types; none where the engine samples nothing."""
        unknown = {"aliases": None, "default_rho": None, "need_inner_model": None}
        return [{"name": name.lower(), "label": name, **unknown} for name in service.engine.schedulers]

    @routes.get("/upscalers", **LISTS)
    def upscalers() -> list[dict[str, Any]]:
        """What enlarges the first stage's picture."""
        no_file = dict.fromkeys(("model_name", "model_path", "model_url"))
        return [{"name": "Lanczos", **no_file, "scale": bounds.SCALE.high}]

    for name in EMPTY:
        routes.add_api_route(f"/{name}", _nothing_there, methods=["GET"], name=name, **LISTS)

    @routes.get("/embeddings", **OBJECTS)
    def embeddings() -> dict[str, Any]:
        """No embedding is read."""
        return {"loaded": {}, "skipped": {}}

    @routes.get("/scripts", **OBJECTS)
    def scripts() -> dict[str, Any]:
        """The scripts by tab."""
        return {"txt2img": [TITLE.lower()], "img2img": [TITLE.lower()]}

    @routes.get("/script-info", **LISTS)
    def script_info() -> list[dict[str, Any]]:
        """The scripts' arguments: the options, in the order that they have as plain values."""
        args = [_describe(option) for option in OPTIONS.values()]
        return [
            {"name": TITLE.lower(), "is_alwayson": True, "is_img2img": is_img2img, "args": args}
            for is_img2img in (False, True)
        ]

    @routes.get("/cmd-flags", **OBJECTS)
    def flags() -> dict[str, Any]:
        """The WebUIs' flags that are so here."""
        return {"api": True, "nowebui": False, "skip_torch_cuda_test": True}

    @routes.get("/memory", **OBJECTS)
    def memory() -> dict[str, Any]:
        """The memory of the machine and of its graphics card, in bytes."""
        return {"ram": _ram(), "cuda": _cuda()}

    @routes.post("/png-info", **PNG_INFO)
    def png_info(body: dict[str, Any] = Depends(read_object)) -> dict[str, Any]:
        """The parameters that a picture was made with."""
        if body.keys() != {"image"}:
            raise ICLightError(
                ErrorCode.UNKNOWN_FIELD, "IC-Light: png-info takes one field, image: a picture in base64."
            )
        decoding.decode(check_value(Picture(), body["image"], "image"), "image")
        texts = read_texts(io.BytesIO(base64.b64decode(body["image"].rpartition(",")[2])))
        text = texts.get("parameters", "")
        return {"info": text, "items": texts, "parameters": infotext.parse_parameters(text) if text else {}}

    for name in REFRESHED:
        routes.add_api_route(f"/refresh-{name}", _look_again, methods=["POST"], name=name, **NOTHING)


def _nothing_there() -> list[Any]:
    """There is none of these."""
    return []


def _look_again() -> None:
    """Folders are looked into whenever a list is asked for."""


def _describe(option: Option) -> dict[str, Any]:
    kind = option.kind
    low, high = (kind.low, kind.high) if isinstance(kind, (Number, Whole)) else (None, None)
    return {
        "label": option.label,
        "value": option.kind.to_control(option.default),
        "minimum": low,
        "maximum": high,
        "step": getattr(kind, "step", None),
        "choices": list(kind.names) if isinstance(kind, Choice) else None,
    }


def _ram() -> dict[str, Any]:
    if importlib.util.find_spec("psutil") is None:
        return {"error": "psutil is not installed"}
    import psutil

    machine = psutil.virtual_memory()
    return {"free": machine.available, "used": psutil.Process(os.getpid()).memory_info().rss, "total": machine.total}


def _cuda() -> dict[str, Any]:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return {"error": "unavailable"}
    free, total = torch.cuda.mem_get_info()
    return {"system": {"free": free, "used": total - free, "total": total}}
