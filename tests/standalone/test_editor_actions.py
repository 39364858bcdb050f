"""What a person does in the light editor by keys and buttons. Every key counts the pictures that it draws."""

from __future__ import annotations

from playwright.sync_api import expect

from lib_iclight.light.lamps import Lamps
from lib_iclight.light.presets import PRESETS
from tests.standalone.editing import MAKE, THREE, Editor


def test_keys(editor: Editor) -> None:
    editor.handle(0).focus()
    editor.keyboard.press("Tab")
    expect(editor.handle(1)).to_be_focused()
    expect(editor.handle(1)).to_have_attribute("aria-label", "Lamp 2: point, 30 % from the left, 20 % from the top")
    editor.keyboard.press("ArrowRight")
    editor.keyboard.press("ArrowDown", "Shift")
    assert (editor.lamps[1]["x"], editor.lamps[1]["y"]) == (0.32, 0.3)
    assert len(editor.changes) == 2
    editor.keyboard.press("+")
    editor.keyboard.press("-")
    editor.keyboard.press("-")
    assert editor.lamps[1]["size"] == 0.45
    editor.keyboard.press("d")
    expect(editor.handle(3)).to_be_focused()
    assert editor.lamps[3] == {**editor.lamps[1], "x": 0.4, "y": 0.38}
    editor.keyboard.press("Delete")
    expect(editor.handle(2)).to_be_focused()
    editor.handle(0).focus()
    editor.keyboard.press("ArrowRight")
    assert editor.lamps[0]["angle"] == 175
    expect(editor.handle(0)).to_have_attribute("aria-label", "Lamp 1: side, 175 degrees")
    editor.keyboard.press("Backspace", times=3)
    assert editor.changes[-1]["lamps"] == ""
    editor.keyboard.press("z", "Control")
    assert len(editor.lamps) == 1


def test_a_held_key_is_one_step(editor: Editor) -> None:
    editor.handle(1).focus()
    editor.keyboard.repeat("ArrowLeft", 4)
    assert [values["lamps"].split(" ")[8] for values in editor.changes] == ["0.22"]


def test_presets(editor: Editor) -> None:
    for preset in PRESETS:
        chip = editor.find(".ic-light-chips button").filter(has=editor.page.get_by_text(preset.label, exact=True))
        chip.click()
        written = Lamps().to_text(Lamps().check(preset.lamps))
        assert editor.changes[-1] == {"lamps": written, "ambient": preset.ambient}
        expect(chip).to_have_attribute("aria-pressed", "true")
        assert editor.find(".ic-light-chips [aria-pressed=true]").count() == 1
    assert len(editor.changes) == len(PRESETS)


def test_a_preset_that_cannot_be_read_is_said_and_left_out(editor: Editor) -> None:
    editor.page.evaluate(MAKE, [[{"name": "bad", "label": "Bad", "lamps": "spot"}], "place"])
    assert "lamps[0].kind is 'spot'" in editor.page.evaluate("messages[0]")
    assert editor.find(".ic-light-chips button").count() == 0


def test_lamps_are_added_up_to_eight_and_taken_away(editor: Editor) -> None:
    add, side = editor.button("Add a lamp at a place"), editor.button("Add a lamp that shines")
    add.click()
    assert editor.changes[-1]["lamps"] == THREE + " + point x 0.7 y 0.25"
    side.click()
    assert editor.lamps[-1]["angle"] == 0
    side.click()
    editor.button("Duplicate").click()
    add.click()
    assert len(editor.lamps) == 8
    placed = {tuple(lamp[key] for key in lamp) for lamp in editor.lamps}
    assert len(placed) == 8
    for full in (add, side, editor.button("Duplicate")):
        expect(full).to_be_disabled()
    editor.handle(3).focus()
    editor.keyboard.press("d")
    assert len(editor.lamps) == 8
    for left in range(7, -1, -1):
        editor.button("Delete").click()
        assert len(editor.lamps) == left
    for none in (editor.button("Delete"), editor.button("Duplicate"), editor.find(".ic-light-lamp input").first):
        expect(none).to_be_disabled()
    assert len(editor.changes) == 5 + 8
    # The button that is no longer one has not taken the keyboard along.
    editor.keyboard.press("z", "Control")
    assert len(editor.lamps) == 1


def test_undo_and_redo(editor: Editor) -> None:
    undo, redo = editor.button("Undo"), editor.button("Redo")
    editor.drag(editor.handle(1), editor.locate(0.5, 0.5))
    editor.page.get_by_text("Neon pair").click()
    editor.set("side", "#111111")
    assert len(editor.changes) == 2
    expect(redo).to_be_disabled()
    undo.click()
    assert editor.changes[-1] == editor.changes[1]
    editor.keyboard.press("z", "Control")
    assert editor.changes[-1] == editor.changes[0]
    editor.handle(1).focus()
    editor.keyboard.press("z", "Control")
    assert editor.changes[-1] == {"lamps": THREE, "ambient": "#000000"}
    editor.keyboard.press("Z", "Control", "Shift", times=3)
    assert editor.changes[-1] == {"lamps": "side", "ambient": "#111111"}
    assert len(editor.changes) == 8
    editor.keyboard.press("z", "Control")
    editor.button("Add a lamp at").click()
    expect(redo).to_be_disabled()
    editor.keyboard.press("z", "Control", times=9)
    expect(undo).to_be_disabled()
    assert editor.lamps == []


def test_a_lamp_is_switched_off_and_on(editor: Editor) -> None:
    editor.handle(0).focus()
    expect(editor.switch).to_be_checked()
    editor.keyboard.press("o")
    assert editor.changes[-1]["lamps"] == THREE.replace(" +", " on false +", 1)
    expect(editor.switch).not_to_be_checked()
    expect(editor.handle(0)).to_have_attribute("aria-label", "Lamp 1: side, 180 degrees, off")
    assert editor.handle(0).evaluate("(handle) => getComputedStyle(handle).backgroundColor") == "rgba(0, 0, 0, 0.7)"
    editor.handle(1).focus()
    expect(editor.switch).to_be_checked()
    editor.handle(0).focus()
    with editor.keyboard.frames.at_most(1):
        editor.switch.click()
    assert editor.changes[-1]["lamps"] == THREE
    assert len(editor.changes) == 2
    editor.keyboard.press("z", "Control")
    assert editor.changes[-1]["lamps"] == THREE.replace(" +", " on false +", 1)
    expect(editor.switch).not_to_be_checked()


def test_a_lamp_goes_behind_the_subject(editor: Editor) -> None:
    editor.handle(1).focus()
    editor.keyboard.press("PageUp")
    assert editor.changes == []
    editor.keyboard.repeat("PageDown", 14)
    assert editor.changes == [{"lamps": THREE.replace("size 0.5", "size 0.5 depth -0.4"), "ambient": "#000000"}]
    expect(editor.handle(1)).to_have_attribute(
        "aria-label", "Lamp 2: point, 30 % from the left, 20 % from the top, behind"
    )
    assert editor.handle(1).evaluate("(handle) => getComputedStyle(handle).borderStyle") == "dashed"
    depth = editor.find("input[title^='Where it stands']")
    assert [depth.get_attribute(name) for name in ("min", "max")] == ["-1", "1"]
    depth.fill("-1")
    assert editor.lamps[1]["depth"] == -1
    editor.keyboard.press("z", "Control", times=2)
    assert editor.values["lamps"] == THREE


def test_lamps_that_are_off_are_on_no_light_map(editor: Editor) -> None:
    draw = "(text) => Array.from(ICLight.drawLightMap(ICLight.lamps.parse(text), '#102030', 40, 50))"
    off = editor.page.evaluate(draw, "side + point x 0.2 on false")
    assert off == editor.page.evaluate(draw, "side")
    assert off != editor.page.evaluate(draw, "side + point x 0.2")
