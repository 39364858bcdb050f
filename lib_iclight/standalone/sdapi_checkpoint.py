"""What clients of the WebUIs do with a checkpoint's memory, and what they ask for that no engine does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from fastapi import APIRouter

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.service import Service
from lib_iclight.web.openapi import describe_route

EMPTY_OBJECT = describe_route({"type": "object", "maxProperties": 0}, refusals=(500,))

_ENLARGES = "enlarges no finished picture: ask txt2img or img2img for one of the size that it shall have"
_TRAINS = "trains nothing and reads no embeddings or hypernetworks: use a WebUI"
_ENDS = "is ended by who started it, with Ctrl-C"
NOT_DONE: Mapping[str, str] = {
    **dict.fromkeys(("extra-single-image", "extra-batch-images"), _ENLARGES),
    "interrogate": "describes no pictures: write the prompt, or leave it empty",
    **dict.fromkeys(("create/embedding", "create/hypernetwork", "train/embedding", "train/hypernetwork"), _TRAINS),
    **dict.fromkeys(("server-kill", "server-restart", "server-stop"), _ENDS),
}
"""The WebUIs' other routes, each with what there is instead."""


def add(routes: APIRouter, service: Service) -> None:
    """Add the routes that take no body, and those that are refused whatever theirs is."""

    @routes.post("/unload-checkpoint", **EMPTY_OBJECT)
    def unload() -> dict[str, Any]:
        """Let the checkpoint's memory go, after the present job; the next one loads it again."""
        service.unload_checkpoint()
        return {}

    @routes.post("/reload-checkpoint", **EMPTY_OBJECT)
    def reload() -> dict[str, Any]:
        """Load the checkpoint now, where it is not loaded."""
        service.load_checkpoint()
        return {}

    for name, instead in NOT_DONE.items():
        routes.add_api_route(
            f"/{name}", _refusal(name, instead), methods=["POST"], response_model=None, include_in_schema=False
        )


def _refusal(name: str, instead: str) -> Callable[[], NoReturn]:
    def refuse() -> NoReturn:
        raise ICLightError(ErrorCode.NOT_SUPPORTED, f"IC-Light: {name} is not done here: this server {instead}.")

    return refuse
