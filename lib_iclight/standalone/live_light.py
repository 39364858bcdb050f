"""The page's picture under a light that is no lamps', drawn in the browser (page.js)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr

from lib_iclight.errors import ICLightError
from lib_iclight.request.args import build
from lib_iclight.request.sentences import sentence_of
from lib_iclight.standalone.fields import Fields, backdrop_of
from lib_iclight.subject.fit import PLACED_BY
from lib_iclight.subject.prepare import CUT_BY
from lib_iclight.ui import gradios, to_options
from lib_iclight.web.live import LIT_BY, SHAPED_BY, describe_light

if TYPE_CHECKING:
    from lib_iclight.standalone.service import Service

SCENE = ("foreground", *CUT_BY, "background", "flip_background", *PLACED_BY, *SHAPED_BY, "panorama")
PICKED = ("light", "light_angle", "light_x", "light_y", "panorama_rotation")

ASK = "Give a picture as Subject, then drag the light over it."

LIVE = f"""<div class="ic-live-picture"></div><p class="ic-message" role="status">{ASK}</p>"""

QUIET: dict[str, Any] = {**gradios.QUIET, **gradios.UNLISTED}


def place() -> None:
    """Put the picture's place into the page that is being built."""
    gr.HTML(LIVE, elem_id="ic_light_live", elem_classes="ic-empty")


def connect(page: gr.Blocks, service: Service, panel: dict[str, Any], fields: Fields) -> None:
    """Let it follow the controls, and they it.

    :param panel: the panel's controls, by option.
    """
    scene, light = gr.Textbox(visible=False), gr.Textbox(visible=False)

    in_scene = {name: panel[name] for name in SCENE}
    behind = backdrop_of(fields)
    in_light = {name: panel[name] for name in (*LIT_BY, "panorama")}

    def open_scene(*values: Any) -> str:
        options = to_options(in_scene, values)
        if options["foreground"] is None:
            return _to_json(message=ASK)
        try:
            key, _ = service.live.open(build(options), service.lock, *behind.read(*values[len(in_scene) :]))
        except ICLightError as error:
            return _to_json(message=sentence_of(error))
        return _to_json(key=key, message="")

    def describe(*values: Any) -> str:
        try:
            request = build(to_options(in_light, values))
            # What the server cannot draw is said before it is asked to.
            service.runtime.preparer.environment(request)
            return _to_json(**describe_light(request))
        except ICLightError as error:
            return _to_json(message=sentence_of(error))

    _whenever(
        [*in_scene.values(), *behind.controls], open_scene, scene, "(text) => window.ICLight.page.open(text)", page
    )
    _whenever([*in_light.values()], describe, light, "(text) => window.ICLight.page.show(text)", page)
    # What is set by hand comes back by a click on a button that nobody sees: every gradio takes that.
    picked = gr.Button("Picked", elem_id="ic_light_picked")
    picked.click(None, None, [panel[name] for name in PICKED], js="() => window.ICLight.page.getNewValues()", **QUIET)


def _whenever(controls: list[Any], work: Callable[..., str], text: Any, js: str, page: gr.Blocks) -> None:
    """Work anew whenever a control changes, and at the start, and hand the text to the page's own program."""
    events = [page.load, *(control.change for control in controls)]
    # What changes meanwhile is asked for once more after it, and no earlier answer comes later.
    newest = {"trigger_mode": "always_last"}
    gr.on(events, work, controls, text, **QUIET, **newest).then(None, text, None, js=js, **QUIET)


def _to_json(**values: Any) -> str:
    return json.dumps(values)
