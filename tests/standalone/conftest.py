from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from lib_iclight.standalone import page as pages
from lib_iclight.standalone.service import Service
from lib_iclight.ui.gradios import OLD
from lib_iclight.web.api import page_router, router
from tests.browser import find_browser
from tests.standalone.editing import THREE, Editor
from tests.standalone.served import serve

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "javascript").glob("*.js"), reverse=True)
"""In another order than they need one another: hosts keep none."""

PROGRAMS = "".join(f"<script>{path.read_text('utf-8')}</script>" for path in SCRIPTS)

SOFTWARE = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
NO_WEBGL = ("--disable-3d-apis",)
QUIET = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Server:
    service: Service
    url: str


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    service = Service([], "classic")
    app = FastAPI()
    # The page does not know the password, and has to do without.
    app.include_router(router(lambda: service.runtime, lambda: service.live, service.lock, "me:secret"))
    app.include_router(page_router(lambda: service.live, bases=lambda: service.runtime.bases))
    # gradio 3 is only in WebUIs, and the page is none of theirs: the editor is tested there, by itself.
    served = app if OLD else pages.mount(app, service)
    with serve(served) as url:
        yield Server(service, url)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


def _browser(playwright: Playwright, flags: tuple[str, ...]) -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        pytest.skip("there is no Chromium")
    opened = playwright.chromium.launch(executable_path=path, args=[*QUIET, *flags])
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with WebGL2 in software."""
    yield from _browser(playwright, SOFTWARE)


@pytest.fixture(scope="session")
def browser_without_webgl(playwright: Playwright) -> Iterator[Browser]:
    yield from _browser(playwright, NO_WEBGL)


@dataclass
class Watch:
    """What a page should not do."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@pytest.fixture
def watched(server: Server) -> Iterator[Callable[..., Watch]]:
    """Watches a page, and at the end says what it did wrong."""
    watch = Watch()

    def start(page: Page, url: str = server.url) -> Watch:
        page.on("pageerror", lambda error: watch.errors.append(str(error)))
        page.on(
            "console",
            lambda said: watch.errors.append(f"{said.text} {said.location}") if said.type == "error" else None,
        )
        own = (url, "data:", "blob:")
        page.on("request", lambda asked: None if asked.url.startswith(own) else watch.foreign.append(asked.url))
        return watch

    yield start
    assert not [error for error in watch.errors if not _gradios_own(error)]
    assert not watch.foreign


def _gradios_own(error: str) -> bool:
    """gradio 5.50 asks for the progress of an upload that it has given no name."""
    return "upload_id=undefined" in error or error.startswith("Response {")


def html(scripts: bool = True, width: int = 640, theme: str = "") -> str:
    """A page of nothing but the theme's variables, the style sheet and places to be filled.

    :param scripts: with the JavaScript that hosts load; in the page itself, as to add 66 files to it takes a second.
    """
    variables = gr.themes.Default(font=["sans-serif"], font_mono=["monospace"])._get_theme_css()
    style = (ROOT / "style.css").read_text("utf-8")
    places = "".join(
        f'<div id="{name}" style="max-width: {width}px; margin: 8px"></div>' for name in ("place", "other")
    )
    return (
        f'<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel=icon href=data:,>'
        f"<style>{variables}{style}"
        "body { background: var(--body-background-fill); color: var(--body-text-color); margin: 0 }</style></head>"
        f'<body class="gradio-container {theme}">{places}{PROGRAMS if scripts else ""}</body>'
    )


def open_blank(page: Page, server: Server, scripts: bool = True, **look: Any) -> None:
    """A page of ``html``."""
    page.route("**/blank", lambda route: route.fulfill(content_type="text/html", body=html(scripts, **look)))
    page.goto(f"{server.url}/blank")


NewPage = Callable[..., Page]


@pytest.fixture
def new_page(server: Server, watched: Callable[[Page], Watch]) -> Iterator[NewPage]:
    """Opens blank pages in a browser; all is closed at the end."""
    contexts = []

    def start(browser: Browser, scripts: bool = True, look: dict[str, Any] | None = None, **context: Any) -> Page:
        contexts.append(browser.new_context(**{"viewport": {"width": 800, "height": 900}, **context}))
        page = contexts[-1].new_page()
        watched(page)
        open_blank(page, server, scripts, **(look or {}))
        return page

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def page(browser: Browser, new_page: NewPage) -> Page:
    return new_page(browser)


@pytest.fixture
def page_without_webgl(browser_without_webgl: Browser, new_page: NewPage) -> Page:
    return new_page(browser_without_webgl)


@pytest.fixture
def telephone(browser: Browser, new_page: NewPage) -> Page:
    return new_page(browser, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 900})


@pytest.fixture
def editor(page: Page) -> Editor:
    """With three lamps."""
    return Editor(page, THREE)
