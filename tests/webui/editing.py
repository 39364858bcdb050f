"""The light editor in a WebUI's page, as a person's hands use it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.webui.pages import (
    choose,
    part,
    unfold,
)

LEFT = "side angle 180"


def lamps_in(page: Page, tab: str = "txt2img") -> Locator:
    """The editor's handles of lamps."""
    return part(page, "editor", tab).locator(".ic-light-handle")


def edit(page: Page, tab: str = "txt2img") -> None:
    """Open the editor."""
    unfold(page, tab)
    choose(page, "light", "lamps", tab)
    expect(lamps_in(page, tab)).to_have_count(1, timeout=30_000)


def expect_lamps(page: Page, text: str | re.Pattern[str], tab: str = "txt2img") -> None:
    expect(part(page, "lamps", tab).locator("textarea, input").first).to_have_value(text, timeout=20_000)


def drag(page: Page, handle: Locator, across: float, down: float) -> None:
    """Drag a lamp to a place of the picture, both 0..1."""
    place = handle.locator("xpath=ancestor::*[contains(@class, 'ic-light-picture')]")
    # A mouse reaches what the window shows.
    place.scroll_into_view_if_needed()
    picture = place.bounding_box()
    box = handle.bounding_box()
    assert picture is not None
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(picture["x"] + across * picture["width"], picture["y"] + down * picture["height"], steps=8)
    page.mouse.up()


def preset(page: Page, label: str, tab: str = "txt2img") -> None:
    part(page, "editor", tab).get_by_role("button", name=label, exact=True).click()
