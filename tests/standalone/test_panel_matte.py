"""A matte that was painted becomes the panel's mask: in a tab as hosts have it, in any gradio, and in the page."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from lib_iclight.ui.gradios import OLD
from tests.standalone import host_page
from tests.standalone.conftest import Server, Watch
from tests.standalone.pictures import png, soft_mask, still_life

TAB = "txt2img"
PATIENCE = 60_000
PLACES = {"kept": (0.08, 0.9), "dropped": (0.5, 0.55), "left": (0.95, 0.05)}

ALPHA = """([x, y]) => {
    const scene = ICLight.getPanel("txt2img").editor.scene;
    if (!scene) return null;
    const { width, height } = scene.head;
    const at = Math.floor(y * height) * width + Math.floor(x * width);
    return scene.values.normals[4 * at + 3] / ICLight.webgl.STEPS;
}"""

FETCH = """async (image) => {
    const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
}"""


def part(page: Page, name: str) -> Locator:
    return page.locator(f"#script_{TAB}_ic_light_{name}")


def photo(seed: int = 0) -> bytes:
    """With a matte of its own."""
    picture = np.dstack([still_life(), soft_mask()])
    picture[:2, :2, 0] = seed
    return png(picture)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with host_page.served(TAB) as address:
        yield address


@pytest.fixture
def start(browser: Browser) -> Iterator[Callable[[], Page]]:
    contexts = []

    def new_page() -> Page:
        allowed = ["clipboard-read", "clipboard-write"]
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 1000}, permissions=allowed))
        return contexts[-1].new_page()

    yield new_page
    for context in contexts:
        context.close()


@pytest.fixture
def tab(start: Callable[[], Page], address: str) -> Page:
    """With the panel switched on."""
    page = start()
    host_page.load(page, address)
    page.wait_for_timeout(1500)
    part(page, "enabled").locator("input[type=checkbox]").check()
    expect(page.locator(".ic-light-handle").first).to_be_visible(timeout=PATIENCE)
    return page


def give_subject(page: Page, folder: Path, seed: int = 0) -> None:
    path = folder / f"photo{seed}.png"
    path.write_bytes(photo(seed))
    box = part(page, "foreground")
    if box.locator("img").count():
        box.locator("button[aria-label='Clear'], button[aria-label='Remove Image']").first.click()
        expect(box.locator("img")).to_have_count(0, timeout=PATIENCE)
        page.wait_for_timeout(500)
    box.locator("input[type=file]").set_input_files(path)


def wait_for_alpha(page: Page, name: str, least: float, most: float) -> None:
    page.wait_for_function(
        f"(place) => {{ const alpha = ({ALPHA})(place);"
        f" return alpha !== null && alpha >= {least} && alpha <= {most}; }}",
        arg=list(PLACES[name]),
        timeout=PATIENCE,
    )


def paint(page: Page, name: str, button: str) -> None:
    page.locator(".ic-light-matte-tools").get_by_role("button", name=button, exact=True).click()
    box = page.locator(".ic-light-matte").bounding_box()
    assert box is not None
    x, y = PLACES[name]
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def edit(page: Page) -> None:
    """Keep a place of the background and drop one of the subject."""
    page.get_by_role("button", name="Edit matte", exact=True).click()
    page.locator(".ic-light-matte").scroll_into_view_if_needed()
    paint(page, "kept", "Keep")
    paint(page, "dropped", "Drop")


def press(page: Page, name: str) -> None:
    page.locator(".ic-light-matte-tools").get_by_role("button", name=name, exact=True).click()


def request_of(page: Page) -> dict[str, Any]:
    """The options of *Copy as API request*."""
    page.evaluate("navigator.clipboard.writeText('')")
    page.evaluate("ICLight.getPanel('txt2img').outputs.copyRequest()")
    page.wait_for_function("async () => Boolean(await navigator.clipboard.readText())", timeout=PATIENCE)
    body = json.loads(page.evaluate("navigator.clipboard.readText()"))
    (options,) = body["alwayson_scripts"]["IC-Light"]["args"]
    return options


def open_more(page: Page) -> None:
    if not part(page, "foreground_mask").is_visible():
        part(page, "more").get_by_text("More", exact=True).first.click()
    expect(part(page, "foreground_mask")).to_be_visible(timeout=PATIENCE)


def mask_of(page: Page) -> NDArray[np.uint8]:
    """What the control *Mask* shows."""
    open_more(page)
    image = part(page, "foreground_mask").locator("img").first
    expect(image).to_be_visible(timeout=PATIENCE)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(image.evaluate(FETCH)))).convert("L"))


def check_mask(page: Page) -> None:
    mask = mask_of(page)
    assert mask.shape == (512, 640)
    found = {name: mask[int(512 * y), int(640 * x)] for name, (x, y) in PLACES.items()}
    assert found == {"kept": 255, "dropped": 0, "left": 0}
    original = soft_mask()
    assert (mask == original).mean() > 0.95


def test_what_is_painted_is_the_mask_everywhere(tab: Page, tmp_path: Path) -> None:
    give_subject(tab, tmp_path)
    wait_for_alpha(tab, "dropped", 0.9, 1)
    before = request_of(tab)
    assert "foreground_mask" not in before
    edit(tab)
    press(tab, "Cancel")
    assert request_of(tab) == before
    edit(tab)
    press(tab, "Done")
    wait_for_alpha(tab, "kept", 0.99, 1)
    wait_for_alpha(tab, "dropped", 0, 0.01)
    assert "foreground_mask" in request_of(tab)
    check_mask(tab)


def test_what_was_refined_is_not_refined_again(tab: Page, tmp_path: Path) -> None:
    give_subject(tab, tmp_path)
    wait_for_alpha(tab, "dropped", 0.9, 1)
    open_more(tab)
    for name, value in (("threshold", "0.2"), ("grow", "5"), ("feather", "4")):
        number = part(tab, f"matte_{name}").locator("input[type=number]")
        number.fill(value)
        number.press("Tab")
    tab.wait_for_timeout(1500)
    assert {"matte_threshold", "matte_grow", "matte_feather"} <= request_of(tab).keys()
    edit(tab)
    press(tab, "Done")
    wait_for_alpha(tab, "kept", 0.99, 1)
    for name in ("threshold", "grow", "feather"):
        number = part(tab, f"matte_{name}").locator("input[type=number]")
        expect(number).to_have_value("0", timeout=PATIENCE)
    options = request_of(tab)
    assert "foreground_mask" in options
    assert not {"matte_threshold", "matte_grow", "matte_feather"} & options.keys()


def test_a_painted_mask_goes_with_its_subject(tab: Page, tmp_path: Path) -> None:
    give_subject(tab, tmp_path)
    wait_for_alpha(tab, "dropped", 0.9, 1)
    edit(tab)
    press(tab, "Done")
    wait_for_alpha(tab, "kept", 0.99, 1)
    give_subject(tab, tmp_path, seed=1)
    wait_for_alpha(tab, "kept", 0, 0.5)
    assert "foreground_mask" not in request_of(tab)
    # One's own stays.
    open_more(tab)
    own = tmp_path / "mask.png"
    own.write_bytes(png(255 - soft_mask()))
    part(tab, "foreground_mask").locator("input[type=file]").set_input_files(own)
    wait_for_alpha(tab, "left", 0.9, 1)
    give_subject(tab, tmp_path, seed=2)
    wait_for_alpha(tab, "left", 0.9, 1)
    assert "foreground_mask" in request_of(tab)


@pytest.mark.skipif(OLD, reason="gradio 3 is only in WebUIs, and the page is none of theirs")
def test_in_the_page_too(
    start: Callable[[], Page], server: Server, watched: Callable[..., Watch], tmp_path: Path
) -> None:
    page = start()
    watched(page)
    page.goto(server.url, wait_until="domcontentloaded")
    expect(page.locator(".ic-light-handle")).to_have_count(1, timeout=PATIENCE)
    page.wait_for_timeout(1500)
    for seed in (1, 2):
        (tmp_path / f"{seed}.png").write_bytes(photo(seed))
    page.locator("#ic_light_open input[type=file]").set_input_files([tmp_path / "1.png", tmp_path / "2.png"])
    wait_for_alpha(page, "dropped", 0.9, 1)
    edit(page)
    press(page, "Done")
    wait_for_alpha(page, "kept", 0.99, 1)
    assert "foreground_mask" in request_of(page)
    expect(page.locator(".ic-light-picture")).not_to_have_class(re.compile("ic-light-empty"))
    page.locator("#ic_light_waiting button.thumbnail-item").nth(1).click()
    wait_for_alpha(page, "kept", 0, 0.5)
    assert "foreground_mask" not in request_of(page)
