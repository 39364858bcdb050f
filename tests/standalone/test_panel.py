"""The panel in a host's tab, in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lib_iclight.request.args import OPTIONS
from tests.standalone import host_page
from tests.standalone.conftest import ROOT

PATIENCE = 30_000


@pytest.fixture(scope="module", params=["txt2img", "img2img"])
def tab(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    with host_page.served(request.param) as address:
        yield request.param, address


@pytest.fixture
def panel(browser: Browser, tab: tuple[str, str]) -> Iterator[Callable[[str], Locator]]:
    """Gives a part of the panel in the opened page."""
    name, address = tab
    page = browser.new_page(viewport={"width": 1000, "height": 1600})
    host_page.load(page, address, name)
    part(page, name, "enabled").locator("input[type=checkbox]").check()
    yield lambda wanted: part(page, name, wanted)
    page.close()


def part(page: Page, tab: str, name: str) -> Locator:
    return page.locator(f"#script_{tab}_ic_light_{name}")


def choose(panel: Callable[[str], Locator], name: str, value: str) -> None:
    panel(name).locator("input").click()
    panel(name).page.get_by_role("option", name=OPTIONS[name].kind.labels_by_key[value], exact=True).click()


def drop(panel: Callable[[str], Locator], name: str) -> None:
    panel(name).locator("input[type=file]").set_input_files(ROOT / "docs" / "astronaut.jpg")


def test_what_a_newcomer_sees(panel: Callable[[str], Locator], tab: tuple[str, str]) -> None:
    """The order of work, one ambient colour, no grammar of lamps, and what is cut out."""
    expect(panel("order").locator("li")).to_have_count(5)
    own = panel("foreground").page.get_by_text("Without a Subject the picture of this tab is relit")
    expect(own).to_have_count(int(tab[0] == "img2img"))
    expect(panel("ambient_color")).to_be_hidden()
    expect(panel("lamps")).to_be_hidden()
    expect(panel("cut_out")).to_be_hidden()
    assert "_" not in panel("light").locator("input").input_value()
    drop(panel, "foreground")
    expect(panel("cut_out").locator("img")).to_be_visible(timeout=PATIENCE)
    choose(panel, "light", "left")
    expect(panel("ambient_color")).to_be_visible(timeout=PATIENCE)
    expect(panel("cut_out")).to_be_hidden(timeout=PATIENCE)


def test_a_background_that_is_needed_is_asked_for(panel: Callable[[str], Locator]) -> None:
    choose(panel, "model", "fbc")
    expect(panel("needs")).to_contain_text("the light stands in for it", timeout=PATIENCE)
    choose(panel, "light", "none")
    expect(panel("needs")).to_contain_text("Needs a picture as Background", timeout=PATIENCE)
    # A box of any text hands over what it shows once a person has been in it.
    panel("model").locator("input").focus()
    panel("light").locator("input").focus()
    drop(panel, "background")
    expect(panel("needs")).to_be_hidden(timeout=PATIENCE)


def test_a_refusal_says_labels(panel: Callable[[str], Locator]) -> None:
    panel("save_lit").click()
    said = panel("save_lit").page.get_by_text("IC-Light has no subject: give a picture as Subject.")
    expect(said.first).to_be_visible(timeout=PATIENCE)


def test_no_button_breaks_into_two_lines(panel: Callable[[str], Locator]) -> None:
    page = panel("recommended").page
    heights = page.locator(".ic-light-row-of-buttons button").evaluate_all("all => all.map((one) => one.offsetHeight)")
    assert len(heights) == 7
    assert max(heights) < 40
