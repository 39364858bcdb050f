"""Subjects that a model is shown as they look in the light."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight import images
from lib_iclight.errors import ICLightError
from lib_iclight.request.args import build
from lib_iclight.shading.lit_subject import lit_subjects
from lib_iclight.subject.fit import Fit
from lib_iclight.subject.prepare import Preparer, prepare_images
from lib_iclight.subject.prepared import PreparedImages
from lib_iclight.web.live import LivePictures
from tests.unit.forms import BALL, ball


def prepare(**options: Any) -> PreparedImages:
    preparer = Preparer(dict, lambda network: network)
    request = build({"foreground": ball(), "reinforce_foreground": "lit", **options})
    return replace(prepare_images(preparer, request, []), lit=lit_subjects(preparer, request))


def halves(rgb: np.ndarray) -> tuple[float, float]:
    """The levels of the ball's left and right."""
    return float(rgb[30:66, 14:40].mean()), float(rgb[30:66, 56:82].mean())


@pytest.mark.parametrize("shading", ["form", "strokes"])
def test_the_light_falls_on_it_from_where_the_light_map_is_bright(shading: str) -> None:
    (light,) = prepare(light="right", shading=shading).initial(BALL, BALL, Fit())
    (plain,) = prepare(light="right", reinforce_foreground="off").initial(BALL, BALL, Fit())
    shown, outside = light.draw(), np.s_[:4]
    assert (shown[outside] == plain.draw()[outside]).all()
    if shading == "form":
        left, right = halves(shown)
        assert right > left + 60
    assert (shown[30:66, 30:66] != plain.draw()[30:66, 30:66]).any()


def test_it_is_the_picture_that_is_lit_without_a_model() -> None:
    prepared = prepare(light="top_left")
    (light,) = prepared.initial(BALL, BALL, Fit())
    live = LivePictures(Preparer(dict, lambda network: network))
    from contextlib import nullcontext

    lit = live.relight(replace(prepared.request, reinforce_foreground="off"), nullcontext())
    inside = prepared.subjects[0].alpha == 1
    assert (light.draw()[inside] == lit[..., :3][inside]).all()


def test_the_background_of_fbc_shows_it_where_the_light_stands_in_for_a_picture() -> None:
    (light,) = prepare(model="fbc", light="right").backgrounds(BALL, BALL, Fit())
    left, right = halves(light.draw())
    assert right > left + 60
    picture = images.to_base64(Image.new("RGB", (8, 8), (9, 9, 9)))
    (background,) = prepare(model="fbc", light="right", background=picture).backgrounds(BALL, BALL, Fit())
    assert (background.draw() == 9).all()


def test_what_changes_the_light_changes_the_name() -> None:
    several = [
        {"light": "left"},
        {"light": "right"},
        {"light": "left", "roughness": 0.1},
        {"light": "left", "shading": "strokes"},
        {"light": "left", "reinforce_foreground": "flat"},
        {"light": "left", "foreground_scale": 0.5},
    ]
    names = [prepare(**options).initial(BALL, BALL, Fit())[0].name for options in several]
    assert len(set(names)) == len(several)
    assert prepare(light="left").initial(BALL, BALL, Fit())[0].name == names[0]


def test_a_light_map_of_the_users_own_has_no_direction() -> None:
    with pytest.raises(ICLightError):
        prepare(light="custom", light_map=ball())
    assert prepare(light="none").lit is None
