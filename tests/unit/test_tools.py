"""What the recommended settings set in a tab, and say of what they could not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
import pytest

from lib_iclight.ui import tools
from lib_iclight.ui.advice import Advice

UPSCALERS = ["Latent", "None", "Lanczos", "R-ESRGAN 4x+"]
NEOS = ["Latent", "None", "R-ESRGAN 4x+"]
SAMPLERS = ["Euler", "DPM++ 2M SDE", "DPM++ 2M"]


class Control:
    """Stands where a control of a page would, and keeps what is connected with it."""

    def __init__(self, label: str = "", choices: list[str] | None = None) -> None:
        self.label = label
        if choices is not None:
            self.choices = choices
        self.changes = 0
        self.run: Callable[..., Any] | None = None
        self.outputs: list[Any] = []

    def click(self, run: Callable[..., Any] | None, inputs: Any, outputs: Any, **more: Any) -> None:
        self.run, self.outputs = run, outputs

    def change(self, *given: Any, **more: Any) -> None:
        self.changes += 1


def press(name: str, upscalers: list[str], samplers: list[str] = SAMPLERS) -> tuple[dict[Any, Any], str]:
    """What a button sets, by the controls of the tab, and what it says."""
    around = {field.format(tab="txt2img"): Control(field) for field in (*tools.FIELDS, *tools.ADVISED)}
    around["txt2img_hr_upscaler"] = Control("Upscaler", upscalers)
    around["txt2img_sampling"] = Control("Sampling method", samplers)
    around["txt2img_scheduler"] = Control("Schedule type", ["Automatic", "Karras"])
    placed = tools.Tools(Control(), Control(), Control(), Advice(Control()), Control())
    panel = {option: Control() for option in ("enabled", "model", "foreground")}
    tools.connect("txt2img", placed, panel, around, lambda model: model, lambda: 512 * 640)
    button = getattr(placed, name)
    *updates, said = button.run("fc", None)
    names = {control: field for field, control in around.items()}
    changed = {names[control]: update["value"] for control, update in zip(button.outputs, updates) if "value" in update}
    return changed, said["value"] if said["visible"] else ""


def test_all_is_set_where_all_is_there() -> None:
    changed, said = press("recommended", UPSCALERS)
    assert changed["txt2img_hr_upscaler"] == "Lanczos"
    assert changed["txt2img_cfg_scale"] == 2
    assert said == ""


def test_what_a_host_does_not_have_is_said_by_its_label() -> None:
    changed, said = press("recommended", NEOS, ["Euler"])
    assert not {"txt2img_hr_upscaler", "txt2img_sampling"} & changed.keys()
    assert changed["txt2img_scheduler"] == "Karras"
    assert tools.LEFT in said
    assert '<span>Upscaler</span>: <span translate="no">Lanczos</span>' in said
    assert "DPM++ 2M SDE" in said


def test_photons_upscaler_is_there() -> None:
    changed, said = press("photon", NEOS)
    assert changed["txt2img_hr_upscaler"] == "R-ESRGAN 4x+"
    assert said == ""


@pytest.mark.parametrize("tab", ["txt2img", "img2img"])
def test_the_panel_places_what_is_said_once(tab: str) -> None:
    with gr.Blocks() as page:
        placed = tools.place(tab)
    assert placed.left.visible is False
    ids = [part.elem_id for part in page.blocks.values() if getattr(part, "elem_id", None)]
    assert len(ids) == len(set(ids))
    assert f"script_{tab}_ic_light_size_from_subject" in ids
