"""The light editor by fingers and by a lamp's menu, and the grip for the depth."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.standalone.conftest import Server
from tests.standalone.editing import THREE, Editor, key_of, key_of_disc
from tests.standalone.gestures import middle

PLACE = """([text, width, height]) => {
    const geometry = new ICLight.Geometry(width, height);
    const [lamp] = ICLight.lamps.parse(text);
    return [geometry.placeLamp(lamp), geometry.placeSize(lamp), geometry.placeDepth(lamp)];
}"""


@pytest.fixture
def touched(telephone: Page) -> Editor:
    """With three lamps, on a telephone."""
    return Editor(telephone, THREE)


def menu(editor: Editor) -> Locator:
    return editor.page.get_by_role("menu")


def entry(editor: Editor, name: str) -> Locator:
    return menu(editor).locator("button").filter(has_text=name)


def test_two_fingers_set_the_size_of_the_chosen_lamp(touched: Editor, server: Server) -> None:
    touched.open(key_of(server))
    touched.handle(1).click()
    x, y = touched.locate(0.5, 0.8)
    touched.pointer.pinch(((x - 30, y), (x + 30, y)), ((x - 60, y), (x + 60, y)))
    assert touched.lamps[1]["size"] == pytest.approx(1, abs=0.02)
    assert len(touched.changes) == 1
    # One finger on a lamp chooses it, and moves it no more.
    lamp = middle(touched.handle(2))
    far = (lamp[0], lamp[1] - 100)
    touched.pointer.pinch((lamp, far), (lamp, (lamp[0], lamp[1] - 50)))
    assert touched.lamps[2]["size"] == pytest.approx(0.5, abs=0.02)
    assert (touched.lamps[2]["x"], touched.lamps[2]["y"]) == (0.7, 0.6)
    assert len(touched.changes) == 2
    touched.button("Undo").click()
    touched.button("Undo").click()
    assert touched.values["lamps"] == THREE


def test_a_pinch_aims_no_lamp_and_a_tap_does(touched: Editor, server: Server) -> None:
    touched.open(key_of_disc(server))
    touched.handle(1).click()
    for title, spot in (
        ("Move this lamp so", (0.6, 0.5)),
        ("Move it so that it reflects", (0.4, 0.3)),
        ("Move it so that it rims", (0.2, 0.6)),
    ):
        button = touched.button(title)
        button.tap()
        expect(button).to_have_attribute("aria-pressed", "true")
        x, y = touched.locate(*spot)
        before = touched.lamps[1]
        u, v = touched.locate(0.5, 0.85)
        touched.pointer.pinch(((u - 30, v), (u + 30, v)), ((u - 40, v), (u + 40, v)))
        assert (touched.lamps[1]["x"], touched.lamps[1]["y"]) == (before["x"], before["y"])
        assert touched.lamps[1]["size"] > before["size"]
        touched.pointer.tap((x, y))
        assert (touched.lamps[1]["x"], touched.lamps[1]["y"]) != (before["x"], before["y"])
        button.tap()
    assert touched.lamps[1]["depth"] < 0
    assert len(touched.changes) == 6
    for _ in range(6):
        touched.button("Undo").tap()
    assert touched.values["lamps"] == THREE


@pytest.mark.timed
def test_a_finger_that_stays_opens_the_menu(touched: Editor) -> None:
    touched.pointer.press_long(touched.handle(1))
    expect(menu(touched)).to_be_visible()
    assert touched.page.evaluate("editor.selected") == 1
    assert touched.changes == []
    box, screen = menu(touched).bounding_box(), touched.page.viewport_size
    assert box is not None
    assert screen is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= screen["width"]
    for button in menu(touched).locator("button").all():
        size = button.bounding_box()
        assert size is not None
        assert size["height"] >= 34
    entry(touched, "Switch this lamp").tap()
    expect(menu(touched)).to_have_count(0)
    assert [lamp["on"] for lamp in touched.lamps] == [True, False, True]
    # A short touch, or one that moves, opens none.
    touched.pointer.tap(touched.handle(1))
    touched.pointer.touch(touched.handle(2), touched.locate(0.4, 0.4))
    touched.page.wait_for_timeout(600)
    expect(menu(touched)).to_have_count(0)


def test_before_by_a_finger_that_stays(touched: Editor, server: Server) -> None:
    touched.open(key_of(server))
    lit = touched.read()
    button = touched.button("The subject before")
    touched.pointer._finger("touchStart", middle(button))
    touched.page.wait_for_timeout(800)
    assert touched.page.evaluate("editor.before")
    assert (touched.read() != lit).any()
    touched.pointer._finger("touchEnd")
    touched.page.wait_for_function("!editor.before")
    assert (touched.read() == lit).all()


@pytest.mark.parametrize("key", ["ContextMenu", "Shift+F10", ""])
def test_the_menu_by_key_and_by_the_other_button(editor: Editor, key: str) -> None:
    if key:
        editor.handle(1).focus()
        editor.page.keyboard.press(key)
    else:
        editor.handle(1).click(button="right")
    expect(menu(editor)).to_be_visible()
    expect(entry(editor, "Switch this lamp")).to_be_focused()
    editor.keyboard.press("ArrowUp")
    expect(entry(editor, "Delete")).to_be_focused()
    editor.keyboard.press("ArrowDown")
    editor.keyboard.press("ArrowDown")
    expect(entry(editor, "Solo")).to_be_focused()
    editor.page.keyboard.press("Enter")
    expect(menu(editor)).to_have_count(0)
    expect(editor.handle(1)).to_be_focused()
    assert [lamp["on"] for lamp in editor.lamps] == [False, True, False]
    editor.keyboard.press("L")
    editor.page.keyboard.press("ContextMenu")
    expect(entry(editor, "Lock")).to_have_attribute("aria-checked", "true")
    expect(entry(editor, "Delete")).to_be_disabled()
    expect(entry(editor, "Light a spot")).to_be_disabled()
    editor.keyboard.press("Escape")
    expect(menu(editor)).to_have_count(0)
    expect(editor.handle(1)).to_be_focused()
    editor.handle(0).click(button="right")
    editor.page.mouse.click(*editor.locate(0.9, 0.9))
    expect(menu(editor)).to_have_count(0)
    for _ in range(2):
        editor.button("Undo").click()
    assert editor.values["lamps"] == THREE
    assert not editor.lamps[1].get("locked")


def test_every_entry_of_the_menu_acts(editor: Editor, server: Server) -> None:
    editor.open(key_of(server))

    def choose(name: str) -> None:
        editor.handle(1).click(button="right")
        entry(editor, name).click()

    choose("Duplicate")
    assert len(editor.lamps) == 4
    choose("Delete")
    assert len(editor.lamps) == 3
    for name, mode in (("Light a spot", "light"), ("Reflect", "reflect"), ("Rim a spot", "rim")):
        choose(name)
        assert editor.page.evaluate("editor.spot.mode") == mode
    choose("Lock")
    assert editor.lamps[1]["locked"]


def test_the_grip_beside_a_lamp_sets_its_depth(editor: Editor, server: Server) -> None:
    editor.open(key_of(server))
    editor.handle(1).click()
    before = editor.read()
    grip = editor.find(".ic-light-depth-handle")
    x, y = middle(grip)
    editor.drag(grip, (x, y + 54))
    assert editor.lamps[1]["depth"] == pytest.approx(-0.5, abs=0.03)
    assert (editor.lamps[1]["x"], editor.lamps[1]["y"]) == (0.3, 0.2)
    assert (editor.read() != before).any()
    expect(editor.find("input[title^='Where it stands']")).to_have_value(str(editor.lamps[1]["depth"]))
    editor.button("Undo").click()
    assert editor.values["lamps"] == THREE
    assert middle(grip) == pytest.approx((x, y), abs=1)
    editor.forget_changes()
    editor.drag(grip, (x, y - 200))
    assert editor.lamps[1]["depth"] == 1
    # The light map is the same at every depth.
    editor.button("What the model starts from").click()
    expect(grip).to_be_hidden()


def test_a_locked_lamp_has_a_grip_that_moves_nothing(editor: Editor, server: Server) -> None:
    editor.open(key_of(server))
    editor.handle(1).click()
    editor.handle(1).press("l")
    for name in ("depth", "size"):
        grip = editor.find(f".ic-light-{name}-handle")
        x, y = middle(grip)
        editor.pointer.drag(grip, (x + 30, y + 30))
    assert editor.changes == []


@pytest.mark.parametrize("size", [(320, 400), (400, 320), (620, 400), (240, 520)])
def test_grips_are_apart_and_within_the_picture(page: Page, size: tuple[int, int]) -> None:
    width, height = size
    places = [f"point x {x} y {y}" for x, y in itertools.product((0, 0.05, 0.3, 0.5, 0.7, 0.95, 1), repeat=2)]
    sides = [f"side angle {angle}" for angle in range(0, 360, 15)]
    for where, extent, depth in itertools.product(places + sides, (0.05, 0.2, 0.5, 1, 2), (-1, 0, 1)):
        text = f"{where} size {extent} depth {depth}"
        lamp, sized, deep = page.evaluate(PLACE, [text, *size])
        for (x, y), (u, v) in itertools.combinations((lamp, sized, deep), 2):
            assert abs(x - u) + abs(y - v) >= 24, text
        for x, y in (sized, deep):
            assert 0 <= x <= width, text
            assert 0 <= y <= height, text
