"""The mixer of a light stage in the panel (javascript/ic_light_panel_stage.js)."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import gradio as gr

from lib_iclight.light import temperature
from lib_iclight.light.gels import GELS
from lib_iclight.ui.gradios import elem_id, js

BEFORE = "Generate with a Light stage of Directions or Lamps: then the light is mixed here."


def place(tab: str) -> None:
    """Put the mixer's place into the page that is being built."""
    given = {"gels": [asdict(gel) for gel in GELS], "temperatures": temperature.table()}
    data = html.escape(json.dumps(given), quote=True)
    gr.HTML(
        f'<div class="ic-light-stage" data-given="{data}"><p>{BEFORE}</p></div>'
        '<p class="ic-light-message" role="status"></p>',
        elem_id=elem_id(tab, "stage_mixer"),
    )


def connect(tab: str, events: Sequence[Callable[..., Any]]) -> None:
    """Let it open what results name, from the first of some events on."""
    for event in events:
        event(None, None, None, **js(f"() => window.ICLight.getPanel({tab!r}).stage.watch()"))
