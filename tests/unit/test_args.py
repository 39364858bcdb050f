from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from PIL import Image

from lib_iclight.errors import ICLightError
from lib_iclight.kinds import Number
from lib_iclight.request.args import OPTIONS, Request, build
from lib_iclight.request.script_args import parse, refuse_surplus

PICTURE = Image.new("RGB", (2, 2))


def test_an_object_is_on_unless_it_says_otherwise() -> None:
    assert parse([{}]) == Request()
    assert parse([{"enabled": False}]) is None
    assert parse([]) is None


def test_the_controls_values_in_order_are_the_same_as_an_object() -> None:
    values = {name: option.panel for name, option in OPTIONS.items()}
    assert parse(list(values.values())) is None, "the panel is off"
    values.update(enabled=True, light="left", light_angle=90, foreground=PICTURE)
    assert parse(list(values.values())) == parse([values])


def test_the_hosts_fill_up_an_object_with_the_other_controls_defaults() -> None:
    defaults = [option.panel for option in OPTIONS.values()]
    request = parse([{"light": "top"}, *defaults[1:]])
    assert request is not None
    assert request.light == "top"
    assert request.append_images is False


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"lightt": "left"}, "did you mean 'light'?"),
        ({"qqqqq": 1}, "it knows enabled, model"),
        ({"light": "up"}, "light is 'up' but must be one of none, left"),
        ({"light_angle": "90"}, "light_angle is '90' but must be a number from 0 to 360"),
        ({"light_angle": True}, "light_angle is True but must be a number from 0 to 360"),
        ({"light_angle": 361}, "light_angle is 361"),
        ({"light_x": math.nan}, "light_x is nan"),
        ({"light_x": 10**400}, "light_x is 1000"),
        ({"light_x": np.complex64(0.5)}, "light_x is "),
        ({"lowres_denoise": 0}, "a number from 0.1 to 1"),
        ({"light_color": "white"}, "a colour written #rrggbb"),
        ({"enabled": 1}, "enabled is 1 but must be true or false"),
        ({"foreground": 7}, "foreground is 7 but must be a picture in base64"),
        ({"model": "../../etc/passwd"}, "without its folder"),
        ({"matting": "u2"}, "matting is 'u2' but must be one of auto, none, birefnet-general, "),
        ({"reinforce_foreground": "dark"}, "one of off, flat, lit"),
        ({"despill": "yes"}, "one of auto, on, off"),
        ({"shading": "flat"}, "shading is 'flat' but must be one of form, strokes"),
        ({"backdrop_light": 1.1}, "backdrop_light is 1.1 but must be a number from 0 to 1"),
        ({"normal_map": 7}, "normal_map is 7 but must be a picture in base64"),
        ({"light": None}, "light is None"),
        ({"light": ["left"]}, "light is ['left']"),
    ],
)
def test_what_is_not_allowed_is_refused_with_key_value_and_what_is(values: dict[str, object], said: str) -> None:
    with pytest.raises(ICLightError) as caught:
        parse([values])
    assert said in str(caught.value)
    assert caught.value.status_code == 422
    assert caught.value.detail == str(caught.value)


def test_a_long_value_is_not_repeated_whole() -> None:
    with pytest.raises(ICLightError) as caught:
        build({"light": "x" * 10_000})
    assert len(str(caught.value)) < 300


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*OPTIONS, "other"]), ANYTHING))
def test_anything_is_either_a_request_or_a_sentence(values: dict[str, object]) -> None:
    try:
        request = build(values)
    except ICLightError as error:
        event("refused" if str(error).startswith("IC-Light") else pytest.fail(str(error)))
    else:
        assert set(values) <= set(OPTIONS)
        assert all(OPTIONS[name].kind.check(getattr(request, name)) is not None for name in ("light", "model"))


@given(st.sampled_from([name for name, o in OPTIONS.items() if isinstance(o.kind, Number)]), st.floats())
def test_numbers_stay_in_their_bounds(name: str, value: float) -> None:
    kind = OPTIONS[name].kind
    assert isinstance(kind, Number)
    if kind.low <= value <= kind.high:
        assert getattr(build({name: np.float32(value) if value == int(value) else value}), name) == value
    else:
        with pytest.raises(ICLightError, match=name):
            build({name: value})


def test_true_means_flat() -> None:
    assert build({"reinforce_foreground": True}).reinforce_foreground == "flat"
    assert build({"reinforce_foreground": False}).reinforce_foreground == "off"


def test_a_request_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Request().light = "left"  # type: ignore[misc]


def test_a_copy_is_checked_as_well() -> None:
    assert replace(Request(), light="left", light_angle=90) == build({"light": "left", "light_angle": 90})
    with pytest.raises(ICLightError, match="light is 'up'"):
        replace(Request(), light="up")


def test_the_first_option_in_their_order_is_named_and_what_is_unknown_last() -> None:
    with pytest.raises(ICLightError, match="model is 7"):
        build({"aaa": 1, "light": "up", "model": 7})
    with pytest.raises(ICLightError, match="knows no option 'aaa'"):
        build({"bbb": 1, "light": "left", "aaa": 1})


def test_axes_win_over_the_arguments() -> None:
    request = parse([{"light": "top"}], {"light": "left"})
    assert request is not None
    assert request.light == "left"


@pytest.mark.parametrize(
    ("values", "acting"),
    [
        ({}, {"matting", "light"}),
        ({"light": "left"}, {"light_color", "light_softness", "lowres_denoise", "reinforce_foreground"}),
        ({"light": "angle"}, {"light_angle", "light_softness"}),
        ({"light": "point"}, {"light_x", "light_y"}),
        ({"light": "custom"}, {"light_map", "lowres_denoise"}),
        ({"light": "ambient"}, {"light_color", "light_intensity"}),
        ({"light": "left"}, {"shading", "normal_map", "roughness", "specular", "backdrop_light"}),
        ({"light": "left", "shading": "strokes"}, {"shading"}),
        ({"model": "fbc", "light": "left"}, {"background", "flip_background", "light_color"}),
    ],
)
def test_options_act_where_they_should(values: dict[str, object], acting: set[str]) -> None:
    request = build(values)
    assert acting <= {name for name, option in OPTIONS.items() if option.when(request)}


@pytest.mark.parametrize(
    ("values", "idle"),
    [
        ({}, {"background", "flip_background", "light_map", "light_angle", "light_x", "light_color", "lowres_denoise"}),
        ({"light": "ambient"}, {"light_softness", "light_angle"}),
        ({"light": "custom"}, {"light_color", "light_softness", "shading"}),
        ({"light": "left", "shading": "strokes"}, {"normal_map", "normal_green", "roughness", "backdrop_light"}),
        ({"model": "fbc", "light": "left"}, {"lowres_denoise", "detail_mode", "shadow_color"}),
        ({"model": "fbc", "light": "left", "background": PICTURE}, {"light", "light_color", "reinforce_foreground"}),
    ],
)
def test_options_rest_where_they_should(values: dict[str, object], idle: set[str]) -> None:
    request = build(values)
    assert not idle & {name for name, option in OPTIONS.items() if option.when(request)}


@pytest.mark.parametrize(
    "args",
    [[{}, {}], [{"light": "left"}, {"light": "top"}], [{}, None, {"light": "top"}], [False, {}], [True, "fc", {}]],
)
def test_a_second_object_is_refused_by_name(args: list[Any]) -> None:
    with pytest.raises(ICLightError, match=r"value \d of args .* would be without effect"):
        parse(args)


@pytest.mark.parametrize("args", [[{}, "left"], [{}, None], [{}, False], [{}, [1]], [False] * (len(OPTIONS) + 1)])
def test_where_no_host_fills_up_nothing_may_follow_an_object(args: list[Any]) -> None:
    with pytest.raises(ICLightError, match="would be without effect"):
        refuse_surplus(args)


@pytest.mark.parametrize("args", [[], [{}], [False], [True, "fc"], [False] * len(OPTIONS)])
def test_what_has_an_effect_may_stand_there(args: list[Any]) -> None:
    refuse_surplus(args)
