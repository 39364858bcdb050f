"""The ways out of the light editor in a tab as hosts have it, in whatever gradio there is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lib_iclight.request import setups
from lib_iclight.request.script_args import parse
from tests.standalone import host_page
from tests.standalone.pictures import png, still_life

TAB = "txt2img"
PATIENCE = 60_000


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with host_page.served(TAB) as address:
        yield address


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Page]:
    """With the panel switched on."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 1000}, permissions=["clipboard-read", "clipboard-write"]
    )
    page = context.new_page()
    host_page.load(page, address)
    page.wait_for_timeout(1500)
    part(page, "enabled").locator("input[type=checkbox]").check()
    expect(page.locator(".ic-light-handle").first).to_be_visible(timeout=PATIENCE)
    page.locator(".ic-light-outputs summary").click()
    yield page
    context.close()


def part(page: Page, name: str) -> Locator:
    return page.locator(f"#script_{TAB}_ic_light_{name}")


def button(page: Page, name: str) -> Locator:
    return page.locator(".ic-light-outputs").get_by_role("button").filter(has_text=re.compile(f"^{name}$"))


def note(page: Page) -> Locator:
    return page.locator(".ic-light-message")


def number(page: Page, name: str) -> Locator:
    return page.locator(f"#{TAB}_{name} input[type=number]")


def test_words_go_into_the_tabs_prompt_and_into_the_request(tab: Page) -> None:
    prompt = tab.locator(f"#{TAB}_prompt textarea, #{TAB}_prompt input").first
    prompt.fill("a cat")
    button(tab, "Words").click()
    expect(prompt).to_have_value(re.compile("^a cat, bright white light from"))
    button(tab, "Copy as API request").click()
    expect(note(tab)).to_contain_text("Copied: the body", timeout=PATIENCE)
    body = json.loads(tab.evaluate("navigator.clipboard.readText()"))
    assert body["prompt"] == prompt.input_value()
    assert (body["steps"], body["width"]) == (20, 512)
    request = parse(body["alwayson_scripts"]["IC-Light"]["args"])
    assert request is not None
    assert (request.light, len(request.lamps)) == ("lamps", 1)


def test_a_set_up_is_opened_and_what_is_none_refused(tab: Page, tmp_path: Path) -> None:
    good, bad = tmp_path / "light.json", tmp_path / "bad.json"
    good.write_text(setups.write([setups.Setup("A", "side angle 30 + point x 0.2", "#102030", "strokes")]))
    bad.write_text("{}")
    for path, said, count in ((good, "", 2), (bad, "IC-Light: the file has no 'ic_light_setups'", 2)):
        with tab.expect_file_chooser() as chosen:
            button(tab, "Open set-up").click()
        chosen.value.set_files(path)
        expect(note(tab)).to_contain_text(said, timeout=PATIENCE)
        expect(tab.locator(".ic-light-handle")).to_have_count(count, timeout=PATIENCE)
    with tab.expect_download() as saved:
        button(tab, "Save set-up").click()
    (setup,) = setups.read(saved.value.path().read_bytes())
    assert (setup.lamps, setup.ambient_color, setup.shading) == ("side angle 30 + point x 0.2", "#102030", "strokes")


def test_settings_that_spoil_the_light_are_said_once(tab: Page, tmp_path: Path) -> None:
    advice = tab.locator("[data-advice=cfg]")
    expect(advice).to_be_visible(timeout=PATIENCE)
    expect(tab.locator("[data-advice=size]")).to_be_hidden()
    (tmp_path / "photo.png").write_bytes(png(still_life(640, 360)))
    part(tab, "foreground").locator("input[type=file]").set_input_files(tmp_path / "photo.png")
    expect(tab.locator("[data-advice=size]")).to_be_visible(timeout=PATIENCE)
    if folder := os.environ.get("ICLIGHT_SCREENSHOTS"):
        tab.screenshot(path=Path(folder) / f"panel-gradio-{gr.__version__}.png", full_page=True)
    advice.get_by_role("button", name="Set CFG scale to 2").click()
    expect(number(tab, "cfg_scale")).to_have_value("2", timeout=PATIENCE)
    expect(advice).to_be_hidden(timeout=PATIENCE)
    tab.locator("[data-advice=size]").get_by_role("button", name="Size from subject").click()
    expect(tab.locator("[data-advice=size]")).to_be_hidden(timeout=PATIENCE)
    assert int(number(tab, "width").input_value()) > int(number(tab, "height").input_value())


def test_a_panel_that_is_off_says_nothing(browser: Browser, address: str) -> None:
    page = browser.new_page()
    host_page.load(page, address)
    page.wait_for_timeout(1500)
    number(page, "cfg_scale").fill("9")
    number(page, "cfg_scale").press("Tab")
    page.wait_for_timeout(1000)
    expect(page.locator("[data-advice=cfg]")).to_be_hidden()
    page.close()
