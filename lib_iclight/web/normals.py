"""Normals that a network of the host estimates, as the route for programs gives them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from PIL import Image

from lib_iclight import images
from lib_iclight.hosts import annotators
from lib_iclight.images import RGB
from lib_iclight.kinds import Text, check_value

FIELD = "annotator"
NAME = Text(60)


def answer(rgb: RGB, body: Mapping[str, Any], lock: AbstractContextManager[Any]) -> dict[str, Any]:
    """A normal map as 8-bit PNG in base64, with the annotator that made it: the first that is there, if none is named.

    :param lock: the host's queue, in which the network waits for its turn on the device.
    :raises ICLightError: no annotator of that name is there, or it fails.
    """
    name = check_value(NAME, body.get(FIELD) or next(iter(annotators.installed()), ""), FIELD)
    with lock:
        found = annotators.estimate_normals(rgb, name)
    return {"image": images.to_base64(Image.fromarray(found)), FIELD: name}
