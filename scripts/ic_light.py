"""The AlwaysOn script: the host's hooks, each handed over to the generation's session."""

from __future__ import annotations

import functools
import html
from typing import Any

import gradio as gr
from modules import call_queue, script_callbacks, scripts, shared
from modules.ui_components import InputAccordion, ToolButton

from lib_iclight import axes
from lib_iclight.api import router, shown
from lib_iclight.args import TITLE
from lib_iclight.download import Downloads
from lib_iclight.hosts import base, generation
from lib_iclight.infotext import keys
from lib_iclight.session import Session, Workshop
from lib_iclight.settings import downloads_allowed, live_preview, model_folders, pixels, section
from lib_iclight.ui import Studio, models, tools
from lib_iclight.ui.desk import Desk
from lib_iclight.weights import Library

SUBJECT_OF = {"txt2img": "txt2img", "img2img": "img2img", "extras": "txt2img"}
"""In which tab the picture of a gallery becomes the subject."""


@functools.cache
def workshop() -> Workshop:
    """The one workshop of this process, made when it is first needed."""
    return Workshop(base.connect(), Library(model_folders))


@functools.cache
def downloads() -> Downloads:
    return Downloads(downloads_allowed())


SHELF = models.Shelf(lambda: workshop().library, downloads, lambda: model_folders()[0])
STUDIO = Studio(workshop, call_queue.queue_lock, live_preview)


class ICLight(scripts.Script):
    sorting_priority = 10

    _stopped_by = ""

    @functools.cached_property
    def _desk(self) -> Desk:
        return Desk("img2img" if self.is_img2img else "txt2img", STUDIO, SHELF, pixels)

    def title(self) -> str:
        return TITLE

    def show(self, is_img2img: bool) -> Any:
        return scripts.AlwaysVisible

    def ui(self, is_img2img: bool) -> list[Any]:
        panel = self._desk.place(InputAccordion)
        self.infotext_fields = panel.infotext_fields
        self.paste_field_names = keys()
        return panel.controls

    def after_component(self, component: Any, **kwargs: Any) -> None:
        if self._desk.meet(kwargs.get("elem_id"), component) and workshop().host.loses_errors:
            component.change(self._unsaid, component, component, show_progress=False, queue=False)

    def _unsaid(self, shown: str) -> Any:
        """What the page's log should have said where the host has lost it."""
        sentence, self._stopped_by = self._stopped_by, ""
        if not sentence or "NoneType" not in shown:
            return gr.update()
        return f"<div class='error'>{html.escape(sentence)}</div>"

    def process(self, p: Any, *args: Any) -> None:
        if generation.is_detail(p):
            return
        # An exception of any kind has to stop the job here: the host would log it and go on without light.
        try:
            if session := workshop().begin(p, args, axes.changes(p)):
                generation.keep(p, session)
        except Exception as error:  # noqa: BLE001
            self._stopped_by = "" if p.is_api else str(error)
            generation.stop(p, error)

    def process_before_every_sampling(self, p: Any, *args: Any, **kwargs: Any) -> None:
        session: Session | None = generation.kept(p)
        if session is None:
            return
        try:
            session.before_sampling(p, kwargs["x"])
        except Exception as error:  # noqa: BLE001
            self._stopped_by = "" if p.is_api else str(error)
            generation.stop_sampling(p, error)

    def postprocess(self, p: Any, processed: Any, *args: Any) -> None:
        session: Session | None = generation.kept(p)
        if session is not None:
            generation.append(processed, session.appended())


def _add_button(component: Any, **kwargs: Any) -> None:
    """Beside what a gallery has to send its picture elsewhere: one that sends it to the subject."""
    gallery, found, _ = str(kwargs.get("elem_id")).partition("_send_to_extras")
    if found and gallery in SUBJECT_OF:
        tooltip = "Send image to IC-Light's subject."
        button = ToolButton("💡", elem_id=f"{gallery}_send_to_ic_light", tooltip=tooltip)
        tools.take(gallery, button, SUBJECT_OF[gallery])


def _add_axes() -> None:
    for data in scripts.scripts_data:
        if data.script_class.__module__ in ("xyz_grid.py", "scripts.xyz_grid"):
            known = data.module.axis_options
            if not any(option.label.startswith(f"[{TITLE}]") for option in known):
                known.extend(axes.options(data.module.AxisOption))


def _add_routes(demo: Any, app: Any) -> None:
    app.include_router(shown(workshop, downloads))
    if shared.cmd_opts.api or getattr(shared.cmd_opts, "nowebui", False):
        app.include_router(router(workshop, call_queue.queue_lock, shared.cmd_opts.api_auth))


script_callbacks.on_before_ui(_add_axes)
script_callbacks.on_after_component(_add_button)
script_callbacks.on_ui_settings(section)
script_callbacks.on_app_started(_add_routes)
