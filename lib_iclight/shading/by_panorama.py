"""A form in light from all around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lib_iclight.light.environment import Environment
from lib_iclight.light.prefiltered import SMOOTHEST
from lib_iclight.shading.surface import BASE, EDGE, GRAZING, Shade, Surface

COSINES = 65
SAMPLES = 1024
GOLDEN = 0.6180339887498949
"""Multiples of it are spread evenly in 0..1, however many they are."""


def shade_by_panorama(form: Surface, environment: Environment, roughness: float, specular: float) -> Shade:
    """A form in a panorama's light: irradiance by its normals, and prefiltered GGX by what they mirror.

    The highlight is the split sum's: prefiltered light times ``base A + rim B``, with the rim of ``surface``.
    """
    normals = form.normals
    factor = environment.irradiance(normals) * form.gain[..., None]
    if not specular:
        return Shade(factor, np.zeros_like(factor))
    out = np.maximum(normals[..., 2], np.float32(GRAZING))
    mirrored = 2 * out[..., None] * normals - np.array([0, 0, 1], np.float32)
    front, edge = (np.interp(out, np.linspace(0, 1, COSINES), part) for part in split_sum(roughness))
    base = BASE * specular
    reflected = np.asarray(base * front + min(1.0, EDGE * base) * edge, np.float32)
    return Shade(factor, environment.mirror(mirrored, roughness) * reflected[..., None])


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
