"""The light editor in a page whose host has a dictionary, as hosts use one (their javascript/localization.js)."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from typing import Any

from PIL import Image
from playwright.sync_api import Page

from lib_iclight.light.presets import PRESETS
from lib_iclight.request.args import build
from tests.standalone import keys
from tests.standalone.conftest import ROOT, Server
from tests.standalone.editing import Editor
from tests.standalone.gestures import settle
from tests.standalone.pictures import soft_mask, still_life

CHINESE: dict[str, str] = json.loads((ROOT / "localizations" / "zh_CN.json").read_text("utf-8"))

READ = """() => {
    const walker = document.createTreeWalker(document.getElementById("place"), NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
        if (!walker.currentNode.parentElement.closest("[translate=no]")) texts.push(walker.currentNode.data.trim());
    }
    for (const element of document.querySelectorAll("#place *")) texts.push(element.title, element.placeholder);
    return texts.filter(Boolean);
}"""

HOST = """(dictionary) => {
    window.localization = dictionary;
    const say = (node) => {
        const said = dictionary[node.textContent.trim()];
        if (said !== undefined) node.textContent = said;
    };
    const under = (node) => {
        if (node.nodeType === Node.TEXT_NODE) return say(node);
        const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
        const texts = [];
        while (walker.nextNode()) texts.push(walker.currentNode);
        texts.forEach(say);
    };
    new MutationObserver((mutations) => mutations.forEach((mutation) => mutation.addedNodes.forEach(under)))
        .observe(document.body, {childList: true, subtree: true});
}"""

SHOWN = {
    "no lamp": "",
    "a point": "point x 0.2 y 0.3 size 0.4",
    "a side": "side angle 30",
    "many": " + ".join(["point x 0.2 y 0.3", "side angle 200"] * 4),
}


def texts(editor: Editor, server: Server) -> set[str]:
    """All that the editor shows, in each of its states, with and without a subject; of titles the words, as the key
    after them is called the same in every language."""
    request = build({"foreground": Image.fromarray(still_life()), "foreground_mask": Image.fromarray(soft_mask())})
    key = server.service.live.open(request, nullcontext())[0]
    found: set[str] = set()
    for subject in (False, True):
        if subject:
            editor.open(key)
        for lamps in SHOWN.values():
            editor.set(lamps)
            for view in ("lit", "map"):
                editor.page.evaluate("(view) => editor.setView(view)", view)
                settle(editor.page)
                found |= set(editor.page.evaluate(READ))
    for opened in ("help", "handles.menu"):
        editor.page.evaluate(f"editor.{opened}.open()")
        settle(editor.page)
        found |= set(editor.page.evaluate(READ))
        editor.page.evaluate(f"editor.{opened}.close()")
    editor.page.evaluate("editor.matte.toggle()")
    settle(editor.page)
    found |= set(editor.page.evaluate(READ))
    editor.page.evaluate("editor.matte.cancel()")
    actions = [action for section in keys.read(editor.page) for action in section["actions"]]
    names = {"+".join(parts) for action in actions for parts in action["keys"]}
    named = "|".join(map(re.escape, {*names, *(CHINESE.get(name, name) for name in names)}))
    return {re.sub(rf" \((?:{named})\)$", "", text) for text in found}


def is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?[\d.]+ ?[%°K]?", text))


def untranslated(found: set[str], dictionary: dict[str, Any]) -> set[str]:
    return {text for text in found if text not in dictionary and not is_number(text)}


def test_every_text_of_the_editor_is_in_the_dictionary(page: Page, server: Server) -> None:
    found = texts(Editor(page), server)
    assert not untranslated(found, CHINESE)
    assert {"Edit matte", "Keep", "Drop", "Shown over", "Clear", "Done"} <= found
    assert {"Point", "Lit", "Undo", "Drag to set the size", "Golden hour", "From the top", "Click it"} <= found
    for word in found & CHINESE.keys():
        assert untranslated(found, {key: said for key, said in CHINESE.items() if key != word}) == {word}


def test_in_a_chinese_page_the_editor_is_chinese_and_works(page: Page, server: Server) -> None:
    page.evaluate(HOST, CHINESE)
    editor = Editor(page)
    found = texts(editor, server)
    assert not {text for text in found if not is_number(text) and not re.search(r"[一-鿿]", text)}
    page.get_by_role("button", name=CHINESE["Neon pair"], exact=True).click()
    page.get_by_title(f"{CHINESE['Delete this lamp']} (Delete)").click()
    changes = editor.changes
    assert [set["lamps"].count(" + ") for set in changes] == [1, 0]
    assert set(changes[0]) == {"lamps", "ambient"}
    assert changes[0]["ambient"] == next(preset.ambient for preset in PRESETS if preset.name == "neon_pair")
