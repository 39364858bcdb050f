from __future__ import annotations

import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from lib_iclight import ui
from lib_iclight.models.download import Downloads
from lib_iclight.models.library import Library
from lib_iclight.request.args import OPTIONS, build
from lib_iclight.request.infotext import write
from lib_iclight.standalone.service import Service
from lib_iclight.ui import tools
from lib_iclight.ui.context import PanelContext
from lib_iclight.ui.gradios import OLD
from lib_iclight.ui.model_notices import ModelNotices


@contextmanager
def folder(value: bool, label: str, elem_id: str) -> Iterator[gr.Checkbox]:
    """As the hosts' InputAccordion: a frame whose state is a checkbox."""
    with gr.Accordion(label):
        yield gr.Checkbox(value, label=label, elem_id=elem_id)


NOTICES = ModelNotices(lambda: Library(list), lambda: Downloads(), lambda: Path("models"))
SERVICE = Service([], "classic")
CONTEXT = PanelContext(lambda: SERVICE.runtime, lambda: SERVICE.live, threading.Lock())


@pytest.fixture(params=["txt2img", "img2img"])
def panel(request: pytest.FixtureRequest) -> ui.Panel:
    with gr.Blocks() as page:
        more = {
            "tools": lambda: tools.place(request.param),
            "model": lambda: NOTICES.place(request.param, "model"),
        }
        built = ui.build_panel(request.param, folder, CONTEXT, beside=more)
    ids = [part.elem_id for part in page.blocks.values() if getattr(part, "elem_id", None)]
    assert len(set(ids)) == len(ids), "every part of the page once"
    return built


def test_the_controls_are_the_options_in_order(panel: ui.Panel) -> None:
    assert [c.label for c in panel.controls[1:]] == [o.label for o in OPTIONS.values()][1:]
    assert panel.controls[0].value is False
    names = list(OPTIONS)
    values = {name: control.value for name, control in zip(names, panel.controls)}
    assert values == {name: option.panel for name, option in OPTIONS.items()}


def test_a_panoramas_file_is_handed_over_as_it_is(panel: ui.Panel, tmp_path: Path) -> None:
    """In any gradio, however often it was shown and hidden: its frame is, and not itself."""
    file = tmp_path / "sky.hdr"
    file.write_bytes(b"#?RADIANCE")
    control = panel.by_option["panorama"]
    text = b64encode(file.read_bytes()).decode()
    old = {"name": str(file), "data": f"data:;base64,{text}", "is_file": False}
    value = old if OLD else SimpleNamespace(path=str(file))
    assert control.preprocess(value) == text
    assert control.preprocess(None) is None
    assert control.visible
    assert not control.parent.visible


def test_elements_have_stable_ids(panel: ui.Panel) -> None:
    ids = [control.elem_id for control in panel.controls]
    assert len(set(ids)) == len(ids)
    assert all(i.startswith(("script_txt2img_ic_light_", "script_img2img_ic_light_")) for i in ids)


def test_labels_differ_so_that_ui_config_can_tell_them(panel: ui.Panel) -> None:
    labels = [control.label for control in panel.controls]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("name", [name for name, option in OPTIONS.items() if option.kind.labels_by_key])
def test_the_page_has_labels_and_all_else_keys(panel: ui.Panel, name: str) -> None:
    """Hosts take the labels of pairs for values, in ui-config.json and in script-info: ``radio_choices``."""
    option, control = OPTIONS[name], panel.by_option[name]
    keys = list(getattr(option.kind, "names", None) or getattr(option.kind, "roles", ()))
    assert [choice[0] if isinstance(choice, tuple) else choice for choice in control.choices] == keys
    assert control.value in keys
    labels = list(option.kind.labels_by_key.values())
    assert len(set(labels)) == len(keys)
    if OLD:
        assert control.get_config()["choices"] == labels
        assert [control.preprocess(label) for label in labels] == keys
        assert [control.postprocess(key) for key in keys] == labels
    else:
        assert [tuple(pair) for pair in control.get_config()["choices"]] == list(zip(labels, keys))
    assert [control.preprocess(key) for key in keys] == keys


def test_a_label_stands_for_its_model(panel: ui.Panel) -> None:
    assert panel.by_option["model"].preprocess("Background (fbc)") == ("fbc" if OLD else "Background (fbc)")
    assert build({"model": "Background (fbc)"}) == build({"model": "fbc"})
    assert build({"model": "my model.safetensors"}).model == "my model.safetensors"


def test_help_in_the_panel_says_labels(panel: ui.Panel) -> None:
    assert panel.by_option["model"].info.startswith("Text (fc): ")
    assert "; Strokes: along" in panel.by_option["shading"].info
    for name, option in OPTIONS.items():
        for key, label in option.kind.labels_by_key.items():
            assert f"{key}: " not in panel.by_option[name].info.replace(f"{label}: ", ""), (name, key)


def test_the_first_screen_shows_only_what_acts(panel: ui.Panel) -> None:
    shown = {name for name, control in zip(OPTIONS, panel.controls) if control.visible}
    # Lamps are the light from the start, and the first stage of txt2img begins with them.
    assert {"foreground", "model", "light", "lamps"} <= shown
    assert not shown & {"background", "light_map", "light_angle", "light_color"}


def test_infotext_is_pasted_into_every_control_but_pictures(panel: ui.Panel) -> None:
    request = ui.build({"light": "angle", "light_angle": 45})
    params = write(request, "fc", "0", "txt2img")
    pasted = {control.elem_id.rpartition("ic_light_")[2]: read(params) for control, read in panel.infotext_fields}
    assert pasted["enabled"] is True
    assert pasted["light"] == "angle"
    assert pasted["light_angle"] == 45
    assert "foreground" not in pasted


def test_pictures_of_the_page_survive_json_as_they_were_given(panel: ui.Panel) -> None:
    """Extensions hand script arguments on to other processes as JSON."""
    photo = Path(__file__).parents[2] / "docs" / "astronaut.jpg"
    foreground = panel.controls[list(OPTIONS).index("foreground")]
    uploaded = {
        "gradio 3": "data:image/jpeg;base64," + b64encode(photo.read_bytes()).decode(),
        "gradio 4": SimpleNamespace(path=str(photo), url=None, orig_name=photo.name),
    }
    for version, value in uploaded.items():
        given = json.loads(json.dumps(foreground.preprocess(value)))
        assert b64decode(given.rpartition(",")[2]) == photo.read_bytes(), version
        assert build({"foreground": given}).foreground == given
    assert foreground.preprocess(None) is None
