"""The page for those who see little or nothing, or use the keyboard alone.

Screenshots are left in the folder of ICLIGHT_SCREENSHOTS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.standalone.accessibility import FOCUSED, Finding, find_faults
from tests.standalone.conftest import Server, Watch
from tests.standalone.test_page import PATIENCE, drop, drop_for_live, part, shoot

FEW = pytest.mark.parametrize("page", [("light", 1280), ("dark", 390)], indirect=True, ids=str)
LOOKS = [(theme, width) for theme in ("light", "dark") for width in (1280, 390)]


@pytest.fixture(params=LOOKS, ids=str)
def page(
    request: pytest.FixtureRequest, browser: Browser, server: Server, watched: Callable[[Page], Watch]
) -> Iterator[Page]:
    theme, width = request.param
    opened = browser.new_page(viewport={"width": width, "height": 900})
    watched(opened)
    opened.goto(f"{server.url}/?__theme={theme}", wait_until="domcontentloaded")
    expect(opened.locator(".ic-light-handle")).to_have_count(1, timeout=PATIENCE)
    opened.wait_for_timeout(1500)
    yield opened
    opened.close()


def ours(page: Page) -> list[Finding]:
    """Faults that are not gradio's."""
    return [fault for fault in find_faults(page) if fault.ours]


def test_axe_finds_nothing_of_ours_in_any_state(page: Page) -> None:
    assert ours(page) == []
    drop(page)
    assert ours(page) == []
    page.locator("#ic_light_save").click()
    expect(page.locator(".ic-compare input")).to_be_visible(timeout=PATIENCE)
    assert ours(page) == []
    for fold in ("Pictures and light", "Backdrop and size"):
        page.get_by_role("button", name=fold).click()
    page.wait_for_timeout(500)
    assert ours(page) == []


def test_axe_finds_nothing_of_ours_at_the_live_picture(page: Page) -> None:
    drop_for_live(page, "left")
    assert ours(page) == []


@FEW
def test_from_the_top_to_a_saved_photo_by_tab_alone(page: Page) -> None:
    drop(page)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    stops = []
    for _ in range(80):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
        if stops[-1]["name"] == "Left":
            page.keyboard.press("End")
            expect(part(page, "editor").get_by_role("button", name="Neon pair")).to_be_focused()
            page.keyboard.press("Enter")
            expect(part(page, "editor").locator(".ic-light-handle")).to_have_count(2)
            shoot(page, f"focus-card-{page.url[-4:]}")
        if stops[-1]["name"].startswith("Lamp 1: "):
            shoot(page, f"focus-lamp-{page.url[-4:]}")
        if stops[-1]["name"].strip() == "Save":
            break
    names = [stop["name"].strip() for stop in stops]
    shoot(page, f"focus-save-{page.url[-4:]}")
    assert names[0].startswith("Open pictures")
    for name in ("Lit", "Light map", "Point", "Intensity", "Ambient", "Own presets", "Light from a picture"):
        assert name in names
    assert [stop for stop in stops if not stop["ring"]] == []
    page.wait_for_timeout(1000)
    with page.expect_download(timeout=PATIENCE):
        page.keyboard.press("Enter")
    for fold in ("Pictures and light", "Backdrop and size"):
        page.get_by_role("button", name=fold).focus()
        page.keyboard.press("Enter")
    expect(part(page, "light")).to_be_visible()


@FEW
def test_the_live_picture_is_reached_and_its_focus_is_seen(page: Page) -> None:
    drop_for_live(page, "point")
    page.locator("#ic_light_open button").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop["role"] == "application":
            break
    assert stop["name"].startswith("Light over the picture")
    assert stop["ring"]
    page.keyboard.press("ArrowRight")
    expect(part(page, "light_x").locator("input[type=number]")).to_have_value("0.52", timeout=PATIENCE)
    shoot(page, f"focus-live-{page.url[-4:]}")


@FEW
def test_reduced_motion_switches_gradios_transitions_off(page: Page) -> None:
    longest = """() => Math.max(...Array.from(document.querySelectorAll("*"), (one) => {
        const {transitionDuration, animationDuration} = getComputedStyle(one);
        return Math.max(...[transitionDuration, animationDuration].flatMap((text) => text.split(",").map(parseFloat)));
    }))"""
    assert page.evaluate(longest) > 0.01
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(longest) <= 0.00001
