"""The page: the extension's own panel, the light dragged over the picture, and the picture before and after."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.request.args import build
from lib_iclight.request.sentences import sentence_of
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
        *("colours", "lamps", "lighting", "light_map", "geometry"),
        *("strokes", "form", "kept_light", "webgl", "renderer"),
        *("actions", "elements", "live_picture"),
        *("grips", "touch", "menu", "handles", "lamp_form", "toolbar", "help", "history", "echoes"),
        *("words", "requests", "setups"),
        *("thumbnails", "own_presets", "tab_stop", "cards", "notes", "desk"),
        *("aim", "crosshair", "spot", "keyboard", "editor", "panel"),
    )
)
STYLE = "style.css"
TAB = "txt2img"

OLD = (600, 24 * 3600)
"""How often the pictures that were shown are looked through, and how old they become, in seconds."""

SCENE = ("foreground", "foreground_mask", "matting", "background", "flip_background", *SHAPED_BY)
PICKED = ("light", "light_angle", "light_x", "light_y")

ASK = "Give a picture as Subject, then drag the light over it."

LIVE = f"""<div class="ic-live-picture"></div><p class="ic-message" role="status">{ASK}</p>"""

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
            body_text_color_subdued="*neutral_500",
            # White on the default's orange is 2.8 to 1.
            button_primary_background_fill="*primary_700",
            button_primary_background_fill_dark="*primary_700",
            button_primary_background_fill_hover="*primary_800",
            button_primary_background_fill_hover_dark="*primary_800",
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
        pictures = _place_pictures()
        placed: list[Results] = []
        panel = _build_panel(page, service, lambda: placed.append(_place_results(service)))
        fields = _build_fields(service)
        _connect_pictures(pictures, panel["foreground"])
        if service.engine is service.classic:
            _connect_live_picture(page, service, panel, fields)
        _connect_results(service, placed[0], panel, fields)
    return page


@dataclass(frozen=True)
class Pictures:
    """Where pictures come in: the button that opens some, and those that wait."""

    opened: Any
    waiting: Any
    files: Any


def _place_pictures() -> Pictures:
    with gr.Row(elem_id="ic_light_open"):
        opened = gr.UploadButton(
            "Open pictures, or drop or paste them anywhere", file_types=["image"], file_count="multiple"
        )
    waiting = gr.Gallery(
        label="Opened",
        columns=8,
        height=96,
        object_fit="cover",
        allow_preview=False,
        show_label=False,
        visible=False,
        elem_id="ic_light_waiting",
    )
    return Pictures(opened, waiting, gr.State([]))


def _connect_pictures(pictures: Pictures, foreground: Any) -> None:
    """The first becomes the subject, and of the others whichever is chosen."""

    def take(files: list[Any]) -> list[Any]:
        paths = [str(getattr(file, "name", file)) for file in files]
        return [paths[0], gr.update(value=paths, visible=len(paths) > 1, selected_index=0), paths]

    def choose(paths: list[str], chosen: gr.SelectData) -> str:
        return paths[chosen.index]

    outputs = [foreground, pictures.waiting, pictures.files]
    pictures.opened.upload(take, pictures.opened, outputs, **QUIET)
    pictures.waiting.select(choose, pictures.files, foreground, **QUIET)


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


def _build_panel(page: gr.Blocks, service: Service, below_editor: Callable[[], Any]) -> dict[str, Any]:
    """The panel's controls by name, the canvas first."""
    context = PanelContext(lambda: service.runtime, lambda: service.live, service.lock)
    first: dict[str, Any] = {"below_editor": below_editor, "starts": [page.load]}
    if service.engine is service.classic:
        return build_panel(TAB, _always_on, context, classic.acts, light_map=False, **first).by_option
    return build_panel(TAB, _always_on, context, **first).by_option


def _build_fields(service: Service) -> Fields:
    """The controls of the engine."""
    if service.engine is service.classic:
        with gr.Accordion("Backdrop and size", open=False):
            return for_classic(service.settings.backdrop)
    with gr.Accordion("Prompt, sampling and size"):
        return for_diffusion(service.engine)


def _connect_live_picture(page: gr.Blocks, service: Service, panel: dict[str, Any], fields: Fields) -> None:
    """The picture under a light that is no lamps', drawn in the browser (page.js)."""
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
            return _to_json(message=sentence_of(error))
        return _to_json(key=key, message="")

    def describe(*values: Any) -> str:
        try:
            return _to_json(**describe_light(build(to_options(in_light, values))))
        except ICLightError as error:
            return _to_json(message=sentence_of(error))

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


@dataclass(frozen=True)
class Results:
    """What makes a picture, and what comes out."""

    generate: Any
    save: Any
    slider: Any
    gallery: Any
    parameters: Any


def _place_results(service: Service) -> Results:
    is_classic = service.engine is service.classic
    if is_classic:
        gr.HTML(LIVE, elem_id="ic_light_live", elem_classes="ic-empty")
    with gr.Row(elem_id="ic_light_acts"):
        generate = gr.Button("Generate", variant="primary", visible=not is_classic, elem_id="ic_light_generate")
        save = gr.Button("Save", variant="primary", interactive=is_classic, elem_id="ic_light_save")
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
    return Results(generate, save, slider, gallery, parameters)


def _connect_results(service: Service, results: Results, panel: dict[str, Any], fields: Fields) -> None:
    """The classic engine makes a picture where it is saved; any other saves what it has made."""

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
            gr.update(interactive=True),
        ]

    inputs = [*panel.values(), *fields.controls.values()]
    outputs = [results.slider, results.gallery, results.parameters, results.save]
    if service.engine is service.classic:
        saved = results.save.click(generate, inputs, outputs, **gradios.UNLISTED).success
    else:
        results.generate.click(generate, inputs, outputs, **gradios.UNLISTED)
        saved = results.save.click
    saved(None, results.gallery, None, js="(pictures) => window.ICLight.page.save(pictures)", **QUIET)
