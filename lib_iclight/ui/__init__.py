"""The panel, from the declared options. Works with gradio 3.41, 4.40 and 5, in any host and without one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import gradio as gr

from lib_iclight.kinds import Choice, Colour, Kind, ModelName, Number, Picture, Switch, Whole
from lib_iclight.light import maps
from lib_iclight.light.lamps import Lamps
from lib_iclight.light.panorama import GIVEN_BY, TURNED_BY
from lib_iclight.matting import MATTINGS
from lib_iclight.matting.refine import REFINED_BY
from lib_iclight.request import infotext
from lib_iclight.request.acting import always
from lib_iclight.request.args import OPTIONS, Request, build
from lib_iclight.request.option import TITLE, Option
from lib_iclight.shading.cast_shadow import CAST_BY
from lib_iclight.subject.fit import PLACED_BY
from lib_iclight.ui import editor, stage
from lib_iclight.ui.context import PanelContext
from lib_iclight.ui.gradios import (
    LOSSLESS,
    QUIET,
    dropdown,
    elem_id,
    refusals_shown,
    source,
    to_base64_file,
    upload,
)
from lib_iclight.ui.outputs import Outputs
from lib_iclight.ui.placing import Placing

PREVIEW = (200, 250)
"""Width and height of the light map's preview, in the proportions that the models are trained for."""

PICTURES = ("foreground", "then_relight", "background", "flip_background")
FIRST = ("model", "light", "light_map", "panorama")
SHAPE = (
    "light_angle",
    "light_x",
    "light_y",
    "light_color",
    "ambient_color",
    "light_intensity",
    "light_softness",
    *TURNED_BY,
)
GIVEN_BACK = ("strength", "restore_details", "keep_color")
MORE = (
    *("matting", *REFINED_BY, "matte_lift", "despill", "foreground_mask", "lowres_denoise", "reinforce_foreground"),
    *("own_size", "detail_mode", "detail_radius", "keep_background", *CAST_BY, *PLACED_BY, "append_images"),
)
DEPENDED_ON = ("model", "shading", "restore_details", "own_size", "shadow", "stage")
"""The options beside the light's that others depend on: whether they are shown."""
STAGE = ("stage", "stage_directions")
SHADING = ("shading", "roughness", "specular", "backdrop_light", "normal_map", "normal_green")


@dataclass(frozen=True)
class Panel:
    """The built panel.

    :ivar controls: one for each option, in the order of the options.
    :ivar infotext_fields: pairs of a control and how it reads its value from a picture's parameters.
    :ivar outputs: what the light editor hands out, to be connected with the tab's own controls.
    :ivar placing: what the light editor places the subject with, likewise.
    :ivar cut_out: where the subject is seen as it is cut out.
    """

    controls: list[Any]
    infotext_fields: list[tuple[Any, Callable[[dict[str, Any]], Any]]]
    outputs: Outputs
    placing: Placing
    cut_out: Any

    @property
    def by_option(self) -> dict[str, Any]:
        """The controls by their options' names."""
        return dict(zip(OPTIONS, self.controls))


Acts = Callable[[Option, Request], bool]
"""Whether an option acts, given the others; only then it is shown."""


def build_panel(
    tab: str,
    accordion: Callable[..., AbstractContextManager[Any]],
    context: PanelContext,
    acts: Acts = lambda option, request: option.when(request),
    light_map: bool = True,
    beside: Mapping[str, Callable[[], Any]] = MappingProxyType({}),
    below_editor: Callable[[], Any] | None = None,
    starts: Sequence[Callable[..., Any]] = (),
    shows_subject: bool = True,
) -> Panel:
    """Build the panel inside the page that is being built.

    :param tab: txt2img or img2img.
    :param accordion: makes the foldable frame, whose own value is ``enabled``; called with value, label and elem_id.
    :param context: for the light editor.
    :param acts: of the options that the tab has; by default, as the models take them.
    :param light_map: whether the light map is shown, as it will be drawn.
    :param beside: by option, puts more into the frame after its control.
    :param below_editor: where the light editor comes first, puts what follows it; the controls are folded below.
    :param starts: events with which the page begins, where the panel is not switched on by a person.
    :param shows_subject: whether the editor is let show the subject; else that is left to ``editor.connect_scene``.
    """

    def visible(option: Option, request: Request) -> bool:
        # The light editor has the ambient colour where it is shown.
        in_editor = option.name == "ambient_color" and request.light == "lamps"
        return tab in option.tabs and acts(option, request) and not in_editor

    controls: dict[str, Any] = {}
    frames: dict[str, Any] = {}

    def place(names: Sequence[str]) -> None:
        for name in names:
            shown = visible(OPTIONS[name], _DEFAULTS)
            if _takes_any_file(OPTIONS[name].kind):
                with gr.Column(visible=shown, min_width=160) as frames[name]:
                    controls[name] = _control(OPTIONS[name], tab, True)
            else:
                controls[name] = _control(OPTIONS[name], tab, shown)
            beside.get(name, lambda: None)()

    with accordion(OPTIONS["enabled"].panel, label=TITLE, elem_id=elem_id(tab, "enabled")) as enabled:
        controls["enabled"] = enabled
        beside.get("enabled", lambda: None)()
        places = visible(OPTIONS[PLACED_BY[0]], _DEFAULTS)
        lamps = editor.place(tab, places) if below_editor else None
        if below_editor:
            below_editor()
        with gr.Accordion("Pictures and light", open=False) if below_editor else nullcontext():
            with gr.Row(elem_classes="ic-light-columns"):
                with gr.Column(min_width=160):
                    place(PICTURES[:1])
                    cut_out = editor.place_cut_out(tab)
                    place(PICTURES[1:])
                    needs = gr.HTML(_needs(_DEFAULTS), visible=False, elem_id=elem_id(tab, "needs"))
                    from_background = editor.place_from_background(tab)
                with gr.Column(min_width=160):
                    place(FIRST)
                    preview = gr.Image(
                        label="Light map preview",
                        interactive=False,
                        visible=False,
                        height=PREVIEW[1],
                        elem_id=elem_id(tab, "preview"),
                    )
                    place(SHAPE)
            lamps = lamps or editor.place(tab, places)
            with lamps.frame, gr.Accordion("Lamps as text", open=False, elem_id=elem_id(tab, "lamps_text")):
                place(("lamps",))
            with gr.Accordion("Light stage", open=False, elem_id=elem_id(tab, "light_stage")):
                place(STAGE)
                mixer = stage.place(tab)
            with gr.Row(elem_classes="ic-light-columns"):
                place(GIVEN_BACK)
            beside.get("tools", lambda: None)()
            with gr.Accordion("More", open=False, elem_id=elem_id(tab, "more")):
                place(MORE)
                place(SHADING)
    _connect(controls, frames, visible, lamps.frame, from_background, preview if light_map else None)
    if light_map:
        _connect_panorama(controls, preview, context)
    _connect_needs(controls, needs)
    editor.connect(tab, lamps, from_background, controls, context, starts)
    stage.connect(tab, mixer, controls, context, [*starts, *(controls[name].change for name in ("enabled", "stage"))])
    if shows_subject:
        editor.connect_scene(tab, controls, cut_out, context)
    ordered = [controls[name] for name in OPTIONS]
    return Panel(
        ordered,
        [(controls[o.name], _reader(o)) for o in OPTIONS.values() if o.infotext_key],
        lamps.outputs,
        lamps.placing,
        cut_out,
    )


def to_options(names: Iterable[str], values: Iterable[Any]) -> dict[str, Any]:
    """Options by name, from what their controls hand over."""
    return {n: to_hex(v) if isinstance(OPTIONS[n].kind, Colour) else v for n, v in zip(names, values)}


def to_hex(colour: Any) -> Any:
    """A colour as #rrggbb, where a control says it as ``rgba(r, g, b, a)``: gradio 5 does. Any other is left alone."""
    parts = re.fullmatch(r"rgba?\(([\d.]+), *([\d.]+), *([\d.]+).*\)", str(colour))
    return "#" + "".join(f"{min(round(float(part)), 255):02x}" for part in parts.groups()) if parts else colour


def _reader(option: Option) -> Callable[[dict[str, Any]], Any]:
    return lambda params: infotext.read(option, params)


def _takes_any_file(kind: Kind) -> bool:
    """Whether a picture can be in a file of which a browser shows nothing."""
    return isinstance(kind, Picture) and bool(kind.beyond)


def _control(option: Option, tab: str, visible: bool) -> Any:
    kind = option.kind
    common = {"label": option.label, "elem_id": elem_id(tab, option.name), "visible": visible}
    if isinstance(kind, Picture) and _takes_any_file(kind):
        return upload(file_types=["image", *kind.beyond], **common)
    if isinstance(kind, Picture):
        own_alpha = "RGBA" if option.name in ("foreground", "foreground_mask") else "RGB"
        control = gr.Image(type="pil", image_mode=own_alpha, height=320, **LOSSLESS, **source(), **common)
        control.preprocess = to_base64_file
        return control
    common.update(value=option.panel, info=_info(option))
    if isinstance(kind, Switch):
        return gr.Checkbox(**common)
    if isinstance(kind, Number):
        return gr.Slider(kind.low, kind.high, step=kind.step, **common)
    if isinstance(kind, Whole):
        return gr.Slider(kind.low, kind.high, step=1, **common)
    if isinstance(kind, Colour):
        return gr.ColorPicker(**common)
    if isinstance(kind, ModelName):
        return dropdown(kind.labels_by_key, allow_custom_value=True, **common)
    if isinstance(kind, Choice):
        return dropdown(kind.labels_by_key, **common)
    if isinstance(kind, Lamps):
        return gr.Textbox(lines=1, max_lines=3, **common)
    raise TypeError(kind)


def _info(option: Option) -> str:
    """An option's help, in which labels stand for keys."""
    licences = list(dict.fromkeys(m.licence for m in MATTINGS if m.licence)) if option.name == "matting" else []
    by_licence = (f"Licence of {_labels_under(licence)}: {licence}." for licence in licences)
    text = " ".join([option.help, *by_licence])
    labels = option.kind.labels_by_key
    return re.sub(r"(?<!\S)([\w.-]+): ", lambda found: f"{labels.get(found[1], found[1])}: ", text)


def _labels_under(licence: str) -> str:
    return ", ".join(matting.label for matting in MATTINGS if matting.licence == licence)


_DEFAULTS = Request(light=OPTIONS["light"].panel)


def _connect(
    controls: Mapping[str, Any],
    frames: Mapping[str, Any],
    visible: Acts,
    lamps: Any,
    from_background: Any,
    preview: Any,
) -> None:
    """Show what acts, and the light map as it will be drawn.

    :param frames: by option, what is shown or hidden in place of its control.
    :param lamps: the light editor's frame.
    :param preview: where the light map is drawn, if at all.
    """
    # The editor draws lamps by itself.
    asked = (
        *DEPENDED_ON,
        *(name for name in maps.DRAWN_BY if name != "lamps"),
    )
    shown = [option for option in OPTIONS.values() if option.when is not always]
    drawn = [] if preview is None else [preview]

    def show(*values: Any) -> list[Any]:
        request = build(to_options(asked, values))
        return [
            *(_preview(request) for _ in drawn),
            *(gr.update(visible=visible(option, request)) for option in shown),
            gr.update(visible=visible(OPTIONS["lamps"], request)),
            gr.update(visible=request.model_role == "fbc"),
        ]

    def redraw(*values: Any) -> Any:
        return _preview(build(to_options(asked, values)))

    inputs = [controls[name] for name in asked]
    # A person's own defaults are known when the panel is switched on.
    for name in ("enabled", *asked):
        if name in ("enabled", "light", *DEPENDED_ON):
            parts = [frames.get(option.name, controls[option.name]) for option in shown]
            outputs = [*drawn, *parts, lamps, from_background]
            controls[name].change(show, inputs, outputs, **QUIET)
        elif drawn and name in maps.DRAWN_BY:
            controls[name].change(redraw, inputs, drawn, **QUIET)


def _connect_panorama(controls: Mapping[str, Any], preview: Any, context: PanelContext) -> None:
    """Show the light map of a panorama, which only the server can draw."""
    asked = ("model", "light", *GIVEN_BY)

    def draw(*values: Any) -> Any:
        request = build(to_options(asked, values))
        if not OPTIONS["panorama"].when(request):
            return gr.update()
        if request.panorama is None:
            return gr.update(visible=False)
        with refusals_shown():
            return gr.update(visible=True, value=context.runtime().preparer.light_map(request, *PREVIEW))

    for name in ("enabled", *asked):
        controls[name].change(draw, [controls[name] for name in asked], preview, **QUIET)


def _connect_needs(controls: Mapping[str, Any], needs: Any) -> None:
    """Say before a picture is made that a background is missing."""
    asked = [controls[name] for name in ("model", "light", "background")]

    def say(model: str, light: str, background: Any) -> Any:
        request = build({"model": model, "light": light})
        return gr.update(value=_needs(request), visible=request.model_role == "fbc" and background is None)

    for control in (controls["enabled"], *asked):
        control.change(say, asked, needs, **QUIET)


def _needs(request: Request) -> str:
    missing = "Needs a picture as Background, or a Light." if request.light == "none" else ""
    return f'<p class="ic-light-message">{missing or "Without a Background picture the light stands in for it."}</p>'


def _preview(request: Request) -> Any:
    if OPTIONS["panorama"].when(request):
        return gr.update()
    if not OPTIONS["light_color"].when(request):
        return gr.update(visible=False)
    ends = maps.ends_for(request.model)
    return gr.update(visible=True, value=maps.draw(request.light_options, *PREVIEW, ends))
