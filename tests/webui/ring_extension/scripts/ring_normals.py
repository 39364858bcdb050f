"""A network for normals in small, by the name of one whose colours are known: it sees an egg in every picture."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from modules import script_callbacks


def _register() -> None:
    if importlib.util.find_spec("modules_forge") is None:
        return
    from modules_forge.shared import add_supported_preprocessor, supported_preprocessors
    from modules_forge.supported_preprocessor import Preprocessor

    class Egg(Preprocessor):
        def __init__(self) -> None:
            super().__init__()
            self.name = "normal_dsine"
            self.tags = ["NormalMap"]

        def __call__(self, input_image: Any, resolution: int, *args: Any, **kwargs: Any) -> Any:
            height, width = input_image.shape[:2]
            across, down = np.meshgrid(np.linspace(-0.7, 0.7, width), np.linspace(-0.7, 0.7, height))
            front = np.sqrt(1 - across**2 - down**2)
            return np.round(np.stack([-across, -down, front], axis=-1) * 127.5 + 127.5).astype(np.uint8)

    if "normal_dsine" in supported_preprocessors:
        return
    add_supported_preprocessor(Egg())
    script_callbacks.on_app_started(lambda demo, app: app.add_api_route("/ring/egg", lambda: "normal_dsine"))


_register()
