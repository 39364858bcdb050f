"""The page: the extension's own panel, the light dragged over the picture, and the picture before and after."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.request.args import build
from lib_iclight.standalone import classic
from lib_iclight.standalone.compare import compare
from lib_iclight.standalone.fields import Fields, chosen_backdrop, for_classic, for_diffusion
from lib_iclight.standalone.own_host import OwnHostOnly
from lib_iclight.standalone.prefix import UnderPrefix
from lib_iclight.subject.prepare import prepare_subjects
from lib_iclight.ui import build_panel, gradios, to_options
from lib_iclight.ui.context import PanelContext
from lib_iclight.web.live import LIT_BY, SHAPED_BY, describe_light

if TYPE_CHECKING:
    from lib_iclight.standalone.service import Service

HERE = Path(__file__).parent
PROGRAMS = tuple(
    f"ic_light_{name}.js"
    for name in (
        *("lamps", "lighting", "light_map", "geometry", "strokes", "form", "webgl", "renderer"),
        *("actions", "elements", "live_picture"),
        *("handles", "lamp_form", "toolbar", "help", "history", "editor", "panel"),
    )
)
STYLE = "style.css"
TAB = "txt2img"

OLD = (600, 24 * 3600)
"""How often the pictures that were shown are looked through, and how old they become, in seconds."""

SCENE = ("foreground", "foreground_mask", "matting", "background", "flip_background", *SHAPED_BY)
PICKED = ("light", "light_angle", "light_x", "light_y")

ASK = "Give a picture as Subject, then drag the light over it."

LIVE = f"""<div class="ic-live-picture"></div><p class="ic-message">{ASK}</p>"""

QUIET: dict[str, Any] = {**gradios.QUIET, **gradios.UNLISTED}


def mount(app: Any, service: Service, prefix: str = "") -> Any:
    """The application with the page at its root.

    :param app: FastAPI's, with the routes of ``api.router`` that the page asks for pictures.
    :param prefix: as ``prefix.check_prefix`` gives it.
    :raises ICLightError: files of the page are missing.
    """
    app.add_middleware(OwnHostOnly)
    if prefix:
        app.add_middleware(UnderPrefix, prefix=prefix)
    look = _look()
    return gradios.mount(app, build_page(service, look), look, prefix)


def _look() -> dict[str, Any]:
    return {
        # A machine without a network has fonts of its own.
        "theme": gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]).set(
            # The default is too pale to be read on white.
            body_text_color_subdued="*neutral_500"
        ),
        "css": _shared(STYLE) + (HERE / "page.css").read_text("utf-8"),
        "head": "".join(f"<script>{text}</script>" for text in _programs()),
    }


def build_page(service: Service, look: dict[str, Any]) -> gr.Blocks:
    """The page of one process.

    :param look: see ``gradios.mount``.
    """
    with gradios.page(look, title="IC-Light", analytics_enabled=False, delete_cache=OLD) as page:
        gr.HTML(f'<div class="ic-head"><h1>IC-Light</h1><p>{html.escape(service.description)}</p></div>')
        with gr.Row(elem_id="ic_light_columns"):
            with gr.Column(elem_id="ic_light_asked"):
                panel, fields = _build_inputs(service)
                button = gr.Button("Generate", variant="primary", elem_id="ic_light_generate")
            if service.engine is service.classic:
                with gr.Column(elem_id="ic_light_lit"):
                    _build_live_picture(page, service, panel, fields)
            with gr.Column(elem_id="ic_light_made"):
                _build_results(service, button, panel, fields)
    return page


def _programs() -> list[str]:
    return [*(_shared(f"javascript/{name}") for name in PROGRAMS), (HERE / "page.js").read_text("utf-8")]


def _shared(path: str) -> str:
    """What the WebUIs load by themselves: in a checkout's folder, else among the data that the package installed."""
    file = HERE.parents[1] / path
    if not file.is_file():
        installed = metadata.files("ic-light-webui") or []
        file = next((Path(str(found.locate())) for found in installed if found.name == file.name), file)
    if not file.is_file():
        raise ICLightError(
            ErrorCode.INSTALLATION_INCOMPLETE, f"IC-Light: the file {file} is missing: install IC-Light again."
        )
    return file.read_text("utf-8")


@contextmanager
def _always_on(value: bool, label: str, elem_id: str) -> Iterator[gr.Checkbox]:
    """The panel's frame, where nothing is done but relighting."""
    yield gr.Checkbox(True, label=label, elem_id=elem_id, visible=False)


def _build_inputs(service: Service) -> tuple[dict[str, Any], Fields]:
    """The panel's controls by name, and those of the engine."""
    context = PanelContext(lambda: service.runtime, lambda: service.live, service.lock)
    if service.engine is service.classic:
        panel = build_panel(TAB, _always_on, context, classic.acts, light_map=False)
        fields = for_classic(service.settings.backdrop)
    else:
        panel = build_panel(TAB, _always_on, context)
        fields = for_diffusion(service.engine)
    return panel.by_option, fields


def _build_live_picture(page: gr.Blocks, service: Service, panel: dict[str, Any], fields: Fields) -> None:
    """The picture under a light that is dragged, drawn in the browser (page.js)."""
    gr.Markdown(f"**Live**, {service.classic.name}: drag the light, or move it with the arrow keys.")
    gr.HTML(LIVE, elem_id="ic_light_live", elem_classes="ic-empty")
    scene, light = gr.Textbox(visible=False), gr.Textbox(visible=False)

    in_scene = {name: panel[name] for name in SCENE}
    behind = {name: fields.controls[name] for name in ("backdrop", "colour")}
    in_light = {name: panel[name] for name in LIT_BY}

    def open_scene(*values: Any) -> str:
        options = to_options(in_scene, values)
        if options["foreground"] is None:
            return _to_json(message=ASK)
        try:
            backdrop = chosen_backdrop(dict(zip(behind, values[len(in_scene) :])))
            key, _ = service.live.open(build(options), service.lock, backdrop)
        except ICLightError as error:
            return _to_json(message=error.detail)
        return _to_json(key=key, message="")

    def describe(*values: Any) -> str:
        try:
            return _to_json(**describe_light(build(to_options(in_light, values))))
        except ICLightError as error:
            return _to_json(message=error.detail)

    _whenever(in_scene | behind, open_scene, scene, "(text) => window.ICLight.page.open(text)", page)
    _whenever(in_light, describe, light, "(text) => window.ICLight.page.show(text)", page)
    # What is set by hand comes back by a click on a button that nobody sees: every gradio takes that.
    picked = gr.Button("Picked", elem_id="ic_light_picked")
    picked.click(None, None, [panel[name] for name in PICKED], js="() => window.ICLight.page.getNewValues()", **QUIET)


def _whenever(controls: dict[str, Any], work: Callable[..., str], text: Any, js: str, page: gr.Blocks) -> None:
    """Work anew whenever a control changes, and at the start, and hand the text to the page's own program."""
    events = [page.load, *(control.change for control in controls.values())]
    gr.on(events, work, list(controls.values()), text, **QUIET).then(None, text, None, js=js, **QUIET)


def _to_json(**values: Any) -> str:
    return json.dumps(values)


def _build_results(service: Service, button: gr.Button, panel: dict[str, Any], fields: Fields) -> None:
    """What comes out."""
    slider = gr.HTML(visible=False, elem_id="ic_light_compare")
    gallery = gr.Gallery(
        label="Pictures",
        format="png",
        columns=3,
        height="auto",
        object_fit="contain",
        visible=False,
        elem_id="ic_light_gallery",
    )
    parameters = gr.Textbox(label="Parameters", lines=3, visible=False, elem_id="ic_light_parameters", **gradios.COPIED)

    def generate(*values: Any, progress: Any = gr.Progress()) -> list[Any]:  # noqa: B008
        options = to_options(panel, values)
        with gradios.refusals_shown():
            job = fields.job(options, dict(zip(fields.controls, values[len(panel) :])))
            result = service.generate(job, progress)
            (subject,) = prepare_subjects(service.runtime.preparer, build(options), ())
        for picture, infotext in zip(result.images, result.infotexts):
            picture.info["parameters"] = infotext
        shown = compare(subject, result.images[0], service.engine.name)
        return [
            gr.update(value=shown, visible=True),
            gr.update(value=result.images, visible=True),
            gr.update(value=result.infotexts[0], visible=True),
        ]

    inputs = [*panel.values(), *fields.controls.values()]
    button.click(generate, inputs, [slider, gallery, parameters], **gradios.UNLISTED)
