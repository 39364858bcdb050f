"""The page as a person uses it. Screenshots are left in the folder of ICLIGHT_SCREENSHOTS."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from lib_iclight.request.args import OPTIONS
from lib_iclight.standalone import page as pages
from tests.standalone.conftest import SCRIPTS, Server, Watch
from tests.standalone.gestures import Frames, Pointer
from tests.standalone.pictures import base64_png, still_life
from tests.unit.panoramas import lobe, to_hdr

PATIENCE = 60_000
WIDTHS = (1280, 390)
WIDE = pytest.mark.parametrize("page", WIDTHS[:1], indirect=True)
"""For what does not depend on where things stand, which a second width would only show again."""


@pytest.fixture(params=WIDTHS)
def page(
    request: pytest.FixtureRequest, browser: Browser, server: Server, watched: Callable[[Page], Watch]
) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": request.param, "height": 900})
    watched(opened)
    opened.goto(server.url, wait_until="domcontentloaded")
    # gradio listens to its controls some time after it has drawn them.
    expect(opened.locator(".ic-light-handle")).to_have_count(1, timeout=PATIENCE)
    opened.wait_for_timeout(1500)
    yield opened
    opened.close()


def part(page: Page, name: str) -> Locator:
    return page.locator(f"#script_txt2img_ic_light_{name}")


GIVE = """([event, pictures]) => {
    const transfer = new DataTransfer();
    for (const [name, text] of pictures) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name, {type: "image/png"}));
    }
    const given = {bubbles: true, cancelable: true};
    document.querySelector("h1").dispatchEvent(event === "paste"
        ? new ClipboardEvent("paste", {...given, clipboardData: transfer})
        : new DragEvent("drop", {...given, dataTransfer: transfer}));
}"""


def give(page: Page, event: str, *pictures: np.ndarray[Any, Any]) -> None:
    """Drop or paste pictures on the page's title."""
    named = [(f"{index}.png", base64_png(picture)) for index, picture in enumerate(pictures)]
    page.evaluate(GIVE, [event, named])


def drop(page: Page) -> None:
    give(page, "drop", still_life())
    expect(page.locator(".ic-light-picture")).not_to_have_class(re.compile("ic-light-empty"), timeout=PATIENCE)


def drop_for_live(page: Page, light: str = "none", message: str = "Drawn in this browser") -> None:
    """In a light that is no lamps'."""
    drop(page)
    page.get_by_role("button", name="Pictures and light").click()
    choose(page, "light", light)
    expect(page.locator(".ic-message")).to_contain_text(message, timeout=PATIENCE)


def choose(page: Page, name: str, value: str) -> None:
    part(page, name).locator("input").click()
    page.get_by_role("option", name=OPTIONS[name].kind.labels_by_key.get(value, value), exact=True).click()


def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("ICLIGHT_SCREENSHOTS"):
        width = page.evaluate("innerWidth")
        page.screenshot(path=Path(folder) / f"{name}-{width}-gradio-{gr.__version__}.png", full_page=True)


LIVE = "#ic_light_live canvas"
CANVAS = ".ic-light-picture > canvas >> nth=0"


def seen(page: Page, what: str = LIVE) -> np.ndarray[Any, Any]:
    """A picture as it stands on the screen."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return np.asarray(Image.open(io.BytesIO(page.locator(what).screenshot())).convert("RGB"))


def drag(page: Page, across: float, down: float) -> None:
    canvas = page.locator("#ic_light_live canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    end = box["x"] + box["width"] * across, box["y"] + box["height"] * down
    # The page itself draws too, when its controls have followed.
    Pointer(page, Frames(page, "")).drag(canvas, end, moves=5)


def no_wider_than_the_screen(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_relight_by_hand(page: Page, server: Server) -> None:
    assert no_wider_than_the_screen(page)
    shoot(page, "start")
    assert page.get_by_text("classic").count() >= 1
    for name in ("model", "light_map", "lowres_denoise", "light_x", "preview"):
        expect(part(page, name)).to_be_hidden()
    expect(page.get_by_label("Prompt", exact=True)).to_have_count(0)
    drop_for_live(page)
    before = seen(page)
    drag(page, 0.2, 0.3)
    expect(part(page, "light_x").locator("input[type=number]")).to_have_value("0.2", timeout=PATIENCE)
    expect(part(page, "light_y").locator("input[type=number]")).to_have_value("0.3")
    expect(part(page, "light").locator("input")).to_have_value("Point")
    assert np.abs(seen(page).astype(int) - before).mean() > 4
    shoot(page, "dragged")
    page.locator("#ic_light_save").click()
    shown = page.locator("#ic_light_parameters textarea")
    expect(shown).to_be_visible(timeout=PATIENCE)
    text = shown.input_value()
    assert "Engine: classic," in text
    assert "IC-Light light x: 0.2, IC-Light light y: 0.3" in text
    expect(page.locator(".ic-compare span").last).to_have_text("After · classic")
    assert no_wider_than_the_screen(page)
    page.wait_for_timeout(1000)
    shoot(page, "result")
    picture = page.locator("#ic_light_gallery img").first
    made = Image.open(io.BytesIO(page.request.get(picture.get_attribute("src") or "").body()))
    assert made.format == "PNG"
    assert made.text["parameters"] == text
    assert made.size == (640, 512)


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_from_an_empty_page_to_a_saved_photo_in_two_clicks(page: Page, event: str) -> None:
    give(page, event, still_life())
    expect(page.locator(".ic-light-picture")).not_to_have_class(re.compile("ic-light-empty"), timeout=PATIENCE)
    clicks = "window.clicks = 0; addEventListener('click', ({isTrusted}) => { clicks += isTrusted; }, true)"
    page.evaluate(clicks)
    part(page, "editor").get_by_role("button", name="Neon pair", exact=True).click()
    with page.expect_download(timeout=PATIENCE) as saved:
        page.locator("#ic_light_save").click()
    with Image.open(saved.value.path()) as made:
        assert made.size == (640, 512)
        assert "ff2bd6" in made.text["parameters"]
    assert page.evaluate("clicks") == 2


@WIDE
def test_before_and_after(page: Page) -> None:
    drop_for_live(page, "left")
    page.locator("#ic_light_save").click()
    slider = page.locator(".ic-compare input")
    expect(slider).to_be_visible(timeout=PATIENCE)

    def shown() -> np.ndarray[Any, Any]:
        image = page.locator(".ic-compare").screenshot()
        return np.asarray(Image.open(io.BytesIO(image)).convert("RGB")).astype(int)

    slider.fill("100")
    before = shown()
    slider.fill("0")
    after = shown()
    slider.fill("50")
    both = shown()
    middle, edge = before.shape[1] // 2, 4
    top = slice(0, before.shape[0] * 3 // 4)
    assert np.abs(before - after)[top].mean() > 2
    assert np.abs(both - before)[top, edge : middle - edge].mean() < 1
    assert np.abs(both - after)[top, middle + edge : -edge].mean() < 1


@WIDE
def test_the_light_follows_keys_and_controls(page: Page) -> None:
    drop_for_live(page, "point")
    number = part(page, "light_x").locator("input[type=number]")
    expect(number).to_be_visible()
    page.wait_for_timeout(500)
    before = seen(page)
    page.locator("#ic_light_live .ic-live-picture").focus()
    page.keyboard.press("ArrowRight")
    expect(number).to_have_value("0.52")
    assert (seen(page) != before).any()
    choose(page, "light", "custom")
    expect(page.locator(".ic-message")).to_contain_text("takes no light from a light map")


@WIDE
def test_a_panorama_lights_the_picture_and_is_turned(page: Page, tmp_path: Path) -> None:
    drop_for_live(page, "panorama", "Panorama is missing")
    sky = tmp_path / "sky.hdr"
    sky.write_bytes(to_hdr(lobe((1, 0.3, 0.4))))
    part(page, "panorama").locator("input[type=file]").set_input_files(sky)
    expect(page.locator(".ic-message")).to_contain_text("Drawn by the server", timeout=PATIENCE)

    def halves() -> float:
        """How much brighter the right is than the left."""
        levels = seen(page).astype(float).mean(axis=2)
        middle = levels.shape[1] // 2
        return float(levels[:, middle:].mean() - levels[:, :middle].mean())

    page.wait_for_function(f"document.querySelector('{LIVE}').width > 300")
    page.wait_for_timeout(1000)
    before = halves()
    shoot(page, "panorama")
    number = part(page, "panorama_rotation").locator("input[type=number]")
    number.fill("180")
    number.press("Enter")
    for _ in range(50):
        if halves() < before - 10:
            break
        page.wait_for_timeout(100)
    assert halves() < before - 10
    page.locator("#ic_light_live .ic-live-picture").focus()
    page.keyboard.press("ArrowRight")
    expect(number).to_have_value("175")
    # What is before the subject follows the hand: half a turn over the width.
    drag(page, 0.25, 0.5)
    expect(number).not_to_have_value("175")
    assert 40 < (int(number.input_value()) - 175) % 360 < 50
    choose(page, "light", "left")
    expect(page.locator(".ic-message")).to_contain_text("Drawn in this browser", timeout=PATIENCE)
    page.wait_for_timeout(500)
    assert halves() < before - 10


@WIDE
def test_colours_and_backdrop_are_seen(page: Page) -> None:
    drop_for_live(page, "left")
    before = seen(page).reshape(-1, 3).mean(axis=0)
    picker = part(page, "light_color")
    picker.scroll_into_view_if_needed()
    if picker.locator("input[type=color]").count():
        picker.locator("input[type=color]").fill("#0000ff")
    else:
        picker.locator("button").first.click()
        picker.locator("input[type=text]").fill("#0000ff")
        picker.locator("input[type=text]").press("Enter")
    for _ in range(50):
        after = seen(page).reshape(-1, 3).mean(axis=0)
        if after[0] < before[0] - 5:
            break
        page.wait_for_timeout(200)
    assert after[0] < before[0] - 5
    assert after[2] > before[2] - 5


@WIDE
def test_a_refusal_is_one_sentence(page: Page) -> None:
    page.locator("#ic_light_save").click()
    expect(page.get_by_text("IC-Light has no picture yet: open one").first).to_be_visible(timeout=PATIENCE)


def test_the_page_loads_what_the_webuis_load() -> None:
    assert sorted(pages.PROGRAMS) == sorted(path.name for path in SCRIPTS)


def test_nothing_of_the_template_comes_from_elsewhere(server: Server) -> None:
    from fastapi.testclient import TestClient

    app = pages.mount(FastAPI(), server.service)
    text = TestClient(app).get("/").text
    assert "ICLight" in text
    assert "cdnjs" not in text
    assert "fonts.g" not in text


def test_lamps_are_placed_in_the_panel_and_light_the_live_picture(page: Page) -> None:
    drop(page)
    editor = part(page, "editor")
    expect(editor.locator(".ic-light-handle")).to_have_count(1, timeout=PATIENCE)
    page.wait_for_timeout(1000)
    before = seen(page, CANVAS)
    editor.get_by_role("button", name="Neon pair", exact=True).click()
    expect(editor.locator(".ic-light-handle")).to_have_count(2)
    page.wait_for_timeout(1500)
    assert np.abs(seen(page, CANVAS).astype(int) - before).mean() > 3
    shoot(page, "lamps")


def test_the_editors_help_stands_over_the_page(page: Page) -> None:
    drop(page)
    button = part(page, "editor").get_by_role("button", name="Keys and gestures (?)")
    expect(button).to_be_visible(timeout=PATIENCE)
    button.click()
    shown = page.get_by_role("dialog", name="Keys and gestures")
    expect(shown).to_be_visible()
    shoot(page, "help")
    assert no_wider_than_the_screen(page)
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    expect(button).to_be_focused()


def test_a_telephone_has_picture_presets_and_lamp_on_one_screen(
    browser: Browser, server: Server, watched: Callable[[Page], Watch]
) -> None:
    """Tall, wide and of a side's lamp, whose form is the longest."""
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    watched(page)
    page.goto(server.url, wait_until="domcontentloaded")
    expect(page.locator(".ic-light-handle")).to_have_count(1, timeout=PATIENCE)
    page.wait_for_timeout(1500)
    for size in ((640, 512), (400, 640)):
        give(page, "drop", still_life(*size))
        proportion = "document.querySelector('.ic-light-picture').style.getPropertyValue('--ic-light-proportion')"
        page.wait_for_function(f"Math.abs({proportion} - {size[0] / size[1]}) < 0.01", timeout=PATIENCE)
        for name in ("picture", "chips", "lamp"):
            box = page.locator(f".ic-light-{name}").bounding_box()
            assert box is not None
            assert 0 <= box["y"] < box["y"] + box["height"] <= 844, name
        assert no_wider_than_the_screen(page)
    shoot(page, "telephone")
    page.close()


def test_the_backdrop_is_seen_on_the_canvas_and_on_cards(page: Page) -> None:
    drop(page)
    part(page, "editor").get_by_role("button", name="Front", exact=True).click()
    page.wait_for_timeout(1000)
    pixels = """(() => {
        const [image, canvas] = [document.querySelector(".ic-light-chips img"), document.createElement("canvas")];
        const context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        return [...context.getImageData(0, 0, 3, 3).data];
    })()"""
    page.wait_for_function(f"{pixels}.some(Boolean)")
    own, small = seen(page, CANVAS)[8:16, 8:16].astype(int), page.evaluate(pixels)
    page.get_by_role("button", name="Backdrop and size").click()
    page.get_by_label("plain", exact=True).check()
    grey = np.array([0x80] * 3)
    page.wait_for_function(f"Math.abs({pixels}[0] - 128) + Math.abs({pixels}[2] - 128) < 6", timeout=PATIENCE)
    assert small[:3] != [0x80] * 3
    assert np.abs(seen(page, CANVAS)[8:16, 8:16].astype(int) - grey).max() < 6
    assert np.abs(own - grey).max() > 6
