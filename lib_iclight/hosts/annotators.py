"""Networks of the host and of its ControlNet that estimate a picture's normals."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight import images, log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import RGB

TOWARDS_LEFT = ("normalbae", "normal_bae", "normal_bae_variant", "normal_dsine")
"""Red is left, green up, blue towards the viewer. Source: ControlNet 1.1, and baegwangbin/DSINE, issue 8."""

BACKWARDS = ("normal_midas", "normalmap_midas")
"""The same three the other way round. Source: ControlNet, ``annotator/midas/__init__.py``."""

KNOWN = (*TOWARDS_LEFT, *BACKWARDS)
"""Those whose colours are known; of another it could only be guessed where its red points."""


def _processors() -> Mapping[str, Any]:
    """What the host's ControlNet prepares pictures with, by name: Forge and its kin bring it along."""
    forge = getattr(sys.modules.get("modules_forge.shared"), "supported_preprocessors", None)
    extension = getattr(sys.modules.get("scripts.supported_preprocessor"), "Preprocessor", None)
    return forge or getattr(extension, "all_processors", None) or {}


def installed() -> tuple[str, ...]:
    """The names of those that are there; a name says nothing of its weights, which hosts download at the first use."""
    there = _processors()
    return tuple(name for name in KNOWN if name in there)


def estimate_normals(rgb: RGB, name: str) -> RGB:
    """A normal map of a picture, of its working size: red is right, green up, blue towards the viewer.

    :param rgb: uint8 [h, w, 3], sRGB.
    :param name: one of ``installed``.
    :raises ICLightError: the annotator is not there, or it fails.
    """
    processor = _processors().get(name) if name in KNOWN else None
    if processor is None:
        there = ", ".join(installed()) or "none"
        raise ICLightError(
            ErrorCode.ANNOTATOR_NOT_FOUND,
            f"IC-Light: annotator is {name!r:.60}, which this WebUI does not have (there: {there}): name one of those, "
            "or give a normal map.",
        )
    shown = images.at_working_size(rgb)
    height, width = shown.shape[:2]
    sliders = {key: _value(getattr(processor, key, None)) for key in ("slider_1", "slider_2", "slider_3")}
    try:
        found = processor(np.ascontiguousarray(shown), resolution=min(height, width), **sliders)
    # The host's and others' code: a file that cannot be downloaded, memory, anything.
    except Exception as error:  # noqa: BLE001
        log.logger.exception("annotator %s", name)
        raise ICLightError(
            ErrorCode.ANNOTATOR_FAILED,
            f"IC-Light: annotator {name} failed ({type(error).__name__}: {str(error).strip()[:200]}): see the log, and "
            "whether its model file could be downloaded.",
        ) from None
    return images.stretch(_to_right_up_front(np.asarray(found)[..., :3], name), width, height)


def _value(parameter: Any) -> Any:
    """Where a slider of the annotator's stands by itself."""
    return getattr(parameter, "gradio_update_kwargs", {}).get("value")


def _to_right_up_front(found: NDArray[Any], name: str) -> RGB:
    ordered = found[..., ::-1] if name in BACKWARDS else found
    right = 255 - ordered[..., :1]
    return np.ascontiguousarray(np.concatenate([right, ordered[..., 1:]], axis=-1), np.uint8)
