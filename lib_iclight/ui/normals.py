"""The panel's button that has a network of the host estimate the subject's normals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from lib_iclight.hosts import annotators
from lib_iclight.ui.context import PanelContext
from lib_iclight.ui.gradios import add_tooltip, elem_id, refusals_shown, require_subject

LABEL = "Normals by"
INFO = "A network of ControlNet's, whose file may be downloaded first."


@dataclass(frozen=True)
class EstimatedNormals:
    """Which network, and the button."""

    name: Any
    button: Any


def place(tab: str) -> EstimatedNormals | None:
    """Put them into the page that is being built, where the host has such a network."""
    names = annotators.installed()
    if not names:
        return None
    with gr.Row(elem_classes="ic-light-row-of-buttons"):
        name = gr.Dropdown(list(names), value=names[0], label=LABEL, info=INFO, elem_id=elem_id(tab, "annotator"))
        button = gr.Button("Estimate normals", size="sm", min_width=110, elem_id=elem_id(tab, "estimate_normals"))
        add_tooltip(button, "Fill Normal map with what the network finds in the Subject.")
    return EstimatedNormals(name, button)


def connect(parts: EstimatedNormals, controls: Mapping[str, Any], context: PanelContext) -> None:
    """Let the button act.

    :param controls: the panel's, by option.
    """

    def fill(foreground: Any, name: str) -> tuple[Image.Image, str]:
        with refusals_shown():
            require_subject(foreground)
            rgb = context.runtime().preparer.picture(foreground, "foreground")[1]
            with context.lock:
                return Image.fromarray(annotators.estimate_normals(rgb, name)), "up"

    made = [controls["normal_map"], controls["normal_green"]]
    parts.button.click(fill, [controls["foreground"], parts.name], made)
