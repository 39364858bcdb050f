"""Lamps: as text, as objects, as light maps and as lights of the classic engine."""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_iclight import painting
from lib_iclight.errors import ICLightError
from lib_iclight.light.lamps import Lamp, Lamps
from lib_iclight.light.maps import BACKGROUND, INITIAL_LATENT, draw, radiance
from lib_iclight.light.presets import PRESETS
from lib_iclight.painting.lamps import Direction, Point
from lib_iclight.request import reference
from lib_iclight.request.args import build
from lib_iclight.request.script_args import parse
from lib_iclight.subject.prepare import Preparer, prepare_images
from tests.unit.lamps import A_LAMP, COLOURS, SOME_LAMPS

SIDE = st.integers(1, 70)
KIND = Lamps()


def drawn(lamps: Any, width: int, height: int, ambient: str = "#000000", ends: Any = INITIAL_LATENT) -> np.ndarray:
    return draw(build({"light": "lamps", "lamps": lamps, "ambient_color": ambient}), width, height, ends)


@given(SOME_LAMPS)
def test_text_and_objects_say_the_same(lamps: tuple[Lamp, ...]) -> None:
    text = KIND.to_text(lamps)
    assert KIND.check(text) == lamps
    assert not set(text) & set(",:\"'\n")
    plain = json.loads(json.dumps(KIND.to_plain(lamps)))
    assert KIND.check(plain) == lamps
    assert build({"lamps": plain}) == build({"lamps": text})


def test_the_text_is_short_and_readable() -> None:
    text = "side angle 180 + point x 0.3 y 0.2 size 0.5 color #ff8000"
    assert KIND.to_text(KIND.check(text)) == text
    assert KIND.check("") == ()
    assert KIND.check([{}]) == (Lamp(),)
    assert KIND.to_text(KIND.check("side angle 180 depth 1 on true")) == "side angle 180"
    assert KIND.check("point depth -0.5 on false") == (Lamp(depth=-0.5, on=False),)
    assert KIND.to_plain(KIND.check("point depth 0 on false")) == [{"kind": "point", "depth": 0.0, "on": False}]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([{"size": 7}], "lamps[0].size is 7 but must be a number from 0.05 to 2."),
        ([{}, {"colour": "#ffffff"}], "lamps[1] knows no 'colour': did you mean 'color'?"),
        ([{"kind": "sun"}], "lamps[0].kind is 'sun' but must be one of point, side."),
        ([{"kind": "side", "x": 0.5}], "lamps[0] is a side and has no x: leave it out, or make it a point."),
        ([{"angle": 3}], "lamps[0] is a point and has no angle: leave it out, or make it a side."),
        ([{"x": float("nan")}], "lamps[0].x is nan but must be a number from 0 to 1."),
        ([{"x": "0.5"}], "lamps[0].x is '0.5' but must be a number from 0 to 1."),
        ([{"color": "red"}], "lamps[0].color is 'red' but must be a colour written #rrggbb."),
        ([3], "lamps[0] is 3 but must be an object such as"),
        ([{}] * 9, "but must be a list of at most 8 lamps."),
        ({"x": 1}, "lamps is {'x': 1} but must be a list of at most 8 lamps."),
        ("point x", "lamps[0] is 'point x' but must be a lamp's kind and then its keys, each with a value."),
        ("point x left", "lamps[0].x is 'left' but must be a number from 0 to 1."),
        ([{"depth": -1.5}], "lamps[0].depth is -1.5 but must be a number from -1 to 1."),
        ([{"on": "false"}], "lamps[0].on is 'false' but must be true or false."),
        ("side on False", "lamps[0].on is 'False' but must be true or false."),
        ("side + ", "lamps[1] is '' but must be a lamp's kind"),
    ],
)
def test_what_is_no_lamp_is_refused_with_its_place(value: Any, sentence: str) -> None:
    with pytest.raises(ICLightError) as caught:
        build({"lamps": value})
    assert sentence in caught.value.detail
    assert caught.value.status_code == 422


@given(st.text(max_size=60) | st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=9))
def test_anything_else_is_refused_and_nothing_breaks(value: Any) -> None:
    with contextlib.suppress(ICLightError):
        assert KIND.check(KIND.to_text(build({"lamps": value}).lamps)) is not None


def test_lamps_that_are_named_shine() -> None:
    request = parse([{"lamps": [{"x": 0.1}]}])
    assert request is not None
    assert request.light == "lamps"
    other = parse([{"lamps": [{"x": 0.1}], "light": "left"}])
    assert other is not None
    assert other.light == "left"
    assert build({"lamps": "point"}).light == "lamps"


# A ramp along a single pixel is all bright or all dark.
@given(A_LAMP, st.integers(2, 70), st.integers(2, 70))
@settings(deadline=None)
def test_a_mirrored_lamp_lights_the_mirrored_map(lamp: Lamp, width: int, height: int) -> None:
    mirrored = replace(lamp, x=1 - lamp.x) if lamp.kind == "point" else replace(lamp, angle=(540 - lamp.angle) % 360)
    flipped = replace(lamp, y=1 - lamp.y) if lamp.kind == "point" else replace(lamp, angle=360 - lamp.angle)
    # A hard edge may fall on either side of a pixel by rounding.
    soft = {"softness": max(lamp.softness, 0.05)}
    lamp, mirrored, flipped = (replace(each, **soft) for each in (lamp, mirrored, flipped))
    light = radiance([lamp], "#000000", width, height)
    assert np.allclose(radiance([mirrored], "#000000", width, height), light[:, ::-1], atol=1e-6)
    assert np.allclose(radiance([flipped], "#000000", width, height), light[::-1], atol=1e-6)


@given(SOME_LAMPS, COLOURS, SIDE, SIDE)
@settings(deadline=None)
def test_lamps_add_up_in_linear_light(lamps: tuple[Lamp, ...], ambient: str, width: int, height: int) -> None:
    alone = sum(radiance([lamp], "#000000", width, height) for lamp in lamps)
    together = radiance(lamps, ambient, width, height)
    assert np.allclose(together, alone + radiance([], ambient, width, height))
    assert np.allclose(together, radiance(lamps[::-1], ambient, width, height))


@given(A_LAMP, SIDE, SIDE)
@settings(deadline=None)
def test_two_halves_are_one(lamp: Lamp, width: int, height: int) -> None:
    half = replace(lamp, intensity=lamp.intensity / 2)
    whole = radiance([lamp], "#000000", width, height)
    assert np.allclose(radiance([half, half], "#000000", width, height), whole)


@given(SOME_LAMPS.filter(bool), COLOURS, SIDE, SIDE)
@settings(deadline=None)
def test_any_map_has_its_size_and_its_bounds(lamps: tuple[Lamp, ...], ambient: str, width: int, height: int) -> None:
    for ends in (INITIAL_LATENT, BACKGROUND):
        light = drawn(lamps, width, height, ambient, ends)
        assert light.shape == (height, width, 3)
        assert light.dtype == np.uint8
        assert light.min() >= ends.dark
        assert light.max() <= ends.bright
        darker = drawn([replace(lamps[0], intensity=0.0)], width, height, ambient, ends)
        assert (light >= darker).all(), "a lamp takes no light away"


@pytest.mark.parametrize("ends", [INITIAL_LATENT, BACKGROUND], ids=["fc", "fbc"])
@pytest.mark.parametrize(("side", "angle"), [("right", 0), ("top", 90), ("left", 180), ("bottom", 270)])
@pytest.mark.parametrize(("width", "height"), [(512, 640), (64, 64), (7, 1), (1, 9), (333, 100)])
def test_one_white_side_is_the_authors_ramp(side: str, angle: float, width: int, height: int, ends: Any) -> None:
    """Within the level that rounding to the nearest differs from truncation, for fc; the ends for fbc."""
    light = drawn([{"kind": "side", "angle": angle}], width, height, ends=ends).astype(int)
    ramp = draw(build({"light": side}), width, height, ends).astype(int)
    assert np.abs(light - ramp).max() <= 1


def test_sizes_do_not_matter() -> None:
    """The same scene at twice the size, to what its coarser pixels can show."""
    lamps = "point x 0.2 y 0.3 size 0.4 color #ff0000 + side angle 30 size 0.5"
    small, large = drawn(lamps, 101, 61).astype(int), drawn(lamps, 201, 121).astype(int)
    assert np.abs(large[::2, ::2] - small).max() <= 2


def test_a_point_is_brightest_where_it_stands_and_ends_at_its_size() -> None:
    light = drawn("point x 0.25 y 1 size 0.25", 101, 101)[..., 0].astype(int)
    assert light[100, 25] == light.max() == 255
    assert (np.diff(light[100, 25:]) <= 0).all()
    beyond = 25 + math.ceil(0.25 * math.hypot(100, 100))
    assert not light[100, beyond:].any()


def test_softness_zero_is_a_hard_edge() -> None:
    assert set(np.unique(drawn("side softness 0", 100, 3))) == {0, 255}


@pytest.mark.parametrize("args", [{"light": "lamps"}, {"light": "lamps", "model": "fbc"}])
def test_no_lamp_is_no_light(args: dict[str, Any]) -> None:
    with pytest.raises(ICLightError, match="there is no lamp"):
        painting.lighting(build(args).light_options)


def test_a_lamp_that_is_off_is_as_if_it_were_not_there() -> None:
    request = build({"light": "lamps", "lamps": "side angle 180 on false + point x 0.3 + point x 0.7 on false"})
    alone = build({"light": "lamps", "lamps": "point x 0.3"})
    assert request.light_options == alone.light_options
    assert KIND.to_text(request.lamps) == "side angle 180 on false + point x 0.3 + point x 0.7 on false"


@pytest.mark.parametrize("model", ["fc", "fbc"])
def test_lamps_that_are_all_off_are_no_light(model: str) -> None:
    request = build({"model": model, "light": "lamps", "lamps": "side on false"})
    preparer = Preparer(dict, lambda network: network)
    with pytest.raises(ICLightError, match="no lamp that is on"):
        painting.lighting(request.light_options)
    with pytest.raises(ICLightError, match="no lamp that is on"):
        preparer.light_map(request, 8, 8)
    with pytest.raises(ICLightError, match="no lamp that is on"):
        prepare_images(preparer, request, [])


def test_the_classic_engine_has_the_same_lamps() -> None:
    request = build({"light": "lamps", "lamps": "side angle 90 intensity 2 + point x 0.1 y 0.2 size 0.5 color #ff0000"})
    lamps, ambient, color = painting.lighting(request)
    assert [ambient * level for level in color] == [painting.AMBIENT] * 3
    side, point = lamps
    assert isinstance(side.source, Direction)
    assert (round(side.source.x, 9), side.source.y, side.intensity) == (0, -1, 2 * 0.85)
    assert point.source == Point(0.1, 0.2, 1.0)
    assert point.color == (1, 0, 0)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_presets_are_lamps(preset: Any) -> None:
    light = drawn(preset.lamps, 64, 80, preset.ambient)
    assert light.max() > 150, "it is bright somewhere"
    assert light.min() < 100, "and dark elsewhere"


def test_presets_have_the_names_that_photographers_know() -> None:
    sides = {"left", "right", "top", "bottom", "top_left", "top_right", "bottom_left", "bottom_right", "front"}
    portrait = {"rembrandt", "loop", "butterfly", "clamshell", "split", "rim", "silhouette", "ring"}
    scenes = {"window", "golden_hour", "blue_hour", "neon_pair"}
    assert {preset.name for preset in PRESETS} == sides | portrait | scenes
    assert len({preset.label for preset in PRESETS}) == len({preset.lamps for preset in PRESETS}) == len(PRESETS)


def test_presets_that_have_no_side_have_none() -> None:
    for name in ("front", "butterfly", "clamshell", "silhouette", "ring", "rim"):
        (preset,) = (preset for preset in PRESETS if preset.name == name)
        light = drawn(preset.lamps, 64, 64, preset.ambient).astype(int)
        assert np.abs(light - light[:, ::-1]).max() <= 1


def test_the_schema_has_every_key() -> None:
    lamps = json.loads(json.dumps(reference.schema()))["properties"]["lamps"]
    assert lamps["maxItems"] == 8
    keys = ("kind", "x", "y", "angle", "size", "color", "intensity", "softness", "depth", "on")
    assert set(lamps["items"]["properties"]) == {*keys}
    assert lamps["items"]["additionalProperties"] is False
    assert lamps["default"] == []
