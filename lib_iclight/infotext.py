"""A request as the parameters that a WebUI writes into a picture, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib_iclight import __version__, log
from lib_iclight.args import OPTIONS, TITLE, Option, Request

HASH_KEY = f"{TITLE} model hash"
VERSION_KEY = f"{TITLE} version"


def write(request: Request, role: str, short_hash: str, tab: str) -> dict[str, str]:
    """The parameters of every option that acts.

    :param role: the model's role, which decides what acts where the model is named by its file.
    :param short_hash: of the model file.
    :param tab: txt2img or img2img.
    """
    resolved = request.copy(update={"model": role})
    texts = {
        option.infotext_key: option.kind.to_text(getattr(request, option.name))
        for option in OPTIONS.values()
        if option.infotext_key and tab in option.tabs and option.when(resolved)
    }
    return {**texts, HASH_KEY: short_hash, VERSION_KEY: __version__}


def read(option: Option, params: Mapping[str, Any]) -> Any:
    """The panel's value of one option from a picture's parameters.

    None leaves the control alone. Parameters without IC-Light switch the panel off; an option that
    they do not name takes its default.
    """
    if TITLE not in params:
        return False if option.name == "enabled" else None
    text = params.get(option.infotext_key or "")
    if text is None:
        return option.default
    try:
        return option.kind.from_text(text)
    except ValueError:
        log.logger.warning("The picture's parameter %r is %r, which is not allowed.", option.infotext_key, text)
        return option.default


def keys() -> list[str]:
    """All parameters that the panel takes back."""
    return [option.infotext_key for option in OPTIONS.values() if option.infotext_key]
