"""What the page makes and saves: one picture of the subject that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.request.args import build
from lib_iclight.standalone import live_light
from lib_iclight.standalone.compare import compare
from lib_iclight.standalone.fields import Fields
from lib_iclight.standalone.live_light import QUIET
from lib_iclight.subject.prepare import prepare_subjects
from lib_iclight.ui import gradios, to_options

if TYPE_CHECKING:
    from lib_iclight.standalone.service import Service


@dataclass(frozen=True)
class Results:
    """What makes a picture, and what comes out."""

    generate: Any
    save: Any
    slider: Any
    gallery: Any
    parameters: Any


def place(service: Service) -> Results:
    """Put the buttons and the pictures into the page that is being built."""
    is_classic = service.engine is service.classic
    if is_classic:
        live_light.place()
    with gr.Row(elem_id="ic_light_acts"):
        generate = gr.Button("Generate", variant="primary", visible=not is_classic, elem_id="ic_light_generate")
        save = gr.Button("Save", variant="primary", interactive=is_classic, elem_id="ic_light_save")
    slider = gr.HTML(visible=False, elem_id="ic_light_compare")
    gallery = gr.Gallery(
        label="Pictures",
        format="png",
        columns=3,
        height="auto",
        object_fit="contain",
        visible=False,
        elem_id="ic_light_gallery",
    )
    parameters = gr.Textbox(label="Parameters", lines=3, visible=False, elem_id="ic_light_parameters", **gradios.COPIED)
    return Results(generate, save, slider, gallery, parameters)


def connect(service: Service, results: Results, panel: dict[str, Any], fields: Fields) -> None:
    """The classic engine makes a picture where it is saved; any other saves what it has made."""

    def generate(*values: Any, progress: Any = gr.Progress()) -> list[Any]:  # noqa: B008
        options = to_options(panel, values)
        with gradios.refusals_shown():
            if options["foreground"] is None:
                raise ICLightError(
                    ErrorCode.NO_SUBJECT, "IC-Light has no picture yet: open one, or drop or paste it anywhere."
                )
            job = fields.job(options, dict(zip(fields.controls, values[len(panel) :])))
            result = service.generate(job, progress)
            (subject,) = prepare_subjects(service.runtime.preparer, build(options), ())
        for picture, infotext in zip(result.images, result.infotexts):
            picture.info["parameters"] = infotext
        shown = compare(subject, result.images[0], service.engine.name)
        return [
            gr.update(value=shown, visible=True),
            gr.update(value=result.images, visible=True),
            gr.update(value=result.infotexts[0], visible=True),
            gr.update(interactive=True),
        ]

    inputs = [*panel.values(), *fields.controls.values()]
    outputs = [results.slider, results.gallery, results.parameters, results.save]
    is_classic = service.engine is service.classic
    button = results.save if is_classic else results.generate
    # What comes out is hidden until there is some, and gradio would show its progress there.
    begun = "(...values) => (window.ICLight.page.setBusy(true), values)"
    made = button.click(generate, inputs, outputs, js=begun, **gradios.UNLISTED)
    # In gradio 6 nothing that is JavaScript alone follows a failure by ``then``.
    for follows in filter(None, (made.then, getattr(made, "failure", None))):
        follows(None, None, None, js="() => window.ICLight.page.setBusy(false)", **QUIET)
    saved = made.success if is_classic else results.save.click
    saved(None, results.gallery, None, js="(pictures) => window.ICLight.page.save(pictures)", **QUIET)
