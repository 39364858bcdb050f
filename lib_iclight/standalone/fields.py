"""What the page asks for beside the panel, for each engine, and the job that it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from lib_iclight.request.recommended import TEXT
from lib_iclight.standalone.job import Engine, Hires, Job
from lib_iclight.subject.compose import OWN
from lib_iclight.ui import to_hex
from lib_iclight.ui.editor import Backdrop
from lib_iclight.ui.gradios import QUIET, UNLISTED
from lib_iclight.ui.outputs import Setting
from lib_iclight.web.live import Canvas

TAB = "txt2img"
"""Of the WebUIs, which the page stands for."""

PLAIN = "plain"
FLAGS = {"scale": "hires_scale", "denoising_strength": "hires_denoise"}
"""What a command calls what is called otherwise here."""

SIDES = ("width", "height")
SIZE_BELOW = 2048

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Fields:
    """Controls by name, and how their values become a job.

    :ivar job: from the script's arguments and the controls' values.
    """

    controls: dict[str, Any]
    job: Callable[[Values, Values], Job]

    @property
    def settings(self) -> list[Setting]:
        """The controls by what a command and a request call them."""
        return [Setting(FLAGS.get(name, name), control) for name, control in self.controls.items()]


def backdrop_of(fields: Fields) -> Backdrop:
    """What the controls of ``for_classic`` put behind a subject, and on which canvas."""
    names = ("backdrop", "colour", *SIDES)

    def read(*values: Any) -> tuple[str, Canvas]:
        chosen = dict(zip(names, values))
        return chosen_backdrop(chosen), chosen_size(chosen)

    return Backdrop([fields.controls[name] for name in names], read)


def for_classic(backdrop: str) -> Fields:
    """Size, and what is behind the subject.

    :param backdrop: where the choice of it begins, as ``Job.backdrop``.
    """
    controls: dict[str, Any] = {}
    with gr.Row():
        controls["backdrop"] = gr.Radio(
            [OWN, PLAIN],
            value=OWN if backdrop == OWN else PLAIN,
            label="Backdrop",
            info="Where no background is given: the picture's own, or one colour.",
            min_width=160,
        )
        controls["colour"] = gr.ColorPicker(
            value="#808080" if backdrop == OWN else backdrop, label="Backdrop colour", visible=backdrop != OWN
        )
    controls["backdrop"].change(
        lambda backdrop: gr.update(visible=backdrop == PLAIN),
        controls["backdrop"],
        controls["colour"],
        **QUIET,
        **UNLISTED,
    )
    with gr.Row():
        for name in SIDES:
            controls[name] = gr.Number(0, label=name.title(), info="0: the picture's own.", precision=0, min_width=120)

    def job(args: Values, values: Values) -> Job:
        width, height = chosen_size(values)
        return Job([args], width=width, height=height, backdrop=chosen_backdrop(values))

    return Fields(controls, job)


def chosen_backdrop(values: Values) -> str:
    """``Job.backdrop`` from the values of the controls of ``for_classic``."""
    return OWN if values["backdrop"] == OWN else to_hex(values["colour"])


def chosen_size(values: Values) -> Canvas:
    """Width and height from the values of the controls of ``for_classic``; None for the picture's own."""
    width, height = (values[name] or None for name in SIDES)
    return width, height


def for_diffusion(engine: Engine) -> Fields:
    """Prompts, sampling, size and Hires. fix; where they begin are the authors' settings for fc."""
    from lib_iclight.standalone.diffusion.sampling import AUTOMATIC, SCHEDULES

    controls: dict[str, Any] = {}
    controls["prompt"] = gr.Textbox(
        label="Prompt", lines=2, placeholder="What the scene is: sunset over sea, ...", elem_id=f"{TAB}_prompt"
    )
    controls["negative_prompt"] = gr.Textbox(TEXT.negative_prompt, label="Negative prompt", lines=1)
    samplers = list(engine.samplers)
    with gr.Row():
        start = TEXT.sampler if TEXT.sampler in samplers else samplers[0]
        controls["sampler"] = gr.Dropdown(samplers, value=start, label="Sampler", min_width=150)
        controls["scheduler"] = gr.Dropdown(
            [AUTOMATIC, *SCHEDULES], value=TEXT.scheduler, label="Scheduler", min_width=150
        )
    with gr.Row():
        controls["steps"] = gr.Slider(1, 150, TEXT.steps, step=1, label="Steps", min_width=150)
        controls["cfg_scale"] = gr.Slider(1, 30, TEXT.cfg_scale, step=0.5, label="CFG scale", min_width=150)
    with gr.Row():
        controls["width"] = gr.Slider(64, SIZE_BELOW, TEXT.width, step=64, label="Width", min_width=150)
        controls["height"] = gr.Slider(64, SIZE_BELOW, TEXT.height, step=64, label="Height", min_width=150)
    controls["seed"] = gr.Number(-1, label="Seed", info="-1: a new one each time.", precision=0)
    hires = {}
    controls["hires"] = gr.Checkbox(False, label="Hires. fix")
    with gr.Row(visible=False) as stage:
        hires["scale"] = gr.Slider(1, 4, Hires.scale, step=0.05, label="Scale", min_width=150)
        hires["denoising_strength"] = gr.Slider(
            0, 1, Hires.denoising_strength, step=0.01, label="Denoising strength", min_width=150
        )
    controls["hires"].change(lambda on: gr.update(visible=on), controls["hires"], stage, **QUIET, **UNLISTED)

    def job(args: Values, values: Values) -> Job:
        plain = {name: value for name, value in values.items() if name not in ("hires", *hires)}
        second = Hires(**{name: values[name] for name in hires}) if values["hires"] else None
        return Job([args], hires=second, **plain)

    return Fields({**controls, **hires}, job)
