"""Points and boxes in the matte's editor, of which the server makes the matte."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Route, expect

from tests.standalone.conftest import Server
from tests.standalone.editing import Editor
from tests.standalone.test_matte_brush import at, levels, paint, start

NEAR = 0.1
"""How far from a point this server's matte reaches."""


class Selector:
    """Answers as the route does, with discs around the points that are kept; a box is full."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(self, route: Route) -> None:
        body = json.loads(route.request.post_data or "")
        self.asked.append(body)
        y, x = (np.mgrid[:64, :64] + 0.5) / 64
        mask = np.zeros((64, 64), bool)
        if body["box"]:
            left, top, right, bottom = body["box"]
            mask = (left < x) & (x < right) & (top < y) & (y < bottom)
        for across, down, keeps in body["points"]:
            near = np.hypot(x - across, y - down) < NEAR
            mask = mask | near if keeps else mask & ~near
        buffer = io.BytesIO()
        Image.fromarray(np.where(mask, 255, 0).astype(np.uint8)).save(buffer, "PNG")
        route.fulfill(json={"mask": b64encode(buffer.getvalue()).decode(), "width": 64, "height": 64})


@pytest.fixture
def selector(editor: Editor, server: Server) -> Selector:
    start(editor, server)
    made = Selector()
    editor.page.route("**/ic-light/select/*", made)
    return made


def wait_for(editor: Editor, place: tuple[float, float], level: int) -> None:
    script = """([x, y, level]) => { const { levels, width, height } = editor.matte.matte;
        return levels[Math.floor(y * height) * width + Math.floor(x * width)] === level; }"""
    editor.page.wait_for_function(script, arg=[*place, level])


def take(editor: Editor, name: str) -> None:
    editor.page.get_by_role("button", name=name, exact=True).click()


def test_points_are_added_up_and_undone_one_by_one(editor: Editor, selector: Selector) -> None:
    take(editor, "Select")
    paint(editor, (0.2, 0.2))
    wait_for(editor, (0.2, 0.2), 255)
    assert at(levels(editor), (0.5, 0.5)) == 0
    paint(editor, (0.8, 0.8))
    wait_for(editor, (0.8, 0.8), 255)
    assert at(levels(editor), (0.2, 0.2)) == 255
    assert [len(asked["points"]) for asked in selector.asked if asked["points"][-1][0] > 0.5][-1] == 2
    editor.page.keyboard.down("Alt")
    paint(editor, (0.8, 0.8))
    editor.page.keyboard.up("Alt")
    wait_for(editor, (0.8, 0.8), 0)
    assert [keeps for _, _, keeps in selector.asked[-1]["points"]] == [True, True, False]
    editor.page.keyboard.press("Control+z")
    wait_for(editor, (0.8, 0.8), 255)
    # The next point belongs to those that are left.
    paint(editor, (0.5, 0.2))
    wait_for(editor, (0.5, 0.2), 255)
    assert [round(x, 1) for x, _, _ in selector.asked[-1]["points"]] == [0.2, 0.8, 0.5]
    assert selector.asked[-1]["points"][-1][1] == pytest.approx(0.2, abs=0.01)


def test_a_drag_follows_the_pointer_and_is_one_step(editor: Editor, selector: Selector) -> None:
    take(editor, "Select")
    before = levels(editor)
    editor.pointer.down(editor.locate(0.2, 0.5))
    wait_for(editor, (0.2, 0.5), 255)
    editor.pointer.move(editor.locate(0.7, 0.5))
    wait_for(editor, (0.7, 0.5), 255)
    editor.pointer.up()
    assert at(levels(editor), (0.2, 0.5)) == 0
    editor.page.keyboard.press("Control+z")
    assert (levels(editor) == before).all()


def test_a_box_and_then_a_point_in_it(editor: Editor, selector: Selector) -> None:
    editor.page.keyboard.press("x")
    paint(editor, (0.7, 0.7), (0.3, 0.2))
    wait_for(editor, (0.4, 0.6), 255)
    assert selector.asked[-1]["box"] == pytest.approx([0.3, 0.2, 0.7, 0.7], abs=0.01)
    editor.page.keyboard.press("s")
    paint(editor, (0.1, 0.9))
    wait_for(editor, (0.1, 0.9), 255)
    assert selector.asked[-1]["box"] == pytest.approx([0.3, 0.2, 0.7, 0.7], abs=0.01)
    # Whoever slips draws no box.
    asked = len(selector.asked)
    editor.page.keyboard.press("x")
    paint(editor, (0.5, 0.5))
    editor.page.wait_for_timeout(200)
    assert len(selector.asked) == asked


def test_painting_and_then_a_point_begins_anew(editor: Editor, selector: Selector) -> None:
    take(editor, "Select")
    paint(editor, (0.2, 0.2))
    wait_for(editor, (0.2, 0.2), 255)
    take(editor, "Keep")
    paint(editor, (0.5, 0.9))
    take(editor, "Select")
    paint(editor, (0.8, 0.8))
    wait_for(editor, (0.8, 0.8), 255)
    assert len(selector.asked[-1]["points"]) == 1
    assert at(levels(editor), (0.5, 0.9)) == 0


def test_what_the_server_refuses_is_said(editor: Editor, server: Server) -> None:
    start(editor, server)
    editor.page.evaluate("() => { editor.onMessage = (text) => { document.title = text; }; }")
    # As the answer of a server that has nothing to select with: the browser would note that too.
    editor.page.evaluate("() => { ICLight.fetchAnswer = async () => { throw Error('Install Segment Anything'); }; }")
    before = levels(editor)
    take(editor, "Select")
    paint(editor, (0.5, 0.5))
    expect(editor.page).to_have_title("Install Segment Anything")
    assert (levels(editor) == before).all()
