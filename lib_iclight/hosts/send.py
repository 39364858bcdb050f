"""Sends a picture to a tab of the host, as the host's own buttons do."""

from __future__ import annotations

from typing import Any

from modules.infotext_utils import ParamBinding, register_paste_params_button


def send_picture(button: Any, tab: str, picture: Any) -> None:
    """Let a click on a button bring a picture to a tab, with its width and height where the host's settings say so.

    To be called while the page is being built.

    :param tab: ``img2img`` or ``inpaint``.
    :param picture: the ``gr.Image`` that has it.
    """
    register_paste_params_button(ParamBinding(paste_button=button, tabname=tab, source_image_component=picture))
