"""What the panel does in a WebUI's tab around it: recommended settings, words for the prompt, results as subjects."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from lib_iclight.request.args import OPTIONS
from lib_iclight.request.recommended import LIGHTS, PHOTON, SUBJECTS, Recommended, for_role
from lib_iclight.ui import advice
from lib_iclight.ui.gradios import QUIET, add_tooltip, elem_id, js


@dataclass(frozen=True)
class Tools:
    """Buttons of the panel that act on the tab around it, and what they and the panel say of it.

    :ivar left: what the recommended settings could not set.
    """

    recommended: Any
    photon: Any
    size: Any
    told: advice.Advice
    left: Any


SAMPLER, SCHEDULER = "{tab}_sampling", "{tab}_scheduler"
FIELDS: Mapping[str, Callable[[Recommended], Any]] = {
    SAMPLER: lambda r: r.sampler,
    SCHEDULER: lambda r: r.scheduler,
    "{tab}_steps": lambda r: r.steps,
    "{tab}_cfg_scale": lambda r: r.cfg_scale,
    "{tab}_width": lambda r: r.width,
    "{tab}_height": lambda r: r.height,
    "txt2img_hr-checkbox": lambda r: True,
    "txt2img_hr_scale": lambda r: r.hires_scale,
    "txt2img_hr_resize_x": lambda r: 0,
    "txt2img_hr_resize_y": lambda r: 0,
    "txt2img_hr_cfg": lambda r: r.cfg_scale,
    "txt2img_hires_steps": lambda r: r.hires_steps,
    "txt2img_hr_upscaler": lambda r: r.hires_upscaler,
    "txt2img_denoising_strength": lambda r: r.hires_denoise,
}
"""The WebUIs' controls by the names that they share, and what is recommended for them."""

ADVISED = ("{tab}_cfg_scale", "{tab}_width", "{tab}_height")
LEFT = "This WebUI has nothing of these names; what was set there stays:"
PROMPT, NEGATIVE_PROMPT = "{tab}_prompt", "{tab}_neg_prompt"
LAST = "html_log_{tab}"
"""The control that a tab has last: all others are there."""


ORDER = (
    "Give a photo as Subject",
    "set its light",
    "say in the prompt what the scene is",
    "press Recommended settings",
    "Generate",
)
"""How a picture is made, in the order of work."""


OWN_SUBJECT = "Without a Subject the picture of this tab is relit; the light editor shows a Subject only."


def place_order(tab: str) -> None:
    """Say in the page that is being built what is done first, and what then."""
    steps = "".join(f"<li><span>{step}</span></li>" for step in ORDER)
    gr.HTML(f'<ol class="ic-light-order">{steps}</ol>', elem_id=elem_id(tab, "order"))


def place_own_subject() -> None:
    """Say in the page that is being built what is relit where img2img is given no subject."""
    gr.HTML(f'<p class="ic-light-message">{OWN_SUBJECT}</p>')


def place(tab: str) -> Tools:
    """Put the buttons and quick lists into the page that is being built."""

    def button(label: str, name: str, tooltip: str) -> Any:
        return add_tooltip(gr.Button(label, size="sm", min_width=110, elem_id=elem_id(tab, name)), tooltip)

    with gr.Row(elem_classes="ic-light-row-of-buttons"):
        buttons = (
            button(
                "Recommended settings",
                "recommended",
                "Sampler, steps, CFG, size, Hires. fix and prompts, as the authors recommend for the chosen model.",
            ),
            button("Photon's settings", "photon", "The settings that the checkpoint Photon recommends for itself."),
            advice.place_size(tab),
        )
        send_to_subject(tab, button("Relight again", "again", "Take the picture in the gallery as the subject."), tab)
    left, told = gr.HTML("", visible=False, elem_id=elem_id(tab, "left")), advice.place(tab)
    with gr.Accordion("Words for the prompt", open=False, elem_id=elem_id(tab, "words")):
        gr.HTML("".join(_chips(tab, name, words) for name, words in (("Light", LIGHTS), ("Subject", SUBJECTS))))
    return Tools(*buttons, told, left)


def _chips(tab: str, name: str, words: Sequence[str]) -> str:
    press = html.escape(f"window.ICLight.getPanel({tab!r}).togglePromptWords(this)", quote=True)
    buttons = (
        f'<button type="button" class="ic-light-chip" data-words="{html.escape(w, quote=True)}" '
        f'onclick="{press}">{html.escape(w)}</button>'
        for w in words
    )
    return f'<div class="ic-light-words"><span>{name}</span>{"".join(buttons)}</div>'


def send_to_subject(gallery: str, button: Any, tab: str) -> None:
    """Let a button bring the picture that a gallery shows to the subject of a tab."""
    button.click(None, None, None, **js(f"() => window.ICLight.getPanel({tab!r}).sendToSubject({gallery!r})"))


def connect(
    tab: str,
    tools: Tools,
    controls: Mapping[str, Any],
    around: Mapping[str, Any],
    role: Callable[[str], str | None],
    pixels: Callable[[], int],
) -> None:
    """Let the buttons act.

    :param controls: the panel's, by option.
    :param around: the tab's own controls by elem_id; what a host does not have is left alone.
    :param role: of a model by its name; None where it is not known.
    :param pixels: how many the recommended size may have.
    """

    def find_controls(names: Sequence[str]) -> dict[str, Any]:
        known = {name: around.get(name.format(tab=tab)) for name in names}
        return {name: control for name, control in known.items() if control is not None}

    settings = find_controls(list(FIELDS) if tab == "txt2img" else [f for f in FIELDS if "txt2img" not in f])
    fields = dict(FIELDS)
    if SCHEDULER not in settings:
        # Classic names the schedule with the sampler.
        fields[SAMPLER] = lambda r: f"{r.sampler} {r.scheduler}"
    prompts = find_controls((PROMPT, NEGATIVE_PROMPT))
    asked = [controls["model"], controls["foreground"], *prompts.values()]

    def recommend(wanted: Callable[[str], Recommended]) -> Callable[..., list[Any]]:
        def values(model: str, foreground: Any, *texts: str) -> list[Any]:
            found = wanted(model).sized(advice.size_of(foreground), pixels())
            chosen = {name: fields[name](found) for name in settings}
            left = {name: value for name, value in chosen.items() if not _is_allowed(settings[name], value)}
            written = dict(zip(prompts, texts))
            words = {PROMPT: found.prompt, NEGATIVE_PROMPT: found.negative_prompt}
            return [
                *(gr.update() if name in left else gr.update(value=value) for name, value in chosen.items()),
                *(_add_words(written[name], words[name]) for name in prompts),
                gr.update(value=_say_left((settings[name], value) for name, value in left.items()), visible=bool(left)),
            ]

        return values

    outputs = [*settings.values(), *prompts.values(), tools.left]
    tools.recommended.click(
        recommend(lambda model: for_role(role(OPTIONS["model"].kind.key_of(model)))), asked, outputs, **QUIET
    )
    tools.photon.click(recommend(lambda model: PHOTON), asked, outputs, **QUIET)
    if len(told := [*find_controls(ADVISED).values()]) == len(ADVISED):
        advice.connect_size(tools.size, controls, told[1], told[2], role, pixels)
        advice.connect(tab, tools.told, controls, *told)


def _is_allowed(control: Any, value: Any) -> bool:
    """Whether a control has a value among its choices, where it has any."""
    choices = getattr(control, "choices", None)
    return choices is None or value in [
        choice[-1] if isinstance(choice, (tuple, list)) else choice for choice in choices
    ]


def _say_left(left: Iterable[tuple[Any, Any]]) -> str:
    """What a host does not have, by the labels of its controls, which it translates itself."""
    named = ", ".join(
        f'<span>{html.escape(str(control.label))}</span>: <span translate="no">{html.escape(str(value))}</span>'
        for control, value in left
    )
    return f'<p class="ic-light-missing" role="status"><span>{LEFT}</span> {named}</p>'


def _add_words(text: str, words: str) -> str:
    """A prompt with these words in it."""
    return text if words in text else ", ".join(part for part in (text.rstrip(", "), words) if part)
