"""Files that are opened in the light editor, as gradio hands them over."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from lib_iclight.request.args import OPTIONS, build
from lib_iclight.request.setups import Setup, write
from lib_iclight.standalone import fields
from lib_iclight.ui import outputs
from tests.unit.test_setups import LIT, a_picture, of_png


def opened(tmp_path: Path, data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options that are set, and what is told to the page."""
    path = tmp_path / "file"
    path.write_bytes(data)
    *values, answer = outputs.open_file(SimpleNamespace(name=str(path)))
    changed = {name: value for name, value in zip(outputs.OPENED, values) if not isinstance(value, dict)}
    return changed, json.loads(answer)


def test_a_set_up_sets_the_controls(tmp_path: Path) -> None:
    setup = Setup("Evening", "side angle 45", "#102030", "strokes", 0.1, 0.2, 0.3)
    values, told = opened(tmp_path, write([setup]).encode())
    assert values == setup.options
    assert values.keys() == {"light", "lamps", "ambient_color", "shading", "roughness", "specular", "backdrop_light"}
    assert build(values).light == "lamps"
    assert told == {"message": "", "isUnlit": False}


def test_of_several_the_first_is_set_and_the_others_are_told(tmp_path: Path) -> None:
    values, told = opened(tmp_path, write([Setup("A", "side"), Setup("B", "point"), Setup("C", "point")]).encode())
    assert values["lamps"] == "side"
    assert told["message"] == "IC-Light: A is set; the file has 2 more: Import takes all as own presets."


def test_a_pictures_light_sets_them_too(tmp_path: Path) -> None:
    values, told = opened(tmp_path, of_png(LIT))
    assert values["lamps"] == "side angle 180"
    assert not told["message"]


@pytest.mark.parametrize(
    ("data", "said", "is_unlit"),
    [
        (a_picture("JPEG"), "no light of IC-Light's", True),
        (b"text", "no JSON", False),
        (b"", "no JSON", False),
        (write([]).encode(), "has no set-up", False),
        (b"{" * 300_000, "more than 262,144 bytes", False),
    ],
)
def test_what_is_refused_is_told_and_nothing_set(tmp_path: Path, data: bytes, said: str, is_unlit: bool) -> None:
    values, told = opened(tmp_path, data)
    assert values == {}
    assert said in told["message"]
    assert told["message"].startswith("IC-Light: ")
    assert told["isUnlit"] is is_unlit


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "LARGEST", 10)
    assert "more than 10" in opened(tmp_path, b"x" * 11)[1]["message"]


@pytest.mark.parametrize("tab", ["txt2img", "img2img"])
def test_what_a_host_does_not_have_is_left_out(tab: str) -> None:
    around = {name: name for name in (f"{tab}_prompt", f"{tab}_steps", "txt2img_hr_scale", f"{tab}_denoising_strength")}
    found = {setting.field: setting.control for setting in outputs.settings_of(tab, around)}
    hires = {"hr_scale": "txt2img_hr_scale"} if tab == "txt2img" else {}
    assert found == {
        "prompt": f"{tab}_prompt",
        "steps": f"{tab}_steps",
        "denoising_strength": f"{tab}_denoising_strength",
        **hires,
    }


def test_the_pages_settings_have_the_commands_names() -> None:
    with gr.Blocks():
        chosen = fields.for_classic("own")
    assert [(setting.flag, setting.field) for setting in chosen.settings] == [
        (name, name) for name in ("backdrop", "colour", "width", "height")
    ]
    assert {*outputs.OPENED} <= OPTIONS.keys()
