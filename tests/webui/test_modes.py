"""What lies over the light editor's picture in a WebUI's page: brush, points, placing; and the mixer."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.webui import samples
from tests.webui.conftest import Models
from tests.webui.editing import edit
from tests.webui.host import Host
from tests.webui.pages import PATIENCE, choose, drop, generate, part, shoot, show, small

TABS = pytest.mark.parametrize("tab", ["txt2img", "img2img"])
SOON = 60_000
PLACE = {"x": 0.3, "y": 0.6, "scale": 0.5, "rotation": 20}


def panel(tab: str) -> str:
    return f"ICLight.getPanel('{tab}')"


def open_editor(page: Page, tab: str) -> None:
    """With a subject that has a matte of its own."""
    if tab == "img2img":
        show(page, tab)
    edit(page, tab)
    cut = Image.fromarray(samples.subject())
    cut.putalpha(Image.fromarray(samples.mask()))
    drop(page, tab=tab, picture=cut)
    page.wait_for_function(f"{panel(tab)}.editor?.opened && {panel(tab)}.editor.scene", timeout=SOON)


def button(page: Page, tab: str, name: str) -> Locator:
    return part(page, "editor", tab).get_by_role("button", name=name, exact=True)


def alpha_at(tab: str, x: float, y: float) -> str:
    """A script for the matte of what the editor shows, 0..255."""
    return (
        f"(() => {{ const {{ scene }} = {panel(tab)}.editor; if (!scene) return -1;"
        f" const {{ width, height }} = scene.head;"
        f" return ICLight.readMatte(scene)[Math.floor({y} * height) * width + Math.floor({x} * width)]; }})()"
    )


def mixer_part(page: Page, tab: str) -> Locator:
    # Gradio 3 gives the same name to the frame and to what is in it.
    return part(page, "stage_mixer", tab).first


def click_at(page: Page, tab: str, query: str, x: float, y: float) -> None:
    over = part(page, "editor", tab).locator(query)
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


@TABS
def test_a_painted_matte_is_the_mask(page: Page, tab: str) -> None:
    open_editor(page, tab)
    assert page.evaluate(alpha_at(tab, 0.04, 0.04)) == 0
    button(page, tab, "Edit matte").click()
    button(page, tab, "Keep").click()
    click_at(page, tab, ".ic-light-matte", 0.04, 0.04)
    shoot(page, f"matte-{tab}")
    button(page, tab, "Done").click()
    page.wait_for_function(f"{alpha_at(tab, 0.04, 0.04)} === 255", timeout=SOON)
    expect(part(page, "foreground_mask", tab).locator("img")).to_have_count(1, timeout=SOON)


@TABS
def test_where_the_subject_is_placed_are_the_options(page: Page, tab: str) -> None:
    open_editor(page, tab)
    button(page, tab, "Place").click()
    expect(part(page, "editor", tab).locator(".ic-light-placed")).to_be_focused(timeout=SOON)
    page.evaluate(f"(place) => {panel(tab)}.editor.placing.put(place)", PLACE)
    shoot(page, f"place-{tab}")
    button(page, tab, "Done").click()
    for name, value in PLACE.items():
        number = part(page, f"foreground_{name}", tab).locator("input[type=number]")
        expect(number).to_have_value(str(value), timeout=SOON)
    # Moved by hand, it begins where it was left.
    button(page, tab, "Place").click()
    placed = part(page, "editor", tab).locator(".ic-light-placed")
    expect(placed).to_be_focused(timeout=SOON)
    page.keyboard.press("Shift+ArrowRight")
    button(page, tab, "Done").click()
    expect(part(page, "foreground_x", tab).locator("input[type=number]")).to_have_value("0.4", timeout=SOON)


def test_several_subjects_become_the_subject(page: Page) -> None:
    tab = "txt2img"
    open_editor(page, tab)
    button(page, tab, "Place").click()
    expect(part(page, "editor", tab).locator(".ic-light-placed")).to_be_focused(timeout=SOON)
    page.evaluate(f"(place) => {panel(tab)}.editor.placing.put(place)", PLACE)
    other = Image.fromarray(samples.subject()[:, ::-1].copy())
    other.putalpha(Image.fromarray(samples.mask()[:, ::-1].copy()))
    file = {"name": "other.png", "mimeType": "image/png", "buffer": samples.png(other)}
    part(page, "editor", tab).locator(".ic-light-place-tools input[type=file]").set_input_files([file])  # type: ignore[list-item]
    expect(part(page, "editor", tab).locator(".ic-light-placed")).to_have_count(2, timeout=SOON)
    key = page.evaluate(f"{panel(tab)}.key")
    shoot(page, "place-two")
    button(page, tab, "Done").click()
    page.wait_for_function(
        f"(key) => {panel(tab)}.key && {panel(tab)}.key !== key && {panel(tab)}.editor.scene", arg=key, timeout=SOON
    )
    expect(part(page, "foreground_scale", tab).locator("input[type=number]")).to_have_value("1", timeout=SOON)


@pytest.fixture
def sam(models: Models) -> Path:
    """A Segment Anything of random weights among the host's models, made here and read by the host's transformers."""
    small_sam = pytest.importorskip("tests.components.small_sam")
    return small_sam.save_sam(models.folder / "sam-vit-base")


def test_a_point_selects(page: Page, sam: Path) -> None:
    """What random weights select is anything; that it comes from the host's own network is what is seen."""
    tab = "txt2img"
    open_editor(page, tab)
    button(page, tab, "Edit matte").click()
    button(page, tab, "Select").click()
    with page.expect_response(re.compile("/ic-light/select/"), timeout=SOON) as answered:
        click_at(page, tab, ".ic-light-matte", 0.5, 0.5)
    assert answered.value.ok, answered.value.text()
    assert set(answered.value.json()) == {"mask", "width", "height"}
    shoot(page, "select")


def test_a_stage_is_rendered_and_mixed(page: Page, host: Host) -> None:
    tab = "txt2img"
    open_editor(page, tab)
    small(page)
    part(page, "enabled", tab).get_by_role("button", name="Light stage").or_(
        part(page, "enabled", tab).locator(".label-wrap", has_text="Light stage")
    ).first.click()
    choose(page, "stage", "directions")
    generate(page)
    mixer = f"{panel(tab)}.stage.mixer"
    page.wait_for_function(f"{mixer}?.rows.rows.length === 4", timeout=PATIENCE)
    mixer_part(page, tab).scroll_into_view_if_needed()
    shoot(page, "mixer", mixer_part(page, tab))
    first = page.evaluate(READ_MIX.format(mixer=mixer))
    page.evaluate(f"{mixer}.set({{ ...{mixer}.mix, exposure: 1 }})")
    page.wait_for_function(f"{mixer}.mix.exposure === 1")
    brighter = page.evaluate(READ_MIX.format(mixer=mixer))
    assert np.mean(brighter) > np.mean(first) + 5
    shoot(page, "mixer-brighter", mixer_part(page, tab))
    page.set_viewport_size({"width": 390, "height": 1200})
    mixer_part(page, tab).scroll_into_view_if_needed()
    shoot(page, "mixer-390", mixer_part(page, tab))


READ_MIX = """async () => {{ const image = await createImageBitmap(await {mixer}.toBlob());
    const canvas = new OffscreenCanvas(16, 16); const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0, 16, 16);
    return [...context.getImageData(0, 0, 16, 16).data].filter((_, at) => at % 4 < 3); }}"""
"""The mix as the mixer gives it out, in few pixels."""
