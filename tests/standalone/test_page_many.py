"""Several pictures given to the page at once."""

from __future__ import annotations

import base64
import io
import re
import zipfile

from PIL import Image
from playwright.sync_api import Page, expect

from tests.standalone.pictures import base64_png, png, still_life
from tests.standalone.test_page import GIVE, PATIENCE, WIDE, give, no_wider_than_the_screen, page, part, shoot

__all__ = ["page"]


def test_of_several_pictures_the_first_is_shown_and_the_others_wait(page: Page) -> None:
    waiting = page.locator("#ic_light_waiting")
    expect(waiting).to_be_hidden()
    give(page, "drop", still_life(), still_life(512, 640), still_life(600, 600))
    proportion = (
        "parseFloat(document.querySelector('.ic-light-picture').style.getPropertyValue('--ic-light-proportion'))"
    )
    page.wait_for_function(f"Math.abs({proportion} - 1.25) < 0.01", timeout=PATIENCE)
    expect(waiting.locator("button.thumbnail-item")).to_have_count(3)
    waiting.locator("button.thumbnail-item").nth(1).click()
    page.wait_for_function(f"Math.abs({proportion} - 0.8) < 0.01", timeout=PATIENCE)
    assert no_wider_than_the_screen(page)


def test_all_pictures_get_the_same_light(page: Page) -> None:
    pictures = [still_life(), still_life(512, 640), still_life(600, 600)]
    page.evaluate(GIVE, ["drop", [("photo.png", base64_png(one)) for one in pictures]])
    expect(page.locator("#ic_light_waiting button.thumbnail-item")).to_have_count(3, timeout=PATIENCE)
    expect(page.locator(".ic-light-picture")).not_to_have_class(re.compile("ic-light-empty"), timeout=PATIENCE)
    part(page, "editor").get_by_role("button", name="Neon pair", exact=True).click()
    page.wait_for_timeout(500)
    with page.expect_download(timeout=PATIENCE) as saved:
        page.get_by_role("button", name="Light all").click()
    with zipfile.ZipFile(saved.value.path()) as packed:
        made = [Image.open(io.BytesIO(packed.read(name))) for name in packed.namelist()]
    assert [one.size for one in made] == [(640, 512), (512, 640), (600, 600)]
    assert all("ff2bd6" in one.text["parameters"] for one in made)
    expect(page.locator("#ic_light_said")).to_contain_text("3 of 3 pictures lit.")
    expect(page.get_by_role("link", name="Save zip").or_(page.get_by_role("button", name="Save zip"))).to_be_visible()
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_hidden()
    assert no_wider_than_the_screen(page)
    shoot(page, "all")


@WIDE
def test_one_bad_picture_is_named_and_the_others_are_lit(page: Page) -> None:
    cut_off = base64.b64encode(png(still_life(600, 600))[:2000]).decode()
    page.evaluate(GIVE, ["drop", [("good.png", base64_png(still_life())), ("bad.png", cut_off)]])
    expect(page.locator("#ic_light_waiting button.thumbnail-item")).to_have_count(2, timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as saved:
        page.get_by_role("button", name="Light all").click()
    with zipfile.ZipFile(saved.value.path()) as packed:
        assert packed.namelist() == ["good.png"]
    expect(page.locator("#ic_light_said")).to_contain_text("1 of 2 pictures lit, 1 not: bad.png: IC-Light: Subject")


@WIDE
def test_lighting_all_can_be_cancelled(page: Page) -> None:
    pictures = [(f"{index}.png", base64_png(still_life(800 + index, 640))) for index in range(6)]
    page.evaluate(GIVE, ["drop", pictures])
    expect(page.locator("#ic_light_waiting button.thumbnail-item")).to_have_count(6, timeout=PATIENCE)
    page.get_by_role("button", name="Light all").click()
    page.get_by_role("button", name="Cancel", exact=True).click(timeout=PATIENCE)
    said = page.locator("#ic_light_said")
    expect(said).to_contain_text(re.compile(r"Cancelled: \d+ of 6 pictures lit"), timeout=PATIENCE)
    expect(page.get_by_role("button", name="Light all")).to_be_enabled()
