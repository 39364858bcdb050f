"""The subject placed by hand on the page of the engine without model files."""

from __future__ import annotations

import base64
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from lib_iclight import images
from lib_iclight.subject.fit import Fit, Placing
from tests.standalone.pictures import pixels, soft_mask, still_life
from tests.standalone.test_page import PATIENCE, WIDE, drop, give, page, part  # noqa: F401
from tests.standalone.test_place import button, press

EDITOR = "ICLight.getPanel('txt2img').editor"
PLACING = f"{EDITOR}.placing"
PLACE = {"x": 0.3, "y": 0.6, "scale": 0.5, "rotation": 30}


def cut() -> np.ndarray[Any, Any]:
    """640x512, with a matte of its own."""
    return np.dstack([still_life(), soft_mask()])


def put(page: Page) -> None:  # noqa: F811
    """Place the subject as PLACE says."""
    button(page, "Place").click()
    expect(page.locator(".ic-light-placed")).to_be_focused(timeout=PATIENCE)
    page.evaluate(f"(place) => {PLACING}.put(place)", PLACE)
    press(page, "Done")


def read_matte(page: Page) -> np.ndarray[Any, Any]:  # noqa: F811
    """The matte of what the canvas shows."""
    return np.array(page.evaluate(f"Array.from(ICLight.readMatte({EDITOR}.scene))"), int).reshape(512, 640)


def shot(page: Page, name: str) -> None:  # noqa: F811
    if folder := os.environ.get("ICLIGHT_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"page-place-{name}.png")


@WIDE
def test_the_canvas_and_the_saved_picture_have_the_subject_where_it_is_put_and_its_shadow(page: Page) -> None:  # noqa: F811
    drop(page)
    give(page, "drop", cut())
    page.wait_for_function(f"{EDITOR}.scene?.head.behind === 'nothing'", timeout=PATIENCE)
    put(page)
    expected = Fit(placing=Placing(**PLACE)).apply(soft_mask(), 640, 512, 0)
    # Each of its four controls says so, one after another.
    deadline = time.monotonic() + PATIENCE / 1000
    while abs(read_matte(page) - expected).mean() >= 1 and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    assert abs(read_matte(page) - expected).mean() < 1
    shot(page, "placed")
    # What is placed anew begins with the subject as it was given, where it lies.
    button(page, "Place").click()
    expect(page.locator(".ic-light-placed")).to_be_focused(timeout=PATIENCE)
    assert page.evaluate(f"{PLACING}.subjects.map(({{ place }}) => place)") == [PLACE]
    assert page.evaluate(f"{PLACING}.canvas") == [640, 512]
    levels = page.evaluate(f"Array.from({PLACING}.chosen.cutout.levels)")
    assert abs(np.array(levels, int).reshape(512, 640) - soft_mask()).max() <= 1
    shot(page, "again")
    press(page, "Cancel")
    with page.expect_download(timeout=PATIENCE) as saved:
        page.locator("#ic_light_save").click()
    picture = Image.open(saved.value.path())
    assert picture.size == (640, 512)
    assert abs(np.asarray(picture.getchannel("A")).astype(int) - expected).mean() < 1
    assert "IC-Light foreground rotation: 30" in picture.info["parameters"]
    page.get_by_role("button", name="Backdrop and size").click()
    page.get_by_label("plain", exact=True).check()
    page.get_by_role("button", name="Pictures and light").click()
    part(page, "more").locator(".label-wrap").first.click()
    part(page, "shadow").locator("input[type=number]").fill("1")
    page.keyboard.press("Tab")
    page.wait_for_function(f"{EDITOR}.renderer.drawer.shadow.standing", timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as saved:
        page.locator("#ic_light_save").click()
    drawn = pixels(page, f"() => ({EDITOR}.renderer.draw(), {EDITOR}.renderer.canvas)")[..., :3].astype(int)
    shot(page, "shadow")
    assert drawn[-100:].min() < 64 < 120 < drawn[:20].min()
    assert np.abs(drawn - np.asarray(Image.open(saved.value.path()))).max() <= 2


@WIDE
def test_in_its_own_background_the_page_says_what_it_needs(page: Page) -> None:  # noqa: F811
    drop(page)
    put(page)
    said = page.locator(".ic-light-message")
    expect(said).to_contain_text("another background", timeout=PATIENCE)
    # It is said where it is seen, and the subject stays, to be placed otherwise.
    expect(said).to_be_in_viewport(ratio=0.9)
    expect(button(page, "Place")).to_be_enabled()
    assert page.evaluate(f"{EDITOR}.scene?.head.behind") == "own"
    # What is pasted while it is placed, wherever, lies beside it.
    button(page, "Place").click()
    expect(page.locator(".ic-light-placed")).to_be_focused(timeout=PATIENCE)
    give(page, "paste", cut())
    expect(page.locator(".ic-light-placed")).to_have_count(2, timeout=PATIENCE)
    press(page, "Cancel")
    page.get_by_role("button", name="Pictures and light").click()
    given = Image.new("RGB", (64, 48), "#304050")
    file = {"name": "b.png", "mimeType": "image/png", "buffer": base64.b64decode(images.to_base64(given))}
    part(page, "background").locator("input[type=file]").set_input_files(file)
    page.wait_for_function(f"{EDITOR}.scene?.head.behind === 'picture'", timeout=PATIENCE)
    shot(page, "background")
