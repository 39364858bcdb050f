"""The AlwaysOn script: the host's hooks, each handed over to the generation's session."""

from __future__ import annotations

import functools
import html
from typing import Any

import gradio as gr
from modules import call_queue, script_callbacks, scripts, shared
from modules.ui_components import InputAccordion

from lib_iclight import axes
from lib_iclight.api import router, shown
from lib_iclight.args import TITLE
from lib_iclight.hosts import base, generation
from lib_iclight.infotext import keys
from lib_iclight.session import Session, Workshop
from lib_iclight.settings import live_preview, model_folders, section
from lib_iclight.ui import Studio, build_panel
from lib_iclight.weights import Library


@functools.cache
def workshop() -> Workshop:
    """The one workshop of this process, made when it is first needed."""
    return Workshop(base.connect(), Library(model_folders))


class ICLight(scripts.Script):
    sorting_priority = 10
    _stopped_by = ""

    def title(self) -> str:
        return TITLE

    def show(self, is_img2img: bool) -> Any:
        return scripts.AlwaysVisible

    def ui(self, is_img2img: bool) -> list[Any]:
        studio = Studio(lambda: workshop().live, call_queue.queue_lock, live_preview)
        panel = build_panel("img2img" if is_img2img else "txt2img", InputAccordion, studio)
        self.infotext_fields = panel.infotext_fields
        self.paste_field_names = keys()
        return panel.controls

    def after_component(self, component: Any, **kwargs: Any) -> None:
        tab = "img2img" if self.is_img2img else "txt2img"
        if kwargs.get("elem_id") == f"html_log_{tab}" and workshop().host.loses_errors:
            component.change(self._unsaid, component, component, show_progress=False, queue=False)

    def _unsaid(self, shown: str) -> Any:
        """What the page's log should have said where the host has lost it."""
        sentence, self._stopped_by = self._stopped_by, ""
        if not sentence or "NoneType" not in shown:
            return gr.update()
        return f"<div class='error'>{html.escape(sentence)}</div>"

    def process(self, p: Any, *args: Any) -> None:
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


def _add_axes() -> None:
    for data in scripts.scripts_data:
        if data.script_class.__module__ in ("xyz_grid.py", "scripts.xyz_grid"):
            known = data.module.axis_options
            if not any(option.label.startswith(f"[{TITLE}]") for option in known):
                known.extend(axes.options(data.module.AxisOption))


def _add_routes(demo: Any, app: Any) -> None:
    app.include_router(shown(workshop))
    if shared.cmd_opts.api or getattr(shared.cmd_opts, "nowebui", False):
        app.include_router(router(workshop, call_queue.queue_lock, shared.cmd_opts.api_auth))


script_callbacks.on_before_ui(_add_axes)
script_callbacks.on_ui_settings(section)
script_callbacks.on_app_started(_add_routes)
