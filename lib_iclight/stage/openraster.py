"""Layers as an OpenRaster file, which Krita, GIMP and MyPaint open.

Source: OpenRaster 0.0.6, File Layout and Layer Stack.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from PIL import Image

from lib_iclight.images import save_png
from lib_iclight.stage.layers import Layer, merge

THUMBNAIL = 256
OPERATORS = {"normal": "svg:src-over", "multiply": "svg:multiply", "add": "svg:plus"}


def write(layers: Sequence[Layer]) -> bytes:
    """A file of layers, the lowest first."""
    height, width = layers[0].picture.shape[:2]
    image = Element("image", version="0.0.6", w=str(width), h=str(height))
    stack = SubElement(image, "stack")
    files: dict[str, bytes] = {}
    for index, layer in reversed(list(enumerate(layers))):
        source = f"data/layer{index}.png"
        files[source] = _png(Image.fromarray(layer.picture))
        values = {"name": layer.name, "src": source, "x": "0", "y": "0", "opacity": "1.0"}
        shown = "visible" if layer.visible else "hidden"
        SubElement(stack, "layer", {**values, "visibility": shown, "composite-op": OPERATORS[layer.blend]})
    merged = merge(layers)
    small = merged.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        # First and not packed, so that the file's first bytes tell what it is.
        archive.writestr("mimetype", "image/openraster", zipfile.ZIP_STORED)
        archive.writestr("stack.xml", tostring(image, "utf-8", xml_declaration=True))
        pictures = {**files, "mergedimage.png": _png(merged), "Thumbnails/thumbnail.png": _png(small)}
        for name, content in pictures.items():
            archive.writestr(name, content, zipfile.ZIP_STORED)
    return data.getvalue()


def _png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    save_png(image, data)
    return data.getvalue()
