"""Selecting in a picture, as the routes for programs and those for pages do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from PIL import Image

from lib_iclight import images
from lib_iclight.images import RGB, Matte
from lib_iclight.matting import sam
from lib_iclight.matting.prompt import Prompt, read_prompt
from lib_iclight.runtime import Runtime

Select = Callable[[RGB, Prompt], Matte]
"""How much each pixel of a picture is part of what a prompt points at."""

FIELDS = ("points", "box")


def make_select(runtime: Callable[[], Runtime], lock: AbstractContextManager[Any]) -> Select:
    """The selecting of a process.

    :param runtime: gives the runtime; called at the first selection.
    :param lock: the host's queue, in which the network waits for its turn on the device.
    """

    def select(rgb: RGB, prompt: Prompt) -> Matte:
        with lock:
            return runtime().selector.select(rgb, prompt)

    return select


def read_fields(body: Mapping[str, Any]) -> Prompt:
    """The prompt of a request.

    :raises ICLightError: as ``read_prompt``.
    """
    return read_prompt(body.get("points", ()), body.get("box"))


def describe_selection(alpha: Matte) -> dict[str, Any]:
    """The answer of a route: the mask as 8-bit grey PNG in base64, white on what is selected."""
    height, width = alpha.shape
    return {"mask": images.to_base64(Image.fromarray(images.to_levels(alpha))), "width": width, "height": height}


def describe_installed(selector: sam.Selector) -> list[dict[str, Any]]:
    """What can select, as the list of models shows it."""
    found = selector.installed()
    return [
        {
            "name": sam.NAME,
            "label": sam.LABEL,
            "licence": sam.LICENCE,
            "installed": found is not None,
            "file": found and found.folder.name,
            "size": found and found.size,
        }
    ]
