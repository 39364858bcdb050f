"""Lamps as text in the light editor, beside the server's reading of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lib_iclight.errors import ICLightError
from lib_iclight.light.lamps import KINDS, ONLY, Lamps
from lib_iclight.request.args import build
from tests.standalone.editing import THREE, Editor


def test_text_is_read_and_written_as_by_the_server(editor: Editor) -> None:
    random = np.random.default_rng(3)
    kind = Lamps()
    for _ in range(30):
        some = []
        for name in random.choice(["point", "side"], random.integers(0, 9)):
            own = [key for key in KINDS if key != "kind" and ONLY.get(key, name) == name and random.random() < 0.6]
            values = {"kind": name}
            for key in own:
                values[key] = draw(random, key)
            some.append(values)
        text = kind.to_text(kind.check(some))
        written = editor.page.evaluate("(text) => ICLight.lamps.write(ICLight.lamps.parse(text))", text)
        assert kind.check(written) == kind.check(some)
        assert written == text
    assert editor.page.evaluate("ICLight.lamps.parse('point x 0.30')[0]") == {
        "kind": "point", "x": 0.3, "y": 0.5, "size": 1, "color": "#ffffff", "intensity": 1, "softness": 1,
        "depth": 1, "on": True,
    }  # fmt: skip


def draw(random: np.random.Generator, key: str) -> Any:
    """A value that a key of a lamp can be."""
    if key == "on":
        return bool(random.random() < 0.5)
    if key == "color":
        return f"#{random.integers(1 << 24):06x}"
    return random.uniform(KINDS[key].low, KINDS[key].high)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("point on no", "IC-Light: lamps[0].on is 'no' but must be true or false."),
        ("point on True", "IC-Light: lamps[0].on is 'True' but must be true or false."),
        ("side depth -2", "IC-Light: lamps[0].depth is -2 but must be a number from -1 to 1."),
        ("point + side size 7", "IC-Light: lamps[1].size is 7 but must be a number from 0.05 to 2."),
        ("spot", "IC-Light: lamps[0].kind is 'spot' but must be one of point, side."),
        ("point x", "IC-Light: lamps[0].x is '' but must be a number from 0 to 1."),
        ("point x left", "IC-Light: lamps[0].x is 'left' but must be a number from 0 to 1."),
        ("point color red", "IC-Light: lamps[0].color is 'red' but must be a colour written #rrggbb."),
        ("side x 0.3", "IC-Light: lamps[0] is a side and has no x: leave it out, or make it a point."),
        ("point angle 3", "IC-Light: lamps[0] is a point and has no angle: leave it out, or make it a side."),
        (
            "point heat 3",
            "IC-Light: lamps[0] knows no 'heat': a point knows x, y, size, color, intensity, softness, depth, on.",
        ),
        ("point +", "IC-Light: lamps[1].kind is '' but must be one of point, side."),
        (" + ".join(["side"] * 9), "IC-Light: lamps has 9 lamps but takes at most 8."),
    ],
)
def test_what_is_no_text_of_lamps_is_said_and_changes_nothing(editor: Editor, text: str, said: str) -> None:
    with pytest.raises(ICLightError, match="lamps"):
        build({"lamps": text})
    editor.set(text, "#ffffff")
    assert editor.messages == [said]
    assert editor.values == {"lamps": THREE, "ambient": "#000000"}


def test_an_ambient_colour_that_is_none_is_said(editor: Editor) -> None:
    editor.set("side", "white")
    assert editor.messages == ["IC-Light: ambient_color is 'white' but must be a colour written #rrggbb."]
    assert editor.values["lamps"] == THREE
