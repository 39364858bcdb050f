"""The pictures that come into the page: one is shown, the others wait; the same light for all of them."""

from __future__ import annotations

import html
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from lib_iclight.standalone.fields import Fields
from lib_iclight.standalone.job import Progress, Result
from lib_iclight.standalone.live_light import QUIET
from lib_iclight.standalone.many import Lit, Stop, light_all
from lib_iclight.ui import gradios, to_options

if TYPE_CHECKING:
    from lib_iclight.standalone.service import Service

ARCHIVE = "ic-light.zip"

OF_ONE = ("foreground_mask", "normal_map")
"""The options that belong to the one subject that they were given for."""


@dataclass(frozen=True)
class Opened:
    """Where pictures come in: the button that opens some, those that wait, and what lights all of them.

    :ivar files: their paths.
    :ivar stop: of the session, whether to light no more.
    """

    button: Any
    waiting: Any
    files: Any
    row: Any
    light_all: Any
    cancel: Any
    archive: Any
    said: Any
    stop: Any


def place() -> Opened:
    """Put them into the page that is being built."""
    with gr.Row(elem_id="ic_light_open"):
        button = gr.UploadButton(
            "Open pictures, or drop or paste them anywhere", file_types=["image"], file_count="multiple"
        )
    waiting = gr.Gallery(
        label="Opened",
        columns=8,
        height=96,
        object_fit="cover",
        allow_preview=False,
        show_label=False,
        visible=False,
        elem_id="ic_light_waiting",
    )
    with gr.Row(visible=False, elem_id="ic_light_many") as row:
        light_all = gr.Button("Light all", size="sm", min_width=110, elem_id="ic_light_all")
        cancel = gr.Button("Cancel", size="sm", min_width=110, visible=False, elem_id="ic_light_cancel")
        archive = gr.DownloadButton("Save zip", size="sm", min_width=110, visible=False, elem_id="ic_light_zip")
    said = gr.HTML(visible=False, elem_id="ic_light_said")
    return Opened(button, waiting, gr.State([]), row, light_all, cancel, archive, said, gr.State(Stop()))


def connect(opened: Opened, foreground: Any) -> None:
    """The first becomes the subject, and of the others whichever is chosen."""

    def take(files: list[Any]) -> list[Any]:
        paths = [str(gradios.path_of(file)) for file in files]
        several = len(paths) > 1
        hidden = gr.update(visible=False)
        shown = gr.update(value=paths, visible=several, selected_index=0)
        return [paths[0], shown, paths, gr.update(visible=several), hidden, hidden]

    def choose(paths: list[str], chosen: gr.SelectData) -> str:
        return paths[chosen.index]

    outputs = [foreground, opened.waiting, opened.files, opened.row, opened.archive, opened.said]
    opened.button.upload(take, opened.button, outputs, **QUIET)
    opened.waiting.select(choose, opened.files, foreground, **QUIET)


def connect_all(service: Service, opened: Opened, panel: Mapping[str, Any], fields: Fields) -> None:
    """Let the buttons light all pictures as the one that is shown.

    :param panel: the panel's controls, by option.
    """

    def run(
        paths: list[str],
        stop: Stop,
        *values: Any,
        progress: Any = gr.Progress(),  # noqa: B008
    ) -> Iterator[list[Any]]:
        stop.asked = False
        options = to_options(panel, values)
        generation = dict(zip(fields.controls, values[len(panel) :]))

        def relight(picture: str, tell: Progress) -> Result:
            return service.generate(fields.job(own_options(options, picture), generation), tell)

        # gradio keeps a copy of what it is handed.
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder, ARCHIVE)
            state = Lit(len(paths))
            for state in light_all([Path(path) for path in paths], relight, archive, stop, progress):
                yield _show(state, True, None)
            yield _show(state, False, str(archive) if state.made else None)

    def cancel(stop: Stop) -> str:
        stop.asked = True
        return _say("Cancelling ...")

    outputs = [opened.said, opened.light_all, opened.cancel, opened.archive]
    inputs = [opened.files, opened.stop, *panel.values(), *fields.controls.values()]
    lit = opened.light_all.click(run, inputs, outputs, **gradios.UNLISTED)
    lit.success(None, opened.archive, None, js="(archive) => window.ICLight.page.saveArchive(archive)", **QUIET)
    opened.cancel.click(cancel, opened.stop, opened.said, **QUIET)


def own_options(options: Mapping[str, Any], picture: str) -> dict[str, Any]:
    """The options for one of many pictures, which are set for the one that is shown."""
    if picture == options["foreground"]:
        return dict(options)
    return {**options, **dict.fromkeys(OF_ONE), "foreground": picture}


def _show(state: Lit, running: bool, archive: str | None) -> list[Any]:
    done = state.made + len(state.failed)
    said = f"{done} of {state.total} pictures" if running else state.sentence
    return [
        gr.update(value=_say(said), visible=True),
        gr.update(interactive=not running),
        gr.update(visible=running),
        gr.update(value=archive, visible=archive is not None),
    ]


def _say(sentence: str) -> str:
    return f'<p class="ic-note" role="status">{html.escape(sentence)}</p>'
