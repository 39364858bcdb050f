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
from lib_iclight.request.recommended import PIXELS
from lib_iclight.standalone import classic, live_light, opened, results, uploads
from lib_iclight.standalone.fields import SIDES, TAB, Fields, backdrop_of, for_classic, for_diffusion
from lib_iclight.standalone.own_host import OwnHostOnly
from lib_iclight.standalone.prefix import UnderPrefix
from lib_iclight.ui import Panel, advice, build_panel, editor, gradios, outputs, placing
from lib_iclight.ui.context import PanelContext

if TYPE_CHECKING:
    from lib_iclight.standalone.service import Service

HERE = Path(__file__).parent
PROGRAMS = tuple(
    f"ic_light_{name}.js"
    for name in (
        *("colours", "lamps", "lighting", "light_map", "geometry"),
        *("strokes", "form", "kept_light", "cast_shadow", "webgl", "renderer"),
        *("keys", "actions", "elements", "live_picture"),
        *("grips", "touch", "menu", "handles", "lamp_form", "toolbar", "help", "history", "echoes"),
        *("words", "prompts", "requests", "setups"),
        *("thumbnails", "kept_list", "own_presets", "tab_stop", "cards", "notes", "desk"),
        *("mode", "ground", "matte_brush", "matte", "matte_tools", "matte_select"),
        *("matte_actions", "matte_view", "matte_form", "matte_editor"),
        *("placement", "place_actions", "place_view", "place_form", "place_editor", "panel_place"),
        *("aim", "crosshair", "spot", "keyboard", "editor", "outputs", "panel_matte", "advice"),
        *("stage_mix", "stage_canvas", "stage_rows", "stage_panorama", "stage_lamps", "stage_snapshots"),
        *("stage_mixer", "panel_stage", "panel"),
    )
)
STYLE = "style.css"

OLD = (600, 12 * 3600)
"""How often the pictures that were shown are looked through, and how old they become, in seconds.

Gradio takes whole days off an age (``timedelta.seconds``): with a day or more none would ever be old.
"""


def mount(app: Any, service: Service, prefix: str = "") -> Any:
    """The application with the page at its root.

    :param app: FastAPI's, with the routes of ``api.router`` that the page asks for pictures.
    :param prefix: as ``prefix.check_prefix`` gives it.
    :raises ICLightError: files of the page are missing.
    """
    uploads.use_own_folder()
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
        pictures = opened.place()
        placed: list[results.Results] = []
        built = _build_panel(page, service, lambda: placed.append(results.place(service)))
        panel = built.by_option
        fields = _build_fields(service, panel)
        outputs.connect(TAB, built.outputs, panel, fields.settings)
        opened.connect(pictures, panel["foreground"])
        opened.connect_all(service, pictures, panel, fields)
        if service.engine is service.classic:
            _connect_canvas(service, built, fields)
            live_light.connect(page, service, panel, fields)
        size = [fields.controls[side] for side in SIDES]
        placing.connect(TAB, built.placing, panel, size, _context(service), [page.load])
        results.connect(service, placed[0], panel, fields)
    return page


def _programs() -> list[str]:
    own = [(HERE / name).read_text("utf-8") for name in ("page.js", "language.js")]
    return [_dictionaries(), *(_shared(f"javascript/{name}") for name in PROGRAMS), *own]


def _dictionaries() -> str:
    """The program that holds the dictionaries by language: what the WebUIs take, and the words of the page alone."""
    chinese = {
        **json.loads(_shared("localizations/zh_CN.json")),
        **json.loads((HERE / "zh_CN.json").read_text("utf-8")),
    }
    # In a page's program a text may not end it.
    text = json.dumps({"zh": chinese}, ensure_ascii=False).replace("</", "<\\/")
    return f"window.ICLight = Object.assign(window.ICLight || {{}}, {{ dictionaries: {text} }});"


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


def _build_panel(page: gr.Blocks, service: Service, below_editor: Callable[[], Any]) -> Panel:
    """The panel, the canvas first."""
    context = _context(service)
    first: dict[str, Any] = {"below_editor": below_editor, "starts": [page.load]}
    if service.engine is service.classic:
        return build_panel(TAB, _always_on, context, classic.acts, light_map=False, shows_subject=False, **first)
    return build_panel(TAB, _always_on, context, **first)


def _context(service: Service) -> PanelContext:
    return PanelContext(lambda: service.runtime, lambda: service.live, service.lock)


def _connect_canvas(service: Service, panel: Panel, fields: Fields) -> None:
    """The canvas and its cards show what the classic engine puts behind the subject."""
    editor.connect_scene(TAB, panel.by_option, panel.cut_out, _context(service), backdrop_of(fields))


def _build_fields(service: Service, panel: dict[str, Any]) -> Fields:
    """The controls of the engine.

    :param panel: the panel's controls, by option.
    """
    if service.engine is service.classic:
        with gr.Accordion("Backdrop and size", open=False):
            return for_classic(service.settings.backdrop)
    with gr.Accordion("Prompt, sampling and size"):
        fields = for_diffusion(service.engine)
        size, told = advice.place_size(TAB), advice.place(TAB)
    cfg, width, height = (fields.controls[name] for name in ("cfg_scale", "width", "height"))
    advice.connect_size(size, panel, width, height, lambda model: service.library.role(model), lambda: PIXELS)
    advice.connect(TAB, told, panel, cfg, width, height)
    return fields
