"""Normals from pictures in several lights: by the authors' formula, and by photometric stereo.

Normals are to the right, up, towards the viewer (OpenGL), float32 [h, w, 3], of length 1.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.form import Normals
from lib_iclight.form.vectors import normalize
from lib_iclight.images import RGB, Matte
from lib_iclight.light.maps import LUMINANCE
from lib_iclight.stage.basis import Light
from lib_iclight.stage.directions import Directions

SIGMA = 10.0
LITTLE = 1e-5

ROUNDS = 6
DARK = 0.02
"""The share of a place's brightest picture below which a picture is taken for shadow at first."""

LEAST_DETERMINANT = 1e-3
"""Of the lamps that are left: below it they lie in a plane, or nearly."""

RIDGE = 1e-3


def four_sides(left: RGB, right: RGB, bottom: RGB, top: RGB, alpha: Matte) -> Normals:
    """The authors' formula, of pictures lit from four sides.

    Of sRGB as it is encoded, ``d(a) = (a + e) / (mean + e) - 1``, ``u = (d(right) - d(left)) / 2``,
    ``v = (d(top) - d(bottom)) / 2``, means of the channels, and ``h = (1 - u^2 - v^2) ^ 5`` from 0 on; ``(u, v, h)`` at
    length 1, by the matte over ``(0, 0, 1)``, and so shorter at soft edges. Source: ``process_normal`` of
    ``gradio_demo_bg.py``.

    :param left: uint8 [h, w, 3], as are the others.
    """
    sides = [side.astype(np.float32) / 255 for side in (left, right, bottom, top)]
    mean = sum(sides[1:], sides[0]) / 4
    west, east, south, north = ((side + LITTLE) / (mean + LITTLE) - 1 for side in sides)
    u, v = ((east - west) * 0.5).mean(axis=2), ((north - south) * 0.5).mean(axis=2)
    h = (1 - u**2 - v**2).clip(0, 1e5) ** (SIGMA / 2)
    vectors = np.stack([u, v, h], axis=2)
    # All three are 0 nowhere: u and v are, where h is not.
    vectors /= np.sqrt((vectors**2).sum(axis=2, keepdims=True))
    front = np.array([0, 0, 1], np.float32)
    return np.asarray(vectors * alpha[..., None] + front * (1 - alpha[..., None]), np.float32)


def least_squares(pictures: Light, directions: Directions, alpha: Matte | None = None) -> Normals:
    """Photometric stereo: the normal whose cosines to the lamps explain a place's luminances best.

    Lambert's law clips at 0, which no least squares knows: a lamp is left out of a place that it does not reach, which
    is guessed from its darkness and then told by the normal that was found. Sources: Woodham 1980, Photometric Method
    for Determining Surface Orientation from Multiple Images.

    :param pictures: linear light [n, h, w, 3], as in a basis.
    :param directions: [n, 3], of length 1, three or more not in one plane.
    :param alpha: float32 [h, w]; by it the normals lie over ``(0, 0, 1)``.
    :raises ICLightError: lamps in one plane, or other than the pictures.
    """
    count, height, width, _ = pictures.shape
    if len(directions) != count or np.linalg.det(directions.T @ directions) < LEAST_DETERMINANT:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"IC-Light: normals need pictures from 3 or more directions that lie in no plane, and {count} pictures "
            f"have {len(directions)} that do not: add lamps from other sides.",
        )
    vectors = np.empty((height, width, 3), np.float32)
    for row in range(height):
        light = pictures[:, row].astype(np.float64) @ LUMINANCE
        vectors[row] = _solve(light, directions)
    vectors[..., 2] = np.maximum(vectors[..., 2], 0)
    found = normalize(vectors)
    if alpha is None:
        return found
    return normalize(found * alpha[..., None] + np.array([0, 0, 1], np.float32) * (1 - alpha[..., None]))


def _solve(light: NDArray[np.float64], directions: Directions) -> NDArray[np.float64]:
    """The albedo times the normal, [w, 3], of luminances [n, w]."""
    outer = np.einsum("ni,nj->nij", directions, directions)
    most = light.max(axis=0)
    used = light > DARK * most
    found = np.zeros((light.shape[1], 3))
    for _ in range(ROUNDS):
        matrix = np.einsum("nw,nij->wij", used, outer)
        # Fewer than three lamps leave a direction open: the ridge chooses the shortest vector.
        matrix += np.eye(3) * np.where(np.linalg.det(matrix) < LEAST_DETERMINANT, RIDGE, 0)[:, None, None]
        matrix += np.eye(3) * 1e-9
        right = np.einsum("nw,ni->wi", used * light, directions)
        found = np.linalg.solve(matrix, right[..., None])[..., 0]
        # A lamp that is dark and behind stays out, one that is before comes in.
        reached = (directions @ found.T > 0) & (light > 0)
        if (reached == used).all():
            break
        used = reached
    return found


def to_levels(normals: Normals, green: str) -> NDArray[np.uint16]:
    """A normal map in 16 bit, uint16 [h, w, 3]: 0..65535 for -1..1, rounded; ``form.read_normal_map`` reads it.

    :param green: ``up`` (OpenGL) or ``down`` (DirectX).
    """
    signed = normals * np.array([1, -1 if green == "down" else 1, 1], np.float32)
    return np.asarray(((signed + 1) * np.float32(32767.5)).clip(0, 65535).round().astype(np.uint16))


def to_png(normals: Normals, green: str) -> bytes:
    """A normal map as a PNG of 16 bit, in which nothing of colour spaces is said: it has numbers, not colours."""
    return bytes(cv2.imencode(".png", np.ascontiguousarray(to_levels(normals, green)[..., ::-1]))[1])


def to_8_bit(normals: Normals) -> RGB:
    """A normal map as the authors write it: ``127.5 n + 127.5``, clipped, cast by truncation."""
    return np.asarray((normals * 127.5 + 127.5).clip(0, 255).astype(np.uint8))
