"""The light editor by mouse, finger and wheel. Every gesture counts the pictures that it draws (``gestures``)."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.standalone.conftest import Server
from tests.standalone.editing import OPEN_FOLDS, THREE, Editor, key_of
from tests.standalone.gestures import middle


def test_a_point_is_dragged_and_the_picture_follows(editor: Editor, server: Server) -> None:
    editor.open(key_of(server))
    before = editor.read()
    editor.drag(editor.handle(1), editor.locate(0.62, 0.71))
    (values,) = editor.changes
    assert values == {"lamps": THREE.replace("x 0.3 y 0.2", "x 0.62 y 0.71"), "ambient": "#000000"}
    assert np.abs(editor.read() - before).max() > 10
    assert middle(editor.handle(1)) == pytest.approx(editor.locate(0.62, 0.71), abs=1)
    drawn = editor.read()
    editor.set("side")
    editor.set(values["lamps"], values["ambient"])
    # Where one lamp alone was another, the light of the others is kept, and added in another order.
    assert np.abs(editor.read().astype(int) - drawn).max() <= 1


def test_a_lamp_does_not_leave_the_picture(editor: Editor) -> None:
    editor.drag(editor.handle(1), (0, 899))
    assert (editor.lamps[1]["x"], editor.lamps[1]["y"]) == (0, 1)


def test_a_click_only_chooses(editor: Editor) -> None:
    editor.pointer.click(editor.handle(2))
    assert editor.changes == []
    expect(editor.handle(2)).to_have_attribute("aria-pressed", "true")
    expect(editor.find(".ic-light-lamp .ic-light-value").first).to_have_text("3")


def test_a_side_turns(editor: Editor) -> None:
    editor.drag(editor.handle(0), editor.locate(0.5, 0.1))
    assert editor.changes[-1]["lamps"].startswith("side angle 90 color #ff8000 + ")
    x, y = middle(editor.handle(0))
    assert (x, y) == pytest.approx((editor.locate(0.5, 0)[0], editor.locate(0.5, 0)[1] + 20), abs=1.5)
    editor.forget_changes()
    with editor.keyboard.hold("Shift"):
        editor.drag(editor.handle(0), editor.locate(0.9, 0.3))
    assert editor.lamps[0]["angle"] == 30


def test_the_grip_and_the_wheel_set_the_size(editor: Editor) -> None:
    editor.handle(1).click()
    grip = editor.find(".ic-light-size-handle")
    (x, y), (lamp_x, lamp_y) = middle(grip), middle(editor.handle(1))
    editor.drag(grip, ((x + lamp_x) / 2, (y + lamp_y) / 2))
    assert editor.lamps[1]["size"] == pytest.approx(0.25, abs=0.01)
    editor.forget_changes()
    editor.handle(0).click()
    x, y = middle(grip)
    editor.drag(grip, (x + 30, y))
    assert editor.lamps[0]["size"] > 1.1
    editor.forget_changes()
    editor.pointer.wheel(editor.handle(2), 300, turns=2)
    assert editor.lamps[2]["size"] == round(np.exp(-0.6), 2)
    assert len(editor.changes) == 1
    with editor.keyboard.hold("Shift"):
        editor.pointer.wheel(editor.handle(2), 300, turns=2)
    assert (editor.lamps[2]["depth"], editor.lamps[2]["size"]) == (0.4, round(np.exp(-0.6), 2))
    assert len(editor.changes) == 2


def test_the_dial(editor: Editor) -> None:
    editor.handle(0).click()
    dial = editor.find(".ic-light-dial")
    x, y = middle(dial)
    editor.drag(dial, (x, y + 18))
    assert editor.lamps[0]["angle"] == 270
    dial.focus()
    editor.keyboard.press("ArrowUp")
    editor.keyboard.press("ArrowLeft", "Shift")
    assert [values["lamps"].split(" ")[2] for values in editor.changes] == ["270", "271", "256"]
    expect(dial).to_have_attribute("aria-valuenow", "256")
    expect(editor.page.get_by_text("256°")).to_be_visible()


def test_values_of_the_lamp_and_the_ambient_colour(editor: Editor) -> None:
    editor.handle(1).click()
    for title, value in (("How strong", "0.5"), ("How far", "1.25"), ("How soft", "0.2"), ("Where it stands", "-0.4")):
        editor.find(f"input[title^='{title}']").fill(value)
    editor.find("input[title^='Colour']").fill("#ff0000")
    editor.find("input[title^='Light that is everywhere']").fill("#102030")
    assert editor.lamps[1] == {
        "kind": "point", "x": 0.3, "y": 0.2, "size": 1.25, "color": "#ff0000", "intensity": 0.5, "softness": 0.2,
        "depth": -0.4, "on": True,
    }  # fmt: skip
    assert len(editor.changes) == 6
    assert editor.changes[-1]["ambient"] == "#102030"


def test_from_outside_is_not_told(editor: Editor) -> None:
    editor.set("side angle 90.000   size 0.5+point", "#FFFFFF")
    assert editor.values == {"lamps": "side angle 90 size 0.5 + point", "ambient": "#ffffff"}
    steps = editor.page.evaluate("editor.history.steps.length")
    editor.set("side angle 90 size 0.5 + point", "#ffffff")
    assert editor.page.evaluate("editor.history.steps.length") == steps
    editor.set("", "#000000")
    assert editor.changes == []
    expect(editor.find(".ic-light-handle")).to_have_count(0)


def test_what_is_told_while_a_lamp_is_held_waits(editor: Editor) -> None:
    x, y = middle(editor.handle(1))
    for moves in (True, False):
        editor.pointer.down((x, y))
        editor.pointer.move((x + 40, y + 40))
        editor.set("side")
        assert len(editor.lamps) == 3
        if not moves:
            editor.pointer.move((x, y))
            editor.pointer.move((x + 1, y))
        editor.pointer.up()
        # What was set by hand is newer than what waited; where nothing was, it is taken.
        assert len(editor.lamps) == (3 if moves else 1)
        editor.set(THREE)
    assert len(editor.changes) == 1


def test_a_finger_moves_a_lamp_and_not_the_page(telephone: Page, server: Server) -> None:
    editor = Editor(telephone, THREE)
    editor.open(key_of(server))
    size = editor.handle(1).bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 32
    editor.page.evaluate(OPEN_FOLDS)
    for target in editor.find("button:not(.ic-light-crosshair), #place input[type=range]").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 32
    editor.pointer.touch(editor.handle(1), editor.locate(0.6, 0.4))
    editor.page.wait_for_function("changes.length")
    assert editor.changes == [{"lamps": THREE.replace("x 0.3 y 0.2", "x 0.6 y 0.4"), "ambient": "#000000"}]
    assert editor.page.evaluate("scrollY") == 0
    assert editor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    editor.pointer.tap(editor.handle(2))
    assert editor.page.evaluate("editor.selected") == 2
