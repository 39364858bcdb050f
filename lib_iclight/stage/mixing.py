"""From a basis and weights to a picture, fast."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import RGB
from lib_iclight.light.maps import to_srgb
from lib_iclight.light.tone import STEPS
from lib_iclight.stage.basis import Basis, Light
from lib_iclight.stage.mix import Mix, Weights, weights

FLOATS = 1 << 16
"""How many numbers are worked on at a time: what a core's cache holds."""

FILMIC_WHITE = 8.0
"""The linear light from which ``filmic`` is 1 for certain; it is from 7.24 on."""


def filmic(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """``x (2.51 x + 0.03) / (x (2.43 x + 0.59) + 0.14)``, of each channel, clipped to 1.

    Source: Narkowicz 2015, ACES Filmic Tone Mapping Curve.
    """
    return np.minimum(light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14), 1)


_EVEN = np.arange(STEPS + 1) / STEPS
_TABLES = {
    "none": (1.0, (255 * to_srgb(_EVEN)).round().astype(np.uint8)),
    "filmic": (FILMIC_WHITE, (255 * to_srgb(filmic(_EVEN * FILMIC_WHITE))).round().astype(np.uint8)),
}
"""The linear light at the end of a table, and the sRGB level of each of its even steps up to there."""


def mix(basis: Basis, settings: Mix) -> RGB:
    """The picture in a mix of its lamps, uint8 [h, w, 3], sRGB.

    A single lamp at 1, exposure 0 and no curve give back its picture as it was rendered.

    :raises ICLightError: the mix has another number of lamps.
    """
    return combine(basis, weights(settings), settings.curve)


def combine(basis: Basis, given: Weights, curve: str = "none") -> RGB:
    """The weighted sum of all pictures through a tone curve, uint8 [h, w, 3], sRGB.

    :param given: [n, 3], 0 and more.
    """
    end, table = _TABLES[curve]
    scale = STEPS / end
    result = np.empty(basis.pictures.shape[1:], np.uint8)
    for rows, light in _sums(basis, given * scale):
        light += np.float32(0.5)
        np.minimum(light, np.float32(STEPS), out=light)
        result[rows] = table[light.astype(np.uint16)].reshape(result[rows].shape)
    return result


def radiance(basis: Basis, given: Weights) -> Light:
    """The weighted sum of all pictures in linear light, float32 [h, w, 3], without a bound."""
    result = np.empty(basis.pictures.shape[1:], np.float32)
    for rows, light in _sums(basis, given):
        result[rows] = light.reshape(result[rows].shape)
    return result


def _sums(basis: Basis, given: Weights) -> Iterator[tuple[slice, Light]]:
    """Some rows at a time, and their weighted sums [rows, w * 3], which may be changed."""
    count, height, width, _ = basis.pictures.shape
    if given.shape != (count, 3):
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"IC-Light: the mix has {len(given)} lamps but the basis has {count}: give as many.",
        )
    # A row long, so that its inner loop is not of three.
    along = [np.tile(weight.astype(np.float32), width) for weight in given]
    used = [i for i in range(count) if given[i].any()]
    flat = basis.pictures.reshape(count, height, width * 3)
    step = max(1, math.ceil(FLOATS / (width * 3)))
    total, part = (np.empty((step, width * 3), np.float32) for _ in range(2))
    for top in range(0, height, step):
        rows = slice(top, min(top + step, height))
        into, scaled = total[: rows.stop - top], part[: rows.stop - top]
        into[:] = 0
        for i in used:
            np.multiply(flat[i, rows], along[i], out=scaled)
            into += scaled
        yield rows, into
