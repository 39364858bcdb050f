"""The options as a JSON schema and as the documents' table."""

from __future__ import annotations

from typing import Any

from lib_iclight.kinds import Picture
from lib_iclight.request.args import OPTIONS
from lib_iclight.request.option import TITLE, Option


def schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of the object that a generation request takes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        "type": "object",
        "additionalProperties": False,
        "properties": {option.name: _property(option) for option in OPTIONS.values()},
    }


def _property(option: Option) -> dict[str, Any]:
    return {**option.schema(), "tabs": list(option.tabs), "infotext": option.infotext_key}


def declared() -> dict[str, Any]:
    """What a browser writes requests by: every option's default as its control has it, and which are pictures."""
    return {
        "defaults": {option.name: option.kind.to_control(option.default) for option in OPTIONS.values()},
        "pictures": [option.name for option in OPTIONS.values() if isinstance(option.kind, Picture)],
    }


def table() -> str:
    """The options as a Markdown table."""
    rows = ["| key | values (default) | meaning |", "|---|---|---|"]
    rows += [f"| `{option.name}` | {_values(option)} | {option.help} |" for option in OPTIONS.values()]
    return "\n".join(rows)


def _values(option: Option) -> str:
    if isinstance(option.kind, Picture):
        return "picture or null (null)"
    default = option.kind.to_text(option.default)
    default = default.lower() if isinstance(option.default, bool) else default
    panel = "" if option.panel == option.default else f"; in the panel {str(option.panel).lower()}"
    return f"{option.kind.allowed} ({default or 'none'}{panel})"


if __name__ == "__main__":
    import sys

    sys.stdout.write(table() + "\n")
