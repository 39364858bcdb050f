"""A detailer in small, and what the ring needs that the host's API lacks.

The detailer runs img2img inside a generation, on each of its pictures, with IC-Light's own script.
"""

from __future__ import annotations

import base64
import copy
import gc
import importlib.util
import io
import os
from contextlib import closing
from typing import Any

import gradio as gr
from fastapi import FastAPI
from modules import call_queue, img2img, script_callbacks, scripts, shared
from modules.processing import StableDiffusionProcessingImg2Img, process_images

_collect = gc.collect


def _ic_light_alone() -> tuple[Any, list[Any]]:
    """img2img's runner of scripts with IC-Light's alone, and the arguments before its own."""
    runner = copy.copy(scripts.scripts_img2img)
    runner.alwayson_scripts = [s for s in runner.alwayson_scripts if s.title() == "IC-Light"]
    runner.scripts = list(runner.alwayson_scripts)
    runner.callback_map = {}
    return runner, [None] * runner.alwayson_scripts[0].args_from


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
        runner, before = _ic_light_alone()
        fields = dict(fields)
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


def _base64(picture: Any) -> str:
    data = io.BytesIO()
    picture.save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode()


def _add_route(demo: Any, app: FastAPI) -> None:
    """Forge and its kin look for new ControlNets only when a button of their page is pressed."""

    @app.post("/ring/refresh-controlnet")
    def refresh() -> None:
        if importlib.util.find_spec("lib_controlnet"):
            from lib_controlnet import global_state

            global_state.update_controlnet_filenames()

    @app.post("/ring/batch")
    def batch(fields: dict[str, Any]) -> dict[str, Any]:
        """A folder in img2img's batch tab, with the arguments of IC-Light's script."""
        runner, before = _ic_light_alone()
        with (
            call_queue.queue_lock,
            closing(
                StableDiffusionProcessingImg2Img(
                    init_images=[None], do_not_save_samples=True, do_not_save_grid=True, **fields["generation"]
                )
            ) as p,
        ):
            p.scripts = runner
            p.script_args = (*before, fields["args"])
            shared.state.begin(job="ring")
            try:
                processed = img2img.process_batch(p, fields["folder"], "", "", p.script_args)
            finally:
                shared.state.end()
        pictures = list(map(_base64, processed.images))
        return {"images": pictures, "infotexts": len(processed.infotexts), "comments": processed.comments}

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
