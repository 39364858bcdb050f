"""A detailer in small, and what the ring needs that the host's API lacks.

The detailer runs img2img inside a generation, on each of its pictures, with IC-Light's own script.
"""

from __future__ import annotations

import copy
import gc
import importlib.util
import os
from contextlib import closing
from typing import Any

import gradio as gr
from fastapi import FastAPI
from modules import script_callbacks, scripts
from modules.processing import StableDiffusionProcessingImg2Img, process_images

_collect = gc.collect


class RingNested(scripts.Script):
    def title(self) -> str:
        return "Ring nested"

    def show(self, is_img2img: bool) -> Any:
        return scripts.AlwaysVisible

    def ui(self, is_img2img: bool) -> list[Any]:
        return [gr.JSON(value=None, label="Ring nested", visible=False)]

    def postprocess_image(self, p: Any, pp: Any, fields: dict[str, Any] | None) -> None:
        if not fields:
            return
        runner = copy.copy(scripts.scripts_img2img)
        runner.alwayson_scripts = [s for s in runner.alwayson_scripts if s.title() == "IC-Light"]
        runner.scripts = list(runner.alwayson_scripts)
        runner.callback_map = {}
        fields = dict(fields)
        before = [None] * runner.alwayson_scripts[0].args_from
        with closing(
            StableDiffusionProcessingImg2Img(
                init_images=[pp.image], do_not_save_samples=True, do_not_save_grid=True, **fields.pop("generation")
            )
        ) as nested:
            nested.scripts = runner
            nested.script_args = [*before, fields.pop("args")]
            pp.image = process_images(nested).images[0]


class RingFailing(scripts.Script):
    """Fails in the midst of sampling."""

    def title(self) -> str:
        return "Ring failing"

    def show(self, is_img2img: bool) -> Any:
        return scripts.AlwaysVisible

    def ui(self, is_img2img: bool) -> list[Any]:
        return [gr.Checkbox(False, label="Ring failing", visible=False)]

    def process_before_every_sampling(self, p: Any, fails: bool, **kwargs: Any) -> None:
        def fail(state: dict[str, Any]) -> None:
            raise RuntimeError(f"the ring's own failure at step {state['i']}")

        if fails:
            p.sampler.callback_state = fail


def _add_route(demo: Any, app: FastAPI) -> None:
    """Forge and its kin look for new ControlNets only when a button of their page is pressed."""

    @app.post("/ring/refresh-controlnet")
    def refresh() -> None:
        if importlib.util.find_spec("lib_controlnet"):
            from lib_controlnet import global_state

            global_state.update_controlnet_filenames()

    @app.post("/ring/environment")
    def environment(values: dict[str, str]) -> None:
        """What was given to the process before it started."""
        os.environ.update(values)

    @app.post("/ring/collector")
    def collector(values: dict[str, bool]) -> None:
        """Python's cycle collector, which hosts also call by themselves."""
        gc.collect()
        if values["enabled"]:
            gc.collect = _collect
            gc.enable()
        else:
            gc.disable()
            gc.collect = lambda *generation: 0


script_callbacks.on_app_started(_add_route)
