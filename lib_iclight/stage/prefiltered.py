"""Light from all around, summed up for surfaces: irradiance, and what a rough mirror shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lib_iclight.stage.basis import Light
from lib_iclight.stage.panorama import Panorama, flux, pixel_directions, solid_angles

SMOOTHEST = 0.1
"""The least roughness; below it a lobe is narrower than the cells that are summed up."""

AT_ONCE = 64
"""Directions of a map that are worked on at a time."""


def irradiance(panorama: Panorama, rows: int = 16) -> Light:
    """What a white matte surface sends back by its normal, float32 [rows, 2 * rows, 3], equirectangular, not rotated.

    ``1 / pi`` times the integral of radiance by the cosine from 0 on: 1 in an even panorama of 1.
    """
    cells, towards = _cells(panorama)
    normals = pixel_directions(rows, 2 * rows).reshape(-1, 3)
    return _map(np.maximum(normals @ towards.T, 0) @ cells.reshape(-1, 3) / np.pi, rows)


def ggx(panorama: Panorama, roughness: float, rows: int = 32) -> Light:
    """What a rough mirror shows by the direction that it mirrors, float32 [rows, 2 * rows, 3], not rotated.

    Viewer, normal and mirrored direction are taken for one, as the split sum does: light is weighted by
    ``D(n.h) (n.l)``, with GGX for D and ``alpha = roughness ^ 2``; here by a sum over cells, not by samples.
    Source: Karis 2013, Real Shading in Unreal Engine 4.

    :param roughness: 0..1; below ``SMOOTHEST`` as there.
    """
    cells, towards = _cells(panorama)
    solid = np.broadcast_to(solid_angles(*cells.shape[:2])[:, None], cells.shape[:2]).ravel()
    square = max(roughness, SMOOTHEST) ** 4
    normals = pixel_directions(rows, 2 * rows).reshape(-1, 3)
    result = np.empty((len(normals), 3))
    for first in range(0, len(normals), AT_ONCE):
        cosine = normals[first : first + AT_ONCE] @ towards.T
        # Of the half vector, as the viewer is where the normal points.
        half = (1 + cosine) / 2
        lobe = np.maximum(cosine, 0) / (half * (square - 1) + 1) ** 2
        result[first : first + AT_ONCE] = lobe @ cells.reshape(-1, 3) / (lobe @ solid)[:, None]
    return _map(result, rows)


def _cells(panorama: Panorama) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    cells = flux(panorama)
    towards = pixel_directions(cells.shape[0], cells.shape[1], panorama.rotation)
    return cells, towards.reshape(-1, 3)


def _map(values: NDArray[np.float64], rows: int) -> Light:
    return values.reshape(rows, 2 * rows, 3).astype(np.float32)
