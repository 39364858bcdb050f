"""The subject placed by hand in the light editor, with others, in a tab as hosts have it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from lib_iclight import images
from lib_iclight.subject.fit import Fit, Placing
from tests.standalone import host_page
from tests.standalone.gestures import settle
from tests.standalone.pictures import png, soft_mask, still_life

TAB = "txt2img"
PATIENCE = 20_000
PANEL = f"ICLight.getPanel('{TAB}')"
PLACING = f"{PANEL}.editor.placing"
WIDTH, HEIGHT = 512, 640

READ = f"""() => {{
    const {{ canvas }} = {PLACING}.view;
    const {{ data }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let text = "";
    for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768));
    return [canvas.width, canvas.height, btoa(text)];
}}"""


def picture(seed: int = 0) -> NDArray[np.uint8]:
    """640x512, with a matte of its own."""
    found = np.dstack([still_life(), soft_mask()])
    found[:2, :2, 0] = seed
    return found


def part(page: Page, name: str) -> Locator:
    return page.locator(f"#script_{TAB}_ic_light_{name}")


@pytest.fixture(scope="module")
def tab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """With a subject, on a canvas of 512x640."""
    path = tmp_path_factory.mktemp("place") / "subject.png"
    path.write_bytes(png(picture()))
    with host_page.served(TAB) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        page = context.new_page()
        host_page.load(page, address)
        page.wait_for_timeout(1500)
        part(page, "enabled").locator("input[type=checkbox]").check()
        height = page.locator(f"#{TAB}_height input[type=number]")
        height.fill(str(HEIGHT))
        height.press("Tab")
        part(page, "foreground").locator("input[type=file]").set_input_files(path)
        page.wait_for_function(f"{PANEL}.editor?.scene && {PANEL}.placing.given?.height === {HEIGHT}", timeout=PATIENCE)
        yield page
        context.close()


@pytest.fixture
def placed(tab: Page) -> Iterator[Page]:
    """While the subject is placed."""
    button(tab, "Place").click()
    expect(tab.locator(".ic-light-placed")).to_be_focused(timeout=PATIENCE)
    tab.locator(".ic-light-places").scroll_into_view_if_needed()
    yield tab
    if tab.evaluate(f"{PLACING}.isOn"):
        press(tab, "Cancel")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def press(page: Page, name: str) -> None:
    page.locator(".ic-light-place-tools").get_by_role("button", name=name, exact=True).click()


def place(page: Page, index: int = 0) -> dict[str, float]:
    return page.evaluate(f"{PLACING}.subjects[{index}].place")


def put(page: Page, **values: float) -> None:
    page.evaluate(f"(values) => {PLACING}.put(values)", values)


def locate(page: Page, x: float, y: float) -> tuple[float, float]:
    box = page.locator(".ic-light-places").bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def grip(page: Page, index: int) -> tuple[float, float]:
    box = page.locator(".ic-light-place-grip").nth(index).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drawn(page: Page) -> NDArray[np.uint8]:
    settle(page)
    width, height, text = page.evaluate(READ)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)


@pytest.mark.parametrize(
    "values", [Placing(), Placing(0.3, 0.62, 0.45, 33), Placing(0.8, 0.2, 1.3, -120)], ids=["cover", "turned", "large"]
)
def test_it_is_drawn_where_the_model_is_shown_it(placed: Page, values: Placing) -> None:
    put(placed, **vars(values))
    found = drawn(placed)
    assert found.shape == (HEIGHT, WIDTH, 4)
    whole = picture()
    fit = Fit(placing=values)
    alpha = fit.apply(np.ascontiguousarray(whole[..., 3]), WIDTH, HEIGHT, 0).astype(int)
    assert alpha.any()
    assert np.abs(found[..., 3] - alpha).mean() < 1.5
    inside = (alpha > 250) & (found[..., 3] > 250)
    colours = fit.apply(np.ascontiguousarray(whole[..., :3]), WIDTH, HEIGHT, 0).astype(int)
    assert np.abs(found[..., :3] - colours)[inside].mean() < 4
    # Half a pixel beside would show.
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    for axis in (rows, columns):
        centres = [(axis * plane).sum() / plane.sum() for plane in (alpha, found[..., 3].astype(int))]
        assert abs(centres[0] - centres[1]) < 0.15


def test_it_is_moved_scaled_and_turned_by_hand(placed: Page) -> None:
    put(placed, x=0.5, y=0.5, scale=0.5, rotation=0)
    drag(placed, locate(placed, 0.5, 0.5), locate(placed, 0.7, 0.4))
    moved = place(placed)
    assert (moved["x"], moved["y"]) == pytest.approx((0.7, 0.4), abs=0.004)
    middle = locate(placed, 0.7, 0.4)
    x, y = grip(placed, 2)
    drag(placed, (x, y), (middle[0] + (x - middle[0]) / 2, middle[1] + (y - middle[1]) / 2))
    assert place(placed)["scale"] == pytest.approx(0.25, abs=0.01)
    x, y = grip(placed, 4)
    drag(placed, (x, y), (middle[0] - (middle[1] - y), middle[1]))
    assert place(placed)["rotation"] == pytest.approx(90, abs=2), "to the left is counterclockwise"
    placed.mouse.move(*middle)
    placed.mouse.wheel(0, -300)
    placed.wait_for_timeout(500)
    assert place(placed)["scale"] == pytest.approx(0.25 * np.exp(0.3), abs=0.02)
    for _ in range(4):
        placed.keyboard.press("Control+z")
    undone = place(placed)
    assert undone == {"x": 0.5, "y": 0.5, "scale": 0.5, "rotation": 0}
    placed.keyboard.press("Control+Shift+z")
    assert place(placed) == moved
    placed.keyboard.press("ArrowLeft")
    assert place(placed)["x"] == pytest.approx(moved["x"] - 0.01)
    placed.keyboard.press("]")
    assert place(placed)["rotation"] == -1
    press(placed, "Fit")
    assert place(placed) == {"x": 0.5, "y": 0.5, "scale": 0.64, "rotation": 0}
    press(placed, "Cover")
    assert place(placed) == {"x": 0.5, "y": 0.5, "scale": 1, "rotation": 0}


def test_the_horizon_keeps_the_perspective(placed: Page) -> None:
    put(placed, x=0.5, y=0.7, scale=0.4, rotation=10)
    press(placed, "Horizon")
    drag(placed, locate(placed, 0.02, 0.4), locate(placed, 0.02, 0.3))
    assert placed.evaluate(f"{PLACING}.horizon.at") == pytest.approx(0.3, abs=0.004)
    distance = f"""() => {{ const {{ chosen, canvas, horizon }} = {PLACING};
        const foot = ICLight.placement.findFoot(chosen.cutout, chosen.place, canvas);
        return (foot - horizon.at * canvas[1]) / chosen.place.scale; }}"""
    before, foot = placed.evaluate(distance), place(placed)
    drag(placed, locate(placed, 0.5, 0.7), locate(placed, 0.4, 0.6))
    after = place(placed)
    assert after["scale"] < foot["scale"] * 0.95
    assert placed.evaluate(distance) == pytest.approx(before, rel=0.01)
    press(placed, "Horizon")
    drag(placed, locate(placed, 0.4, after["y"]), locate(placed, 0.4, 0.5))
    assert place(placed)["scale"] == after["scale"]


def test_done_sets_the_options_and_they_set_it(placed: Page) -> None:
    put(placed, x=0.25, y=0.6, scale=0.5, rotation=-20)
    press(placed, "Done")
    expect(placed.locator(".ic-light-places")).to_have_count(0)
    given = f"() => JSON.stringify({PANEL}.placing.given.place)"
    wanted = '{"x":0.25,"y":0.6,"scale":0.5,"rotation":-20}'
    placed.wait_for_function(f"({given})() === '{wanted}'", timeout=PATIENCE)
    button(placed, "Place").click()
    expect(placed.locator(".ic-light-placed")).to_be_focused(timeout=PATIENCE)
    assert place(placed) == {"x": 0.25, "y": 0.6, "scale": 0.5, "rotation": -20}
    press(placed, "Cover")
    press(placed, "Done")
    placed.wait_for_function(f"{PANEL}.placing.given.place.scale === 1", timeout=PATIENCE)


def test_several_subjects_become_one(placed: Page, tmp_path: Path) -> None:
    """The last of the module: it is another subject from here on."""
    put(placed, x=0.3, y=0.4, scale=0.4, rotation=0)
    path = tmp_path / "other.png"
    Image.fromarray(picture(seed=9)).save(path)
    placed.locator(".ic-light-place-tools input[type=file]").set_input_files(path)
    expect(placed.locator(".ic-light-placed")).to_have_count(2, timeout=PATIENCE)
    expect(placed.locator(".ic-light-placed").nth(1)).to_be_focused()
    placed.keyboard.press("Delete")
    expect(placed.locator(".ic-light-placed")).to_have_count(1)
    placed.keyboard.press("Control+z")
    expect(placed.locator(".ic-light-placed")).to_have_count(2)
    put(placed, x=0.7, y=0.7, scale=0.3, rotation=40)
    placed.mouse.click(*locate(placed, 0.3, 0.4))
    assert placed.evaluate(f"{PLACING}.selected") == 0
    seen = drawn(placed)
    key = placed.evaluate(f"{PANEL}.key")
    press(placed, "Done")
    expect(placed.locator(".ic-light-places")).to_have_count(0, timeout=PATIENCE)
    placed.wait_for_function(f"(key) => {PANEL}.key && {PANEL}.key !== key", arg=key, timeout=PATIENCE)
    placed.wait_for_function(f"{PANEL}.editor.scene?.head.height === {HEIGHT}", timeout=PATIENCE)
    placed.wait_for_function(f"{PANEL}.placing.given.place.scale === 1", timeout=PATIENCE)
    button(placed, "Place").click()
    expect(placed.locator(".ic-light-placed")).to_be_focused(timeout=PATIENCE)
    composed: Any = drawn(placed).astype(int)
    assert np.abs(composed[..., 3] - seen[..., 3]).mean() < 2
    assert np.abs(images.over(*layers(composed)).astype(int) - images.over(*layers(seen))).mean() < 3


def layers(rgba: NDArray[Any]) -> tuple[images.RGB, images.Matte, images.RGB]:
    """Before green."""
    levels = np.ascontiguousarray(rgba, np.uint8)
    rgb = np.ascontiguousarray(levels[..., :3])
    return rgb, images.to_matte(levels[..., 3]), np.full_like(rgb, (0, 255, 0))
