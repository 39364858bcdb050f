"""Layers as a Photoshop file, where ``psd-tools`` is installed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.util import find_spec

from PIL import Image

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.stage.layers import Layer


def is_available() -> bool:
    return find_spec("psd_tools") is not None


def write(layers: Sequence[Layer]) -> bytes:
    """A file of layers, the lowest first.

    :raises ICLightError: the package is not installed.
    """
    if not is_available():
        raise ICLightError(
            ErrorCode.INSTALLATION_INCOMPLETE,
            "IC-Light: Photoshop files need the package psd-tools, which is not installed: install it, or take "
            "OpenRaster.",
        )
    from psd_tools import PSDImage
    from psd_tools.constants import BlendMode

    modes = {"normal": BlendMode.NORMAL, "multiply": BlendMode.MULTIPLY, "add": BlendMode.LINEAR_DODGE}
    document = PSDImage.new("RGB", layers[0].picture.shape[1::-1])
    for layer in layers:
        made = document.create_pixel_layer(Image.fromarray(layer.picture), name=layer.name)
        made.blend_mode = modes[layer.blend]
        made.visible = layer.visible
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()
