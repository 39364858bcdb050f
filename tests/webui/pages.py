"""A WebUI's page in headless Chromium, and what a person does there."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from lib_iclight.request.args import OPTIONS
from tests.browser import find_browser
from tests.webui import samples
from tests.webui.host import Host

QUIET = (
    "--no-sandbox",
    # WebGL2 in software.
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 240_000


NOT_OURS = (
    *("iframeResizer", "favicon", "manifest.json", "fonts.g", "theme.css", "net::ERR_NAME_NOT_RESOLVED"),
    # A1111 has it at every change of width and height, also without this extension.
    "Cannot read properties of undefined (reading 'props')",
    # A WebUI's own progressbar.js, at every generation, where the browser has none.
    "Wake Lock is not supported",
)
"""In the hosts' own complaints: what they want from the network, and what their gradio has not."""


@dataclass
class Watch:
    """What a page asked for and complained of."""

    errors: list[str] = dataclasses.field(default_factory=list)
    asked: list[str] = dataclasses.field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._note(f"{error}\n{error.stack}"))
        page.on("console", self._said)
        page.on("request", lambda request: self.asked.append(request.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"{message.text} {message.location}")

    def _note(self, text: str) -> None:
        if not any(known in text for known in NOT_OURS):
            self.errors.append(text)


@pytest.fixture(scope="session")
def browser(host: Host) -> Iterator[Browser]:
    """Only where there is a WebUI for it."""
    path = find_browser()
    if path is None:
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def page(browser: Browser, host: Host, watch: Watch) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 1400})
    watch.follow(opened)
    load(opened, host)
    yield opened
    opened.close()
    assert not watch.errors


def load(page: Page, host: Host, query: str = "") -> None:
    page.goto(host.base_url + query, wait_until="domcontentloaded")
    ready(page)


def ready(page: Page) -> None:
    page.wait_for_selector("#script_txt2img_ic_light_enabled", state="attached", timeout=120_000)
    # The hosts' own scripts connect the page some time after it is drawn.
    page.wait_for_timeout(4000)


def part(page: Page, name: str, tab: str = "txt2img") -> Locator:
    return page.locator(f"#script_{tab}_ic_light_{name}")


def unfold(page: Page, tab: str = "txt2img") -> None:
    panel = part(page, "enabled", tab)
    panel.scroll_into_view_if_needed()
    panel.locator(".label-wrap").first.click()
    expect(part(page, "model", tab)).to_be_visible()


def choose(page: Page, name: str, value: str, tab: str = "txt2img") -> None:
    part(page, name, tab).locator("input").click()
    # Gradio 3 calls them buttons, Gradio 4 options.
    page.locator(f'ul.options li[aria-label="{label(name, value)}"]').click()


def label(name: str, value: str) -> str:
    """What a dropdown shows for a value of the API."""
    return OPTIONS[name].kind.labels_by_key.get(value, value)


def drop(
    page: Page, name: str = "foreground", tab: str = "txt2img", picture: np.ndarray | Image.Image | None = None
) -> None:
    """Put a picture into a control; by itself the usual subject."""
    data = samples.png(samples.subject() if picture is None else picture)
    file = {"name": "subject.png", "mimeType": "image/png", "buffer": data}
    part(page, name, tab).locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    expect(part(page, name, tab).locator("img")).to_be_visible(timeout=20_000)


def shoot(page: Page, name: str, whole: Locator | None = None) -> None:
    """Leave a picture of what the window shows, or of a whole part of the page."""
    if folder := os.environ.get("ICLIGHT_SCREENSHOTS"):
        (whole or page).screenshot(path=Path(folder) / f"{name}.png")


def text_of(page: Page, name: str, tab: str = "txt2img") -> str:
    """What stands in a control that is typed into or chosen from."""
    return part(page, name, tab).locator("textarea, input").first.input_value()


def show(page: Page, tab: str) -> None:
    """Bring a tab to the front."""
    page.locator("#tabs button", has_text=tab).first.click()


def field(page: Page, name: str, tab: str = "txt2img") -> Locator:
    """The number of one of the tab's own controls."""
    return page.locator(f"#{tab}_{name} input[type=number]")


def small(page: Page, tab: str = "txt2img") -> None:
    for name, value in (("steps", "2"), ("width", "128"), ("height", "128")):
        field(page, name, tab).fill(value)
        field(page, name, tab).blur()


def generate(page: Page, tab: str = "txt2img") -> None:
    page.locator(f"#{tab}_generate").click()
