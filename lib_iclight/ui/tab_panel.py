"""The panel in a tab of a WebUI, with what acts on the tab around it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import gradio as gr

from lib_iclight.ui import Panel, build_panel, lit_picture, normals, outputs, placing, tools
from lib_iclight.ui.context import PanelContext
from lib_iclight.ui.gradios import QUIET, elem_id
from lib_iclight.ui.model_notices import ModelNotices

FROM_FILES = ("model", "matting")
"""Options whose values may need a model file: where what is chosen lacks it, that is said beside them."""


class TabPanel:
    """One tab's panel.

    :param tab: txt2img or img2img.
    :param pixels: gives how many the recommended size may have.
    :param send_picture: of the host.
    """

    def __init__(
        self,
        tab: str,
        context: PanelContext,
        notices: ModelNotices,
        pixels: Callable[[], int],
        send_picture: lit_picture.SendPicture,
    ) -> None:
        self._tab = tab
        self._context = context
        self._notices = notices
        self._pixels = pixels
        self._send_picture = send_picture
        self._around: dict[Any, Any] = {}
        self._placed: dict[str, Any] = {}

    def place(self, accordion: Callable[..., AbstractContextManager[Any]]) -> Panel:
        """Build the panel inside the page that is being built."""
        beside = {name: self._notice(name) for name in FROM_FILES} | {"tools": self._place_tools}
        beside["enabled"] = lambda: tools.place_order(self._tab)
        beside["normal_map"] = self._place_normals
        if self._tab == "img2img":
            beside["foreground"] = tools.place_own_subject
        self._panel = build_panel(self._tab, accordion, self._context, beside=beside)
        for name in FROM_FILES:
            self._notices.connect(self._tab, name, self._placed[name], self._panel.by_option[name])
        lit_picture.connect(self._tab, self._placed["lit"], self._panel.by_option, self._context)
        if self._placed["normals"] is not None:
            normals.connect(self._placed["normals"], self._panel.by_option, self._context)
        return self._panel

    def on_component(self, name: str | None, control: Any) -> bool:
        """Take note of a control of the tab, by its elem_id; True for the last one, when all is connected."""
        self._around[name] = control
        if name != tools.LAST.format(tab=self._tab):
            return False
        role = self._notices.library().role
        tools.connect(self._tab, self._placed["tools"], self._panel.by_option, self._around, role, self._pixels)
        settings = outputs.settings_of(self._tab, self._around)
        outputs.connect(self._tab, self._panel.outputs, self._panel.by_option, settings)
        size = [self._around.get(f"{self._tab}_{side}") for side in ("width", "height")]
        if None not in size:
            placing.connect(self._tab, self._panel.placing, self._panel.by_option, size, self._context)
        return True

    def connect_log(self, log: Any, say: Callable[[str], Any]) -> None:
        """Let what the tab's log says be said anew whenever it tells of an error.

        :param log: the tab's, as HTML.
        :param say: from what it says.
        """
        self._placed["stopped"].click(say, log, log, **QUIET)

    def _notice(self, name: str) -> Callable[[], None]:
        def place() -> None:
            self._placed[name] = self._notices.place(self._tab, name)

        return place

    def _place_normals(self) -> None:
        self._placed["normals"] = normals.place(self._tab)

    def _place_tools(self) -> None:
        self._placed["tools"] = tools.place(self._tab)
        self._placed["lit"] = lit_picture.place(self._tab, self._send_picture)
        # Gradio 4.40 has no event for HTML that changes: the page's program looks, and presses.
        stopped = gr.Button("Stopped", elem_id=elem_id(self._tab, "stopped"), elem_classes="ic-light-unseen")
        self._placed["stopped"] = stopped
