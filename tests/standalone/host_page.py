"""A tab as hosts have it around the panel, in whatever gradio there is: prompts, settings and the line of the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from playwright.sync_api import Page

from lib_iclight.models.download import Downloads
from lib_iclight.models.library import Library
from lib_iclight.standalone.service import Service
from lib_iclight.ui.context import PanelContext
from lib_iclight.ui.gradios import MAJOR, mount
from lib_iclight.ui.model_notices import ModelNotices
from lib_iclight.ui.tab_panel import TabPanel
from lib_iclight.web.api import page_router
from tests.standalone.conftest import ROOT, SCRIPTS
from tests.standalone.served import serve

PIXELS = 512 * 640


@contextmanager
def folder(value: bool, label: str, elem_id: str) -> Iterator[gr.Checkbox]:
    """As the hosts' InputAccordion: a frame whose state is a checkbox."""
    with gr.Accordion(label):
        yield gr.Checkbox(value, label=label, elem_id=elem_id)


def build(tab: str, service: Service, look: dict[str, str]) -> tuple[gr.Blocks, TabPanel]:
    """The page, and its panel."""
    context = PanelContext(lambda: service.runtime, lambda: service.live, service.lock)
    notices = ModelNotices(lambda: Library(list), lambda: Downloads(), lambda: Path("models"))
    panel = TabPanel(tab, context, notices, lambda: PIXELS, lambda *_: None)
    with gr.Blocks(**look) as page:
        parts = [
            gr.Textbox(label="Prompt", elem_id=f"{tab}_prompt"),
            gr.Textbox(label="Negative prompt", elem_id=f"{tab}_neg_prompt"),
            gr.Slider(1, 150, 20, step=1, label="Steps", elem_id=f"{tab}_steps"),
            gr.Slider(1, 30, 7, step=0.5, label="CFG", elem_id=f"{tab}_cfg_scale"),
            gr.Slider(64, 2048, 512, step=8, label="Width", elem_id=f"{tab}_width"),
            gr.Slider(64, 2048, 512, step=8, label="Height", elem_id=f"{tab}_height"),
        ]
        panel.place(folder)
        parts.append(gr.HTML(elem_id=f"html_log_{tab}"))
        for part in parts:
            panel.on_component(part.elem_id, part)
    return page, panel


@contextmanager
def serve_page(page: gr.Blocks, service: Service, look: dict[str, str]) -> Iterator[str]:
    """The page's address, as long as it is served."""
    app = FastAPI()
    app.include_router(page_router(lambda: service.live, bases=lambda: service.runtime.bases))
    with serve(mount(app, page, look)) as address:
        yield address


@contextmanager
def served(tab: str, service: Service | None = None) -> Iterator[str]:
    service = service or Service([], "classic")
    look = {"css": (ROOT / "style.css").read_text("utf-8")}
    page, _ = build(tab, service, look if MAJOR < 6 else {})
    with serve_page(page, service, look) as address:
        yield address


def load(page: Page, address: str, tab: str = "txt2img") -> None:
    """Open the page, with the JavaScript that hosts load."""
    for path in SCRIPTS:
        page.add_init_script(path=path)
    page.goto(address)
    page.locator(f"#script_{tab}_ic_light_editor").first.wait_for()
