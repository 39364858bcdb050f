"""What the light editor hands out and takes in: commands, requests, files of set-ups (ic_light_outputs.js)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from lib_iclight.decoding import MAX_BASE64
from lib_iclight.decoding.formats import START, is_read
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.request import setups
from lib_iclight.request.args import OPTIONS
from lib_iclight.request.sentences import sentence_of
from lib_iclight.request.setups import OPTIONED
from lib_iclight.ui.gradios import EACH, OLD, QUIET, elem_id, js, path_of, unseen_upload

OPENED = ("light", *OPTIONED)
"""The options that a set-up sets."""

LARGEST = MAX_BASE64 * 3 // 4
"""Of a file that is looked at, in bytes."""


@dataclass(frozen=True)
class Setting:
    """A value of the generation, beside the panel's.

    :ivar flag: what the command calls it.
    :ivar control: the tab's.
    """

    flag: str
    control: Any

    @property
    def field(self) -> str:
        """What the body of a request calls it."""
        return FIELDS.get(self.flag, self.flag)


FIELDS = {
    "sampler": "sampler_name",
    "hires": "enable_hr",
    "hires_scale": "hr_scale",
    "hires_denoise": "denoising_strength",
}
"""What a request calls otherwise than the command."""


AROUND = {
    "{tab}_prompt": "prompt",
    "{tab}_neg_prompt": "negative_prompt",
    "{tab}_sampling": "sampler",
    "{tab}_scheduler": "scheduler",
    "{tab}_steps": "steps",
    "{tab}_cfg_scale": "cfg_scale",
    "{tab}_width": "width",
    "{tab}_height": "height",
    "{tab}_seed": "seed",
    "txt2img_hr-checkbox": "hires",
    "txt2img_hr_scale": "hires_scale",
    "{tab}_denoising_strength": "hires_denoise",
}
"""The WebUIs' controls by the names that they share, each with what the command calls it."""


def settings_of(tab: str, around: Mapping[str | None, Any]) -> list[Setting]:
    """Those of a WebUI's tab.

    :param around: the tab's own controls by elem_id; what a host does not have is left out.
    """
    found = {name: around.get(name.format(tab=tab)) for name in AROUND if tab == "txt2img" or "txt2img" not in name}
    return [Setting(AROUND[name], control) for name, control in found.items() if control is not None]


@dataclass(frozen=True)
class Outputs:
    """What the page's program uses of gradio; a person sees none of it."""

    opened: Any
    asked: Any
    answer: Any


def place(tab: str) -> Outputs:
    """Put them into the page that is being built."""
    opened = unseen_upload(tab, "open_setup", "Open")
    asked = gr.Button("Asked", elem_id=elem_id(tab, "asked"), elem_classes="ic-light-unseen")
    return Outputs(opened, asked, gr.Textbox(visible=False))


def connect(tab: str, outputs: Outputs, controls: Mapping[str, Any], settings: Sequence[Setting]) -> None:
    """Let them act.

    :param controls: the panel's, by option.
    :param settings: those of the tab around it.
    """
    panel = f"window.ICLight.getPanel({tab!r}).outputs"
    names = {
        "options": [*controls],
        "settings": [[setting.flag, setting.field] for setting in settings],
        "keys": {name: _keys(name) for name in controls} if OLD else {},
    }
    asked = [*controls.values(), *(setting.control for setting in settings)]
    outputs.asked.click(None, asked, None, **js(f"(...values) => {panel}.write({json.dumps(names)}, values)"))
    shown = [*(controls[name] for name in OPENED), outputs.answer]
    opened = outputs.opened.upload(open_file, outputs.opened, shown, **QUIET, **EACH)
    opened.then(None, outputs.answer, None, **js(f"(text) => {panel}.take(text)"))


def _keys(name: str) -> dict[str, str]:
    """What an option's dropdown shows, and stands for: in the page gradio 3 has labels alone."""
    labels: Mapping[str, str] = getattr(OPTIONS[name].kind, "labels_by_key", {})
    return {label: key for key, label in labels.items()}


def open_file(file: Any) -> list[Any]:
    """Values of ``OPENED``, and what is told to the page: a sentence, and whether it is a picture without a light.

    :param file: an uploaded one, as gradio names it.
    """
    path = path_of(file)
    data = b""
    try:
        if path.stat().st_size > LARGEST:
            raise ICLightError(
                ErrorCode.PICTURE_TOO_LARGE,
                f"IC-Light: the file has {path.stat().st_size:,} bytes, more than {LARGEST:,}: give a smaller one.",
            )
        data = path.read_bytes()
        found = setups.read_file(data, "Picture")
        if not found:
            raise ICLightError(ErrorCode.SETUP_NOT_READABLE, "IC-Light: the file has no set-up: give one that has.")
    except ICLightError as error:
        return [*(gr.update() for _ in OPENED), _answer(sentence_of(error), is_read(data[:START]))]
    first, more = found[0], len(found) - 1
    said = f"IC-Light: {first.name} is set; the file has {more} more: Import takes all as own presets." if more else ""
    return [*(first.options[name] for name in OPENED), _answer(said, False)]


def _answer(sentence: str, is_unlit: bool) -> str:
    return json.dumps({"message": sentence, "isUnlit": is_unlit})
