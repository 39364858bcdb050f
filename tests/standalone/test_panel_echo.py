"""A page reports late what the editor itself has told it, as gradio does on a slow host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.standalone.editing import THREE

LATE = 400
"""After how many milliseconds the controls report what they have."""

PANEL = """([lamps, late]) => {
    document.getElementById("place").innerHTML = `
        <div id="script_txt2img_ic_light_editor"><div class="ic-light-place" data-given='{}'></div></div>
        <button id="script_txt2img_ic_light_picked" hidden></button>`;
    window.panel = ICLight.getPanel("txt2img");
    window.controls = {lamps, ambient: "#000000"};
    window.report = () => panel.show("lamps", controls.lamps, controls.ambient);
    window.assign = (values) => {
        // As gradio does: one change after the other, each with what all controls have by then.
        for (const name of ["lamps", "ambient"]) {
            if (controls[name] === values[name]) continue;
            controls[name] = values[name];
            const {lamps, ambient} = controls;
            setTimeout(() => panel.show("lamps", lamps, ambient), late);
        }
    };
    document.getElementById("script_txt2img_ic_light_picked").onclick = () => {
        const [lamps, ambient] = panel.getNewValues();
        assign({lamps, ambient});
    };
    report();
}"""


@dataclass
class SlowPanel:
    """The panel's program, with controls that report late."""

    page: Page

    def values(self) -> dict[str, str]:
        return self.page.evaluate("panel.editor.values")

    def controls(self) -> dict[str, str]:
        return self.page.evaluate("controls")

    def settle(self) -> None:
        self.page.wait_for_timeout(3 * LATE)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


@pytest.fixture
def slow(page: Page) -> Iterator[SlowPanel]:
    page.evaluate(PANEL, [THREE, LATE])
    expect(page.locator(".ic-light-handle")).to_have_count(3)
    return SlowPanel(page)


def lamps(values: dict[str, Any]) -> int:
    return values["lamps"].count("+") + 1


def test_undo_duplicate_and_delete_in_quick_succession(slow: SlowPanel) -> None:
    slow.page.locator(".ic-light-handle").nth(1).focus()
    slow.press("ArrowRight")
    slow.settle()
    moved = slow.values()["lamps"]
    for key in ("Control+z", "d", "Delete"):
        slow.press(key)
        # The report of the first comes between the second and the third.
        slow.page.wait_for_timeout(LATE * 0.6)
    slow.settle()
    assert slow.values() == slow.controls()
    assert lamps(slow.values()) == 3
    assert slow.values()["lamps"] != moved
    assert "x 0.3 y 0.2" in slow.values()["lamps"]


def test_each_step_back_and_forth_stays(slow: SlowPanel) -> None:
    slow.page.locator(".ic-light-handle").nth(1).focus()
    for keys, count in ((("d",), 4), (("Delete",), 3), (("Control+z", "Control+z", "d", "d"), 5)):
        slow.press(*keys)
        assert lamps(slow.values()) == count
        slow.page.wait_for_timeout(LATE // 2)
        assert lamps(slow.values()) == count
    slow.settle()
    assert lamps(slow.values()) == lamps(slow.controls()) == 5


def test_a_control_that_has_not_followed_yet_takes_nothing_back(slow: SlowPanel) -> None:
    """Lamps and ambient colour are two controls."""
    slow.page.evaluate("panel.editor.applyPreset({lamps: 'side angle 90', ambient: '#102030'})")
    slow.page.evaluate("panel.show('lamps', 'side angle 90', '#000000')")
    slow.settle()
    assert slow.values() == slow.controls() == {"lamps": "side angle 90", "ambient": "#102030"}


def test_what_others_set_is_taken(slow: SlowPanel) -> None:
    slow.page.locator(".ic-light-handle").nth(1).focus()
    slow.press("ArrowRight")
    slow.settle()
    for text in ("side angle 45", THREE, "point x 0.1 y 0.1"):
        slow.page.evaluate("(lamps) => assign({lamps, ambient: '#203040'})", text)
        slow.settle()
        assert slow.values() == slow.page.evaluate("(values) => panel.editor.check(values)", slow.controls())
        assert slow.values()["ambient"] == "#203040"
