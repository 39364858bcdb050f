"""The standalone page in a browser whose language is Chinese, and in one whose language is not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.standalone.conftest import ROOT, Server, Watch
from tests.standalone.pictures import still_life
from tests.standalone.test_page import PATIENCE, give

CHINESE: dict[str, str] = {
    **json.loads((ROOT / "localizations" / "zh_CN.json").read_text("utf-8")),
    **json.loads((ROOT / "lib_iclight" / "standalone" / "zh_CN.json").read_text("utf-8")),
}

SEEN = """() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const {parentElement: element, data} = walker.currentNode;
        if (element.checkVisibility() && !element.closest("textarea, footer")) texts.push(data.trim());
    }
    for (const element of document.querySelectorAll(".ic-light-editor [title]")) texts.push(element.title);
    return texts.filter((text) => /[A-Za-z]{2}/.test(text) && !/[\\u4e00-\\u9fff]/.test(text));
}"""


@pytest.fixture
def open_in(browser: Browser, server: Server, watched: Callable[[Page], Watch]) -> Iterator[Callable[[str], Page]]:
    """Opens the page in a browser of that language, with a picture that is relit."""
    contexts = []

    def start(language: str) -> Page:
        contexts.append(browser.new_context(locale=language, viewport={"width": 1280, "height": 900}))
        page = contexts[-1].new_page()
        watched(page)
        page.goto(server.url, wait_until="domcontentloaded")
        expect(page.locator(".ic-light-handle")).to_have_count(1, timeout=PATIENCE)
        page.wait_for_timeout(1500)
        give(page, "drop", still_life(), still_life(512, 640))
        expect(page.locator("#ic_light_waiting button.thumbnail-item")).to_have_count(2, timeout=PATIENCE)
        return page

    yield start
    for context in contexts:
        context.close()


def test_a_chinese_browser_has_a_chinese_page(open_in: Callable[[str], Page]) -> None:
    page = open_in("zh-CN")
    for name in ("Pictures and light", "Backdrop and size"):
        page.get_by_role("button", name=CHINESE[name]).click()
    expect(page.get_by_text(CHINESE["Where no background is given: the picture's own, or one colour."])).to_be_visible()
    # Gradio says its own words itself, as those of the boxes for pictures.
    assert set(page.evaluate(SEEN)) <= {"IC-Light", "U^2-Netp"}
    # Gradio says it too, with the country.
    assert page.evaluate("document.documentElement.lang").partition("-")[0] == "zh"
    page.get_by_role("button", name=CHINESE["Neon pair"], exact=True).click()
    expect(page.locator(".ic-light-handle")).to_have_count(2, timeout=PATIENCE)
    with page.expect_download() as saved:
        page.get_by_role("button", name=CHINESE["Save"], exact=True).click()
    assert saved.value.suggested_filename == "ic-light.png"


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_any_other_has_an_english_page(open_in: Callable[[str], Page], language: str) -> None:
    page = open_in(language)
    assert page.evaluate("window.localization") is None
    assert not re.search(r"[\u4e00-\u9fff]", page.inner_text("body"))


def test_the_pages_own_words_are_none_of_the_panels() -> None:
    own = json.loads((ROOT / "lib_iclight" / "standalone" / "zh_CN.json").read_text("utf-8"))
    assert not own.keys() & json.loads((ROOT / "localizations" / "zh_CN.json").read_text("utf-8")).keys()
    assert all(re.search(r"[\u4e00-\u9fff]", said) for said in own.values())
