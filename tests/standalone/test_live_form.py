"""Light by form as the browser draws it, beside the contract's formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests.standalone.formulas import Form, form_lighting
from tests.standalone.pictures import on_squares, pixels, soft_mask, still_life

OPEN = """async (light) => {
    window.messages = [];
    window.picture = new ICLight.LivePicture(document.getElementById("place"), {
        onMessage: (sentence) => messages.push(sentence),
    });
    picture.show({options: {}, lighting: light});
    await picture.open("form/", "key");
    return messages;
}"""

DRAW = """(light) => {
    picture.show({options: {}, lighting: light});
    picture.draw();
    return document.querySelector("#place canvas");
}"""


def dome(width: int, height: int) -> NDArray[Any]:
    """Normals of a half sphere with grain, which lie in the picture's plane at its rim and beyond."""
    y, x = (np.mgrid[:height, :width] - [[[height / 2]], [[width / 2]]]) / (0.45 * min(width, height))
    grain = np.random.default_rng(2).normal(0, 0.05, (2, height, width))
    off = np.stack([x + grain[0], -y + grain[1]], axis=-1)
    off /= np.maximum(np.linalg.norm(off, axis=-1, keepdims=True), 1)
    return np.dstack([off, np.sqrt(np.maximum(1 - (off**2).sum(axis=-1), 0))])


def subject(behind: str = "own", width: int = 640, height: int = 512, opaque: bool = False) -> Form:
    rgb = still_life(width, height)
    # Strengths that 16 bits keep.
    gain = np.broadcast_to(np.linspace(0.5, 2, width) * 4096, (height, width)).round() / 4096
    alpha = np.ones((height, width)) if opaque else soft_mask(width, height) / 255
    other = {"nothing": None, "own": rgb, "picture": np.ascontiguousarray(rgb[::-1])}[behind]
    return Form(rgb, alpha, dome(width, height), gain, other)


def lamp(kind: str = "point", **values: Any) -> dict[str, Any]:
    place = {"x": 0.3, "y": 0.2} if kind == "point" else {"angle": 150}
    start = {"size": 1, "color": "#ffffff", "intensity": 1, "softness": 1, "depth": 1, "on": True}
    return {"kind": kind, **place, **start, **values}


FRONT = {**form_lighting([lamp("side")], "#000000")["lamps"][0], "x": 0, "y": 0, "height": 1, "front": True}
FOUR = [
    lamp(x=0.1, y=0.1, color="#ff8060", size=0.4, softness=0.2),
    lamp(x=0.9, y=0.3, color="#4060ff", depth=-0.4),
    lamp("side", angle=90, intensity=0.6),
    lamp("side", angle=200, depth=-1, softness=0, color="#80ff80"),
]

LIGHTS: dict[str, dict[str, Any]] = {
    "no lamp": form_lighting([], "#406080"),
    "front": {**form_lighting([], "#000000"), "lamps": [FRONT]},
    "side": form_lighting([lamp("side")], "#000000"),
    "side, small and hard": form_lighting([lamp("side", angle=270, size=0.3, softness=0.1)], "#101020"),
    "side in the plane": form_lighting([lamp("side", angle=0, depth=0)], "#000000"),
    "rim": form_lighting([lamp("side", angle=60, depth=-0.7, intensity=2)], "#000000", specular=1),
    "from behind": form_lighting([lamp("point", x=0.5, y=0.5, depth=-1, size=0.3)], "#000000", specular=1),
    "point": form_lighting([lamp()], "#000000"),
    "point in the plane": form_lighting([lamp(depth=0, x=0.4, y=0.4)], "#000000"),
    "point, close and bright": form_lighting([lamp(size=0.05, intensity=2, x=0.6, y=0.6)], "#202020"),
    "smooth": form_lighting([lamp(size=0.5)], "#000000", roughness=0, specular=1),
    "rough": form_lighting([lamp(size=0.5), lamp("side")], "#000000", roughness=1, specular=1),
    "no specular": form_lighting(FOUR, "#101010", specular=0),
    "no light on the place": form_lighting(FOUR, "#101010", backdrop_light=0),
    "all light on the place": form_lighting(FOUR, "#000000", backdrop_light=1),
    "four": form_lighting(FOUR, "#000000"),
    "eight": form_lighting([*FOUR, *({**one, "intensity": 0.5} for one in FOUR)], "#080808", roughness=0.3),
    "off": form_lighting([lamp(), lamp("side", on=False)], "#000000"),
}


def serve(page: Page, kept: Form) -> None:
    page.route("**/form/vectors/key", lambda route: route.fulfill(body=kept.pack()))


SUBJECTS = {
    "own": subject(),
    "nothing": subject("nothing"),
    "picture": subject("picture"),
    "whole": subject(opaque=True),
    "narrow": subject(width=97, height=1),
    "odd": subject(width=51, height=203),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_browser_draws_the_formulas(page: Page, name: str) -> None:
    kept = SUBJECTS[name]
    serve(page, kept)
    assert page.evaluate(OPEN, LIGHTS["side"]) == []
    assert page.evaluate("picture.backend") == "webgl2"
    found = {}
    for light, lighting in LIGHTS.items():
        drawn = pixels(page, DRAW, lighting)[..., :3].astype(int)
        expected = on_squares(kept.light(lighting))
        found[light] = np.abs(drawn - expected).max()
    assert max(found.values()) <= 2, found


STEPS = {
    "a point": [{**FOUR[0], "x": x} for x in (0.1, 0.3, 0.35)],
    "a side": [{**FOUR[2], "angle": angle} for angle in (90, 80, 300)],
}
KEPT = "JSON.stringify(picture.renderer.drawer.kept.name)"


DRAGGED = [
    *(("own", step, surface) for step in STEPS for surface in ({}, {"specular": 0}, {"backdrop_light": 0})),
    *((name, "a point", {}) for name in SUBJECTS if name != "own"),
]


@pytest.mark.parametrize(("name", "step", "surface"), DRAGGED, ids=str)
def test_a_lamp_that_is_dragged_is_added_to_the_others(
    page: Page, name: str, step: str, surface: dict[str, Any]
) -> None:
    kept = SUBJECTS[name]
    serve(page, kept)
    page.evaluate(OPEN, LIGHTS["side"])
    # In the first picture no lamp has moved yet; the light of the others is drawn with the second, and kept.
    seen = []
    for lamps in [[moved, *(FOUR[1], FOUR[3])] for moved in STEPS[step]]:
        lighting = form_lighting(lamps, "#101010", **surface)
        drawn = pixels(page, DRAW, lighting)[..., :3].astype(int)
        assert np.abs(drawn - on_squares(kept.light(lighting))).max() <= 2
        seen.append(page.evaluate(KEPT))
    assert seen[0] == "null"
    assert seen[1] == seen[2] != "null"
    # Another light of all: nothing that was kept is seen.
    drawn = pixels(page, DRAW, LIGHTS["four"])[..., :3].astype(int)
    assert np.abs(drawn - on_squares(kept.light(LIGHTS["four"]))).max() <= 2


WITHOUT_FLOATS = """() => {
    const get = WebGL2RenderingContext.prototype.getExtension;
    WebGL2RenderingContext.prototype.getExtension = function (name) {
        return name.startsWith("EXT_color_buffer") ? null : get.call(this, name);
    };
}"""


def test_where_floats_are_not_drawn_all_lamps_are_drawn_anew(page: Page) -> None:
    kept = SUBJECTS["own"]
    serve(page, kept)
    page.evaluate(WITHOUT_FLOATS)
    page.evaluate(OPEN, LIGHTS["side"])
    for moved in STEPS["a point"]:
        lighting = form_lighting([moved, *FOUR[1:]], "#101010")
        drawn = pixels(page, DRAW, lighting)[..., :3].astype(int)
        assert np.abs(drawn - on_squares(kept.light(lighting))).max() <= 2
    assert page.evaluate(KEPT) == "null"


# Each by turns, so that a busy machine slows both alike; read, as what was asked of the graphics is drawn by then.
COSTS = """([one, other]) => {
    const {drawer} = picture.renderer;
    const {gl, scene, shading} = drawer;
    const least = {alone: Infinity, all: Infinity};
    const time = (way, draw) => {
        const begun = performance.now();
        draw();
        gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
        least[way] = Math.min(least[way], performance.now() - begun);
    };
    for (let turn = 0; turn < 24; turn++) {
        const lighting = turn % 2 ? one : other;
        time("alone", () => drawer.draw({lighting}));
        time("all", () => drawer.run(shading.plan(lighting, scene)));
    }
    return [least.alone, least.all];
}"""


@pytest.mark.timed
def test_a_lamp_that_is_dragged_is_drawn_alone(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    serve(page, SUBJECTS["own"])
    assert page.evaluate(OPEN, LIGHTS["side"]) == []
    lights = [form_lighting([{**FOUR[0], "x": x}, *FOUR[1:]], "#101820") for x in (0.2, 0.7)]
    alone, everything = page.evaluate(COSTS, lights)
    with capsys.disabled():
        print(f"\none of four lamps moves: {alone:.0f} ms a picture, all drawn anew {everything:.0f} ms")  # noqa: T201
    assert alone < 0.7 * everything
