"""Set-ups of lamps as files, and out of what a picture says of itself."""

from __future__ import annotations

import contextlib
import io
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from lib_iclight.errors import ICLightError
from lib_iclight.light.lamps import Lamps
from lib_iclight.light.presets import PRESETS
from lib_iclight.request import infotext, setups
from lib_iclight.request.args import OPTIONS, build
from lib_iclight.request.setups import KEY, LARGEST, MOST, OPTIONED, Setup, from_parameters, read, read_file, write
from tests.unit.lamps import COLOURS, SOME_LAMPS

SHARE = st.floats(0, 1)
NAMES = st.text(min_size=1, max_size=60).filter(lambda name: name.strip() and name.strip().isprintable())
SETUPS = st.builds(
    Setup,
    name=NAMES,
    lamps=SOME_LAMPS.map(Lamps().to_text),
    ambient_color=COLOURS,
    shading=st.sampled_from(["form", "strokes"]),
    roughness=SHARE,
    specular=SHARE,
    backdrop_light=SHARE,
)
WILD = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from([*OPTIONED, "name", "light", "Lamps", ""])


def a_file(*items: Any, **more: Any) -> str:
    return json.dumps({KEY: 1, "setups": list(items), **more})


@given(st.lists(SETUPS, max_size=4, unique_by=lambda setup: setup.name).map(tuple))
def test_what_is_written_is_read(some: tuple[Setup, ...]) -> None:
    text = write(some)
    assert read(text) == read(text.encode()) == some
    assert read("﻿".encode() + text.encode()) == some, "as editors on Windows save it"


@given(SETUPS)
def test_a_setup_is_a_request(setup: Setup) -> None:
    request = build(setup.options)
    assert Lamps().to_text(request.lamps) == setup.lamps
    assert {name: getattr(request, name) for name in OPTIONED if name != "lamps"} == {
        name: getattr(setup, name) for name in OPTIONED if name != "lamps"
    }


@given(st.binary(max_size=200) | st.text(max_size=200) | WILD.map(json.dumps))
def test_whatever_is_no_file_is_refused_in_a_sentence(data: bytes | str) -> None:
    with pytest.raises(ICLightError, match=r"^IC-Light: .*[.?]$"):
        read(data)


@given(st.lists(WILD | st.dictionaries(KEYS, WILD, max_size=8), max_size=3))
def test_whatever_stands_in_a_file_is_read_or_refused_in_a_sentence(items: list[Any]) -> None:
    refused = None
    try:
        found = read(a_file(*items))
    except ICLightError as error:
        refused = error
    if refused is None:
        assert len(found) == len(items)
    else:
        assert refused.code == "setup_not_readable"
        assert re.fullmatch(r"IC-Light: .{,390}[.?]", str(refused), re.DOTALL)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe", "no JSON"),
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", f"no '{KEY}'"),
        ("{}", f"no '{KEY}'"),
        ("x" * (LARGEST + 1), "more than 262,144 bytes"),
        (json.dumps({KEY: 2, "setups": []}), "of version 2 and this reads 1: update"),
        (json.dumps({KEY: True, "setups": []}), "of version True"),
        (json.dumps({KEY: 1}), "a list of at most 200"),
        (a_file(*({"name": str(i), "lamps": ""} for i in range(MOST + 1))), "a list of at most 200"),
        (a_file(setup=[]), "did you mean 'setups'?"),
        (a_file(7), "setups[0] is no object"),
        (a_file({"lamps": ""}), "setups[0] has no name"),
        (a_file({"name": "A"}), "setups[0] has no lamps"),
        (a_file({"name": "A", "lamps": "", "ambient": "#000000"}), "did you mean 'ambient_color'?"),
        (a_file({"name": " ", "lamps": ""}), "setups[0]: IC-Light: name is ''"),
        (a_file({"name": "A\nB", "lamps": ""}), "without line breaks"),
        (a_file({"name": "x" * 61, "lamps": ""}), "a text of at most 60 characters"),
        (a_file({"name": "A", "lamps": []}), "lamps is [] but must be a text"),
        (a_file({"name": "A", "lamps": "sun"}), "lamps[0].kind is 'sun'"),
        (a_file({"name": "A", "lamps": "side x 0.5"}), "lamps[0] is a side and has no x"),
        (a_file({"name": "A", "lamps": "side " + " + side" * 8}), "at most 8 lamps"),
        (a_file({"name": "A", "lamps": "", "roughness": 2}), "roughness is 2 but must be a number from 0 to 1"),
        (a_file({"name": "A", "lamps": "", "roughness": float("nan")}), "no JSON"),
        (a_file({"name": "A", "lamps": "", "shading": "flat"}), "one of form, strokes"),
        (a_file({"name": "A", "lamps": ""}, {"name": " A ", "lamps": "side"}), "two set-ups are called 'A'"),
    ],
)
def test_what_is_wrong_is_said(data: Any, said: str) -> None:
    with pytest.raises(ICLightError) as refused:
        read(data)
    assert said in str(refused.value)


def test_a_file_is_short_and_says_what_it_is() -> None:
    preset = next(preset for preset in PRESETS if preset.name == "blue_hour")
    text = write([Setup("Evening", preset.lamps, preset.ambient)])
    assert json.loads(text) == {
        KEY: 1,
        "setups": [{"name": "Evening", "lamps": preset.lamps, "ambient_color": preset.ambient}],
    }


@given(SETUPS.filter(lambda setup: setup.lamps))
def test_a_pictures_light_is_a_setup(setup: Setup) -> None:
    options = infotext.write_options(build(setup.options), OPTIONS.values())
    text = infotext.format_parameters("a prompt, with: signs", "", {"Steps": 20, **options})
    assert from_parameters(text, setup.name) == setup


@pytest.mark.parametrize(
    ("options", "lamps"),
    [
        ({"light": "left"}, "side angle 180"),
        ({"light": "top_right", "light_color": "#ff8000", "light_intensity": 0.5}, "side angle 45 color #ff8000"),
        ({"light": "angle", "light_angle": 30, "light_softness": 0.5}, "side angle 30 softness 0.5"),
        ({"light": "point", "light_x": 0.2}, "point x 0.2 size 0.5"),
    ],
)
def test_a_light_by_name_becomes_a_lamp(options: dict[str, Any], lamps: str) -> None:
    text = infotext.format_parameters("", "", infotext.write_options(build(options), OPTIONS.values()))
    setup = from_parameters(text, "Found")
    assert setup.lamps.startswith(lamps)
    assert ("intensity 0.5" in setup.lamps) == ("light_intensity" in options)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no light of IC-Light's"),
        ("a prompt\nSteps: 20, Size: 512x512", "no light of IC-Light's"),
        ("IC-Light: True", "light is 'none', which is no lamp"),
        ("IC-Light: True, IC-Light light: custom", "'custom', which is no lamp"),
        ("IC-Light: True, IC-Light light: lamps", "'lamps', which is no lamp"),
        ("IC-Light: True, IC-Light light: lamps, IC-Light lamps: sun", "lamps[0].kind is 'sun'"),
        ("IC-Light: True, IC-Light light: left, IC-Light light color: red", "light_color is 'red'"),
    ],
)
def test_what_a_picture_lacks_is_said(text: str, said: str) -> None:
    with pytest.raises(ICLightError) as refused:
        from_parameters(text, "Found")
    assert said in str(refused.value)


@given(st.text(max_size=80) | st.text('IC-Light: lamps,"\\\n', max_size=80))
def test_whatever_a_picture_says_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ICLightError):
        assert from_parameters(f"{text}\nIC-Light: True, IC-Light light: left, {text}", "Found").lamps


LIT = "a cat\nSteps: 20, IC-Light: True, IC-Light light: lamps, IC-Light lamps: side angle 180"


def user_comment(text: str, order: str) -> bytes:
    """EXIF with a user comment, as the WebUIs write it for JPEG and WebP."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + text.encode(f"utf-16-{order}")
    return exif.tobytes()


def a_picture(kind: str, **more: Any) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, kind, **more)
    return data.getvalue()


def of_png(text: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", text)
    return a_picture("PNG", pnginfo=info)


@pytest.mark.parametrize(
    "data",
    [
        of_png(LIT),
        of_png(f"猫 {LIT}"),
        *(
            a_picture(kind, exif=user_comment(f"猫 {LIT}", order))
            for kind in ("JPEG", "WEBP")
            for order in ("be", "le")
        ),
    ],
    ids=["png", "png in Chinese", "jpeg", "jpeg, low byte first", "webp", "webp, low byte first"],
)
def test_the_light_is_taken_out_of_a_picture_that_was_relit(data: bytes) -> None:
    (setup,) = read_file(data, "Picture")
    assert (setup.name, setup.lamps) == ("Picture", "side angle 180")


@pytest.mark.parametrize(
    "data",
    [
        a_picture("PNG"),
        a_picture("JPEG"),
        a_picture("WEBP"),
        a_picture("GIF"),
        of_png(LIT)[:40],
        a_picture("JPEG")[:30],
    ],
)
def test_a_picture_without_a_light_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(ICLightError, match=r"^IC-Light: the picture's parameters have no light"):
        read_file(data, "Picture")


@given(st.binary(max_size=300))
def test_whatever_stands_in_a_pictures_metadata_is_read_or_refused(data: bytes) -> None:
    for start in (b"", b"\xff\xd8\xff\xe1", b"RIFF\x40\0\0\0WEBPVP8X", b"\x89PNG\r\n\x1a\n"):
        with contextlib.suppress(ICLightError):
            read_file(start + data, "Picture")


def test_a_file_of_set_ups_is_read_as_well() -> None:
    some = (Setup("A", "side"), Setup("B", "point x 0.2"))
    assert read_file(write(some).encode(), "Picture") == some


def test_the_browser_is_told_what_a_file_can_have() -> None:
    told = json.loads(json.dumps(setups.describe()))
    assert told["options"].keys() == {*OPTIONED} - {"lamps"}
    assert told["options"]["shading"]["names"] == ["form", "strokes"]
    assert told["options"]["roughness"]["high"] == 1
    for name, option in told["options"].items():
        assert option["default"] == OPTIONS[name].default
