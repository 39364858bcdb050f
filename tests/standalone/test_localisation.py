"""The light editor in a page whose host has a dictionary, as hosts use one (their javascript/localization.js)."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from lib_iclight.light.presets import PRESETS
from lib_iclight.request.args import build
from tests.standalone.conftest import Server, Watch
from tests.standalone.pictures import soft_mask, still_life

ROOT = Path(__file__).parents[2]
SCRIPTS = [ROOT / "javascript" / f"ic_light_{name}.js" for name in ("editor", "tools", "stage", "marks", "lamps")]
CHINESE: dict[str, str] = json.loads((ROOT / "localizations" / "zh_CN.json").read_text("utf-8"))

MAKE = """(presets) => {
    window.told = [];
    window.editor = new ICLight.Editor(document.getElementById("place"), {
        presets,
        changed: (values) => told.push(values),
    });
}"""

READ = """() => {
    const walker = document.createTreeWalker(document.getElementById("place"), NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode.data.trim());
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


@pytest.fixture
def page(browser: Browser, server: Server, watched: Callable[[Page], Watch]) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 800, "height": 900})
    watched(page)
    body = '<link rel=icon href="data:,"><div id="place" style="width: 640px"></div>'
    page.route("**/blank", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto(f"{server.url}/blank")
    yield page
    page.close()


def make(page: Page) -> None:
    for path in SCRIPTS:
        page.add_script_tag(path=path)
    page.evaluate(MAKE, [dataclasses.asdict(preset) for preset in PRESETS])


def texts(page: Page, server: Server) -> set[str]:
    """All that the editor shows, in each of its states, with and without a subject."""
    request = build({"foreground": Image.fromarray(still_life()), "foreground_mask": Image.fromarray(soft_mask())})
    key = server.service.live.open(request, nullcontext())[0]
    found: set[str] = set()
    for subject in (False, True):
        if subject:
            assert page.evaluate("(key) => editor.open('ic-light/', key)", key)
        for lamps in SHOWN.values():
            for view in ("lit", "map"):
                page.evaluate("([lamps, view]) => { editor.set(lamps); editor.look(view); }", [lamps, view])
                page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
                found |= set(page.evaluate(READ))
    return found


def is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?[\d.]+ ?[%°]?", text))


def untranslated(found: set[str], dictionary: dict[str, Any]) -> set[str]:
    return {text for text in found if text not in dictionary and not is_number(text)}


def test_every_text_of_the_editor_is_in_the_dictionary(page: Page, server: Server) -> None:
    make(page)
    found = texts(page, server)
    assert not untranslated(found, CHINESE)
    assert {"Point", "Lit", "Undo (Ctrl+Z)", "Drag to set the size", "Golden hour", "From the top"} <= found
    for word in found & CHINESE.keys():
        assert untranslated(found, {key: said for key, said in CHINESE.items() if key != word}) == {word}


def test_in_a_chinese_page_the_editor_is_chinese_and_works(page: Page, server: Server) -> None:
    page.evaluate(HOST, CHINESE)
    make(page)
    found = texts(page, server)
    assert not {text for text in found if not is_number(text) and not re.search(r"[一-鿿]", text)}
    page.get_by_role("button", name=CHINESE["Neon pair"], exact=True).click()
    page.get_by_title(CHINESE["Delete this lamp (Delete)"]).click()
    told = page.evaluate("told")
    assert [set["lamps"].count(" + ") for set in told] == [1, 0]
    assert set(told[0]) == {"lamps", "ambient"}
    assert told[0]["ambient"] == next(preset.ambient for preset in PRESETS if preset.name == "neon_pair")
