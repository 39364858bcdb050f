"""The table of actions: every key of it acts, is named by its button, is in the help and in the documents."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.standalone import keys
from tests.standalone.conftest import NewPage, Server
from tests.standalone.editing import THREE, Editor, key_of
from tests.standalone.gestures import settle

LISTEN = """() => {
    window.passed = [];
    document.addEventListener("keydown", (event) => passed.push(event.key));
}"""


def help_of(editor: Editor) -> Any:
    return editor.page.get_by_role("dialog", name="Keys and gestures")


def test_the_documents_have_the_table(page: Page) -> None:
    ((path, written),) = keys.documents()
    assert written == keys.table(keys.read(page)), f"{path.name}: run: python -m tests.standalone.keys"


def test_buttons_name_their_keys(editor: Editor) -> None:
    titles = [button.get_attribute("title") for button in editor.find("button[title]").all()]
    assert {"Undo (Ctrl+Z)", "Redo (Ctrl+Shift+Z)", "Duplicate this lamp (D)", "Delete this lamp (Delete)"} <= {*titles}
    assert "Keys and gestures (?)" in titles
    expect(editor.find(".ic-light-dial")).to_have_attribute("title", "Turn the light (Arrow keys)")


@pytest.mark.parametrize("view", ["lit", "map"])
@pytest.mark.parametrize(
    ("focus", "key", "modifiers", "drawn"),
    [
        *(("lamp", key, (), 1) for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "+", "=", "-", "_")),
        *(("lamp", key, (), 1) for key in ("d", "D", "Delete", "Backspace", "o", "O", "s", "PageDown")),
        *(("lamp", key, ("Shift",), 1) for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "D")),
        *(("dial", key, modifiers, 1) for key in ("ArrowLeft", "ArrowUp") for modifiers in ((), ("Shift",))),
        *(("lamp", key, ("Control",), 1) for key in ("z", "Z")),
        *(("lamp", key, modifiers, 0) for key in ("d", "+", "ArrowUp") for modifiers in (("Control",), ("Alt",))),
        *(("dial", key, (), 0) for key in ("d", "Delete", "+")),
        ("lamp", "x", (), 0),
    ],
)
def test_a_key_draws_one_picture(
    editor: Editor, server: Server, view: str, focus: str, key: str, modifiers: tuple[str, ...], drawn: int
) -> None:
    """And none where it is no action's."""
    editor.open(key_of(server))
    editor.page.evaluate("(view) => editor.setView(view)", view)
    editor.handle(0).focus()
    editor.keyboard.press("ArrowUp")
    if focus == "dial":
        editor.find(".ic-light-dial").focus()
    before, changes = editor.keyboard.frames.now(), len(editor.changes)
    editor.keyboard.press(key, *modifiers)
    assert editor.keyboard.frames.now() - before == drawn
    assert len(editor.changes) - changes == drawn


def test_redo_by_either_key(editor: Editor) -> None:
    editor.handle(0).focus()
    editor.keyboard.press("ArrowUp")
    for redo in (("z", "Control", "Shift"), ("y", "Control")):
        editor.keyboard.press("z", "Control")
        assert editor.values["lamps"] == THREE
        editor.keyboard.press(*redo)
        assert editor.lamps[0]["angle"] == 185


def test_the_help_lists_all(editor: Editor) -> None:
    editor.button("Keys and gestures").click()
    shown = help_of(editor)
    expect(shown).to_be_visible()
    rows = [
        row.locator("dt, dd:not(.ic-light-keys), kbd").all_inner_texts()
        for row in shown.locator(".ic-light-entry").all()
    ]
    sections = [section for section in keys.read(editor.page) if section["focus"] != "picture"]
    assert rows == [
        [action["title"], action["gesture"], *(part for parts in action["keys"] for part in parts)]
        for section in sections
        for action in section["actions"]
    ]
    assert [heading.inner_text() for heading in shown.locator(".ic-light-heading[aria-level='3']").all()] == [
        s["heading"] for s in sections
    ]
    assert len(rows) == 48


def test_the_help_opens_and_closes_by_key(editor: Editor) -> None:
    editor.page.evaluate(LISTEN)
    editor.handle(1).focus()
    for close in ("Escape", "?"):
        editor.keyboard.press("?")
        expect(help_of(editor).get_by_role("button")).to_be_focused()
        expect(help_of(editor).get_by_role("button")).to_have_attribute("title", "Close the help (Escape)")
        # It is not for what lies below it.
        for key in ("d", "Delete", "ArrowLeft", "+"):
            editor.keyboard.press(key)
        editor.keyboard.press("z", "Control")
        editor.keyboard.press(close)
        expect(help_of(editor)).to_have_count(0)
        expect(editor.handle(1)).to_be_focused()
    assert editor.values["lamps"] == THREE
    assert editor.changes == []
    # Hosts interrupt a generation where they hear of it.
    assert not {"Escape", "?"} & {*editor.page.evaluate("passed")}


def test_the_help_keeps_the_keyboard(editor: Editor) -> None:
    editor.button("Keys and gestures").click()
    for _ in range(3):
        editor.page.keyboard.press("Tab")
        assert editor.page.evaluate("document.activeElement.matches('.ic-light-help, .ic-light-help *, body')")
    editor.page.get_by_role("button", name="Close", exact=True).click()
    expect(help_of(editor)).to_have_count(0)
    expect(editor.button("Keys and gestures")).to_be_focused()


@pytest.mark.parametrize("theme", ["", "dark"])
@pytest.mark.parametrize("screen", [1280, 390, 336])
def test_the_help_fits(browser: Browser, new_page: NewPage, theme: str, screen: int) -> None:
    look = {"width": min(screen - 16, 640), "theme": theme}
    editor = Editor(new_page(browser, look=look, viewport={"width": screen, "height": 600}), THREE)
    editor.button("Keys and gestures").click()
    settle(editor.page)
    box = help_of(editor).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= screen
    assert box["height"] <= 600
    assert help_of(editor).evaluate("(dialog) => dialog.scrollWidth <= dialog.clientWidth")
    for kbd in help_of(editor).locator("kbd").all():
        assert kbd.evaluate("(kbd) => kbd.getBoundingClientRect().right") <= box["x"] + box["width"]
    opaque = help_of(editor).evaluate("(dialog) => getComputedStyle(dialog).backgroundColor")
    assert re.fullmatch(r"rgb\(.*\)", opaque)
