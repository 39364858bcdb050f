"""What the page begins with, what comes into it, and what it says while that is worked on."""

from __future__ import annotations

import re

from PIL import Image
from playwright.sync_api import Page, expect

from tests.standalone.pictures import base64_png, still_life
from tests.standalone.test_page import PATIENCE, WIDE, drop, give, page

__all__ = ["page"]

DROP = """([query, name, type, text]) => {
    const transfer = new DataTransfer();
    const bytes = () => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    if (name) transfer.items.add(new File([bytes()], name, {type}));
    else transfer.setData(type, text);
    const drop = new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: transfer});
    document.querySelector(query).dispatchEvent(drop);
    return drop.defaultPrevented;
}"""


@WIDE
def test_what_is_no_picture_is_said_and_does_not_take_the_place_of_the_page(page: Page) -> None:
    drop(page)
    said = page.locator(".ic-light-message")
    dropped = [("note.txt", "text/plain"), ("a.svg", "image/svg+xml"), ("folder", ""), ("", "text/uri-list")]
    for query in ("h1", ".ic-light-picture"):
        for name, kind in dropped:
            page.evaluate("ICLight.getPanel('txt2img').showMessage('')")
            assert page.evaluate(DROP, [query, name, kind, "aGk="]), (query, name, kind)
            expect(said).to_contain_text("give", timeout=PATIENCE)
    # Systems without a program for it name no type.
    assert page.evaluate(DROP, ["h1", "photo.HEIC", "", base64_png(still_life(512, 640))])
    proportion = "document.querySelector('.ic-light-picture').style.getPropertyValue('--ic-light-proportion')"
    page.wait_for_function(f"Math.abs({proportion} - 0.8) < 0.01", timeout=PATIENCE)


@WIDE
def test_what_the_page_begins_with_is_no_step_and_a_spot_is_undone_by_key(page: Page) -> None:
    undo = page.locator(".ic-light-bar button[title^=Undo]")
    expect(undo).to_be_disabled()
    drop(page)
    page.locator(".ic-light-picture").click(modifiers=["Alt"])
    expect(undo).to_be_enabled()
    page.keyboard.press("Control+z")
    expect(undo).to_be_disabled()
    panel = "ICLight.getPanel('txt2img')"
    assert page.evaluate(f"{panel}.editor.values.lamps") == "side angle 180"
    # What takes long to be opened is said as long as it does.
    number = page.evaluate(f"{panel}.selectInputs('', 'lamps', 'a picture')[0]")
    said = page.locator(".ic-light-message")
    expect(said).to_have_text("The subject is being cut out.")
    page.evaluate(f"(number) => {panel}.open(JSON.stringify({{ number, message: 'Done.' }}))", number)
    expect(said).to_have_text("Done.")


@WIDE
def test_of_a_tall_picture_the_whole_is_seen_and_what_is_made_is_said(page: Page) -> None:
    save = page.locator("#ic_light_save")
    save.click()
    expect(page.locator(".toast-body")).to_contain_text("drop or paste it anywhere", timeout=PATIENCE)
    expect(save).to_have_attribute("aria-busy", "false")
    give(page, "drop", still_life(200, 600))
    expect(page.locator(".ic-light-picture")).not_to_have_class(re.compile("ic-light-empty"), timeout=PATIENCE)
    states = "new MutationObserver(() => states.push(busy.ariaBusy)).observe(busy, {attributeFilter: ['aria-busy']})"
    page.evaluate(f"window.states = []; window.busy = document.querySelector('#ic_light_save'); {states}")
    save.click()
    compared = page.locator(".ic-compare")
    expect(compared).to_be_visible(timeout=PATIENCE)
    expect(save).to_have_attribute("aria-busy", "false")
    assert page.evaluate("states") == ["true", "false"]
    box = compared.bounding_box()
    assert box is not None
    assert box["height"] <= 900
    assert abs(box["width"] / box["height"] - 1 / 3) < 0.01


@WIDE
def test_the_light_outlives_a_reload(page: Page) -> None:
    editor = "ICLight.getPanel('txt2img').editor"
    page.get_by_role("button", name="Neon pair", exact=True).click()
    page.get_by_role("textbox", name="Name of the lamp").first.fill("Key")
    page.keyboard.press("Tab")
    before = page.evaluate(f"{editor}.state")
    page.reload()
    page.wait_for_function(f"window.ICLight && {editor}?.values.lamps.includes('ff2bd6')", timeout=PATIENCE)
    assert page.evaluate(f"{editor}.state") == before
    # The controls have it, from which a picture is made.
    drop(page)
    with page.expect_download(timeout=PATIENCE) as saved:
        page.locator("#ic_light_save").click()
    with Image.open(saved.value.path()) as made:
        assert "ff2bd6" in made.text["parameters"]
