from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lib_iclight.kinds import Choice, Colour, ModelName, Number, Switch, Whole
from lib_iclight.light.lamps import Lamps
from lib_iclight.request import infotext
from lib_iclight.request.args import OPTIONS, Request, build
from tests.unit.lamps import SOME_LAMPS

WRITTEN = {name: option for name, option in OPTIONS.items() if option.infotext_key and name != "enabled"}


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    if isinstance(kind, Choice):
        return st.sampled_from(kind.names)
    if isinstance(kind, ModelName):
        return st.sampled_from(kind.roles)
    if isinstance(kind, Number):
        return st.floats(kind.low, kind.high)
    if isinstance(kind, Colour):
        return st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")
    if isinstance(kind, Lamps):
        return SOME_LAMPS
    if isinstance(kind, Whole):
        return st.integers(kind.low, kind.high)
    assert isinstance(kind, Switch)
    return st.booleans()


@given(st.fixed_dictionaries({name: values_of(option.kind) for name, option in WRITTEN.items()}))
def test_what_acts_comes_back_and_the_rest_takes_its_default(values: dict[str, Any]) -> None:
    request = build(values)
    params = infotext.write(request, request.model, "0123456789", "txt2img")
    for name, option in WRITTEN.items():
        acts = option.acts_on_model(request) and not option.rests(request)
        assert (option.infotext_key in params) == acts
        assert infotext.read(option, params) == option.kind.to_control(values[name] if acts else option.default)
    assert infotext.read(OPTIONS["enabled"], params) is True


def test_keys_are_as_the_contract_says() -> None:
    params = infotext.write(build({"light": "left"}), "fc", "0123456789", "txt2img")
    assert params["IC-Light"] == "True"
    assert params["IC-Light model"] == "fc"
    assert params["IC-Light light"] == "left"
    assert params["IC-Light model hash"] == "0123456789"
    assert "IC-Light version" in params
    assert set(infotext.keys()) >= {"IC-Light", "IC-Light light color"}


def test_a_tab_writes_only_what_acts_on_it() -> None:
    params = infotext.write(build({"light": "left"}), "fc", "0", "img2img")
    assert "IC-Light lowres denoise" not in params


def test_what_acts_on_light_without_a_model_alone_is_no_part_of_what_a_model_makes() -> None:
    request = build({"light": "left", "shading": "strokes", "specular": 1, "backdrop_light": 0})
    plain = build({"light": "left"})
    assert infotext.write(request, "fc", "0", "txt2img") == infotext.write(plain, "fc", "0", "txt2img")


def test_an_infotext_without_it_switches_off_and_leaves_the_rest() -> None:
    assert infotext.read(OPTIONS["enabled"], {"Steps": "4"}) is False
    assert infotext.read(OPTIONS["light"], {"Steps": "4"}) is None


def test_an_edited_value_takes_the_default() -> None:
    params = {"IC-Light": "True", "IC-Light light": "sideways", "IC-Light light angle": "x", "IC-Light light x": "nan"}
    for name in ("light", "light_angle", "light_x"):
        assert infotext.read(OPTIONS[name], params) == OPTIONS[name].default


def test_a_model_named_by_file_is_written_so_and_its_role_decides_what_acts() -> None:
    params = infotext.write(Request(model="mine.safetensors"), "fbc", "0", "txt2img")
    assert params["IC-Light model"] == "mine.safetensors"
    assert "IC-Light flip background" in params
