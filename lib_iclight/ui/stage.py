"""The mixer of a light stage in the panel (javascript/ic_light_panel_stage.js)."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from lib_iclight.decoding import exr
from lib_iclight.errors import ICLightError
from lib_iclight.light.maps import UNDIRECTED
from lib_iclight.request import setups
from lib_iclight.request.sentences import sentence_of
from lib_iclight.ui.context import PanelContext
from lib_iclight.ui.gradios import EACH, QUIET, elem_id, js, path_of, unseen_upload
from lib_iclight.web.stage import keep
from lib_iclight.web.stage import open_file as open_basis

BEFORE = "Make a picture with a Light stage of Directions or Lamps: then its light is mixed here."


@dataclass(frozen=True)
class Stage:
    """What the page's program uses of gradio; a person sees none of it."""

    opened: Any
    answer: Any
    light_map: Any
    normal_map: Any


def place(tab: str) -> Stage:
    """Put the mixer's place into the page that is being built."""
    given = {"exr": exr.is_available(), "setups": setups.describe()}
    data = html.escape(json.dumps(given), quote=True)
    gr.HTML(
        f'<div class="ic-light-stage" data-given="{data}"><p>{BEFORE}</p></div>'
        '<p class="ic-light-message" role="status"></p>',
        elem_id=elem_id(tab, "stage_mixer"),
    )
    names = {"open_basis": "Open", "take_light_map": "To light map", "take_normal_map": "To normal map"}
    opened, light_map, normal_map = (unseen_upload(tab, name, label) for name, label in names.items())
    return Stage(opened, gr.Textbox(visible=False), light_map, normal_map)


def connect(
    tab: str,
    stage: Stage,
    controls: Mapping[str, Any],
    context: PanelContext,
    events: Sequence[Callable[..., Any]],
) -> None:
    """Let it open files, and what results name from the first of some events on; let it give pictures to the panel.

    :param controls: the panel's, by option.
    """
    panel = f"window.ICLight.getPanel({tab!r}).stage"
    for event in events:
        event(None, None, None, **js(f"() => {panel}.watch()"))

    def open_file(file: Any) -> str:
        try:
            opened = keep(context.runtime().bases, open_basis(path_of(file).read_bytes()))
            return json.dumps({"key": opened["key"], "message": ""})
        except ICLightError as error:
            return json.dumps({"key": "", "message": sentence_of(error)})

    opened = stage.opened.upload(open_file, stage.opened, stage.answer, **QUIET, **EACH)
    light = controls["light"]
    stage.light_map.upload(
        lambda file: [str(path_of(file)), "custom"], stage.light_map, [controls["light_map"], light], **QUIET, **EACH
    )
    by_normals = [controls[name] for name in ("normal_map", "shading", "normal_green")]
    stage.normal_map.upload(_take_normals, [stage.normal_map, light], [*by_normals, light], **QUIET, **EACH)
    opened.then(None, stage.answer, None, **js(f"(text) => {panel}.receive(text)"))


def _take_normals(file: Any, light: str) -> list[str]:
    """A normal map as its file is, which has 16 bit, and a light that it acts on."""
    return [str(path_of(file)), "form", "up", "lamps" if light in UNDIRECTED else light]
