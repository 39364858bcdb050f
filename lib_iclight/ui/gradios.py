"""Where the gradios differ: 3.41 and 4.40 in the WebUIs, 5 without one."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import gradio as gr

OLD = gr.__version__.startswith("3.")

QUIET: dict[str, Any] = {"show_progress": "hidden", "queue": False}
"""Events that a person is not to notice."""


def js(code: str) -> dict[str, str]:
    """The keyword of an event for a function of the page's own."""
    return {"_js" if OLD else "js": code}


def source() -> dict[str, Any]:
    """Where a picture may come from."""
    return {"source": "upload"} if OLD else {"sources": ["upload", "clipboard"]}


def to_base64_file(value: Any) -> str | None:
    """The picture's own file in base64, as the API takes it.

    Extensions that hand a generation to another process send its scripts' arguments as JSON.
    """
    if value is None or isinstance(value, str):
        # Gradio 3 has the file in a data URL.
        return value
    return read_base64(value.path)


def read_base64(file: Any) -> str:
    """An uploaded file, which gradio names by its path or by an object with one."""
    return b64encode(Path(getattr(file, "name", file)).read_bytes()).decode()


def elem_id(tab: str, name: str) -> str:
    return f"script_{tab}_ic_light_{name}"


def add_tooltip(control: Any, tooltip: str) -> Any:
    """The control with a tooltip, which the WebUIs take from this attribute; gradio alone shows none."""
    control.webui_tooltip = tooltip
    return control
