"""What the light editor draws, beside the formulas of its contract and the server's own pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from lib_iclight import painting
from lib_iclight.request.args import build
from lib_iclight.shading import Form, Strokes, lighting_of
from tests.standalone.conftest import Server, Watch
from tests.standalone.editing import THREE, Editor, key_of
from tests.standalone.formulas import Form as Contract
from tests.standalone.formulas import form_lighting, light_map, lighting
from tests.standalone.gestures import settle
from tests.standalone.pictures import soft_mask, still_life

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
def test_the_light_map_is_the_contracts(editor: Editor, name: str) -> None:
    text, ambient = MAPS[name]
    for width, height in ((160, 200), (91, 64), (1, 1), (1, 40), (50, 1), (2, 3)):
        script = "([text, ...rest]) => Array.from(ICLight.drawLightMap(ICLight.lamps.parse(text), ...rest))"
        flat = editor.page.evaluate(script, [text, ambient, width, height])
        drawn = np.array(flat).reshape(height, width, 4)
        some = editor.page.evaluate("(text) => ICLight.lamps.parse(text)", text)
        assert (drawn[..., 3] == 255).all()
        assert np.abs(drawn[..., :3] - light_map(some, ambient, width, height).round()).max() <= 1, (width, height)


LIGHTS = {
    **MAPS,
    "behind": ("side angle 60 depth -0.7 intensity 2 + point x 0.4 y 0.1 depth -1 size 0.6", "#000000"),
    "in the plane": ("side angle 200 depth 0 + point x 0.6 depth 0 size 0.4 softness 0.5", "#101010"),
    "off": ("side angle 200 on false + point x 0.6 depth 0.4", "#000000"),
    "all off": ("side angle 200 on false", "#304050"),
}


@pytest.mark.parametrize("name", LIGHTS)
def test_the_lit_picture_by_strokes_is_the_contracts(editor: Editor, server: Server, name: str) -> None:
    text, ambient = LIGHTS[name]
    key = key_of(server, shading="strokes")
    assert editor.page.evaluate("editor.backend") == "webgl2"
    editor.set_surface(shading="strokes")
    editor.set(text, ambient)
    editor.open(key)
    kept = server.service.live.picture(key)
    strokes = kept.prepare("strokes")
    assert isinstance(strokes, Strokes)
    expected = painting.light(kept.rgb, strokes.prepared, *lighting(editor.lamps, ambient)).astype(int)
    assert np.abs(editor.read() - expected).max() <= 2
    assert editor.changes == []


@pytest.mark.parametrize("name", LIGHTS)
@pytest.mark.parametrize("surface", [{}, {"roughness": 0.2, "specular": 1.0, "backdrop_light": 0.9}])
def test_the_lit_picture_by_form_is_the_contracts(
    editor: Editor, server: Server, name: str, surface: dict[str, float]
) -> None:
    text, ambient = LIGHTS[name]
    key = key_of(server, foreground_mask=Image.fromarray(soft_mask()))
    editor.set_surface(**surface)
    editor.set(text, ambient)
    editor.open(key)
    kept = server.service.live.picture(key)
    found = kept.prepare("form")
    assert isinstance(found, Form)
    contract = Contract(kept.rgb, kept.alpha, found.surface.normals, found.surface.gain, kept.behind)
    expected = contract.light(form_lighting(editor.lamps, ambient, **surface))
    assert np.abs(editor.read() - expected).max() <= 2
    assert editor.changes == []


@pytest.mark.parametrize("shading", ["form", "strokes"])
def test_the_shadow_follows_a_lamp_that_is_dragged(editor: Editor, server: Server, shading: str) -> None:
    mask = Image.fromarray(soft_mask())
    key = key_of(server, "#c0c0c0", foreground_mask=mask, shading=shading)
    surface = {"shading": shading, "shadow": 0.9, "shadow_color": "#200000"}
    editor.set_surface(**surface)
    editor.open(key)
    editor.page.wait_for_function("editor.renderer.drawer.shadow.standing")
    editor.drag(editor.handle(1), editor.locate(0.8, 0.15))
    request = build({**surface, "lamps": editor.changes[-1]["lamps"]})
    scene = server.service.live.picture(key)
    assert np.abs(editor.read() - scene.show(request)).max() <= 2
    assert (scene.relight(lighting_of(request)) - editor.read()).max() >= 20
    assert editor.messages == []


def test_a_light_of_another_shading_waits_for_its_picture(editor: Editor, server: Server) -> None:
    editor.open(key_of(server))
    form, frames = editor.read(), editor.keyboard.frames.now()
    editor.set_surface(shading="strokes")
    assert editor.keyboard.frames.now() == frames
    editor.open(key_of(server, shading="strokes"))
    assert editor.keyboard.frames.now() == frames + 1
    assert np.abs(editor.read() - form).max() > 20


def test_a_subject_before_nothing(editor: Editor, server: Server) -> None:
    picture = np.dstack([still_life(), soft_mask()])
    editor.open(key_of(server, foreground=Image.fromarray(picture), matting="auto"))
    assert editor.read()[0, 0].tolist() in ([128] * 3, [160] * 3)


def test_the_light_map_over_the_subject_and_without_one(editor: Editor, server: Server) -> None:
    stage = editor.find(".ic-light-picture")
    canvas, light = editor.find(".ic-light-picture canvas").all()
    expect(light).to_be_visible()
    expect(canvas).to_be_hidden()
    expect(editor.button("The subject in the light")).to_be_disabled()
    box = stage.bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(4 / 5, abs=0.01)
    settle(editor.page)
    assert editor.page.evaluate("[editor.lightMap.canvas.width, editor.lightMap.canvas.height]") == [160, 200]

    editor.open(key_of(server))
    box = stage.bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(640 / 512, abs=0.01)
    expect(light).to_be_hidden()
    expect(canvas).to_be_visible()
    lit = editor.read()
    editor.button("What the model starts from").click()
    settle(editor.page)
    expect(light).to_be_visible()
    assert editor.page.evaluate("[editor.lightMap.canvas.width, editor.lightMap.canvas.height]") == [200, 160]
    own = editor.read()
    assert np.abs(own - still_life()).max() <= 1
    assert np.abs(lit - own).max() > 20
    before = np.asarray(Image.open(io.BytesIO(stage.screenshot())))
    editor.drag(editor.handle(1), editor.locate(0.8, 0.8))
    settle(editor.page)
    assert (np.asarray(Image.open(io.BytesIO(stage.screenshot()))) != before).any()

    editor.page.evaluate("editor.close(3 / 2)")
    settle(editor.page)
    expect(canvas).to_be_hidden()
    assert editor.page.evaluate("[editor.lightMap.canvas.width, editor.lightMap.canvas.height]") == [240, 160]


def test_what_cannot_be_opened_is_said(editor: Editor, server: Server, watched: Callable[[Page], Watch]) -> None:
    watch = watched(editor.page)
    editor.open(key_of(server))
    assert editor.page.evaluate("(key) => editor.open('ic-light/', key)", "0" * 64) is False
    assert editor.messages == ["IC-Light: this picture is no longer kept for lighting: give it again."]
    expect(editor.find(".ic-light-map")).to_be_visible()
    watch.errors.clear()


def test_the_subject_that_was_asked_for_last(editor: Editor, server: Server) -> None:
    first, second = key_of(server), key_of(server, foreground=Image.fromarray(still_life(300, 512)))
    script = "([a, b]) => Promise.all([editor.open('ic-light/', a), editor.open('ic-light/', b)])"
    assert editor.page.evaluate(script, [first, second]) == [False, True]
    height, width, _ = editor.read().shape
    assert height > width
    script = "(key) => { const asked = editor.open('ic-light/', key); editor.close(); return asked; }"
    assert editor.page.evaluate(script, first) is False
    expect(editor.find(".ic-light-map")).to_be_visible()


# Without WebGL.


@pytest.mark.parametrize("shading", ["form", "strokes"])
def test_without_webgl_the_server_draws(page_without_webgl: Page, server: Server, shading: str) -> None:
    editor = Editor(page_without_webgl, THREE)
    key = key_of(server, shading=shading)
    editor.set_surface(shading=shading)
    editor.open(key)
    assert editor.page.evaluate("editor.backend") == "server"
    editor.page.wait_for_function("editor.renderer.frames > 0")
    editor.drag(editor.handle(1), editor.locate(0.6, 0.6))
    scene = server.service.live.picture(key)

    def differs(text: str) -> float:
        settle(editor.page)
        editor.page.wait_for_function("!editor.renderer.drawer.busy")
        data = editor.page.evaluate("editor.renderer.canvas.toDataURL()").partition(",")[2]
        shown = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
        light = {"lamps": text} if text else {"light": "ambient", "light_intensity": 0}
        expected = scene.relight(lighting_of(build({**light, "shading": shading})))
        # Over the blocks of a JPEG, which keeps neither the grain nor each pixel's colour.
        coarse = [np.asarray(picture.reduce(16)).astype(int) for picture in (shown, Image.fromarray(expected))]
        return float(np.abs(coarse[0] - coarse[1]).max())

    assert differs(editor.changes[-1]["lamps"]) <= 5
    editor.set("")
    assert differs("") <= 5
    editor.set("side on false")
    assert differs("") <= 5
    assert editor.messages == []


def test_where_webgl_is_taken_away_the_server_draws_on(editor: Editor, server: Server) -> None:
    editor.open(key_of(server))
    editor.page.evaluate("editor.renderer.canvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()")
    editor.page.wait_for_function("editor.backend === 'server' && editor.renderer.frames > 1")
    editor.drag(editor.handle(1), editor.locate(0.6, 0.6))
    assert len(editor.changes) == 1
