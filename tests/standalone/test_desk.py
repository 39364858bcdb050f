"""Lamps as on a desk: alone, named, locked, all on or off; their colour by gel and kelvin; aimed at a spot; before."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from lib_iclight.light.gels import GELS
from lib_iclight.light.temperature import colour_of
from tests.standalone.conftest import Server
from tests.standalone.editing import Editor, key_of, key_of_disc

ON = "editor.lamps.map(({on}) => on)"


def row(editor: Editor, index: int) -> Locator:
    return editor.find(".ic-light-desk-list [role=listitem]").nth(index)


def press(editor: Editor, index: int, label: str) -> None:
    row(editor, index).get_by_role("button", name=label, exact=True).click()


def test_alone_and_back_again(editor: Editor) -> None:
    press(editor, 2, "On")
    press(editor, 0, "Solo")
    assert editor.page.evaluate(ON) == [True, False, False]
    press(editor, 1, "Solo")
    assert editor.page.evaluate(ON) == [False, True, False]
    press(editor, 1, "Solo")
    assert editor.page.evaluate(ON) == [True, True, False]
    editor.button("Switch all lamps").click()
    assert editor.page.evaluate(ON) == [True, True, True]
    editor.button("Switch all lamps").click()
    assert editor.page.evaluate(ON) == [False, False, False]
    for _ in range(4):
        editor.button("Undo").click()
    assert editor.page.evaluate(ON) == [True, False, False]
    assert len(editor.changes) == 10


def test_names_and_locks_are_the_browsers_own_and_undone(editor: Editor) -> None:
    name = row(editor, 1).get_by_label("Name of the lamp")
    name.fill("Key ?")
    name.press("Tab")
    assert editor.lamps[1]["name"] == "Key ?"
    press(editor, 1, "Lock")
    assert editor.changes == []
    editor.handle(1).focus()
    editor.page.keyboard.press("ArrowRight")
    editor.page.keyboard.press("Delete")
    editor.pointer.drag(editor.handle(1), editor.locate(0.9, 0.9))
    assert editor.changes == []
    assert len(editor.lamps) == 3
    expect(editor.find("fieldset.ic-light-lamp[disabled]")).to_have_count(1)
    press(editor, 1, "Solo")
    assert "name" not in editor.changes[-1]["lamps"]
    editor.button("Undo").click()
    editor.button("Undo").click()
    assert "locked" not in editor.lamps[1]
    assert editor.lamps[1]["name"] == "Key ?"
    editor.button("Undo").click()
    expect(name).to_have_value("")


def test_colours_by_gel_and_kelvin(editor: Editor) -> None:
    editor.handle(1).click()
    gel = editor.page.get_by_label("Gel")
    gel.select_option(label="Full CTO")
    assert editor.lamps[1]["color"] == next(gel.color for gel in GELS if gel.label == "Full CTO")
    gel.select_option(label="No gel")
    assert editor.lamps[1]["color"] == "#ffffff"
    editor.find(".ic-light-kelvin input").fill("3200")
    near = np.array(
        [[int(text[i : i + 2], 16) for i in (1, 3, 5)] for text in (editor.lamps[1]["color"], colour_of(3200))]
    )
    assert np.abs(near[0] - near[1]).max() <= 2
    expect(editor.find(".ic-light-kelvin .ic-light-value")).to_have_text("3200 K")


def test_gels_and_kelvin_are_undone_and_done_again(editor: Editor) -> None:
    editor.handle(1).click()
    gel = editor.page.get_by_label("Gel")
    kelvin = editor.find(".ic-light-kelvin input")
    colours = [editor.lamps[1]["color"]]
    gel.select_option(label="Full CTO")
    colours.append(editor.lamps[1]["color"])
    # Along a slider it is one step, however often it is told of on the way.
    for temperature in ("3000", "4000", "8000"):
        kelvin.evaluate(
            "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", temperature
        )
    kelvin.dispatch_event("change")
    colours.append(editor.lamps[1]["color"])
    assert len(set(colours)) == 3
    editor.button("Undo").click()
    assert editor.lamps[1]["color"] == colours[1]
    expect(gel.locator("option:checked")).to_have_text("Full CTO")
    editor.button("Undo").click()
    assert editor.lamps[1]["color"] == colours[0]
    for colour in colours[1:]:
        editor.button("Redo").click()
        assert editor.lamps[1]["color"] == colour
    # The lowest of the temperatures that have this colour.
    expect(editor.find(".ic-light-kelvin .ic-light-value")).to_have_text("7950 K")


def test_the_arrow_keys_reach_every_temperature(editor: Editor) -> None:
    """Also where two have one colour, in eight bits a channel."""
    editor.handle(1).click()
    slider = editor.find(".ic-light-kelvin input")
    slider.fill("7700")
    for kelvin in range(7750, 8150, 50):
        slider.press("ArrowRight")
        expect(editor.find(".ic-light-kelvin .ic-light-value")).to_have_text(f"{kelvin} K")
    assert editor.lamps[1]["color"] == colour_of(kelvin)


@pytest.mark.parametrize("modifier", ["Alt", ""])
def test_a_click_lights_the_spot(editor: Editor, server: Server, modifier: str) -> None:
    editor.make("point")
    editor.set_surface(specular=0)
    editor.open(key_of_disc(server))
    if not modifier:
        editor.button("Move this lamp so that it lights a spot").click()
        editor.page.evaluate("scrollTo(0, 0)")
    place = editor.locate(0.4, 0.42)
    if modifier:
        editor.page.keyboard.down(modifier)
    editor.page.mouse.click(*place)
    if modifier:
        editor.page.keyboard.up(modifier)
    assert len(editor.changes) == 1
    lit = editor.read().sum(axis=-1)
    row, column = np.argwhere(lit == lit.max()).mean(axis=0)
    height, width = lit.shape
    assert np.hypot(column / width - 0.4, row / height - 0.42) < 0.05
    editor.button("Undo").click()
    assert editor.lamps[0]["x"] == 0.5


def test_a_click_that_rims_puts_the_lamp_behind(editor: Editor, server: Server) -> None:
    editor.make("side")
    editor.open(key_of_disc(server))
    editor.page.keyboard.down("Control")
    editor.page.mouse.click(*editor.locate(0.2, 0.5))
    editor.page.keyboard.up("Control")
    assert editor.lamps[0]["depth"] < 0
    assert abs(editor.lamps[0]["angle"] - 180) < 10


def test_without_a_form_a_click_says_so(editor: Editor) -> None:
    editor.page.keyboard.down("Alt")
    editor.page.mouse.click(*editor.locate(0.5, 0.9))
    editor.page.keyboard.up("Alt")
    assert "open a subject" in editor.messages[-1]
    assert editor.changes == []


def test_before_as_long_as_it_is_held(editor: Editor, server: Server) -> None:
    editor.open(key_of(server))
    lit = editor.read()
    with editor.keyboard.hold("b"):
        pass
    editor.handle(0).focus()
    with editor.keyboard.hold("b"):
        before = editor.read()
    assert np.abs(before - lit).mean() > 3
    assert (editor.read() == lit).all()
    button = editor.button("The subject before")
    button.hover()
    editor.page.mouse.down()
    assert (editor.read() == before).all()
    editor.page.mouse.up()
    assert (editor.read() == lit).all()
    assert editor.changes == []
