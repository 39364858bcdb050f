"""The subject's matte painted in the light editor, and how it becomes the panel's mask."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.standalone.conftest import NewPage, Server
from tests.standalone.editing import THREE, Editor, key_of
from tests.standalone.gestures import settle
from tests.standalone.pictures import disc, soft_mask

LEVELS = """() => {
    const { levels, width, height } = editor.matte.matte;
    let text = "";
    for (let i = 0; i < levels.length; i += 32768) text += String.fromCharCode(...levels.subarray(i, i + 32768));
    return [width, height, btoa(text)];
}"""

READ = """async (blob) => {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
}"""

PAINTED = (0.08, 0.1)
"""A place of the picture that is background."""

INSIDE = (0.5, 0.5)
"""A place in the middle of the subject."""


def disc_options() -> dict[str, Any]:
    inside = disc()[..., 0] > 0
    mask = Image.fromarray(np.where(inside, 255, 0).astype(np.uint8))
    return {"foreground": Image.fromarray(disc()), "foreground_mask": mask}


@pytest.fixture
def matted(editor: Editor, server: Server) -> Editor:
    """The disc's matte is edited."""
    return start(editor, server)


def start(editor: Editor, server: Server) -> Editor:
    editor.open(key_of(server, **disc_options()))
    editor.button("Paint what is subject and what").click()
    expect(surface(editor)).to_be_focused()
    return editor


def surface(editor: Editor) -> Locator:
    return editor.find(".ic-light-matte")


def levels(editor: Editor) -> NDArray[np.uint8]:
    """What is painted, [h, w], 0..255."""
    width, height, text = editor.page.evaluate(LEVELS)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width)


def at(picture: NDArray[Any], place: tuple[float, float]) -> Any:
    """The value at a place, both 0..1."""
    height, width = picture.shape[:2]
    return picture[int(place[1] * height), int(place[0] * width)]


def given(editor: Editor) -> NDArray[np.uint8]:
    """The one mask that was handed over."""
    editor.page.wait_for_function("mattes.length")
    assert editor.page.evaluate("mattes.length") == 1
    with Image.open(io.BytesIO(base64.b64decode(editor.page.evaluate(f"({READ})(mattes[0])")))) as picture:
        assert picture.format == "PNG"
        channels = np.asarray(picture.convert("RGBA"))
    assert (channels[..., 3] == 255).all()
    assert (channels[..., :3] == channels[..., :1]).all()
    return channels[..., 0]


def paint(editor: Editor, start: tuple[float, float], end: tuple[float, float] | None = None) -> None:
    editor.pointer.drag(editor.locate(*start), editor.locate(*(end or start)))


def test_it_begins_with_the_matte_that_is_there(editor: Editor, server: Server) -> None:
    key = key_of(server, foreground_mask=Image.fromarray(soft_mask()))
    for shading in ("form", "strokes"):
        key = key_of(server, foreground_mask=Image.fromarray(soft_mask()), shading=shading)
        editor.open(key)
        editor.page.evaluate("editor.matte.toggle()")
        expect(surface(editor)).to_be_visible()
        alpha = server.service.live.picture(key).alpha
        assert np.abs(levels(editor) / 255 - alpha).max() <= 0.5 / 255 + 1e-4
        editor.page.keyboard.press("Escape")
        expect(surface(editor)).to_have_count(0)


def test_what_is_kept_and_dropped_becomes_the_mask(matted: Editor) -> None:
    before = levels(matted)
    assert (at(before, PAINTED), at(before, INSIDE)) == (0, 255)
    paint(matted, PAINTED, (0.3, 0.1))
    matted.page.get_by_role("button", name="Drop", exact=True).click()
    paint(matted, INSIDE)
    matted.page.get_by_role("button", name="Done", exact=True).click()
    expect(surface(matted)).to_have_count(0)
    mask = given(matted)
    assert mask.shape == before.shape
    assert (at(mask, PAINTED), at(mask, (0.2, 0.1)), at(mask, INSIDE)) == (255, 255, 0)
    changed = mask != before
    assert 0 < changed.mean() < 0.05
    assert (mask[400:] == before[400:]).all()
    expect(matted.button("Paint what is subject and what")).to_be_focused()
    assert matted.changes == []
    # What was painted is where the next strokes begin.
    matted.page.evaluate("editor.matte.toggle()")
    assert (levels(matted) == mask).all()
    expect(matted.button("Undo")).to_be_disabled()


def test_the_picture_follows_the_brush(matted: Editor) -> None:
    read = """() => { const { canvas, context } = editor.matte.view;
        return Array.from(context.getImageData(0.08 * canvas.width, 0.1 * canvas.height, 1, 1).data); }"""
    assert matted.page.evaluate(read)[3] == 0
    matted.pointer.down(matted.locate(*PAINTED))
    assert matted.page.evaluate(read)[3] == 255
    expect(matted.find(".ic-light-brush")).to_be_visible()
    matted.pointer.up()
    for name in ("Grey", "Light map", "Checker"):
        button = matted.find(".ic-light-matte-tools").get_by_role("button", name=name, exact=True)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        settle(matted.page)
        corner = shot(matted)[-5, 5]
        if name == "Grey":
            assert corner.tolist() == [127, 127, 127]
        shown = matted.find(".ic-light-matte > .ic-light-map")
        (expect(shown).to_be_visible if name == "Light map" else expect(shown).to_be_hidden)()


def shot(editor: Editor) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(surface(editor).screenshot())).convert("RGB"))


def test_strokes_are_undone_and_lamps_are_not(matted: Editor) -> None:
    before, lamps = levels(matted), matted.values
    paint(matted, PAINTED, (0.3, 0.1))
    one = levels(matted)
    paint(matted, (0.1, 0.9), (0.4, 0.95))
    two = levels(matted)
    assert (one != before).any()
    assert (two != one).any()
    matted.keyboard.press("z", "Control")
    assert (levels(matted) == one).all()
    matted.button("Undo").click()
    assert (levels(matted) == before).all()
    expect(matted.button("Undo")).to_be_disabled()
    matted.keyboard.press("z", "Control", "Shift")
    matted.button("Redo").click()
    assert (levels(matted) == two).all()
    matted.page.get_by_role("button", name="Clear", exact=True).click()
    assert (levels(matted) == before).all()
    expect(matted.page.get_by_role("button", name="Done", exact=True)).to_be_disabled()
    matted.keyboard.press("z", "Control")
    assert (levels(matted) == two).all()
    assert matted.values == lamps
    matted.keyboard.press("Escape")
    expect(matted.button("Undo")).to_be_enabled()
    matted.keyboard.press("z", "Control")
    assert matted.lamps == []


@pytest.mark.parametrize("way", ["Escape", "m", "button"])
def test_leaving_changes_nothing_and_strokes_can_be_redone(matted: Editor, way: str) -> None:
    before = levels(matted)
    paint(matted, PAINTED, (0.3, 0.1))
    painted = levels(matted)
    if way == "button":
        matted.page.get_by_role("button", name="Cancel", exact=True).click()
    else:
        matted.keyboard.press(way)
    expect(surface(matted)).to_have_count(0)
    assert matted.page.evaluate("[mattes.length, changes.length, messages.length]") == [0, 0, 0]
    assert matted.values["lamps"] == THREE
    expect(matted.button("Paint what is subject and what")).to_be_focused()
    matted.keyboard.press("Enter")
    assert (levels(matted) == before).all()
    matted.keyboard.press("z", "Control", "Shift")
    assert (levels(matted) == painted).all()


def test_lamps_do_not_react_meanwhile(matted: Editor) -> None:
    lamps = matted.lamps
    x, y = matted.locate(0.3, 0.2)
    matted.pointer.drag((x, y), (x + 60, y + 60))
    matted.page.mouse.click(x, y, button="right")
    for key in ("d", "Delete", "ArrowLeft", "+", "s"):
        matted.keyboard.press(key)
    assert (matted.lamps, matted.changes) == (lamps, [])
    expect(matted.handle(1)).to_be_hidden()
    expect(matted.find(".ic-light-lamp").first).to_be_hidden()
    matted.keyboard.press("Escape")
    expect(matted.handle(1)).to_be_visible()
    matted.drag(matted.handle(1), matted.locate(0.6, 0.6))
    assert len(matted.changes) == 1


def test_a_matte_that_keeps_nothing_is_refused(matted: Editor) -> None:
    matted.keyboard.press("d")
    for _ in range(30):
        matted.keyboard.press("]")
    for down in (0.1, 0.5, 0.9):
        paint(matted, (0.05, down), (0.95, down))
    assert not levels(matted).any()
    matted.page.get_by_role("button", name="Done", exact=True).click()
    assert matted.messages == ["IC-Light: the matte keeps nothing: paint the subject with Keep."]
    expect(surface(matted)).to_be_visible()
    assert matted.page.evaluate("mattes.length") == 0


def test_keys(matted: Editor) -> None:
    size = matted.page.get_by_role("slider", name="Size", exact=True)
    sizes = [size.get_attribute("aria-valuetext")]
    for key in ("]", "]", "["):
        matted.keyboard.press(key)
        sizes.append(size.get_attribute("aria-valuetext"))
    assert [float(str(text).removesuffix(" %")) for text in sizes] == pytest.approx([4.9, 6.3, 8.1, 6.3], abs=0.11)
    for key, name in (("d", "Drop"), ("k", "Keep")):
        matted.keyboard.press(key)
        pressed = matted.page.get_by_role("button", name=name, exact=True)
        expect(pressed).to_have_attribute("aria-pressed", "true")
    for key in (*["ArrowLeft"] * 4, *["ArrowUp"] * 4):
        matted.keyboard.press(key, "Shift")
    expect(surface(matted)).to_have_attribute("aria-label", re.compile("10 % from the left, 10 % from the top"))
    expect(matted.find(".ic-light-brush")).to_be_visible()
    matted.keyboard.press("Enter")
    assert at(levels(matted), (0.1, 0.1)) == 255
    # A slider has the arrow keys, and the mode its own.
    size.focus()
    matted.keyboard.press("ArrowRight")
    matted.keyboard.press("[")
    expect(surface(matted)).to_have_attribute("aria-label", re.compile("10 % from the left"))
    matted.keyboard.press("z", "Control")
    assert at(levels(matted), (0.1, 0.1)) == 0
    matted.keyboard.press("?")
    expect(matted.page.get_by_role("dialog")).to_contain_text("While the matte is edited")
    matted.keyboard.press("Escape")
    expect(surface(matted)).to_be_visible()


def test_with_alt_the_other_brush_paints(matted: Editor) -> None:
    with matted.keyboard.hold("Alt"):
        paint(matted, INSIDE)
    assert at(levels(matted), INSIDE) == 0
    paint(matted, INSIDE)
    assert at(levels(matted), INSIDE) == 255


def test_size_and_softness_are_the_brushs(matted: Editor) -> None:
    widths = []
    for size, softness in ((0.3, 0), (0.7, 0), (0.7, 1)):
        for name, value in (("Size", size), ("Softness", softness)):
            matted.page.get_by_role("slider", name=name, exact=True).fill(str(value))
        paint(matted, (0.25, 0.06))
        row = levels(matted)[int(0.06 * 512)]
        widths.append(((row > 0).sum(), (row == 255).sum()))
        matted.keyboard.press("z", "Control")
    (small, _), (large, whole), (soft, core) = widths
    assert small == pytest.approx(512 * 0.004**0.7 * 0.6**0.3, abs=2)
    assert large == pytest.approx(512 * 0.004**0.3 * 0.6**0.7, abs=2)
    assert large - whole <= 4
    assert soft == pytest.approx(large, abs=8)
    assert core < 0.2 * large


def test_a_finger_paints_and_the_page_stays(telephone: Page, server: Server) -> None:
    editor = start(Editor(telephone, THREE), server)
    before = levels(editor)
    editor.pointer.touch(editor.locate(*PAINTED), editor.locate(0.4, 0.08))
    painted = levels(editor)
    assert (at(painted, PAINTED), at(painted, (0.25, 0.09))) == (255, 255)
    # The second finger of two is none, and moves no lamp.
    editor.pointer.pinch(
        (editor.locate(0.3, 0.2), editor.locate(0.7, 0.6)), (editor.locate(0.3, 0.2), editor.locate(0.9, 0.9))
    )
    assert editor.changes == []
    assert at(levels(editor), (0.9, 0.9)) == at(before, (0.9, 0.9))
    assert telephone.evaluate("scrollY") == 0
    assert telephone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for target in editor.find(".ic-light-matte-tools :is(button, input)").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 32


def test_another_picture_ends_it(matted: Editor, server: Server) -> None:
    paint(matted, PAINTED)
    matted.open(key_of(server, **disc_options(), shading="strokes"))
    expect(surface(matted)).to_be_visible()
    assert at(levels(matted), PAINTED) == 255
    matted.open(key_of(server))
    expect(surface(matted)).to_have_count(0)
    matted.page.evaluate("editor.matte.toggle()")
    assert levels(matted).shape == (512, 640)
    matted.page.evaluate("editor.close()")
    expect(surface(matted)).to_have_count(0)
    expect(matted.button("Paint what is subject and what")).to_be_disabled()


def test_where_the_server_draws_it_is_painted_too(page_without_webgl: Page, server: Server) -> None:
    editor = Editor(page_without_webgl, THREE)
    start(editor, server)
    editor.page.wait_for_function("editor.renderer.frames > 0")
    paint(editor, PAINTED, (0.3, 0.1))
    editor.page.get_by_role("button", name="Done", exact=True).click()
    assert at(given(editor), PAINTED) == 255


def test_nothing_is_made_before_it_is_entered(editor: Editor, server: Server) -> None:
    editor.open(key_of(server))
    assert editor.page.evaluate("[editor.matte.matte, editor.matte.view, editor.matte.form]") == [None] * 3
    expect(editor.find(".ic-light-matte, #place .ic-light-matte-tools")).to_have_count(0)


@pytest.mark.parametrize("theme", ["", "dark"])
@pytest.mark.parametrize("screen", [1280, 800, 390, 336])
def test_the_tools_fit(browser: Browser, new_page: NewPage, server: Server, theme: str, screen: int) -> None:
    look = {"width": screen - 16, "theme": theme}
    editor = start(Editor(new_page(browser, look=look, viewport={"width": screen, "height": 900}), THREE), server)
    assert editor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for part in editor.find(".ic-light-matte-tools *").all():
        assert part.evaluate("(part) => part.getBoundingClientRect().right") <= screen
