"""The panel as a person uses it, in headless Chromium. Screenshots are left in the folder of ICLIGHT_SCREENSHOTS."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.webui.host import Host
from tests.webui.pages import PATIENCE, choose, drop, generate, label, part, shoot, small, unfold


@pytest.mark.parametrize("tab", ["txt2img", "img2img"])
def test_what_acts_is_shown(page: Page, tab: str) -> None:
    if tab == "img2img":
        page.locator("#tabs button", has_text="img2img").first.click()
    unfold(page, tab)
    for name in ("background", "light_map", "light_color", "light_angle", "preview"):
        expect(part(page, name, tab)).to_be_hidden()
    choose(page, "light", "left", tab)
    expect(part(page, "preview", tab).locator("img")).to_be_visible()
    expect(part(page, "light_color", tab)).to_be_visible()
    shoot(page, f"{tab}-left")
    choose(page, "light", "angle", tab)
    expect(part(page, "light_angle", tab)).to_be_visible()
    choose(page, "light", "custom", tab)
    expect(part(page, "light_map", tab)).to_be_visible()
    expect(part(page, "preview", tab)).to_be_hidden()
    choose(page, "model", "fbc", tab)
    expect(part(page, "background", tab)).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 1400})
    part(page, "enabled", tab).scroll_into_view_if_needed()
    expect(part(page, "model", tab)).to_be_visible()
    shoot(page, f"{tab}-390")


def test_a_refusal_is_read_in_the_page(page: Page, host: Host) -> None:
    unfold(page)
    small(page)
    generate(page)
    said = "IC-Light has no subject: give a picture as Subject, or switch IC-Light off."
    expect(page.locator("#html_log_txt2img .error").first).to_have_text(said, timeout=PATIENCE)
    assert not host.log_file or "IC-Light has no subject" in host.log()
    expect(page.locator("#txt2img_gallery img")).to_have_count(0)
    shoot(page, "refusal")


def test_relight_and_paste(page: Page) -> None:
    unfold(page)
    drop(page, "foreground")
    choose(page, "light", "angle")
    angle = part(page, "light_angle").locator("input[type=number]")
    angle.fill("30")
    angle.blur()
    small(page)
    generate(page)
    shown = page.locator("#html_info_txt2img").first
    expect(shown).to_contain_text("IC-Light light angle: 30", timeout=PATIENCE)
    shoot(page, "relit")
    text = shown.locator("p").first.inner_text()
    page.reload(wait_until="domcontentloaded")
    page.wait_for_selector("#script_txt2img_ic_light_enabled", state="attached", timeout=120_000)
    page.wait_for_timeout(4000)
    prompt = page.locator("#txt2img_prompt textarea")
    prompt.fill(text)
    page.locator("#txt2img_tools #paste").click()
    expect(part(page, "light_angle")).to_be_visible(timeout=20_000)
    expect(part(page, "light_angle").locator("input[type=number]")).to_have_value("30")
    expect(part(page, "light").locator("input")).to_have_value(label("light", "angle"))
    prompt.fill("a cat\nSteps: 3, Sampler: Euler, CFG scale: 2, Seed: 1, Size: 128x128")
    page.locator("#txt2img_tools #paste").click()
    expect(part(page, "model")).to_be_hidden(timeout=20_000)
