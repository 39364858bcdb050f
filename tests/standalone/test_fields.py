"""The page's controls beside the panel: they are there, and become a job."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace

import gradio as gr
import pytest

from lib_iclight.request.args import OPTIONS
from lib_iclight.standalone import fields
from lib_iclight.standalone import page as pages
from lib_iclight.standalone.job import Hires, Job, Progress, Result
from tests.standalone.conftest import Server


class Diffusion:
    """Stands where the diffusion engine would."""

    name = "diffusion (stand-in)"
    samplers: Mapping[str, str] = {"Euler": "", "DPM++ 2M SDE": ""}

    def generate(self, job: Job, progress: Progress) -> Result:
        raise NotImplementedError


def test_with_the_diffusion_engine_its_fields_are_there(server: Server) -> None:
    pytest.importorskip("torch")
    service = SimpleNamespace(
        engine=Diffusion(),
        classic=server.service.classic,
        runtime=server.service.runtime,
        lock=server.service.lock,
        description="Engine: diffusion (stand-in).",
        missing="",
        settings=server.service.settings,
    )
    blocks = pages.build_page(service, {})  # type: ignore[arg-type]
    labels = {getattr(block, "label", None) for block in blocks.blocks.values()}
    asked = {"Prompt", "Negative prompt", "Sampler", "Scheduler", "Steps", "CFG scale", "Seed", "Width", "Height"}
    assert asked | {"Hires. fix", "Scale", "Denoising strength", OPTIONS["model"].label} <= labels
    assert "Backdrop" not in labels


def test_the_fields_become_a_job() -> None:
    pytest.importorskip("torch")
    with gr.Blocks():
        chosen = fields.for_diffusion(Diffusion())
    values = {name: control.value for name, control in chosen.controls.items()}
    values.update(prompt="sea", seed=7, hires=True, scale=2)
    job = chosen.job({"light": "left"}, values)
    assert (job.prompt, job.seed, job.sampler, job.scheduler) == ("sea", 7, "DPM++ 2M SDE", "Karras")
    assert (job.steps, job.cfg_scale, job.width, job.height) == (25, 2, 512, 640)
    assert job.hires == Hires(2, denoising_strength=0.5)
    assert job.args == [{"light": "left"}]
    assert chosen.job({}, {**values, "hires": False}).hires is None
