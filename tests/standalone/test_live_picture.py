"""The live picture beside the server's own pictures, and how fast it follows the hand."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

from lib_iclight import painting
from lib_iclight.painting import Direction, Lamp, Lighting, Point
from lib_iclight.request.args import build
from lib_iclight.shading import Strokes, lighting_of, to_plain
from lib_iclight.standalone.job import Job
from lib_iclight.web.live import describe_light
from tests.standalone.conftest import Server, Watch
from tests.standalone.editing import key_of
from tests.standalone.gestures import Frames, Keyboard, Pointer
from tests.standalone.pictures import on_squares, pixels, soft_mask, still_life

OPEN = """async ([key, light]) => {
    window.messages = [];
    window.changes = [];
    window.picture = new ICLight.LivePicture(document.getElementById("place"), {
        onMessage: (sentence) => messages.push(sentence),
        onChange: (values) => changes.push(values),
    });
    picture.show(light);
    await picture.open("ic-light/", key);
    return messages;
}"""

DRAW = """(light) => {
    if (light) picture.show(light);
    picture.draw();
    return document.querySelector("#place canvas");
}"""


def read(page: Page, shown: dict[str, Any] | None = None) -> NDArray[np.uint8]:
    return pixels(page, DRAW, shown)


def on_picture(page: Page, across: float, down: float) -> tuple[float, float]:
    """A place of the picture, both 0..1, on the page."""
    box = page.locator("#place canvas").bounding_box()
    assert box is not None
    return box["x"] + box["width"] * across, box["y"] + box["height"] * down


def hand(page: Page) -> Pointer:
    return Pointer(page, Frames(page, "picture.frames"))


def keys(page: Page) -> Keyboard:
    return Keyboard(page, Frames(page, "picture.frames"))


def lamps(*lamps: Lamp, ambient: float = 0.45, color: painting.Color = (1, 1, 1)) -> Lighting:
    return Lighting(lamps, ambient, color)


LIGHTINGS = {
    "left": lamps(Lamp(Direction(-1, 0))),
    "point": lamps(Lamp(Point(0.2, 0.3))),
    "point at the edge, close": lamps(Lamp(Point(1.0, 0.0, 0.2), intensity=1.7)),
    "soft": lamps(Lamp(Point(0.6, 0.4), softness=0.3)),
    "almost hard": lamps(Lamp(Direction(0.6, -0.8), softness=0.02)),
    "coloured": lamps(Lamp(Direction(0, -1), (1.0, 0.3, 0.1), 1.7, 0.6), ambient=0.7, color=(0.2, 0.5, 1.0)),
    "no lamp": lamps(ambient=1.0, color=(0.875, 0.7, 0.6)),
    "four lamps": lamps(
        Lamp(Point(0.1, 0.1), (1, 0.2, 0.2), 0.6),
        Lamp(Point(0.9, 0.2, 0.5), (0.2, 1, 0.2), 0.5, 0.5),
        Lamp(Direction(0.3, 0.9, 0.4), (0.2, 0.2, 1), 0.9, 0.1),
        Lamp(Direction(0, 0), intensity=0.2),
        ambient=0.2,
    ),
}

SCENES: dict[str, dict[str, Any]] = {
    "whole": {},
    "mask": {"foreground_mask": Image.fromarray(soft_mask())},
    "own alpha": {
        "foreground": Image.fromarray(np.dstack([still_life(), soft_mask()])),
        "matting": "auto",
    },
    "background": {
        "foreground_mask": Image.fromarray(soft_mask()),
        "background": Image.fromarray(still_life(300, 200)),
        "flip_background": True,
    },
    "plain": {"foreground_mask": Image.fromarray(soft_mask()), "backdrop": "#406080"},
    "odd sides, shrunk": {"foreground": Image.fromarray(still_life(1031, 773))},
    "enlarged": {"foreground": Image.fromarray(still_life(90, 131))},
}


FORMS: dict[str, dict[str, Any]] = {
    "none": {},
    "left": {"light": "left"},
    "ambient": {"light": "ambient", "ambient_color": "#304050", "light_intensity": 0.7},
    "angle": {"light": "angle", "light_angle": 200, "light_softness": 0.3, "light_color": "#ffc080"},
    "point": {"light": "point", "light_x": 0.8, "light_y": 0.1, "light_intensity": 1.6},
    "rim": {"lamps": "side angle 70 depth -0.6 intensity 2 + side angle 160 depth -1", "specular": 1},
    "in the plane": {"lamps": "point x 0.4 y 0.5 size 0.3 depth 0 + side angle 300 depth 0"},
    "smooth": {"lamps": "point x 0.3 y 0.3 size 0.4", "roughness": 0, "specular": 1},
    "rough and even": {"lamps": "point x 0.3 softness 0", "roughness": 1, "specular": 0, "ambient_color": "#606060"},
    "four lamps": {
        "lamps": "point x 0.2 y 0.2 color #ff8060 size 0.6 + point x 0.9 color #4060ff depth 0.3 softness 0.4 + "
        "side angle 90 intensity 0.5 + side angle 210 depth -0.4 color #80ff80 size 0.4",
        "ambient_color": "#101020",
    },
    "off": {"lamps": "point x 0.2 on false + side angle 20"},
    "all of the place": {"lamps": "point x 0.2 size 0.3 + side angle 20 softness 0.5", "backdrop_light": 1},
    "nothing of the place": {"lamps": "point x 0.2 size 0.3", "backdrop_light": 0},
}


@pytest.mark.parametrize("scene", SCENES)
def test_light_by_form_is_the_servers(page: Page, server: Server, scene: str) -> None:
    key = key_of(server, **SCENES[scene])
    assert page.evaluate(OPEN, [key, describe_light(build({}))]) == []
    kept, found = server.service.live.picture(key), {}
    for name, options in FORMS.items():
        request = build(options)
        drawn = read(page, describe_light(request))[..., :3].astype(int)
        found[name] = np.abs(drawn - on_squares(kept.relight(lighting_of(request)))).max()
    assert max(found.values()) <= 2, found


@pytest.mark.parametrize("scene", SCENES)
def test_light_by_strokes_is_the_servers(page: Page, server: Server, scene: str) -> None:
    key = key_of(server, **SCENES[scene], shading="strokes")
    assert page.evaluate(OPEN, [key, {"options": {}, "lighting": to_plain(LIGHTINGS["left"])}]) == []
    assert page.evaluate("picture.backend") == "webgl2"
    kept = server.service.live.picture(key)
    for name, lighting in LIGHTINGS.items():
        drawn = read(page, {"options": {}, "lighting": to_plain(lighting)})[..., :3].astype(int)
        difference = np.abs(drawn - on_squares(kept.relight(lighting))).max()
        assert difference <= 2, (name, difference)


def test_a_hard_edge_is_the_servers_but_for_what_lies_on_it(page: Page, server: Server) -> None:
    key = key_of(server, shading="strokes")
    lamp = Lamp(Point(0.3, 0.2), softness=0)
    page.evaluate(OPEN, [key, {"options": {}, "lighting": to_plain(lamps(lamp))}])
    kept = server.service.live.picture(key)
    differs = np.abs(read(page)[..., :3].astype(int) - kept.relight(lamps(lamp))) > 2
    strokes = kept.prepare("strokes")
    assert isinstance(strokes, Strokes)
    share = painting.shading(strokes.prepared, [Lamp(lamp.source, intensity=1)], ambient=0)
    assert not differs[np.abs(share - 0.5) > 1e-4].any()
    assert differs.mean() < 1e-3


@pytest.mark.parametrize(
    "options",
    [
        {"light": "left"},
        {"light": "angle", "light_angle": 75, "light_softness": 0.4},
        {"light": "point", "light_x": 0.8, "light_y": 0.1, "light_color": "#ffa040", "ambient_color": "#202040"},
        {"light": "ambient", "light_intensity": 0.5},
    ],
)
def test_the_live_picture_is_what_generate_makes(page: Page, server: Server, options: dict[str, Any]) -> None:
    """At the working size nothing is scaled in between."""
    page.evaluate(OPEN, [key_of(server), describe_light(build(options))])
    job = Job([{"foreground": Image.fromarray(still_life()), "matting": "none", **options}])
    expected = np.asarray(server.service.generate(job).images[0]).astype(int)
    assert np.abs(read(page)[..., :3] - expected).max() <= 2


def rate(page: Page) -> float:
    """How many pictures a second are drawn while the light is dragged: the best of three, on a shared machine."""
    return max(drag(page) for _ in range(3))


def drag(page: Page, seconds: float = 2) -> float:
    """Drags in circles, and says how many pictures a second were drawn."""
    pointer = hand(page)
    pointer.down(on_picture(page, 0.5, 0.5))
    before, start, turn = page.evaluate("picture.frames"), time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        turn += 1
        pointer.move(on_picture(page, 0.5 + 0.4 * np.cos(turn), 0.5 + 0.4 * np.sin(turn)), moves=20)
    if page.evaluate("picture.backend") == "webgl2":
        # What was asked of the graphics is drawn when it can be read.
        pixels(page, "() => document.querySelector('#place canvas')")
    frames = page.evaluate("picture.frames") - before
    seconds = time.perf_counter() - start
    pointer.up()
    return frames / seconds


@pytest.mark.timed
def test_dragging_redraws_fast_and_only_where_something_changed(
    page: Page, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    page.evaluate(OPEN, [key_of(server), describe_light(build({"light": "left"}))])
    found = rate(page)
    report(capsys, f"dragging redraws {found:.0f} pictures a second (WebGL2 in software, 640x512)")
    # 20 and more are wanted, and reported; a machine that tests in turn with other work gives half.
    assert found >= 12
    frames = page.evaluate("picture.frames")
    page.wait_for_timeout(300)
    assert page.evaluate("picture.frames") <= frames + 1


@pytest.mark.timed
def test_the_servers_path_follows(page_without_webgl: Page, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    page = page_without_webgl
    assert page.evaluate(OPEN, [key_of(server), describe_light(build({"light": "left"}))]) == []
    assert page.evaluate("picture.backend") == "server"
    page.wait_for_function("picture.frames > 0")
    found = rate(page)
    report(capsys, f"the server's path shows {found:.0f} pictures a second (640x512)")
    # Beside the measuring of coverage 6 to 10 were seen on two cores: fewer than 3 would be another way of working.
    assert found >= 3
    page.wait_for_function("!picture.renderer.drawer.busy")
    text = page.evaluate("document.querySelector('#place canvas').toDataURL()").partition(",")[2]
    shown = Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB")
    (*_, values) = page.evaluate("changes")
    expected = server.service.live.picture(key_of(server)).relight(lighting_of(build(values)))
    coarse = [np.asarray(picture.reduce(16)).astype(int) for picture in (shown, Image.fromarray(expected))]
    assert np.abs(coarse[0] - coarse[1]).max() <= 3


def report(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        print(f"\n{text}")  # noqa: T201


def test_by_hand_the_same_light_as_by_number(page: Page, server: Server) -> None:
    page.evaluate(OPEN, [key_of(server), describe_light(build({"light": "left", "light_color": "#ffc080"}))])
    hand(page).drag(on_picture(page, 320 / 640, 256 / 512), on_picture(page, 161 / 640, 129 / 512), moves=1)
    assert page.evaluate("changes") == [{"light": "point", "light_x": 0.25, "light_y": 0.25}]
    by_hand = read(page)
    by_number = describe_light(build({"light": "point", "light_x": 0.25, "light_y": 0.25, "light_color": "#ffc080"}))
    assert (read(page, by_number) == by_hand).all()


def test_an_angle_where_the_light_is_an_angle_or_with_shift(page: Page, server: Server) -> None:
    page.evaluate(OPEN, [key_of(server), describe_light(build({"light": "angle"}))])
    hand(page).click(on_picture(page, 320 / 640, 10 / 512))
    assert page.evaluate("changes.at(-1)") == {"light": "angle", "light_angle": 90}
    with keys(page).hold("Shift"):
        hand(page).click(on_picture(page, 64 / 640, 256 / 512))
    assert page.evaluate("changes.at(-1)") == {"light": "point", "light_x": 0.1, "light_y": 0.5}


def test_arrow_keys_move_the_light(page: Page, server: Server) -> None:
    page.evaluate(OPEN, [key_of(server), describe_light(build({"light": "point"}))])
    before = read(page)
    page.locator("#place").focus()
    keys(page).press("ArrowLeft", times=5)
    keys(page).press("ArrowUp")
    assert page.evaluate("changes.at(-1)") == {"light": "point", "light_x": 0.4, "light_y": 0.48}
    assert (read(page) != before).any()
    page.evaluate("(light) => picture.show(light)", describe_light(build({"light": "angle", "light_angle": 2})))
    keys(page).press("ArrowRight")
    assert page.evaluate("changes.at(-1)") == {"light": "angle", "light_angle": 357}


def test_a_finger_moves_the_light(telephone: Page, server: Server) -> None:
    telephone.evaluate(OPEN, [key_of(server), describe_light(build({"light": "left"}))])
    hand(telephone).tap(on_picture(telephone, 480 / 640, 384 / 512))
    assert telephone.evaluate("changes") == [{"light": "point", "light_x": 0.75, "light_y": 0.75}]


def test_what_is_no_longer_kept_is_said(page: Page, watched: Callable[[Page], Watch]) -> None:
    watch = watched(page)
    said = page.evaluate(OPEN, ["0" * 64, describe_light(build({"light": "left"}))])
    assert said == ["IC-Light: this picture is no longer kept for lighting: give it again."]
    watch.errors.clear()


def test_where_webgl_is_taken_away_the_server_draws_on(page: Page, server: Server) -> None:
    page.evaluate(OPEN, [key_of(server), describe_light(build({"light": "left"}))])
    gone = "document.querySelector('#place canvas').getContext('webgl2').getExtension('WEBGL_lose_context')"
    page.evaluate(f"{gone}.loseContext()")
    page.wait_for_function("picture.backend === 'server' && picture.frames > 1")
