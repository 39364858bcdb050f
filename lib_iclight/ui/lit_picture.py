"""The panel's buttons for the subject lit without a model: an initial picture for any checkpoint, or a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from lib_iclight import images
from lib_iclight.request.args import build
from lib_iclight.ui import to_options
from lib_iclight.ui.context import PanelContext
from lib_iclight.ui.gradios import LOSSLESS, QUIET, add_tooltip, elem_id, js, refusals_shown, require_subject

SendPicture = Callable[[Any, str, Any], None]
"""Lets a button bring a picture to a tab of the host: ``hosts.send.send_picture``."""

TABS = ("img2img", "inpaint")


@dataclass(frozen=True)
class LitPicture:
    """The buttons, and where the picture waits for the host.

    :ivar senders: by tab, buttons that nobody sees; the host acts on a click on them.
    """

    asking: Mapping[str, Any]
    senders: Mapping[str, Any]
    picture: Any
    save: Any
    file: Any


def place(tab: str, send_picture: SendPicture) -> LitPicture:
    """Put the buttons into the page that is being built."""
    with gr.Row(elem_classes="ic-light-row-of-buttons"):
        asking = {target: _button(tab, target) for target in TABS}
        save = gr.Button("Save lit picture", size="sm", min_width=110, elem_id=elem_id(tab, "save_lit"))
        add_tooltip(save, "Light the subject without a model, at its own size, and save it as a file.")
    picture = gr.Image(type="pil", image_mode="RGBA", visible=False, elem_id=elem_id(tab, "lit"), **LOSSLESS)
    senders = {target: _sender(tab, target) for target in TABS}
    for target, button in senders.items():
        send_picture(button, target, picture)
    return LitPicture(asking, senders, picture, save, gr.Textbox(visible=False))


def _button(tab: str, target: str) -> Any:
    button = gr.Button(f"Lit picture to {target}", size="sm", min_width=110, elem_id=elem_id(tab, f"light_to_{target}"))
    return add_tooltip(
        button,
        f"Light the subject without a model, at its own size, and send it to {target}: a picture in the right light "
        "to begin from, for any checkpoint.",
    )


def _sender(tab: str, target: str) -> Any:
    return gr.Button("Send", elem_id=elem_id(tab, f"send_to_{target}"), elem_classes="ic-light-unseen")


def connect(tab: str, parts: LitPicture, controls: Mapping[str, Any], context: PanelContext) -> None:
    """Let the buttons act.

    :param controls: the panel's, by option.
    """

    def relight(*values: Any) -> Image.Image:
        with refusals_shown():
            request = build(to_options(controls, values))
            require_subject(request.foreground)
            return Image.fromarray(context.live().relight(request, context.lock))

    inputs = list(controls.values())
    for target, button in parts.asking.items():
        name = elem_id(tab, f"send_to_{target}")
        lit = button.click(relight, inputs, parts.picture)
        lit.success(None, None, None, **js(f"() => {{ document.getElementById({name!r}).click(); }}"))
    saved = parts.save.click(lambda *values: images.to_base64(relight(*values)), inputs, parts.file)
    save = f"(text) => window.ICLight.getPanel({tab!r}).save(text)"
    saved.success(None, parts.file, None, **QUIET, **js(save))
