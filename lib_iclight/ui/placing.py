"""Where the subject is placed in the light editor becomes the panel's options (javascript/ic_light_panel_place.js)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from lib_iclight.errors import ICLightError
from lib_iclight.matting.refine import REFINED_BY
from lib_iclight.request.args import OPTIONS, build
from lib_iclight.request.sentences import sentence_of
from lib_iclight.subject.fit import PLACED_BY
from lib_iclight.ui.context import PanelContext
from lib_iclight.ui.gradios import EACH, QUIET, elem_id, js, read_base64, unseen_upload

CUT_ANEW = ("foreground_mask", "matting", *REFINED_BY)
"""The options by which a picture that several subjects are laid into would be cut out once more."""


@dataclass(frozen=True)
class Placing:
    """What the page's program uses of gradio; a person sees none of it."""

    placed: Any
    composed: Any
    added: Any
    answer: Any


def place(tab: str) -> Placing:
    """Put them into the page that is being built."""

    def button(label: str, name: str) -> Any:
        return gr.Button(label, elem_id=elem_id(tab, name), elem_classes="ic-light-unseen")

    added = unseen_upload(tab, "add_subject", "Add")
    return Placing(button("Placed", "placed"), button("Composed", "composed"), added, gr.Textbox(visible=False))


def connect(
    tab: str,
    placing: Placing,
    controls: Mapping[str, Any],
    size: Sequence[Any],
    context: PanelContext,
    starts: Sequence[Callable[..., Any]] = (),
) -> None:
    """Let them act.

    :param controls: the panel's, by option.
    :param size: the tab's controls of width and height.
    :param starts: as ``build_panel``.
    """
    panel = f"window.ICLight.getPanel({tab!r}).placing"
    places = [controls[name] for name in PLACED_BY]
    told = [*size, *places, controls["background"], controls["flip_background"]]
    for event in (*starts, *(control.change for control in (controls["enabled"], *told))):
        event(None, told, None, **js(f"(...values) => {panel}.follow(...values)"))
    placing.placed.click(None, None, places, **js(f"() => {panel}.getValues()"))
    reset = (*PLACED_BY, *CUT_ANEW)
    defaults = [OPTIONS[name].default for name in reset]
    composed = placing.composed.click(lambda: defaults, None, [controls[name] for name in reset], **QUIET)
    composed.then(None, None, None, **js(f"() => {panel}.resume()"))

    def cut_out(file: Any, matting: str) -> str:
        try:
            request = build({"foreground": read_base64(file), "matting": matting})
            return json.dumps({"key": context.live().open(request, context.lock)[0], "message": ""})
        except ICLightError as error:
            return json.dumps({"key": "", "message": sentence_of(error)})

    added = placing.added.upload(cut_out, [placing.added, controls["matting"]], placing.answer, **QUIET, **EACH)
    added.then(None, placing.answer, None, **js(f"(text) => {panel}.receive(text)"))
