from __future__ import annotations

import copy
import json
from types import SimpleNamespace
from typing import Any

import pytest

from lib_iclight.errors import ICLightError
from lib_iclight.light.lamps import Lamps
from lib_iclight.request import axes
from lib_iclight.request.args import OPTIONS
from lib_iclight.request.script_args import parse


def axis(label: str, type: Any, apply: Any, choices: Any = None) -> SimpleNamespace:
    return SimpleNamespace(label=label, type=type, apply=apply, choices=choices)


AXES = {option.label: option for option in axes.options(axis)}


def test_every_option_of_the_picture_is_an_axis() -> None:
    of_options = {
        f"[IC-Light] {o.label}" for o in OPTIONS.values() if o.infotext_key and o.of_model and o.name != "enabled"
    }
    assert of_options | {f"[IC-Light] Lamp {key}" for key in ("angle", "color", "intensity", "depth", "on")} == set(
        AXES
    )


def test_a_cell_of_a_plot_changes_its_own_generation_only() -> None:
    p = SimpleNamespace()
    AXES["[IC-Light] Light"].apply(p, "left", [])
    cell = copy.copy(p)
    AXES["[IC-Light] Light angle"].apply(cell, AXES["[IC-Light] Light angle"].type("90"), [])
    assert axes.changes(p) == {"light": "left"}
    assert axes.changes(cell) == {"light": "left", "light_angle": 90.0}
    assert json.loads(json.dumps(vars(cell)))
    request = parse([{"light": "top"}], axes.changes(cell))
    assert request is not None
    assert (request.light, request.light_angle) == ("left", 90)


def test_switches_and_choices_offer_their_values() -> None:
    p = SimpleNamespace()
    flip = AXES["[IC-Light] Flip background"]
    flip.apply(p, flip.choices()[0], [])
    assert axes.changes(p) == {"flip_background": True}
    assert "top_left" in AXES["[IC-Light] Light"].choices()
    assert AXES["[IC-Light] Model"].choices() == ["fc", "fcon", "fbc"]


def test_a_wrong_value_is_refused_like_any_other() -> None:
    p = SimpleNamespace()
    flip = AXES["[IC-Light] Flip background"]
    flip.apply(p, "maybe", [])
    with pytest.raises(ICLightError, match="flip_background is 'maybe'"):
        parse([{}], axes.changes(p))


def test_axes_of_lamps_change_one_value_of_one_lamp() -> None:
    p = SimpleNamespace()
    for key, text in (
        ("angle", "90"),
        ("color", "2=#ff0000"),
        ("intensity", "2 = 0.5"),
        ("depth", "-1"),
        ("on", "2=false"),
    ):
        axis = AXES[f"[IC-Light] Lamp {key}"]
        axis.apply(p, axis.type(text), [])
    assert json.loads(json.dumps(vars(p)))
    request = parse([{"lamps": "side angle 180 + point x 0.3"}], axes.changes(p))
    assert request is not None
    assert Lamps().to_text(request.lamps) == "side angle 90 depth -1 + point x 0.3 color #ff0000 intensity 0.5 on false"


@pytest.mark.parametrize(
    ("key", "text", "sentence"),
    [
        ("angle", "400", r"lamps' angle\[0\].angle is '400' but must be a number from 0 to 360"),
        ("angle", "2=10", r"\[1\] is a point and has no angle"),
        ("on", "maybe", r"lamps' on\[0\].on is 'maybe' but must be true or false"),
        ("color", "3=#ffffff", "is '3=#ffffff' but must be a value, or 2=value for the second of 2 lamps"),
    ],
)
def test_what_an_axis_of_lamps_cannot_change_is_refused(key: str, text: str, sentence: str) -> None:
    p = SimpleNamespace()
    AXES[f"[IC-Light] Lamp {key}"].apply(p, text, [])
    with pytest.raises(ICLightError, match=sentence):
        parse([{"lamps": "side angle 180 + point x 0.3"}], axes.changes(p))
