"""The AlwaysOn script: the host's hooks, each handed over to the generation's session."""

from __future__ import annotations

import functools
import html
from typing import Any

import gradio as gr
from modules import call_queue, script_callbacks, scripts, shared
from modules.ui_components import InputAccordion, ToolButton

from lib_iclight.cache import Budget
from lib_iclight.hosts import base, batch_tab, generation, img2img
from lib_iclight.hosts.send import send_picture
from lib_iclight.hosts.settings import cached_bytes, downloads_allowed, live_preview, model_folders, pixels, section
from lib_iclight.matting import FILE_KINDS, rembg
from lib_iclight.models.download import Downloads
from lib_iclight.models.library import Library
from lib_iclight.request import axes
from lib_iclight.request.infotext import keys
from lib_iclight.request.option import TITLE
from lib_iclight.request.sentences import sentence_of
from lib_iclight.runtime import Runtime
from lib_iclight.session import Session
from lib_iclight.ui import tools
from lib_iclight.ui.context import PanelContext
from lib_iclight.ui.model_notices import ModelNotices
from lib_iclight.ui.tab_panel import TabPanel
from lib_iclight.web.api import page_router, router
from lib_iclight.web.live import LivePictures
from lib_iclight.web.select import make_select

SUBJECT_OF = {"txt2img": "txt2img", "img2img": "img2img", "extras": "txt2img"}
"""In which tab the picture of a gallery becomes the subject."""


@functools.cache
def runtime() -> Runtime:
    """The one of this process, made when it is first needed."""
    return Runtime(base.connect(), Library(model_folders, FILE_KINDS, rembg.folders), Budget(cached_bytes()))


@functools.cache
def live() -> LivePictures:
    return LivePictures(runtime().preparer, runtime().budget)


@functools.cache
def downloads() -> Downloads:
    return Downloads(downloads_allowed(), FILE_KINDS)


NOTICES = ModelNotices(lambda: runtime().library, downloads, lambda: model_folders()[0])
CONTEXT = PanelContext(runtime, live, call_queue.queue_lock, live_preview)


class ICLight(scripts.Script):
    sorting_priority = 10

    _stopped_by = ""

    @functools.cached_property
    def _tab_panel(self) -> TabPanel:
        return TabPanel("img2img" if self.is_img2img else "txt2img", CONTEXT, NOTICES, pixels, send_picture)

    def title(self) -> str:
        return TITLE

    def show(self, is_img2img: bool) -> Any:
        return scripts.AlwaysVisible

    def ui(self, is_img2img: bool) -> list[Any]:
        panel = self._tab_panel.place(InputAccordion)
        self.infotext_fields = panel.infotext_fields
        self.paste_field_names = keys()
        return panel.controls

    def after_component(self, component: Any, **kwargs: Any) -> None:
        if self._tab_panel.on_component(kwargs.get("elem_id"), component):
            self._tab_panel.connect_log(component, self._say_sentence)

    def _say_sentence(self, shown: str) -> Any:
        """What the page's log says, in a person's words: a host names the error's class, or another error."""
        sentence, self._stopped_by = self._stopped_by, ""
        if not sentence or "class='error'" not in shown:
            return gr.update()
        return f"<div class='error'>{html.escape(sentence)}</div>"

    def _remember(self, p: Any, error: Exception) -> None:
        """What stopped a generation, for the page's log."""
        self._stopped_by = "" if p.is_api else sentence_of(error)

    def setup(self, p: Any, *args: Any) -> None:
        img2img.remember_pictures(p, img2img.own_pictures(p) or ())

    def process(self, p: Any, *args: Any) -> None:
        generation.attach_session(p, None)
        if generation.is_detail(p):
            return
        # An exception of any kind has to stop the job here: the host would log it and go on without light.
        try:
            if session := runtime().begin(p, args, axes.changes(p)):
                generation.attach_session(p, session)
                batch_tab.check_after_init(p, session.check_pictures)
        except Exception as error:  # noqa: BLE001
            if batch_tab.ends_only_its_picture(p, error):
                batch_tab.skip(p, error)
                return
            self._remember(p, error)
            generation.stop(p, error)

    def process_before_every_sampling(self, p: Any, *args: Any, **kwargs: Any) -> None:
        session: Session | None = generation.session_of(p)
        if session is None:
            return
        try:
            generation.begin_batch(p)
            session.before_sampling(p, kwargs["x"])
        except Exception as error:  # noqa: BLE001
            self._remember(p, error)
            generation.stop_sampling(p, error)

    def postprocess_batch(self, p: Any, *args: Any, **kwargs: Any) -> None:
        generation.end_batch(p)

    def postprocess_image(self, p: Any, pp: Any, *args: Any) -> None:
        session: Session | None = generation.session_of(p)
        if session is None:
            return
        try:
            pp.image = session.give_back(p, pp.image, getattr(p, "batch_index", 0))
        except Exception as error:  # noqa: BLE001
            self._remember(p, error)
            generation.stop_saving(p, pp, error)

    def postprocess(self, p: Any, processed: Any, *args: Any) -> None:
        batch_tab.finish(p, processed)
        img2img.remember_pictures(p, processed.images)
        session: Session | None = generation.session_of(p)
        if session is not None:
            generation.append_pictures(p, processed, session.appended_images())
            generation.detach_session(p)


def _add_button(component: Any, **kwargs: Any) -> None:
    """Beside what a gallery has to send its picture elsewhere: one that sends it to the subject."""
    gallery, found, _ = str(kwargs.get("elem_id")).partition("_send_to_extras")
    if found and gallery in SUBJECT_OF:
        tooltip = "Send image to IC-Light's subject."
        button = ToolButton("💡", elem_id=f"{gallery}_send_to_ic_light", tooltip=tooltip)
        tools.send_to_subject(gallery, button, SUBJECT_OF[gallery])


def _add_axes() -> None:
    for data in scripts.scripts_data:
        if data.script_class.__module__ in ("xyz_grid.py", "scripts.xyz_grid"):
            known = data.module.axis_options
            if not any(option.label.startswith(f"[{TITLE}]") for option in known):
                known.extend(axes.options(data.module.AxisOption))


def _add_routes(demo: Any, app: Any) -> None:
    app.include_router(
        page_router(live, downloads, make_select(runtime, call_queue.queue_lock), lambda: runtime().bases)
    )
    if shared.cmd_opts.api or getattr(shared.cmd_opts, "nowebui", False):
        app.include_router(router(runtime, live, call_queue.queue_lock, shared.cmd_opts.api_auth))


script_callbacks.on_before_ui(_add_axes)
script_callbacks.on_after_component(_add_button)
script_callbacks.on_ui_settings(section)
script_callbacks.on_app_started(_add_routes)
