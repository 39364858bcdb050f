"""A subject lit anew from its normals: Lambert's law and GGX, by lamps or by all of a panorama."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.form import Normals
from lib_iclight.images import RGB
from lib_iclight.shading.lighting import LAMP, Lighting
from lib_iclight.shading.surface import EDGE, GRAZING, Shade, Surface, add_light, surface
from lib_iclight.shading.tone import compress, decode, encode
from lib_iclight.stage.basis import Basis, Light
from lib_iclight.stage.directions import lamp_of
from lib_iclight.stage.mix import Weights
from lib_iclight.stage.panorama import Panorama
from lib_iclight.stage.prefiltered import SMOOTHEST, ggx, irradiance
from lib_iclight.subject.compose import compose

BASE = 0.08
"""What a surface of ``specular`` 1 reflects straight ahead, as ``shading.surface`` has it."""

COSINES = 65
SAMPLES = 1024
GOLDEN = 0.6180339887498949
"""Multiples of it are spread evenly in 0..1, however many they are."""


def relight(
    basis: Basis,
    normals: Normals,
    light: Weights | Panorama,
    behind: RGB,
    roughness: float = 0.5,
    specular: float = 0.25,
) -> RGB:
    """The subject of a basis in light that its pictures need not have, uint8 [h, w, 3], sRGB.

    Its colours are those of the picture as it was given, or of the ambient picture where the basis has none.

    :param normals: of the basis' size, as ``normals.least_squares`` gives them.
    :param light: a panorama, or what each of the basis' lamps gives, linear, [n, 3].
    :param behind: what is seen beside the subject, uint8 [h, w, 3].
    :param roughness: 0..1.
    :param specular: 0..1.
    """
    rgb = encode(np.minimum(basis.ambient, 1)) if basis.unlit is None else basis.unlit
    alpha = np.ones(rgb.shape[:2], np.float32) if basis.alpha is None else basis.alpha
    form = surface(rgb, alpha, normals)
    if isinstance(light, Panorama):
        shade = shade_by_panorama(form, light, roughness, specular)
    else:
        shade = form.shade(_lighting(basis, light, roughness, specular))
    return compose(encode(compress(add_light(decode(rgb), shade))), alpha, behind)


def _lighting(basis: Basis, given: Weights, roughness: float, specular: float) -> Lighting:
    lamps = []
    for at, (lamp, weight) in enumerate(zip(basis.lamps, given)):
        red, green, blue = (LAMP * weight).tolist()
        lamps.append(lamp_of(lamp.light, f"lamps[{at}].light", (red, green, blue)))
    return Lighting(tuple(lamps), (0.0, 0.0, 0.0), 0.0, roughness, specular)


def shade_by_panorama(form: Surface, panorama: Panorama, roughness: float, specular: float) -> Shade:
    """A form in a panorama's light: irradiance by its normals, and prefiltered GGX by what they mirror.

    The highlight is the split sum's: prefiltered light times ``base A + rim B``, with the rim of ``shading.surface``.
    """
    normals = form.normals
    factor = look_up(irradiance(panorama), normals) * form.gain[..., None]
    if not specular:
        return Shade(factor, np.zeros_like(factor))
    out = np.maximum(normals[..., 2], np.float32(GRAZING))
    mirrored = 2 * out[..., None] * normals - np.array([0, 0, 1], np.float32)
    front, edge = (np.interp(out, np.linspace(0, 1, COSINES), part) for part in split_sum(roughness))
    base = BASE * specular
    reflected = np.asarray(base * front + min(1.0, EDGE * base) * edge, np.float32)
    return Shade(factor, look_up(ggx(panorama, roughness), mirrored) * reflected[..., None])


def split_sum(roughness: float) -> NDArray[np.float64]:
    """A and B by the cosine to the viewer, float64 [2, COSINES], from 0 to 1 in even steps.

    What GGX with Smith's masking reflects of even light, by half vectors drawn from its distribution. Source: Karis
    2013, Real Shading in Unreal Engine 4 (IntegrateBRDF).
    """
    square, k = max(roughness, SMOOTHEST) ** 4, max(roughness, SMOOTHEST) ** 2 / 2
    cosine = np.maximum(np.linspace(0, 1, COSINES), GRAZING)[:, None]
    drawn = np.arange(SAMPLES)
    turn, share = 2 * np.pi * (drawn + 0.5) / SAMPLES, drawn * GOLDEN % 1
    high = np.sqrt((1 - share) / (1 + (square - 1) * share))
    facing = np.sqrt((1 - cosine**2) * (1 - high**2)) * np.cos(turn) + cosine * high
    lit = np.maximum(2 * facing * high - cosine, 0)
    masking = lit / (lit * (1 - k) + k) * cosine / (cosine * (1 - k) + k)
    seen = masking * np.maximum(facing, 0) / (high * cosine)
    fresnel = (1 - facing.clip(0, 1)) ** 5
    return np.stack([((1 - fresnel) * seen).mean(axis=1), (fresnel * seen).mean(axis=1)])


def look_up(map_: Light, towards: NDArray[np.float32]) -> Light:
    """What an equirectangular map has in directions, between its pixels in straight lines: float32 [h, w, 3].

    :param towards: [h, w, 3], of length 1.
    """
    rows, columns = map_.shape[:2]
    # One more on every side: its left edge goes on at its right one.
    padded = np.pad(np.pad(map_, ((0, 0), (1, 1), (0, 0)), "wrap"), ((1, 1), (0, 0), (0, 0)), "edge")
    along = np.arctan2(towards[..., 0], -towards[..., 2]) / (2 * np.pi) + 0.5
    down = np.arccos(towards[..., 1].clip(-1, 1)) / np.pi
    x, y = (np.asarray(part + 0.5, np.float32) for part in (along * columns, down * rows))
    return np.asarray(cv2.remap(padded, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
