"""Panoramas to light by."""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.light.panorama import pixel_directions

ROWS = 32


def lobe(towards: Any, degrees: float = 12, rows: int = ROWS) -> NDArray[np.float64]:
    """A white light from one direction, [rows, 2 * rows, 3]."""
    unit = np.asarray(towards, float) / np.linalg.norm(towards)
    sharpness = 1 / (1 - np.cos(np.radians(degrees)))
    return np.exp(sharpness * (pixel_directions(rows, 2 * rows) @ unit - 1))[..., None].repeat(3, axis=2)


def noise(seed: int, rows: int = ROWS) -> NDArray[np.float64]:
    return np.random.default_rng(seed).gamma(0.3, 2, (rows, 2 * rows, 3))


def to_hdr(light: NDArray[Any]) -> bytes:
    """A Radiance file."""
    return cv2.imencode(".hdr", np.asarray(light, np.float32)[..., ::-1])[1].tobytes()


def to_text(light: NDArray[Any]) -> str:
    """As the options take it."""
    return base64.b64encode(to_hdr(light)).decode()
