"""What the panel says once of settings around it that spoil the light, with buttons that mend them.

The browser looks by itself (javascript/ic_light_advice.js): nothing is asked of the server.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from lib_iclight.decoding import decode
from lib_iclight.request.args import OPTIONS
from lib_iclight.request.recommended import TEXT, for_role
from lib_iclight.ui.gradios import QUIET, add_tooltip, elem_id, js, js_of_keys, refusals_shown, require_subject

MODELS = ("fc", "fcon")
"""Whose conditions are the picture's own, and whose CFG scale the authors keep low."""

MOST_CFG = 3
MOST_CROPPED = 0.15
"""The share of the subject's picture that the size cuts off."""

CFG = f"fc and fcon are made for a CFG scale of {TEXT.cfg_scale:g}: above {MOST_CFG} light and colours are overdone."
SIZE = "The size is far from the subject's proportions: much of its picture is cut off."
BOUNDS = {"models": MODELS, "cfg": MOST_CFG, "cropped": MOST_CROPPED}

WATCHED = ("enabled", "model", "foreground")
"""Of the panel; CFG scale, width and height are the tab's."""


@dataclass(frozen=True)
class Advice:
    """The button that sets the CFG scale, which the sentence's own presses."""

    cfg: Any


def place(tab: str) -> Advice:
    """Put the sentences into the page that is being built, hidden."""
    bounds = html.escape(json.dumps(BOUNDS), quote=True)
    sentences = (
        _sentence(tab, "cfg", CFG, f"Set CFG scale to {TEXT.cfg_scale:g}", "set_cfg"),
        _sentence(tab, "size", SIZE, "Size from subject", "size_from_subject"),
    )
    gr.HTML(f'<div class="ic-light-advice" data-bounds="{bounds}">{"".join(sentences)}</div>', elem_id=_id(tab))
    return Advice(gr.Button("Set", elem_id=elem_id(tab, "set_cfg"), elem_classes="ic-light-unseen"))


def _id(tab: str) -> str:
    return elem_id(tab, "advice")


def _sentence(tab: str, name: str, sentence: str, label: str, presses: str) -> str:
    panel = f"window.ICLight.getPanel({tab!r})"

    def button(label: str, press: str) -> str:
        press = html.escape(press, quote=True)
        return f'<button type="button" class="ic-light-chip" onclick="{press}">{html.escape(label)}</button>'

    buttons = button(label, f"{panel}.getPart({presses!r}).click()") + button(
        "Leave it", f"{panel}.advice.dismiss({name!r})"
    )
    return (
        f'<p class="ic-light-words" role="status" data-advice="{name}" hidden>'
        f"<span>{html.escape(sentence)}</span> {buttons}</p>"
    )


def place_size(tab: str) -> Any:
    """The button that sets width and height, for wherever it belongs on the page."""
    button = gr.Button("Size from subject", size="sm", min_width=110, elem_id=elem_id(tab, "size_from_subject"))
    return add_tooltip(button, "Width and height in the subject's proportions.")


def connect_size(
    button: Any,
    controls: Mapping[str, Any],
    width: Any,
    height: Any,
    role: Callable[[str], str | None],
    pixels: Callable[[], int],
) -> None:
    """Let a button set the size.

    :param controls: the panel's, by option.
    :param role: of a model by its name; None where it is not known.
    :param pixels: how many the size may have.
    """

    def fit(model: str, foreground: Any) -> list[Any]:
        with refusals_shown():
            require_subject(foreground)
        found = for_role(role(OPTIONS["model"].kind.key_of(model))).sized(size_of(foreground), pixels())
        return [found.width, found.height]

    button.click(fit, [controls["model"], controls["foreground"]], [width, height], **QUIET)


def size_of(picture: Any) -> tuple[int, int] | None:
    """Width and height of a picture as options take it; None where there is none."""
    if picture is None:
        return None
    with refusals_shown():
        return decode(picture, "foreground").size


def connect(tab: str, advice: Advice, controls: Mapping[str, Any], cfg: Any, width: Any, height: Any) -> None:
    """Let the browser look whenever something changes that the sentences depend on.

    :param controls: the panel's, by option.
    """
    watched = [*(controls[name] for name in WATCHED), cfg, width, height]
    look = f"(...values) => window.ICLight.getPanel({tab!r}).advice.look(...values)"
    for control in watched:
        control.change(None, watched, None, **js_of_keys(look, [OPTIONS["model"].kind.labels_by_key]))
    advice.cfg.click(None, None, cfg, **js(f"() => {TEXT.cfg_scale:g}"))
