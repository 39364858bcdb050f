"""The panel as it looks in a WebUI, light and dark, in English and Chinese, and how many clicks a picture takes.

Screenshots of the whole panel are left in the folder of ICLIGHT_SCREENSHOTS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.webui.editing import lamps_in, preset
from tests.webui.host import EXTENSION, Host
from tests.webui.pages import PATIENCE, drop, generate, load, part, shoot, small, unfold

PHOTO = EXTENSION / "docs" / "astronaut.jpg"
FOLDS = ("lamps_text", "light_stage", "more", "words")
LANGUAGES = ("None", "zh_CN")
"""As the host's setting names them; the first one last, as it is left."""

GRADIOS = {"Clear", "Drop Image Here", "Click to Upload", "Remove Image", "or", "- or -"}
"""What gradio says in the browser's language, not the host's."""

NAMES = re.compile(r"IC-Light|RMBG-1\.4|\S+\.safetensors|[\d.,]+ [KMG]B")
"""Said in every language as they are."""

TEXTS = """(panel) => {
    const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
        const { parentElement, data } = walker.currentNode;
        const isSaid = !parentElement.closest("[translate=no], style, script");
        if (isSaid && parentElement.checkVisibility()) texts.push(data);
    }
    for (const one of panel.querySelectorAll("[title], [placeholder]")) {
        if (one.checkVisibility()) texts.push(one.title, one.placeholder);
    }
    return texts.filter(Boolean).map((text) => text.trim());
}"""
"""What a panel says, to be read and as tooltips."""

CUT = """(panel) => [...panel.querySelectorAll("button, label > span, summary, .label-wrap > span")]
    .filter((one) => !one.matches(".ic-light-handle"))
    .filter((one) => one.checkVisibility() && one.clientWidth && one.scrollWidth > one.clientWidth + 1)
    .map((one) => `${one.textContent.trim()}: ${one.scrollWidth} in ${one.clientWidth}`)"""
"""Labels that do not fit into what they stand on."""


@pytest.fixture(scope="module", params=[LANGUAGES[1], LANGUAGES[0]])
def language(request: pytest.FixtureRequest, host: Host, browser: Browser) -> Iterator[str]:
    """The host's setting, for which its page is built anew."""
    if host.data is None:
        pytest.skip("only for a WebUI that the ring has started itself")
    if request.param != LANGUAGES[0]:
        set_language(host, browser, request.param)
    yield request.param
    if request.param != LANGUAGES[0]:
        set_language(host, browser, LANGUAGES[0])


def set_language(host: Host, browser: Browser, name: str) -> None:
    assert host.post("/sdapi/v1/options", {"localization": name}).status_code == 200
    page = browser.new_page()
    load(page, host)
    page.evaluate("document.getElementById('settings_restart_gradio').click()")
    host.wait_for_restart()
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_whole_panel(page: Page, host: Host, language: str, theme: str) -> None:
    """With a subject and lamps, everything unfolded: in Chinese no word of English, and no label that is cut."""
    load(page, host, f"/?__theme={theme}")
    unfold(page)
    drop(page, picture=Image.open(PHOTO))
    page.wait_for_function("ICLight.getPanel('txt2img').key", timeout=PATIENCE)
    part(page, "editor").locator(".ic-light-cards .ic-light-button").last.click()
    for name in FOLDS:
        part(page, name).locator(".label-wrap").first.click()
    page.wait_for_timeout(4000)
    panel = part(page, "enabled")
    shoot(page, f"whole-{theme}-{language}", panel)
    if language != LANGUAGES[0]:
        said = {NAMES.sub("", text) for text in panel.evaluate(TEXTS)} - GRADIOS
        assert not {text for text in said if re.search("[A-Za-z]{2}", text) and not re.search("[一-鿿]", text)}
    assert panel.evaluate(CUT) == []


def test_clicks_from_a_fresh_page_to_a_saved_picture(page: Page) -> None:
    """The panel, a card, Generate, and the host's own button that saves."""
    page.evaluate(
        "addEventListener('click', (event) => { window.clicks = (window.clicks || 0) + event.isTrusted; }, true)"
    )
    unfold(page)
    drop(page, picture=Image.open(PHOTO))
    expect(lamps_in(page)).to_have_count(1, timeout=30_000)
    preset(page, "Rembrandt")
    small(page)
    generate(page)
    expect(page.locator("#html_info_txt2img").first).to_contain_text("IC-Light lamps: ", timeout=PATIENCE)
    page.locator("#save_txt2img").click()
    expect(page.locator("#html_log_txt2img").first).to_contain_text("Saved: ", timeout=20_000)
    assert page.evaluate("window.clicks") == 4
