"""Light from all around, summed up for surfaces: irradiance, and what a rough mirror shows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.light.panorama import Light, pixel_directions, solid_angles

Flux = NDArray[np.float64]
"""Radiance times solid angle of a panorama's cells, [rows, 2 * rows, 3], as ``panorama.flux`` gives it."""

SMOOTHEST = 0.1
"""The least roughness; below it a lobe is narrower than the cells that are summed up."""

TINY = 1e-12
"""In place of nothing, where something is divided by it."""

AT_ONCE = 64
"""Directions of a map that are worked on at a time."""


def irradiance(cells: Flux, rows: int = 32) -> Light:
    """What a white matte surface sends back by its normal, float32 [rows, 2 * rows, 3], equirectangular.

    ``1 / pi`` times the integral of radiance by the cosine from 0 on: 1 in an even panorama of 1.
    """
    towards, light = _towards(cells), cells.reshape(-1, 3) / np.pi
    normals = pixel_directions(rows, 2 * rows).reshape(-1, 3)
    result = np.empty((len(normals), 3))
    for first in range(0, len(normals), AT_ONCE):
        result[first : first + AT_ONCE] = np.maximum(normals[first : first + AT_ONCE] @ towards.T, 0) @ light
    return _map(result, rows)


def ggx(cells: Flux, roughness: float, rows: int = 32) -> Light:
    """What a rough mirror shows by the direction that it mirrors, float32 [rows, 2 * rows, 3], equirectangular.

    Viewer, normal and mirrored direction are taken for one, as the split sum does: light is weighted by
    ``D(n.h) (n.l)``, with GGX for D and ``alpha = roughness ^ 2``; here by a sum over cells, not by samples.
    Source: Karis 2013, Real Shading in Unreal Engine 4.

    :param roughness: 0..1; below ``SMOOTHEST`` as there.
    """
    towards = _towards(cells)
    solid = np.broadcast_to(solid_angles(*cells.shape[:2])[:, None], cells.shape[:2]).ravel()
    square = max(roughness, SMOOTHEST) ** 4
    normals = pixel_directions(rows, 2 * rows).reshape(-1, 3)
    result = np.empty((len(normals), 3))
    for first in range(0, len(normals), AT_ONCE):
        cosine = normals[first : first + AT_ONCE] @ towards.T
        # Of the half vector, as the viewer is where the normal points.
        half = (1 + cosine) / 2
        lobe = np.maximum(cosine, 0) / (half * (square - 1) + 1) ** 2
        result[first : first + AT_ONCE] = lobe @ cells.reshape(-1, 3) / np.maximum(lobe @ solid, TINY)[:, None]
    return _map(result, rows)


def look_up(map_: Light, towards: NDArray[np.float32], rotation: float = 0.0) -> Light:
    """What an equirectangular map has in directions, between its pixels in straight lines: float32 [h, w, 3].

    :param towards: [h, w, 3], of length 1.
    :param rotation: of the map, degrees, as ``Panorama.rotation``.
    """
    rows, columns = map_.shape[:2]
    # One more on every side: its left edge goes on at its right one.
    padded = np.pad(np.pad(map_, ((0, 0), (1, 1), (0, 0)), "wrap"), ((1, 1), (0, 0), (0, 0)), "edge")
    along = (np.arctan2(towards[..., 0], -towards[..., 2]) / (2 * np.pi) + 0.5 - rotation / 360) % 1
    down = np.arccos(towards[..., 1].clip(-1, 1)) / np.pi
    x, y = (np.asarray(part + 0.5, np.float32) for part in (along * columns, down * rows))
    return np.asarray(cv2.remap(padded, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _towards(cells: Flux) -> NDArray[np.float64]:
    return pixel_directions(*cells.shape[:2]).reshape(-1, 3)


def _map(values: NDArray[np.float64], rows: int) -> Light:
    return values.reshape(rows, 2 * rows, 3).astype(np.float32)
