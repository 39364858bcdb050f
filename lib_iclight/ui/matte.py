"""The matte that is painted in the light editor becomes the panel's mask (javascript/ic_light_panel_matte.js).

The file goes through a field of its own: the mask's control may be in a fold that is closed, or have a picture already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from lib_iclight.matting.refine import REFINED_BY
from lib_iclight.request.args import OPTIONS
from lib_iclight.ui.gradios import EACH, QUIET, elem_id, js, path_of, unseen_upload


@dataclass(frozen=True)
class Matte:
    """What the page's program uses of gradio; a person sees none of it."""

    given: Any
    forget: Any


def place(tab: str) -> Matte:
    """Put them into the page that is being built."""
    given = unseen_upload(tab, "give_matte", "Matte")
    forget = gr.Button("Forget", elem_id=elem_id(tab, "forget_matte"), elem_classes="ic-light-unseen")
    return Matte(given, forget)


def connect(tab: str, matte: Matte, controls: Mapping[str, Any]) -> None:
    """Let them act.

    :param controls: the panel's, by option.
    """
    mask = controls["foreground_mask"]
    # A matte is painted as it is seen: refined. It would be refined twice.
    unrefined = [OPTIONS[name].default for name in REFINED_BY]
    outputs = [mask, *(controls[name] for name in REFINED_BY)]
    matte.given.upload(lambda file: [str(path_of(file)), *unrefined], matte.given, outputs, **QUIET, **EACH)
    matte.forget.click(lambda: None, None, mask, **QUIET)
    pictures = [controls["foreground"], mask]
    for control in pictures:
        follow = f"(...pictures) => window.ICLight.getPanel({tab!r}).matte.follow(...pictures)"
        control.change(None, pictures, None, **js(follow))
