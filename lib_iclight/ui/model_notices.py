"""What is said where a model is missing, and the button that downloads it."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from lib_iclight.models.download import Downloads
from lib_iclight.models.library import Library
from lib_iclight.models.sources import Source, megabytes
from lib_iclight.request.args import OPTIONS
from lib_iclight.ui.gradios import QUIET, elem_id, js, refusals_shown

PHASES = {
    "asking": "Asking the hub",
    "fetching": "Downloading",
    "checking": "Checking the file",
    "cancelled": "Cancelled",
}
"""How a download goes on, in words that hosts can translate: numbers stand beside them."""


@dataclass(frozen=True)
class Notice:
    """What stands beside the control that a model is chosen with."""

    text: Any
    download: Any
    cancel: Any
    again: Any


@dataclass(frozen=True)
class ModelNotices:
    """Where models are, and where others come to.

    :ivar folder: gives the folder for what is downloaded.
    """

    library: Callable[[], Library]
    downloads: Callable[[], Downloads]
    folder: Callable[[], Path]

    def missing(self, name: str) -> Source | None:
        """What can be had for a model's role or a matting's name that is not there."""
        return next((source for source in self.library().missing() if source.name == name), None)

    def place(self, tab: str, beside: str) -> Notice:
        """Put a notice into the page that is being built; hidden where nothing is missing.

        :param beside: the option that it belongs to.
        """

        def button(label: str, what: str, visible: bool, **more: Any) -> Any:
            return gr.Button(label, size="sm", visible=visible, elem_id=elem_id(tab, f"{what}_{beside}"), **more)

        source = self.missing(OPTIONS[beside].panel)
        can = source is not None and source.downloads and self.downloads().allowed
        return Notice(
            gr.HTML(
                _notice_html(beside, source), visible=source is not None, elem_id=elem_id(tab, f"missing_{beside}")
            ),
            button("Download", "download", can),
            button("Cancel download", "cancel", False),
            # At the end of a download the page itself presses it.
            button("Look again", "again", True, elem_classes="ic-light-unseen"),
        )

    def connect(self, tab: str, beside: str, notice: Notice, control: Any) -> None:
        """Let a notice follow the control beside it, and its buttons act.

        :param control: whose value names the model.
        """
        shown = [notice.text, notice.download, notice.cancel]

        def look(chosen: str) -> list[Any]:
            source = self.missing(OPTIONS[beside].kind.key_of(chosen))
            running = source is not None and self.downloads().state.running
            can = source is not None and source.downloads and not running and self.downloads().allowed
            return [
                gr.update(value=_notice_html(beside, source), visible=source is not None),
                gr.update(visible=can),
                gr.update(visible=running),
            ]

        def download(chosen: str) -> list[Any]:
            with refusals_shown():
                self.downloads().start(OPTIONS[beside].kind.key_of(chosen), self.folder())
            return [gr.update(visible=False), gr.update(visible=True)]

        control.change(look, control, shown, **QUIET)
        notice.again.click(look, control, shown, **QUIET)
        begun = notice.download.click(download, control, shown[1:], **QUIET)
        begun.success(None, None, None, **js(f"() => window.ICLight.getPanel({tab!r}).followDownload({beside!r})"))
        notice.cancel.click(lambda: self.downloads().cancel(), None, None, **QUIET)


def _notice_html(beside: str, source: Source | None) -> str:
    if source is None:
        return ""
    page = html.escape(source.page, quote=True)
    name = html.escape(OPTIONS[beside].kind.labels_by_key[source.name])
    words = "".join(f'<span data-phase="{phase}" hidden>{word}</span>' for phase, word in PHASES.items())
    return (
        f'<p class="ic-light-missing"><b>{name}</b> <span>is not installed.</span> '
        f"{html.escape(source.file)}, {megabytes(source.size)} MB, "
        f"<span>licence:</span> <span>{html.escape(source.licence)}</span>, "
        f'<a href="{page}" target="_blank" rel="noreferrer">{page}</a></p>'
        '<p class="ic-light-progress" hidden><label><progress max="1" value="0"></progress> '
        f"{words} <span></span></label></p>"
    )
