"""A basis as layers for a drawing program, which blends them in sRGB as it is encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib_iclight.images import RGB, luma, to_levels
from lib_iclight.light.maps import to_srgb
from lib_iclight.light.tone import encode
from lib_iclight.shading.shadow import Shadow, from_relit
from lib_iclight.stage.basis import Basis

LINE_RADIUS = 2
"""How far around a place the lightest is looked for, in pixels."""

DARKEST_LUMA = 1 / 255


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer.

    :ivar picture: uint8 [h, w, 4], sRGB and alpha, not multiplied.
    :ivar blend: normal, multiply or add.
    """

    name: str
    picture: NDArray[np.uint8]
    blend: str = "normal"
    visible: bool = True


def layers_of(basis: Basis) -> list[Layer]:
    """Background, shadow, flat, shading and light of each lamp, and lines, the lowest first.

    Flat is the ambient picture. Each shading, multiplied with it, is what its lamp gives to it (1/n of the lamp's
    picture); each light, added to others in linear light, likewise. Shadings, lights and lines are hidden at first:
    only one shading at a time, or lights without flat, are the subject in a light.
    """
    count = len(basis.lamps)
    flat = encode(basis.ambient)
    lights = [encode(picture / np.float32(count)) for picture in basis.pictures]
    layers = []
    if basis.background is not None:
        layers.append(Layer("background", _with_alpha(basis.background, None)))
        shadow = shadow_of(basis)
        if shadow is not None:
            layers.append(Layer("shadow", np.asarray(shadow.to_image())))
    layers.append(Layer("flat", _with_alpha(flat, basis.alpha)))
    layers += [
        Layer(f"shading {lamp.name}", _with_alpha(shading_of(basis, i), basis.alpha), "multiply", False)
        for i, lamp in enumerate(basis.lamps)
    ]
    layers += [
        Layer(f"light {lamp.name}", _with_alpha(light, basis.alpha), "add", False)
        for lamp, light in zip(basis.lamps, lights)
    ]
    layers.append(Layer("line", _with_alpha(line_of(flat), basis.alpha), "multiply", False))
    return layers


def shading_of(basis: Basis, index: int) -> RGB:
    """A lamp's ratio to the ambient picture, uint8 [h, w, 3]: of its picture over n, both as sRGB encodes them.

    The mean of all is never less than an n-th of one, so that the ratio is 0..1; 1 where both are black.
    """
    share = np.minimum(basis.pictures[index] / np.float32(len(basis.lamps)), 1)
    part, whole = to_srgb(share), to_srgb(np.minimum(basis.ambient, 1))
    ratio = np.divide(part, whole, out=np.ones_like(part), where=whole > 0)
    return np.asarray((255 * np.minimum(ratio, 1)).round(), np.uint8)


def shadow_of(basis: Basis) -> Shadow | None:
    """What the ambient picture shows of a shadow on the background; None without background or matte."""
    if basis.background is None or basis.alpha is None:
        return None
    return Shadow(from_relit(encode(basis.ambient), basis.background, basis.alpha))


def line_of(rgb: RGB) -> RGB:
    """Dark lines on white, uint8 [h, w, 3]: each place's luma over the lightest within ``LINE_RADIUS``.

    A division by the dilated picture, as drawing programs make lines by a colour dodge with a maximum.
    """
    grey = cv2.GaussianBlur(luma(rgb), (0, 0), 0.7)
    side = 2 * LINE_RADIUS + 1
    lightest = cv2.dilate(grey, np.ones((side, side), np.uint8))
    ratio = (grey + DARKEST_LUMA) / (lightest + DARKEST_LUMA)
    return np.repeat((255 * ratio).clip(0, 255).round().astype(np.uint8)[..., None], 3, axis=2)


def _with_alpha(rgb: RGB, alpha: NDArray[np.float32] | None) -> NDArray[np.uint8]:
    levels = np.full(rgb.shape[:2], 255, np.uint8) if alpha is None else to_levels(alpha)
    return np.dstack([rgb, levels])


def merge(layers: Sequence[Layer]) -> Image.Image:
    """What is visible of layers, RGBA, blended in sRGB as OpenRaster says (W3C, Compositing and Blending)."""
    height, width = layers[0].picture.shape[:2]
    colour: NDArray[np.floating] = np.zeros((height, width, 3))
    alpha: NDArray[np.floating] = np.zeros((height, width, 1))
    for layer in (layer for layer in layers if layer.visible):
        pixels = layer.picture / 255
        source, own = pixels[..., :3], pixels[..., 3:]
        if layer.blend == "add":
            colour, alpha = np.minimum(colour + source * own, 1), np.minimum(alpha + own, 1)
            continue
        below = colour / np.maximum(alpha, 1e-6)
        mixed = (1 - alpha) * source + alpha * source * below if layer.blend == "multiply" else source
        colour, alpha = own * mixed + (1 - own) * colour, own + alpha * (1 - own)
    result = np.dstack([colour / np.maximum(alpha, 1e-6), alpha])
    return Image.fromarray((255 * result.clip(0, 1)).round().astype(np.uint8))
