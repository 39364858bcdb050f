"""The light editor for those who see little or nothing, or use the keyboard alone."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from lib_iclight.models.sources import IC_LIGHT
from lib_iclight.request.recommended import LIGHTS
from lib_iclight.ui.model_notices import _notice_html
from lib_iclight.ui.tools import _chips
from tests.standalone.accessibility import FOCUSED, find_faults
from tests.standalone.conftest import NewPage, Server
from tests.standalone.editing import THREE, Editor, key_of
from tests.standalone.test_desk import key_of_disc
from tests.standalone.test_localisation import CHINESE, HOST

LOOKS = [(theme, width) for theme in ("", "dark") for width in (800, 390)]

STATES = (
    "editor.set('')",
    f"editor.set('{THREE}')",
    f"editor.set('{THREE} + point x 0.1 y 0.1 depth -0.5 on false'); editor.toolbar.desk.note(0, {{locked: true}})",
    "editor.setView('map')",
    "editor.setView('lit'); editor.select(1); editor.spot.setMode('light')",
    "document.querySelectorAll('.ic-light-keeping').forEach((fold) => { fold.open = true; })",
    "editor.handles.menu.open(1)",
    "editor.handles.menu.close(); editor.matte.toggle()",
    "editor.matte.shell.setGround('map'); editor.matte.move([1, 0])",
    "editor.matte.cancel(); editor.help.open()",
)


@pytest.fixture(params=LOOKS, ids=str)
def shown(request: pytest.FixtureRequest, browser: Browser, new_page: NewPage, server: Server) -> Editor:
    theme, width = request.param
    page = new_page(browser, look={"theme": theme}, viewport={"width": width, "height": 900})
    editor = Editor(page)
    editor.open(key_of(server))
    return editor


def test_axe_finds_nothing_in_any_state(shown: Editor) -> None:
    for act in STATES:
        shown.page.evaluate(act)
        assert find_faults(shown.page, is_own_page=False) == []


def test_axe_finds_nothing_in_the_panels_other_parts(shown: Editor) -> None:
    parts = [_notice_html("model", source) for source in IC_LIGHT] + [_chips("txt2img", "Light", LIGHTS)]
    shown.page.evaluate("(html) => { document.getElementById('other').innerHTML = html; }", "".join(parts))
    shown.page.evaluate("document.querySelectorAll('#other [hidden]').forEach((part) => { part.hidden = false; })")
    shown.page.evaluate("document.querySelectorAll('#other label').forEach((label) => label.append('12 / 345 MB'))")
    assert find_faults(shown.page, is_own_page=False) == []


def test_axe_finds_what_is_wrong(editor: Editor) -> None:
    editor.find(".ic-light-colour").first.evaluate("(input) => input.removeAttribute('aria-label')")
    editor.find(".ic-light-desk .ic-light-row > span").first.evaluate(
        "(word) => { word.style.cssText = 'color: #ccc; background: #fff'; }"
    )
    assert {"label-title-only", "color-contrast"} <= {fault.rule for fault in find_faults(editor.page, False)}


def luminance(color: str) -> float:
    """WCAG's relative luminance of ``rgb(...)``."""
    levels = [int(level) / 255 for level in re.findall(r"\d+", color)[:3]]
    light = [level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
    return sum(part * share for part, share in zip(light, (0.2126, 0.7152, 0.0722)))


def test_a_lamps_number_is_read_on_any_colour(editor: Editor) -> None:
    """axe does not see through to it."""
    worst = 21.0
    for number in range(0, 256**3, 256**3 // 150):
        editor.set(f"point color #{number:06x}")
        looks = "({style}) => { const {color, backgroundColor} = style; return [color, backgroundColor]; }"
        ink, ground = editor.handle(0).evaluate(f"(handle) => ({looks})({{style: getComputedStyle(handle)}})")
        dark, bright = sorted((luminance(ink), luminance(ground)))
        worst = min(worst, (bright + 0.05) / (dark + 0.05))
    assert worst >= 4.5


def tab_through(editor: Editor, most: int = 80) -> list[dict[str, str]]:
    """What the Tab key comes to in the editor, in turn."""
    stops = []
    for _ in range(most):
        editor.page.keyboard.press("Tab")
        stop = editor.page.evaluate(FOCUSED)
        if not stop["inside"]:
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab does not leave the editor: {stops}")


def test_tab_reaches_everything_and_is_seen(shown: Editor) -> None:
    shown.set(THREE)
    stops = tab_through(shown)
    names = [stop["name"].strip() for stop in stops]
    for index in (1, 2, 3):
        assert sum(name.startswith(f"Lamp {index}: ") for name in names) == 1
    wanted = [
        "Lit",
        "Light map",
        "Before",
        "Point",
        "Side",
        "Intensity",
        "Size",
        "Softness",
        "Depth",
        "Gel",
        "Temperature of the colour",
    ]
    wanted += [
        "Colour of this lamp",
        "Light a spot",
        "Reflect at a spot",
        "Rim a spot",
        "Edit matte",
        "Name of the lamp",
        "On",
        "Solo",
        "Lock",
    ]
    wanted += ["Ambient", "Own presets", "Lamp 1", "Lamp 2", "Lamp 3", "All"]
    assert not [name for name in wanted if name not in names]
    assert not [stop for stop in stops if not stop["ring"]]
    ground = shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
    for stop in stops:
        if stop["name"].startswith("Lamp ") and ":" in stop["name"]:
            continue
        dark, bright = sorted((luminance(stop["color"]), luminance(ground)))
        assert (bright + 0.05) / (dark + 0.05) >= 3


def test_tab_reaches_the_mattes_tools_and_no_others(shown: Editor) -> None:
    shown.set(THREE)
    shown.page.evaluate("editor.matte.toggle()")
    expect(shown.find(".ic-light-matte")).to_be_focused()
    shown.page.evaluate("document.activeElement.blur()")
    stops = tab_through(shown)
    names = [stop["name"].strip() for stop in stops]
    assert [name for name in names if not name.startswith("Matte; the brush is")][-10:] == [
        *("Keep", "Drop", "Select", "Box"),
        *("Size", "Softness", "Grey", "Checker", "Light map", "Cancel"),
    ]
    assert not [stop for stop in stops if not stop["ring"]]


def test_cards_are_one_stop_and_arrows_go_between_them(editor: Editor) -> None:
    cards = editor.find(".ic-light-chips button")
    count = cards.count()
    assert editor.find(".ic-light-chips [tabindex='0']").count() == 1
    cards.nth(0).focus()
    for key, index in (("ArrowRight", 1), ("End", count - 1), ("ArrowRight", count - 1), ("Home", 0), ("ArrowLeft", 0)):
        editor.page.keyboard.press(key)
        expect(cards.nth(index)).to_be_focused()
    columns = editor.find(".ic-light-chips").evaluate(
        "(grid) => getComputedStyle(grid).gridTemplateColumns.split(' ').length"
    )
    assert columns > 1
    editor.page.keyboard.press("ArrowDown")
    expect(cards.nth(columns)).to_be_focused()
    editor.page.keyboard.press("ArrowUp")
    expect(cards.nth(0)).to_be_focused()
    assert editor.changes == []
    editor.page.keyboard.press("ArrowRight")
    editor.page.keyboard.press("Enter")
    expect(cards.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(cards.nth(1)).to_be_focused()
    assert len(editor.changes) == 1
    # The Tab key comes back to the one that is chosen.
    editor.page.keyboard.press("Tab")
    expect(cards.nth(1)).not_to_be_focused()
    editor.page.keyboard.press("Shift+Tab")
    expect(cards.nth(1)).to_be_focused()


def test_a_lamp_is_aimed_by_keyboard(editor: Editor, server: Server) -> None:
    editor.make("point")
    editor.set_surface(specular=0)
    editor.open(key_of_disc(server))
    button = editor.button("Move this lamp so that it lights a spot")
    crosshair = editor.find(".ic-light-crosshair")
    expect(crosshair).to_be_hidden()
    editor.page.get_by_role("button", name="Light a spot").focus()
    editor.page.keyboard.press("Enter")
    expect(crosshair).to_be_focused()
    for key in (*["ArrowLeft"] * 5, *["ArrowUp"] * 4):
        editor.page.keyboard.press(key)
    expect(crosshair).to_have_attribute("aria-label", re.compile("40 % from the left, 42 % from the top"))
    assert editor.changes == []
    editor.page.keyboard.press("Enter")
    assert len(editor.changes) == 1
    lit = editor.read().sum(axis=-1)
    row, column = np.argwhere(lit == lit.max()).mean(axis=0)
    height, width = lit.shape
    assert np.hypot(column / width - 0.4, row / height - 0.42) < 0.05
    expect(crosshair).to_be_focused()
    editor.page.keyboard.press("Shift+ArrowRight")
    editor.page.keyboard.press("Space")
    assert len(editor.changes) == 2
    editor.page.keyboard.press("Escape")
    expect(crosshair).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-pressed", "false")


def test_a_mouse_aims_without_the_crosshair(editor: Editor, server: Server) -> None:
    editor.make("point")
    editor.open(key_of_disc(server))
    button = editor.button("Move this lamp so that it lights a spot")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert editor.find(".ic-light-crosshair").evaluate("(cross) => getComputedStyle(cross).opacity") == "0"
    editor.page.mouse.click(*editor.locate(0.4, 0.42))
    assert len(editor.changes) == 1


def role(editor: Editor, name: str, label: str) -> Locator:
    return editor.page.get_by_role(name, name=label, exact=True)  # type: ignore[arg-type]


def test_roles_and_names(editor: Editor, server: Server) -> None:
    editor.open(key_of(server))
    editor.handle(0).focus()
    assert editor.find("[role=application]").get_by_role("button").count() == 3
    for name, label in (
        ("img", "The subject in the light of the lamps"),
        ("toolbar", "Presets"),
        ("group", "Lamp 1"),
        ("slider", "Direction"),
        ("slider", "Intensity"),
        ("combobox", "Gel"),
        ("listitem", "Lamp 2"),
    ):
        expect(role(editor, name, label)).to_have_count(1)
    assert role(editor, "slider", "Direction").get_attribute("aria-valuetext") == "180°"
    assert role(editor, "slider", "Temperature of the colour").get_attribute("aria-valuetext").endswith(" K")
    row = role(editor, "listitem", "Lamp 2")
    row.get_by_label("Name of the lamp").fill("Key")
    row.get_by_label("Name of the lamp").press("Enter")
    expect(editor.handle(1)).to_have_attribute(
        "aria-label", "Lamp 2, Key: point, 30 % from the left, 20 % from the top"
    )
    editor.page.evaluate("editor.set('')")
    expect(role(editor, "group", "Lamp")).to_have_count(1)


def test_names_are_the_hosts_language(editor: Editor) -> None:
    editor.page.evaluate(HOST, CHINESE)
    editor.make("side on false + point depth -0.5")
    labels = "Array.from(document.querySelectorAll('#place [aria-label]'), (one) => one.ariaLabel)"
    found = editor.page.evaluate(labels)
    assert found
    assert not [label for label in found if not re.search("[一-鿿]", label)]


def test_reduced_motion_switches_transitions_off(browser: Browser, new_page: NewPage) -> None:
    moving = {"none": "no-preference", "reduce": "reduce"}
    seconds = {}
    for name, motion in moving.items():
        page = new_page(browser, reduced_motion=motion)
        # As hosts' style sheets have it.
        page.add_style_tag(content="button { transition: all 0.2s; }")
        editor = Editor(page, THREE)
        seconds[name] = editor.find("button").first.evaluate("(button) => getComputedStyle(button).transitionDuration")
    assert seconds == {"none": "0.2s", "reduce": "0s"}
