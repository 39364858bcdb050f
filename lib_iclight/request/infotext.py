"""A request as the parameters that a WebUI writes into a picture, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from lib_iclight import __version__, log
from lib_iclight.request.args import OPTIONS, Request
from lib_iclight.request.option import TITLE, Option

HASH_KEY = f"{TITLE} model hash"
VERSION_KEY = f"{TITLE} version"
BASIS_KEY = f"{TITLE} stage basis"
"""The name of the basis that a stage has rendered, as long as it is kept."""
MIX_KEY = f"{TITLE} stage mix"
"""How the light of a basis was mixed, in JSON."""

_NEGATIVE = "Negative prompt: "

_PARAMETER = re.compile(r'([^:,]+): ("(?:\\.|[^"\\])*"|[^,"][^,]*)(?:,|$)')
"""One in the last line of a picture's text, as ``_line`` writes it."""


def write(request: Request, role: str, short_hash: str, tab: str) -> dict[str, str]:
    """The parameters of every option that acts on a model.

    :param role: the model's role, which decides what acts where the model is named by its file.
    :param short_hash: of the model file.
    :param tab: txt2img or img2img.
    """
    resolved = replace(request, model=role)
    acting = [option for option in OPTIONS.values() if tab in option.tabs and option.acts_on_model(resolved)]
    return {**write_options(request, acting), HASH_KEY: short_hash, VERSION_KEY: __version__}


def write_options(request: Request, options: Iterable[Option]) -> dict[str, str]:
    """The parameters of some options, those left out that have none or do nothing."""
    written = [option for option in options if option.infotext_key and not option.rests(request)]
    return {str(option.infotext_key): option.kind.to_text(getattr(request, option.name)) for option in written}


def read(option: Option, params: Mapping[str, Any]) -> Any:
    """The panel's value of one option from a picture's parameters.

    None leaves the control alone. Parameters without IC-Light switch the panel off; an option that
    they do not name takes its default.
    """
    if TITLE not in params:
        return False if option.name == "enabled" else None
    return option.kind.to_control(_value(option, params.get(option.infotext_key or "")))


def _value(option: Option, text: Any) -> Any:
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


def differences(request: Request, text: str) -> str:
    """Which parameters of a picture are not those of a request, for a person; empty where none is.

    :param text: as ``format_parameters`` writes it.
    """
    written = _parse_line(text)
    changed = []
    for option in OPTIONS.values():
        now, default = (option.kind.to_text(value) for value in (getattr(request, option.name), option.default))
        before = written.get(option.infotext_key or "", default if option.rests_at_default else now)
        if before != now and option.infotext_key:
            changed.append((option.infotext_key, before, now))
    return ", ".join(f"{key} {before}, now {now}" for key, before, now in changed)


def parse_parameters(text: str) -> dict[str, str]:
    """What a picture's text says, by the WebUIs' keys.

    :param text: as ``format_parameters`` writes it.
    """
    *lines, _ = text.split("\n")
    negative = next((at for at, line in enumerate(lines) if line.startswith(_NEGATIVE)), len(lines))
    texts = {"Prompt": lines[:negative], "Negative prompt": lines[negative:]}
    return {**{key: "\n".join(part).removeprefix(_NEGATIVE) for key, part in texts.items()}, **_parse_line(text)}


def _parse_line(text: str) -> dict[str, str]:
    found = _PARAMETER.findall(text.rpartition("\n")[2])
    return {key.strip(): _unquote(value) for key, value in found}


def _unquote(value: str) -> str:
    """A parameter's text without its quotes; as it stands where others than ``_line`` have quoted it."""
    try:
        return str(json.loads(value)) if value[0] == '"' else value
    except ValueError:
        return value


def format_parameters(prompt: str, negative_prompt: str, parameters: Mapping[str, Any]) -> str:
    """Everything about a picture in one text, as the WebUIs write and read it."""
    lines = [prompt, f"{_NEGATIVE}{negative_prompt}" if negative_prompt else "", _line(parameters)]
    return "\n".join(line for line in lines if line)


def _line(parameters: Mapping[str, Any]) -> str:
    quoted = (json.dumps(str(v), ensure_ascii=False) if set(str(v)) & set(",:\n") else v for v in parameters.values())
    return ", ".join(f"{key}: {value}" for key, value in zip(parameters, quoted))
