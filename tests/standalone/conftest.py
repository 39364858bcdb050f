from __future__ import annotations

import base64
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from lib_iclight.standalone import page as pages
from lib_iclight.standalone.service import Service
from lib_iclight.web.api import page_router, router

SOFTWARE = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PIXELS = """([draw, argument]) => {
    const gl = (0, eval)(draw)(argument).getContext("webgl2");
    const {drawingBufferWidth: width, drawingBufferHeight: height} = gl;
    const pixels = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    let text = "";
    for (let i = 0; i < pixels.length; i += 32768) text += String.fromCharCode(...pixels.subarray(i, i + 32768));
    return [width, height, btoa(text)];
}"""
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
    app.include_router(page_router(lambda: service.live))
    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(pages.mount(app, service), log_level="warning"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield Server(service, f"http://127.0.0.1:{listening.getsockname()[1]}")
    running.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


def _browser(playwright: Playwright, flags: tuple[str, ...]) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
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


def pixels(page: Page, draw: str, argument: Any = None) -> NDArray[np.uint8]:
    """What WebGL has drawn, [h, w, 4].

    :param draw: a function of JavaScript that draws, to be read before the browser takes it, and gives the canvas.
    """
    width, height, text = page.evaluate(PIXELS, [draw, argument])
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[::-1]


@dataclass
class Watch:
    """What a page should not do."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@pytest.fixture
def watched(server: Server) -> Iterator[Callable[[Page], Watch]]:
    """Watches a page, and at the end says what it did wrong."""
    watch = Watch()

    def start(page: Page) -> Watch:
        page.on("pageerror", lambda error: watch.errors.append(str(error)))
        page.on(
            "console",
            lambda said: watch.errors.append(f"{said.text} {said.location}") if said.type == "error" else None,
        )
        own = (server.url, "data:", "blob:")
        page.on("request", lambda asked: None if asked.url.startswith(own) else watch.foreign.append(asked.url))
        return watch

    yield start
    assert not [error for error in watch.errors if not _gradios_own(error)]
    assert not watch.foreign


def _gradios_own(error: str) -> bool:
    """gradio 5.50 asks for the progress of an upload that it has given no name."""
    return "upload_id=undefined" in error or error.startswith("Response {")
