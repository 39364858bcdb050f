"""The button below the gallery that enlarges one of its pictures by the settings of Hires. fix."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.webui import samples
from tests.webui.pages import PATIENCE, choose, drop, field, generate, part, small, unfold

pytestmark = pytest.mark.slow


def _relight(page: Page) -> Locator:
    """Relight a picture that is cut out by its own alpha, with what is appended; gives the gallery's small pictures."""
    unfold(page)
    drop(page, picture=np.dstack([samples.subject(), samples.mask()]))
    choose(page, "light", "left")
    part(page, "more").locator(".label-wrap").first.click()
    box = part(page, "append_images").locator("input[type=checkbox]").first
    box.check()
    small(page)
    for name, value in (("hr_scale", "1.5"), ("hires_steps", "1")):
        field(page, name).evaluate(
            "(box, value) => { box.value = value; box.dispatchEvent(new Event('input')); }", value
        )
    generate(page)
    expect(page.locator("#html_info_txt2img").first).to_contain_text("Steps: ", timeout=PATIENCE)
    thumbnails = page.locator("#txt2img_gallery .thumbnail-small")
    expect(thumbnails).to_have_count(3, timeout=20_000)
    return thumbnails


def _upscale(page: Page, thumbnail: Locator) -> None:
    thumbnail.click()
    page.wait_for_timeout(500)
    # It may be in motion while the gallery draws.
    page.locator("#txt2img_upscale").dispatch_event("click")


def test_a_relit_picture_is_enlarged_in_its_light(page: Page) -> None:
    thumbnails = _relight(page)
    _upscale(page, thumbnails.first)
    shown = page.locator("#html_info_txt2img").first
    expect(shown).to_contain_text("Hires upscale", timeout=PATIENCE)
    expect(shown).to_contain_text("IC-Light light: left")
    page.wait_for_function(
        "() => [...document.querySelectorAll('#txt2img_gallery img')].some(i => i.naturalWidth > 128)", timeout=20_000
    )


def test_an_appended_cut_out_is_not_enlarged(page: Page) -> None:
    thumbnails = _relight(page)
    _upscale(page, thumbnails.nth(1))
    # Forge refuses by itself what is no result; reForge looks for its parameters, and fails.
    expect(page.locator("#txt2img_results").first).to_contain_text(
        re.compile("choose one of the results|Unable to upscale|'NoneType' object is not iterable"), timeout=PATIENCE
    )
