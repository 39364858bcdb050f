"""What the light of the page becomes elsewhere, with gradio's own controls."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from PIL import Image, PngImagePlugin
from playwright.sync_api import Browser, Locator, Page, expect

from lib_iclight.request import setups
from lib_iclight.request.script_args import parse
from lib_iclight.request.setups import Setup
from lib_iclight.standalone import page as pages
from lib_iclight.standalone.service import Service
from lib_iclight.web.api import page_router
from tests.standalone.conftest import Server, Watch
from tests.standalone.pictures import base64_png, png, still_life
from tests.standalone.served import serve
from tests.standalone.test_fields import Diffusion
from tests.standalone.test_page import GIVE, PATIENCE, part, shoot
from tests.standalone.test_requests import parsed
from tests.unit.test_setups import LIT

Open = Callable[..., Page]

DROP = """([query, name, text, type]) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, {type}));
    const given = {bubbles: true, cancelable: true, dataTransfer: transfer};
    document.querySelector(query).dispatchEvent(new DragEvent("drop", given));
}"""


@pytest.fixture
def start(browser: Browser, watched: Callable[..., Watch]) -> Iterator[Open]:
    contexts = []

    def open_page(url: str, width: int = 1280) -> Page:
        allowed = ["clipboard-read", "clipboard-write"]
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, permissions=allowed))
        page = contexts[-1].new_page()
        watched(page, url)
        page.goto(url, wait_until="domcontentloaded")
        expect(page.locator(".ic-light-handle")).to_have_count(1, timeout=PATIENCE)
        page.wait_for_timeout(1500)
        page.locator(".ic-light-outputs summary").click()
        return page

    yield open_page
    for context in contexts:
        context.close()


def button(page: Page, name: str) -> Locator:
    return page.locator(".ic-light-outputs").get_by_role("button").filter(has_text=re.compile(f"^{name}$"))


def note(page: Page) -> Locator:
    return page.locator(".ic-light-message")


def drop(page: Page, query: str, name: str, data: bytes, kind: str) -> None:
    page.evaluate(DROP, [query, name, base64.b64encode(data).decode(), kind])


def test_the_light_is_copied_as_the_page_has_it(start: Open, server: Server) -> None:
    page = start(server.url)
    part(page, "editor").get_by_role("button", name="Neon pair", exact=True).click()
    button(page, "Copy as command").click()
    expect(note(page)).to_have_text("Copied: a command for a terminal.", timeout=PATIENCE)
    copied = page.evaluate("navigator.clipboard.readText()")
    found = parsed(copied)
    assert found["light"] == "lamps"
    assert "#ff2bd6" in found["lamps"]
    button(page, "Copy as API request").click()
    expect(note(page)).to_contain_text("Copied: the body", timeout=PATIENCE)
    body = json.loads(page.evaluate("navigator.clipboard.readText()"))
    request = parse(body["alwayson_scripts"]["IC-Light"]["args"])
    assert request is not None
    assert len(request.lamps) == 2
    button(page, "Words").click()
    expect(note(page)).to_have_text("Copied: the light in words.")
    assert "bright magenta light from the left" in page.evaluate("navigator.clipboard.readText()")
    shoot(page, "outputs")


@pytest.mark.parametrize("way", ["button", "drop on the canvas", "drop on the page", "picture"])
def test_a_set_up_comes_back(start: Open, server: Server, tmp_path: Path, way: str) -> None:
    page = start(server.url)
    path = tmp_path / "light.json"
    setup = Setup("Evening", "side angle 180 + point x 0.2 y 0.2", "#102030", "form", 0.1)
    path.write_text(setups.write([setup]))
    if way == "button":
        with page.expect_file_chooser() as chosen:
            button(page, "Open set-up").click()
        chosen.value.set_files(path)
    elif way == "picture":
        info = PngImagePlugin.PngInfo()
        info.add_text("parameters", LIT.replace("side angle 180", setup.lamps))
        data = io.BytesIO()
        Image.fromarray(still_life()).save(data, "PNG", pnginfo=info)
        drop(page, ".ic-light-picture", "relit.png", data.getvalue(), "image/png")
    else:
        where = ".ic-light-picture" if "canvas" in way else "h1"
        drop(page, where, "light.json", path.read_bytes(), "application/json")
    expect(page.locator(".ic-light-handle")).to_have_count(2, timeout=PATIENCE)
    if way == "picture":
        return
    with page.expect_download() as saved:
        button(page, "Save set-up").click()
    (again,) = setups.read(Path(saved.value.path()).read_bytes())
    assert again == Setup("Light", setup.lamps, setup.ambient_color, setup.shading, setup.roughness)


def test_what_is_no_set_up_is_said_in_the_note(start: Open, server: Server) -> None:
    page = start(server.url)
    drop(page, "h1", "light.json", b"{}", "application/json")
    expect(note(page)).to_have_text(
        "IC-Light: the file has no 'ic_light_setups': give one that IC-Light wrote.", timeout=PATIENCE
    )
    expect(page.locator(".ic-light-handle")).to_have_count(1)


def test_a_photo_that_is_dropped_on_the_canvas_is_opened(start: Open, server: Server) -> None:
    page = start(server.url)
    drop(page, ".ic-light-picture", "photo.png", png(still_life()), "image/png")
    expect(page.locator(".ic-light-picture")).not_to_have_class(re.compile("ic-light-empty"), timeout=PATIENCE)
    expect(note(page)).to_have_text("")


def test_with_diffusion_words_go_into_the_prompt_and_settings_are_minded(start: Open) -> None:
    pytest.importorskip("torch")
    service = Service([], "classic")
    service.engine = Diffusion()  # type: ignore[assignment]
    app = FastAPI()
    app.include_router(page_router(lambda: service.live))
    with serve(pages.mount(app, service)) as url:
        page = start(url)
        prompt = page.get_by_label("Prompt", exact=True)
        prompt.fill("a vase")
        button(page, "Words").click()
        expect(prompt).to_have_value("a vase, bright white light from the left")
        part(page, "editor").get_by_role("button", name="Neon pair", exact=True).click()
        button(page, "Words").click()
        said = "a vase, bright magenta light from the left, bright cyan light from the right"
        expect(prompt).to_have_value(said)
        advice = page.locator("[data-advice=cfg]")
        expect(advice).to_be_hidden()
        cfg = page.get_by_label("number input for CFG scale")
        cfg.fill("7")
        cfg.press("Tab")
        expect(advice).to_be_visible(timeout=PATIENCE)
        page.evaluate(GIVE, ["drop", [("photo.png", base64_png(still_life(640, 320)))]])
        expect(page.locator("[data-advice=size]")).to_be_visible(timeout=PATIENCE)
        shoot(page, "advice")
        advice.get_by_role("button", name="Set CFG scale to 2").click()
        expect(cfg).to_have_value("2")
        expect(advice).to_be_hidden()
        page.locator("[data-advice=size]").get_by_role("button", name="Size from subject").click()
        expect(page.locator("[data-advice=size]")).to_be_hidden(timeout=PATIENCE)
        # What gradio has is what was put there, and not only what is seen.
        button(page, "Copy as command").click()
        expect(note(page)).to_have_text("Copied: a command for a terminal.", timeout=PATIENCE)
        copied = page.evaluate("navigator.clipboard.readText()")
        assert f"'--prompt={said}'" in copied
        assert "--cfg-scale=2 " in copied
