"""The light editor as a person uses it, beside the formulas of its contract and the server's own pictures.

Screenshots are left in the folder of ICLIGHT_SCREENSHOTS.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from lib_iclight import painting
from lib_iclight.errors import ICLightError
from lib_iclight.light.lamps import KINDS, ONLY, Lamps
from lib_iclight.light.presets import PRESETS
from lib_iclight.painting import Direction, Lighting, Point
from lib_iclight.painting import Lamp as Shining
from lib_iclight.painting.vectors import vectors
from lib_iclight.request.args import build
from lib_iclight.web.live import LivePicture
from tests.standalone.conftest import Server, Watch, pixels
from tests.standalone.pictures import soft_mask, still_life

ROOT = Path(__file__).parents[2]
# In another order than they need one another: hosts keep none.
SCRIPTS = [ROOT / "javascript" / f"ic_light_{name}.js" for name in ("editor", "tools", "stage", "marks", "lamps")]

MAKE = """([presets, place]) => {
    window.told = [];
    window.sentences = [];
    window.editor = new ICLight.Editor(document.getElementById(place), {
        presets,
        changed: (values) => told.push(values),
        said: (sentence) => sentences.push(sentence),
    });
}"""

THREE = "side angle 180 color #ff8000 + point x 0.3 y 0.2 size 0.5 + point x 0.7 y 0.6 color #4060ff softness 0.3"


def html(width: int = 640, theme: str = "") -> str:
    """A page of nothing but the theme's variables, the style sheet and places for editors."""
    variables = gr.themes.Default(font=["sans-serif"], font_mono=["monospace"])._get_theme_css()
    style = (ROOT / "style.css").read_text("utf-8")
    places = "".join(
        f'<div id="{name}" style="max-width: {width}px; margin: 8px"></div>' for name in ("place", "other")
    )
    return (
        f'<head><meta name="viewport" content="width=device-width"><link rel=icon href=data:,>'
        f"<style>{variables}{style}body {{ background: var(--body-background-fill); margin: 0 }}</style></head>"
        f'<body class="gradio-container {theme}">{places}</body>'
    )


def start(page: Page, server: Server, text: str, **look: Any) -> None:
    page.route("**/blank", lambda route: route.fulfill(content_type="text/html", body=html(**look)))
    page.goto(f"{server.url}/blank")
    for path in SCRIPTS:
        page.add_script_tag(path=path)
    make(page, text)


def make(page: Page, text: str = "", place: str = "place") -> None:
    page.evaluate(MAKE, [[dataclasses.asdict(preset) for preset in PRESETS], place])
    if text:
        page.evaluate("(text) => editor.set(text)", text)


def pages(browser: Browser, server: Server, watched: Callable[[Page], Watch], **context: Any) -> Iterator[Page]:
    opened = browser.new_context(**{"viewport": {"width": 800, "height": 900}, **context})
    page = opened.new_page()
    watched(page)
    start(page, server, THREE)
    yield page
    opened.close()


@pytest.fixture
def page(browser: Browser, server: Server, watched: Callable[[Page], Watch]) -> Iterator[Page]:
    yield from pages(browser, server, watched)


@pytest.fixture
def page_without_webgl(
    browser_without_webgl: Browser, server: Server, watched: Callable[[Page], Watch]
) -> Iterator[Page]:
    yield from pages(browser_without_webgl, server, watched)


@pytest.fixture
def telephone(browser: Browser, server: Server, watched: Callable[[Page], Watch]) -> Iterator[Page]:
    yield from pages(browser, server, watched, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 900})


def key_of(server: Server, **options: Any) -> str:
    request = build({"foreground": Image.fromarray(still_life()), "matting": "none", **options})
    return server.service.live.open(request, nullcontext())[0]


def open_scene(page: Page, key: str) -> None:
    assert page.evaluate("(key) => editor.open('ic-light/', key)", key)
    frame(page)


def frame(page: Page) -> None:
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def mark(page: Page, index: int) -> Locator:
    return page.locator("#place .ic-light-mark").nth(index)


def lamps(page: Page) -> list[dict[str, Any]]:
    return page.evaluate("editor.lamps")


def told(page: Page) -> list[dict[str, str]]:
    return page.evaluate("told")


def button(page: Page, title: str) -> Locator:
    return page.locator(f"#place button[title^='{title}']")


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def on_stage(page: Page, across: float, down: float) -> tuple[float, float]:
    box = page.locator("#place .ic-light-stage").bounding_box()
    assert box is not None
    return box["x"] + box["width"] * across, box["y"] + box["height"] * down


def drag(page: Page, what: Locator, to: tuple[float, float]) -> None:
    page.mouse.move(*middle(what))
    page.mouse.down()
    page.mouse.move(*to, steps=8)
    assert told(page) == []
    page.mouse.up()


# Text.


def test_text_is_read_and_written_as_by_the_server(page: Page) -> None:
    random = np.random.default_rng(3)
    kind = Lamps()
    for _ in range(30):
        some = []
        for name in random.choice(["point", "side"], random.integers(0, 9)):
            own = [key for key in KINDS if key != "kind" and ONLY.get(key, name) == name and random.random() < 0.6]
            values = {"kind": name}
            for key in own:
                of = KINDS[key]
                values[key] = f"#{random.integers(1 << 24):06x}" if key == "color" else random.uniform(of.low, of.high)
            some.append(values)
        text = kind.to_text(kind.check(some))
        written = page.evaluate("(text) => ICLight.lamps.write(ICLight.lamps.parse(text))", text)
        assert kind.check(written) == kind.check(some)
        assert written == text
    assert page.evaluate("ICLight.lamps.parse('point x 0.30')[0]") == {
        "kind": "point", "x": 0.3, "y": 0.5, "size": 1, "color": "#ffffff", "intensity": 1, "softness": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("point + side size 7", "IC-Light: lamps[1].size is 7 but must be a number from 0.05 to 2."),
        ("spot", "IC-Light: lamps[0].kind is 'spot' but must be one of point, side."),
        ("point x", "IC-Light: lamps[0].x is '' but must be a number from 0 to 1."),
        ("point x left", "IC-Light: lamps[0].x is 'left' but must be a number from 0 to 1."),
        ("point color red", "IC-Light: lamps[0].color is 'red' but must be a colour written #rrggbb."),
        ("side x 0.3", "IC-Light: lamps[0] is a side and has no x: leave it out, or make it a point."),
        ("point angle 3", "IC-Light: lamps[0] is a point and has no angle: leave it out, or make it a side."),
        ("point heat 3", "IC-Light: lamps[0] knows no 'heat': a point knows x, y, size, color, intensity, softness."),
        ("point +", "IC-Light: lamps[1].kind is '' but must be one of point, side."),
        (" + ".join(["side"] * 9), "IC-Light: lamps has 9 lamps but takes at most 8."),
    ],
)
def test_what_is_no_text_of_lamps_is_said_and_changes_nothing(page: Page, text: str, said: str) -> None:
    with pytest.raises(ICLightError, match="lamps"):
        build({"lamps": text})
    page.evaluate("(text) => editor.set(text, '#ffffff')", text)
    assert page.evaluate("sentences") == [said]
    assert page.evaluate("editor.told") == {"lamps": THREE, "ambient": "#000000"}


def test_an_ambient_colour_that_is_none_is_said(page: Page) -> None:
    page.evaluate("editor.set('side', 'white')")
    assert page.evaluate("sentences") == ["IC-Light: ambient_color is 'white' but must be a colour written #rrggbb."]
    assert page.evaluate("editor.told.lamps") == THREE


# Pictures.


def decode(level: Any) -> Any:
    return np.where(level <= 0.04045, level / 12.92, ((np.maximum(level, 0.04045) + 0.055) / 1.055) ** 2.4)


def encode(light: Any) -> Any:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)


def levels(colour: str) -> NDArray[np.float64]:
    return np.array(list(bytes.fromhex(colour[1:]))) / 255


def light_map(some: list[dict[str, Any]], ambient: str, width: int, height: int) -> NDArray[np.float64]:
    """The contract's formulas, once more; not rounded."""
    total = np.broadcast_to(decode(levels(ambient)), (height, width, 3)).copy()
    column, row = np.arange(width)[None, :], np.arange(height)[:, None]
    for lamp in some:
        if lamp["kind"] == "side":
            turn = np.radians(lamp["angle"])
            across = round(np.cos(turn), 12) * max(width - 1, 1)
            down = -round(np.sin(turn), 12) * max(height - 1, 1)
            ends = [((0, 1) if towards > 0 else (1, 0)) for towards in (across, down)]
            parts = abs(across) * np.linspace(*ends[0], width) + abs(down) * np.linspace(*ends[1], height)[:, None]
            share = 1 - (1 - parts / (abs(across) + abs(down))) / lamp["size"]
        else:
            distance = np.hypot(column - lamp["x"] * (width - 1), row - lamp["y"] * (height - 1))
            share = 1 - distance / (lamp["size"] * max(np.hypot(width - 1, height - 1), 1))
        share = np.clip((np.clip(share, 0, 1) - 0.5) / max(lamp["softness"], 1e-6) + 0.5, 0, 1)
        total += lamp["intensity"] * decode(share)[..., None] * decode(levels(lamp["color"]))
    return encode(np.minimum(total, 1)) * 255


MAPS = {
    "nothing": ("", "#000000"),
    "ambient": ("", "#102030"),
    "left": ("side angle 180", "#000000"),
    "corner": ("side angle 45", "#000000"),
    "reaches not far": ("side angle 300 size 0.4 color #ffc080 intensity 1.6", "#100818"),
    "reaches beyond": ("side angle 90 size 1.7", "#000000"),
    "point": ("point x 0.3 y 0.2", "#000000"),
    "small": ("point x 1 y 0 size 0.1 softness 0.35 color #30ff90", "#202020"),
    "three": (THREE, "#101018"),
    "eight": (" + ".join(f"point x {x / 10} y {1 - x / 10} size 0.4 intensity 0.5" for x in range(1, 9)), "#000000"),
}


@pytest.mark.parametrize("name", MAPS)
def test_the_light_map_is_the_contracts(page: Page, name: str) -> None:
    text, ambient = MAPS[name]
    for width, height in ((160, 200), (91, 64), (1, 1), (1, 40), (50, 1), (2, 3)):
        script = "([text, ...rest]) => Array.from(ICLight.lightMap(ICLight.lamps.parse(text), ...rest))"
        flat = page.evaluate(script, [text, ambient, width, height])
        drawn = np.array(flat).reshape(height, width, 4)
        some = page.evaluate("(text) => ICLight.lamps.parse(text)", text)
        assert (drawn[..., 3] == 255).all()
        assert np.abs(drawn[..., :3] - light_map(some, ambient, width, height).round()).max() <= 1, (width, height)


def lighting(some: list[dict[str, Any]], ambient: str) -> Lighting:
    """The contract's formulas of the classic engine, once more."""
    placed = []
    for lamp in some:
        turn = np.radians(lamp.get("angle", 0))
        side = Direction(np.cos(turn), -np.sin(turn), 1)
        source = side if lamp["kind"] == "side" else Point(lamp["x"], lamp["y"], 2 * lamp["size"])
        placed.append(Shining(source, tuple(levels(lamp["color"])), 0.85 * lamp["intensity"], lamp["softness"]))
    return Lighting(tuple(placed), 1, tuple(0.45 + 0.55 * levels(ambient)))


def read(page: Page) -> NDArray[np.int64]:
    return pixels(page, "() => (editor.stage.draw(), editor.stage.canvas)")[..., :3].astype(int)


@pytest.mark.parametrize("name", MAPS)
def test_the_lit_picture_is_the_servers(page: Page, server: Server, name: str) -> None:
    text, ambient = MAPS[name]
    key = key_of(server)
    assert page.evaluate("editor.path") == "webgl2"
    page.evaluate("(values) => editor.set(...values)", [text, ambient])
    open_scene(page, key)
    scene = server.service.live.picture(key)
    expected = painting.light(scene.rgb, scene.prepared, *lighting(lamps(page), ambient)).astype(int)
    assert np.abs(read(page) - expected).max() <= 2
    assert told(page) == []


def test_a_subject_before_nothing(page: Page, server: Server) -> None:
    picture = np.dstack([still_life(), soft_mask()])
    open_scene(page, key_of(server, foreground=Image.fromarray(picture), matting="auto"))
    assert read(page)[0, 0].tolist() in ([128] * 3, [160] * 3)


def test_the_light_map_over_the_subject_and_without_one(page: Page, server: Server) -> None:
    stage = page.locator("#place .ic-light-stage")
    canvas, light = page.locator("#place .ic-light-stage canvas").all()
    expect(light).to_be_visible()
    expect(canvas).to_be_hidden()
    expect(button(page, "The subject in the light")).to_be_disabled()
    box = stage.bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(4 / 5, abs=0.01)
    frame(page)
    assert page.evaluate("[editor.map.width, editor.map.height]") == [160, 200]

    open_scene(page, key_of(server))
    box = stage.bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(640 / 512, abs=0.01)
    expect(light).to_be_hidden()
    expect(canvas).to_be_visible()
    lit = read(page)
    button(page, "What the model starts from").click()
    frame(page)
    expect(light).to_be_visible()
    assert page.evaluate("[editor.map.width, editor.map.height]") == [200, 160]
    own = read(page)
    assert np.abs(own - still_life()).max() <= 1
    assert np.abs(lit - own).max() > 20
    before = np.asarray(Image.open(io.BytesIO(stage.screenshot())))
    drag(page, mark(page, 1), on_stage(page, 0.8, 0.8))
    frame(page)
    assert (np.asarray(Image.open(io.BytesIO(stage.screenshot()))) != before).any()

    page.evaluate("editor.close(3 / 2)")
    frame(page)
    expect(canvas).to_be_hidden()
    assert page.evaluate("[editor.map.width, editor.map.height]") == [240, 160]


def test_what_cannot_be_opened_is_said(page: Page, server: Server, watched: Callable[[Page], Watch]) -> None:
    watch = watched(page)
    open_scene(page, key_of(server))
    assert page.evaluate("(key) => editor.open('ic-light/', key)", "0" * 64) is False
    assert page.evaluate("sentences") == ["IC-Light: this picture is no longer kept for lighting: give it again."]
    expect(page.locator("#place .ic-light-map")).to_be_visible()
    watch.errors.clear()


def test_the_subject_that_was_asked_for_last(page: Page, server: Server) -> None:
    first, second = key_of(server), key_of(server, foreground=Image.fromarray(still_life(300, 512)))
    script = "([a, b]) => Promise.all([editor.open('ic-light/', a), editor.open('ic-light/', b)])"
    assert page.evaluate(script, [first, second]) == [False, True]
    height, width, _ = read(page).shape
    assert height > width
    script = "(key) => { const asked = editor.open('ic-light/', key); editor.close(); return asked; }"
    assert page.evaluate(script, first) is False
    expect(page.locator("#place .ic-light-map")).to_be_visible()


# By hand.


def test_a_point_is_dragged_and_the_picture_follows(page: Page, server: Server) -> None:
    open_scene(page, key_of(server))
    before = read(page)
    drag(page, mark(page, 1), on_stage(page, 0.62, 0.71))
    (values,) = told(page)
    assert values == {"lamps": THREE.replace("x 0.3 y 0.2", "x 0.62 y 0.71"), "ambient": "#000000"}
    assert np.abs(read(page) - before).max() > 10
    assert middle(mark(page, 1)) == pytest.approx(on_stage(page, 0.62, 0.71), abs=1)
    drawn = read(page)
    page.evaluate("editor.set('side')")
    page.evaluate("(values) => editor.set(values.lamps, values.ambient)", values)
    assert (read(page) == drawn).all()


def test_a_lamp_does_not_leave_the_picture(page: Page) -> None:
    drag(page, mark(page, 1), (0, 899))
    assert (lamps(page)[1]["x"], lamps(page)[1]["y"]) == (0, 1)


def test_a_click_only_chooses(page: Page) -> None:
    mark(page, 2).click()
    assert told(page) == []
    expect(mark(page, 2)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#place .ic-light-lamp .ic-light-value").first).to_have_text("3")


def test_a_side_turns(page: Page) -> None:
    drag(page, mark(page, 0), on_stage(page, 0.5, 0.1))
    assert told(page)[-1]["lamps"].startswith("side angle 90 color #ff8000 + ")
    x, y = middle(mark(page, 0))
    assert (x, y) == pytest.approx((on_stage(page, 0.5, 0)[0], on_stage(page, 0.5, 0)[1] + 20), abs=1.5)
    page.evaluate("told.length = 0")
    page.keyboard.down("Shift")
    drag(page, mark(page, 0), on_stage(page, 0.9, 0.3))
    page.keyboard.up("Shift")
    assert lamps(page)[0]["angle"] == 30


def test_the_grip_and_the_wheel_set_the_size(page: Page) -> None:
    mark(page, 1).click()
    grip = page.locator("#place .ic-light-grip")
    (x, y), (lamp_x, lamp_y) = middle(grip), middle(mark(page, 1))
    drag(page, grip, ((x + lamp_x) / 2, (y + lamp_y) / 2))
    assert lamps(page)[1]["size"] == pytest.approx(0.25, abs=0.01)
    page.evaluate("told.length = 0")
    mark(page, 0).click()
    x, y = middle(grip)
    drag(page, grip, (x + 30, y))
    assert lamps(page)[0]["size"] > 1.1
    page.evaluate("told.length = 0")
    page.mouse.move(*middle(mark(page, 2)))
    page.mouse.wheel(0, 300)
    page.mouse.wheel(0, 300)
    page.wait_for_function("told.length")
    assert lamps(page)[2]["size"] == round(np.exp(-0.6), 2)
    assert len(told(page)) == 1


def test_the_dial(page: Page) -> None:
    mark(page, 0).click()
    dial = page.locator("#place .ic-light-dial")
    x, y = middle(dial)
    drag(page, dial, (x, y + 18))
    assert lamps(page)[0]["angle"] == 270
    dial.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    assert [values["lamps"].split(" ")[2] for values in told(page)] == ["270", "271", "256"]
    expect(dial).to_have_attribute("aria-valuenow", "256")
    expect(page.get_by_text("256°")).to_be_visible()


def test_values_of_the_lamp_and_the_ambient_colour(page: Page) -> None:
    mark(page, 1).click()
    for title, value in (("How strong", "0.5"), ("How far", "1.25"), ("How soft", "0.2")):
        page.locator(f"#place input[title^='{title}']").fill(value)
    page.locator("#place input[title^='Colour']").fill("#ff0000")
    page.locator("#place input[title^='Light that is everywhere']").fill("#102030")
    assert lamps(page)[1] == {
        "kind": "point", "x": 0.3, "y": 0.2, "size": 1.25, "color": "#ff0000", "intensity": 0.5, "softness": 0.2,
    }  # fmt: skip
    assert len(told(page)) == 5
    assert told(page)[-1]["ambient"] == "#102030"


def test_keys(page: Page) -> None:
    mark(page, 0).focus()
    page.keyboard.press("Tab")
    expect(mark(page, 1)).to_be_focused()
    expect(mark(page, 1)).to_have_attribute("aria-label", "Lamp 2: point, 30 % from the left, 20 % from the top")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert (lamps(page)[1]["x"], lamps(page)[1]["y"]) == (0.32, 0.3)
    assert len(told(page)) == 2
    page.keyboard.press("+")
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert lamps(page)[1]["size"] == 0.45
    page.keyboard.press("d")
    expect(mark(page, 3)).to_be_focused()
    assert lamps(page)[3] == {**lamps(page)[1], "x": 0.4, "y": 0.38}
    page.keyboard.press("Delete")
    expect(mark(page, 2)).to_be_focused()
    mark(page, 0).focus()
    page.keyboard.press("ArrowRight")
    assert lamps(page)[0]["angle"] == 175
    expect(mark(page, 0)).to_have_attribute("aria-label", "Lamp 1: side, 175 degrees")
    for _ in range(3):
        page.keyboard.press("Backspace")
    assert told(page)[-1]["lamps"] == ""
    page.keyboard.press("Control+z")
    assert len(lamps(page)) == 1


def test_a_held_key_is_one_step(page: Page) -> None:
    mark(page, 1).focus()
    for _ in range(4):
        page.keyboard.down("ArrowLeft")
    page.keyboard.up("ArrowLeft")
    assert [values["lamps"].split(" ")[8] for values in told(page)] == ["0.22"]


def test_presets(page: Page) -> None:
    for preset in PRESETS:
        chip = page.locator("#place .ic-light-chips button").filter(has=page.get_by_text(preset.label, exact=True))
        chip.click()
        written = Lamps().to_text(Lamps().check(preset.lamps))
        assert told(page)[-1] == {"lamps": written, "ambient": preset.ambient}
        expect(chip).to_have_attribute("aria-pressed", "true")
        assert page.locator("#place .ic-light-chips [aria-pressed=true]").count() == 1
    assert len(told(page)) == len(PRESETS)


def test_a_preset_that_cannot_be_read_is_said_and_left_out(page: Page) -> None:
    page.evaluate(MAKE, [[{"name": "bad", "label": "Bad", "lamps": "spot"}], "place"])
    assert "lamps[0].kind is 'spot'" in page.evaluate("sentences[0]")
    assert page.locator("#place .ic-light-chips").count() == 0


def test_lamps_are_added_up_to_eight_and_taken_away(page: Page) -> None:
    add, side = button(page, "Add a lamp at a place"), button(page, "Add a lamp that shines")
    add.click()
    assert told(page)[-1]["lamps"] == THREE + " + point x 0.7 y 0.25"
    side.click()
    assert lamps(page)[-1]["angle"] == 0
    side.click()
    button(page, "Duplicate").click()
    add.click()
    assert len(lamps(page)) == 8
    placed = {tuple(lamp[key] for key in lamp) for lamp in lamps(page)}
    assert len(placed) == 8
    for full in (add, side, button(page, "Duplicate")):
        expect(full).to_be_disabled()
    mark(page, 3).focus()
    page.keyboard.press("d")
    assert len(lamps(page)) == 8
    for left in range(7, -1, -1):
        button(page, "Delete").click()
        assert len(lamps(page)) == left
    for none in (button(page, "Delete"), button(page, "Duplicate"), page.locator("#place .ic-light-lamp input").first):
        expect(none).to_be_disabled()
    assert len(told(page)) == 5 + 8
    # The button that is no longer one has not taken the keyboard along.
    page.keyboard.press("Control+z")
    assert len(lamps(page)) == 1


def test_undo_and_redo(page: Page) -> None:
    undo, redo = button(page, "Undo"), button(page, "Redo")
    drag(page, mark(page, 1), on_stage(page, 0.5, 0.5))
    page.get_by_text("Neon pair").click()
    page.evaluate("editor.set('side', '#111111')")
    assert len(told(page)) == 2
    expect(redo).to_be_disabled()
    undo.click()
    assert told(page)[-1] == told(page)[1]
    page.keyboard.press("Control+z")
    assert told(page)[-1] == told(page)[0]
    mark(page, 1).focus()
    page.keyboard.press("Control+z")
    assert told(page)[-1] == {"lamps": THREE, "ambient": "#000000"}
    for _ in range(3):
        page.keyboard.press("Control+Shift+Z")
    assert told(page)[-1] == {"lamps": "side", "ambient": "#111111"}
    assert len(told(page)) == 8
    page.keyboard.press("Control+z")
    button(page, "Add a lamp at").click()
    expect(redo).to_be_disabled()
    for _ in range(9):
        page.keyboard.press("Control+z")
    expect(undo).to_be_disabled()
    assert lamps(page) == []


def test_from_outside_is_not_told(page: Page) -> None:
    page.evaluate("editor.set('side angle 90.000   size 0.5+point', '#FFFFFF')")
    assert page.evaluate("editor.told") == {"lamps": "side angle 90 size 0.5 + point", "ambient": "#ffffff"}
    steps = page.evaluate("editor.steps.length")
    page.evaluate("editor.set('side angle 90 size 0.5 + point', '#ffffff')")
    assert page.evaluate("editor.steps.length") == steps
    page.evaluate("editor.set('', '#000000')")
    assert told(page) == []
    expect(page.locator("#place .ic-light-mark")).to_have_count(0)


def test_what_is_told_while_a_lamp_is_held_waits(page: Page) -> None:
    x, y = middle(mark(page, 1))
    for moves in (True, False):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 40, y + 40)
        page.evaluate("editor.set('side')")
        assert len(lamps(page)) == 3
        if not moves:
            page.mouse.move(x, y)
            page.mouse.move(x + 1, y)
        page.mouse.up()
        # What was set by hand is newer than what waited; where nothing was, it is taken.
        assert len(lamps(page)) == (3 if moves else 1)
        page.evaluate("(text) => editor.set(text)", THREE)
    assert len(told(page)) == 1


def test_a_finger_moves_a_lamp_and_not_the_page(telephone: Page, server: Server) -> None:
    page = telephone
    open_scene(page, key_of(server))
    size = mark(page, 1).bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 32
    for target in page.locator("#place button, #place input[type=range]").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 32
    (x, y), (right, down) = middle(mark(page, 1)), on_stage(page, 0.6, 0.4)
    session = page.context.new_cdp_session(page)
    touch = lambda kind, *at: session.send(  # noqa: E731
        "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in at]}
    )
    touch("touchStart", (x, y))
    for step in range(1, 6):
        touch("touchMove", (x + (right - x) * step / 5, y + (down - y) * step / 5))
    touch("touchEnd")
    page.wait_for_function("told.length")
    assert told(page) == [{"lamps": THREE.replace("x 0.3 y 0.2", "x 0.6 y 0.4"), "ambient": "#000000"}]
    assert page.evaluate("scrollY") == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.touchscreen.tap(*middle(mark(page, 2)))
    assert page.evaluate("editor.selected") == 2


# In its place.


def test_two_editors_do_not_disturb_one_another(page: Page, server: Server) -> None:
    open_scene(page, key_of(server))
    page.evaluate("window.first = editor")
    before = read(page)
    make(page, "side", "other")
    page.locator("#other .ic-light-mark").focus()
    page.keyboard.press("ArrowUp")
    page.locator("#other").get_by_text("Ring", exact=True).click()
    assert len(told(page)) == 2
    page.evaluate("[editor, window.editor] = [editor, first]")
    assert page.evaluate("editor.told.lamps") == THREE
    assert (read(page) == before).all()
    page.locator("#place .ic-light-mark").first.focus()
    page.keyboard.press("Control+z")
    assert page.evaluate("editor.told.lamps") == ""
    assert page.locator("#other .ic-light-mark").count() == 8


def test_made_while_hidden(page: Page, server: Server) -> None:
    page.evaluate("document.getElementById('other').style.display = 'none'")
    make(page, THREE, "other")
    open_scene(page, key_of(server))
    page.evaluate("document.getElementById('other').style.display = ''")
    frame(page)
    stage = page.locator("#other .ic-light-stage").bounding_box()
    assert stage is not None
    expected = stage["x"] + 0.3 * stage["width"], stage["y"] + 0.2 * stage["height"]
    assert middle(page.locator("#other .ic-light-mark").nth(1)) == pytest.approx(expected, abs=1)
    assert read(page).shape == (512, 640, 3)


def test_disposed_it_is_gone_and_another_takes_its_place(page: Page, server: Server) -> None:
    open_scene(page, key_of(server))
    page.evaluate("window.gl = editor.stage.canvas.getContext('webgl2'); editor.dispose()")
    assert page.evaluate("gl.isContextLost()")
    assert page.evaluate("document.getElementById('place').childElementCount") == 0
    make(page, "side")
    open_scene(page, key_of(server))
    assert page.evaluate("editor.path") == "webgl2"
    assert page.evaluate("sentences") == []


def test_loading_only_defines(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/blank")
    before = set(page.evaluate("Object.getOwnPropertyNames(window)"))
    content = page.content()
    for path in SCRIPTS:
        page.add_script_tag(content=f"{{ {path.read_text('utf-8')} }}")
    assert set(page.evaluate("Object.getOwnPropertyNames(window)")) - before == {"ICLight"}
    assert re.sub(r"<script.*?</script>", "", page.content(), flags=re.S) == content


def test_words_and_numbers_stand_apart(page: Page) -> None:
    """Hosts translate whole texts."""
    script = """() => {
        const walker = document.createTreeWalker(document.getElementById("place"), NodeFilter.SHOW_TEXT);
        const texts = [];
        while (walker.nextNode()) texts.push(walker.currentNode.data);
        return [...texts, ...[...document.querySelectorAll("#place [title]")].map((element) => element.title)];
    }"""
    texts = page.evaluate(script)
    assert {"Lamp", "Point", "Light map", "Undo (Ctrl+Z)", "Golden hour"} <= set(texts)
    assert not [text for text in texts if re.search(r"\d", text) and re.search(r"[a-z]", text)]
    assert page.locator("#place button:not([title]):not(.ic-light-mark)").count() == 0


def test_the_style_sheet_styles_nothing_else() -> None:
    style = re.sub(r"/\*.*?\*/", "", (ROOT / "style.css").read_text("utf-8"), flags=re.S)
    selectors = [part.strip() for part in re.findall(r"([^{}]+)\{", style) if not part.strip().startswith("@")]
    assert len(selectors) > 40
    for selector in selectors:
        for one in re.split(r",(?![^(]*\))", selector):
            assert one.strip().startswith(".ic-light-"), one
    assert all(name.startswith(".ic-light-") for name in re.findall(r"\.[a-z][\w-]*", " ".join(selectors)))


# Without WebGL.


def test_without_webgl_the_server_draws(page_without_webgl: Page, server: Server) -> None:
    page = page_without_webgl
    key = key_of(server)
    assert page.evaluate("(key) => editor.open('ic-light/', key)", key)
    assert page.evaluate("editor.path") == "server"
    page.wait_for_function("editor.stage.frames > 0")
    drag(page, mark(page, 1), on_stage(page, 0.6, 0.6))
    scene = server.service.live.picture(key)

    def differs(text: str) -> float:
        frame(page)
        page.wait_for_function("!editor.stage.drawer.busy")
        data = page.evaluate("editor.stage.canvas.toDataURL()").partition(",")[2]
        shown = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
        some = page.evaluate("(text) => ICLight.lamps.parse(text)", text)
        expected = painting.light(scene.rgb, scene.prepared, *lighting(some, "#000000"))
        # Over the blocks of a JPEG, which keeps neither the grain nor each pixel's colour.
        coarse = [np.asarray(picture.reduce(16)).astype(int) for picture in (shown, Image.fromarray(expected))]
        return float(np.abs(coarse[0] - coarse[1]).max())

    assert differs(told(page)[-1]["lamps"]) <= 5
    page.evaluate("editor.set('')")
    assert differs("") <= 5
    assert page.evaluate("sentences") == []


def test_where_webgl_is_taken_away_the_server_draws_on(page: Page, server: Server) -> None:
    open_scene(page, key_of(server))
    page.evaluate("editor.stage.canvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()")
    page.wait_for_function("editor.path === 'server' && editor.stage.frames > 1")
    drag(page, mark(page, 1), on_stage(page, 0.6, 0.6))
    assert len(told(page)) == 1


# Speed and looks.


def test_dragging_redraws_fast(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    rgb = still_life(480, 384)
    scene = LivePicture(rgb, np.ones((384, 480), np.float32), rgb, vectors(rgb), "none")
    page.route("**/vectors/small", lambda route: route.fulfill(body=scene.pack()))
    asked: list[str] = []
    open_scene(page, "small")
    page.on("request", lambda request: asked.append(request.url))
    for view in ("The subject in the light", "What the model starts from"):
        button(page, view).click()
        found = max(rate(page) for _ in range(3))
        with capsys.disabled():
            name = page.locator(".ic-light-views [aria-pressed=true]").inner_text()
            print(f"\n{name}: {found:.0f} pictures a second while dragging (WebGL2 in software, 480x384)")  # noqa: T201
        # 20 and more are wanted, and reported; a machine that tests in turn with other work gives half.
        assert found >= 12
    assert asked == []
    frames = page.evaluate("editor.frames")
    page.wait_for_timeout(300)
    assert page.evaluate("editor.frames") <= frames + 1


def rate(page: Page, seconds: float = 2) -> float:
    """Drags a lamp in circles, and says how many pictures a second were drawn."""
    page.mouse.move(*middle(mark(page, 1)))
    page.mouse.down()
    before, begun, turn = page.evaluate("editor.frames"), time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        turn += 1
        page.mouse.move(*on_stage(page, 0.5 + 0.4 * np.cos(turn), 0.5 + 0.4 * np.sin(turn)), steps=20)
    # What was asked of the graphics is drawn when it can be read.
    read(page)
    frames = page.evaluate("editor.frames") - before
    took = time.perf_counter() - begun
    page.mouse.up()
    return frames / took


@pytest.mark.parametrize("theme", ["", "dark"])
@pytest.mark.parametrize(("screen", "width"), [(1280, 640), (390, 374), (336, 320)])
def test_it_fits(
    browser: Browser, server: Server, watched: Callable[[Page], Watch], theme: str, screen: int, width: int
) -> None:
    page = browser.new_page(viewport={"width": screen, "height": 1000})
    watched(page)
    start(page, server, THREE, width=width, theme=theme)
    for name, act in {
        "empty": lambda: None,
        "lit": lambda: open_scene(page, key_of(server)),
        "map": lambda: button(page, "What the model starts from").click(),
        "point": lambda: mark(page, 1).focus(),
    }.items():
        act()
        frame(page)
        if folder := os.environ.get("ICLIGHT_SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"editor-{name}-{screen}-{theme or 'light'}.png")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for target in page.locator("#place button").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
    page.close()
