"""The light editor in the panel: its place, and what it tells and is told (javascript/ic_light_panel.js).

While a person drags a lamp nothing is asked of the server; it prepares once for each subject.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from lib_iclight import images
from lib_iclight.errors import ICLightError
from lib_iclight.light.estimate import estimate_lamps
from lib_iclight.light.gels import colour_tables
from lib_iclight.light.lamps import Lamps
from lib_iclight.light.presets import PRESETS
from lib_iclight.request import reference, setups
from lib_iclight.request.args import OPTIONS, build
from lib_iclight.request.sentences import sentence_of
from lib_iclight.shading.cast_shadow import CAST_BY
from lib_iclight.subject.compose import OWN
from lib_iclight.subject.fit import PLACED_BY, Placing
from lib_iclight.subject.prepare import CUT_BY
from lib_iclight.subject.prepared import placing_of
from lib_iclight.ui import matte, outputs, placing
from lib_iclight.ui.context import PanelContext
from lib_iclight.ui.gradios import LOSSLESS, QUIET, add_tooltip, elem_id, js, js_of_keys, read_base64, refusals_shown
from lib_iclight.web.live import OWN_SIZE, SHAPED_BY, SURFACE, Canvas

CUT_OUT = 160
"""The height of the cut-out subject in the page, in pixels."""

SUBJECT = ("foreground", *CUT_BY, *SHAPED_BY)
BEHIND = ("background", "flip_background", *PLACED_BY)
SET = ("light", "lamps", "ambient_color")
SHOWN = (*SET, *SURFACE, *CAST_BY)
LABELS = [OPTIONS[name].kind.labels_by_key for name in ("light", "matting", *SHAPED_BY)]


@dataclass(frozen=True)
class Editor:
    """Its parts on the page. ``frame`` holds them, and is what is shown or hidden."""

    frame: Any
    from_picture: Any
    picked: Any
    outputs: outputs.Outputs
    matte: matte.Matte
    placing: placing.Placing


@dataclass(frozen=True)
class Backdrop:
    """What a page has behind the subject beside the panel's background picture.

    :ivar controls: decide about it, and about the canvas.
    :ivar read: from their values, as ``LivePictures.open`` takes backdrop and canvas.
    """

    controls: Sequence[Any]
    read: Callable[..., tuple[str, Canvas]]


def place_from_background(tab: str) -> Any:
    """The button that takes the light out of the background picture; hidden."""
    button = gr.Button("Light from background", visible=False, size="sm", elem_id=elem_id(tab, "from_background"))
    return add_tooltip(button, "Turn the light of the background picture into lamps, which take its place.")


def place_cut_out(tab: str) -> Any:
    """Where the subject is seen as it is cut out; hidden until there is one."""
    shown = {"label": "Cut-out", "interactive": False, "height": CUT_OUT, "visible": False}
    return gr.Image(type="pil", image_mode="RGBA", elem_id=elem_id(tab, "cut_out"), **shown, **LOSSLESS)


def place(tab: str, places: bool) -> Editor:
    """Put the editor into the page that is being built; shown where lamps are the panel's light.

    :param places: whether a person may place the subject in it.
    """
    given = {
        "presets": [asdict(preset) for preset in PRESETS],
        **colour_tables(),
        "setups": setups.describe(),
        "declared": reference.declared(),
        "places": places,
    }
    data = html.escape(json.dumps(given), quote=True)
    with gr.Group(visible=OPTIONS["light"].panel == "lamps", elem_id=elem_id(tab, "editor")) as frame:
        gr.HTML(f'<div class="ic-light-place" data-given="{data}"></div><p class="ic-light-message" role="status"></p>')
        from_picture = add_tooltip(
            gr.UploadButton(
                "Light from a picture", file_types=["image"], size="sm", elem_id=elem_id(tab, "from_picture")
            ),
            "Set lamps and ambient colour as the light of a picture is.",
        )
    # What is set by hand comes back by a click on a button that nobody sees: every gradio takes that.
    picked = gr.Button("Picked", elem_id=elem_id(tab, "picked"), elem_classes="ic-light-unseen")
    return Editor(frame, from_picture, picked, outputs.place(tab), matte.place(tab), placing.place(tab))


def connect(
    tab: str,
    editor: Editor,
    from_background: Any,
    controls: Mapping[str, Any],
    context: PanelContext,
    starts: Sequence[Callable[..., Any]] = (),
) -> None:
    """Let the editor and the panel's controls follow one another.

    :param from_background: the button of ``place_from_background``.
    :param starts: as ``build_panel``.
    """
    panel = f"window.ICLight.getPanel({tab!r})"
    values = [controls[name] for name in SHOWN]
    for event in (*starts, *(control.change for control in (controls["enabled"], *values))):
        event(None, values, None, **js_of_keys(f"(...values) => {panel}.show(...values)", LABELS))
    set_by_hand = [controls["lamps"], controls["ambient_color"]]
    editor.picked.click(None, None, set_by_hand, **js(f"() => {panel}.getNewValues()"))

    matte.connect(tab, editor.matte, controls)

    outputs = [controls[name] for name in SET]
    editor.from_picture.upload(
        lambda file: _estimate_light(context, read_base64(file)), editor.from_picture, outputs, **QUIET
    )
    from_background.click(
        # As the background it would go on deciding the light.
        lambda picture: [*_estimate_light(context, picture), None],
        controls["background"],
        [*outputs, controls["background"]],
        **QUIET,
    )


def connect_scene(
    tab: str, controls: Mapping[str, Any], cut_out: Any, context: PanelContext, backdrop: Backdrop | None = None
) -> None:
    """Let the editor show the subject, and the page how it is cut out.

    :param cut_out: the picture of ``place_cut_out``.
    :param backdrop: where what is behind the subject is to be seen in the editor too; else it is the subject's own.
    """
    panel = f"window.ICLight.getPanel({tab!r})"
    names = (*SUBJECT, *(BEHIND if backdrop else ()))
    asked = [controls[name] for name in ("light", *names)] + list(backdrop.controls if backdrop else ())
    answer = gr.Textbox(visible=False, elem_id=elem_id(tab, "scene"))
    # Which of the questions this is: answers may come in another order.
    number = gr.Textbox(visible=False)

    def open_scene(number: str, light: str, *values: Any) -> list[Any]:
        scene: dict[str, str] = {"key": "", "whole": "", "message": ""}
        subject = None
        if light == "lamps" and values[0] is not None and context.preview():
            beside = backdrop.read(*values[len(names) :]) if backdrop else (OWN, OWN_SIZE)
            scene, subject = _scene(context, dict(zip(names, values)), *beside)
        return [json.dumps({**scene, "number": number}), gr.update(value=subject, visible=subject is not None)]

    for control in (controls["enabled"], *asked):
        # What the editor does not need stays in the browser.
        chosen = js_of_keys(f"(...values) => {panel}.selectInputs(...values)", LABELS)
        event = control.change(open_scene, [number, *asked], [answer, cut_out], **QUIET, **chosen)
        event.then(None, answer, None, **js(f"(text) => {panel}.open(text)"))


def _scene(context: PanelContext, options: Mapping[str, Any], plain: str, canvas: Canvas) -> tuple[dict[str, str], Any]:
    """The names under which the subject is kept for the page, as it is placed and before, or why it is not; and what is
    cut out, where it is. What cannot be placed as asked is shown where it lay, to be placed otherwise."""
    unplaced = {name: value for name, value in options.items() if name not in PLACED_BY}
    try:
        whole, live = context.live().open(build(unplaced), context.lock, plain)
    except ICLightError as error:
        return {"key": "", "whole": "", "message": sentence_of(error)}, None
    key, message = whole, ""
    try:
        request = build(options)
        if placing_of(request) != Placing():
            key, _ = context.live().open(request, context.lock, plain, canvas)
    except ICLightError as error:
        message = sentence_of(error)
    subject = images.cut_out(live.rgb, live.alpha)
    subject.thumbnail((2 * CUT_OUT, 2 * CUT_OUT))
    return {"key": key, "whole": whole, "message": message}, subject


def _estimate_light(context: PanelContext, picture: Any) -> list[Any]:
    """The values of ``SET`` from the light of a picture."""
    if picture is None:
        raise gr.Error("IC-Light has no background: give a picture as Background.")
    with refusals_shown():
        found, ambient = estimate_lamps(context.runtime().preparer.picture(picture, "background")[1])
    return ["lamps", Lamps().to_text(found), ambient]
