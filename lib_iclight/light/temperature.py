"""The colour of light of a colour temperature.

Light of a temperature lies on the Planckian locus, here by the isotemperature lines of Robertson 1968 (Wyszecki and
Stiles 1982, page 228), between which the chromaticity is a straight line by mireds. A picture's white is D65, which
lies beside the locus: a Bradford transform (Lam 1985) adapts light of 6,504 K to it, so that this temperature is
exactly white.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight.kinds import Number
from lib_iclight.light.maps import to_srgb

KELVIN = Number(1800, 12000, 50)
"""What a person can choose."""

WHITE = 6504
"""Kelvin."""

_LOCUS = np.array(
    [
        (0, 0.18006, 0.26352),
        (10, 0.18066, 0.26589),
        (20, 0.18133, 0.26846),
        (30, 0.18208, 0.27119),
        (40, 0.18293, 0.27407),
        (50, 0.18388, 0.27709),
        (60, 0.18494, 0.28021),
        (70, 0.18611, 0.28342),
        (80, 0.18740, 0.28668),
        (90, 0.18880, 0.28997),
        (100, 0.19032, 0.29326),
        (125, 0.19462, 0.30141),
        (150, 0.19962, 0.30921),
        (175, 0.20525, 0.31647),
        (200, 0.21142, 0.32312),
        (225, 0.21807, 0.32909),
        (250, 0.22511, 0.33439),
        (275, 0.23247, 0.33904),
        (300, 0.24010, 0.34308),
        (325, 0.24792, 0.34655),
        (350, 0.25591, 0.34951),
        (375, 0.26400, 0.35200),
        (400, 0.27218, 0.35407),
        (425, 0.28039, 0.35577),
        (450, 0.28863, 0.35714),
        (475, 0.29685, 0.35823),
        (500, 0.30505, 0.35907),
        (525, 0.31320, 0.35968),
        (550, 0.32129, 0.36011),
        (575, 0.32931, 0.36038),
        (600, 0.33724, 0.36051),
    ]
)
"""Mireds, and the chromaticity u, v (CIE 1960) there."""

_TO_SRGB = np.array(
    [
        (3.2404541621141045, -1.5371385127977166, -0.4985314095560162),
        (-0.9692660305051868, 1.8760108454466942, 0.0415560175303498),
        (0.0556434309591147, -0.2040259135167538, 1.0572251882231791),
    ]
)
"""From XYZ to linear sRGB (IEC 61966-2-1)."""

_BRADFORD = np.array([(0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296)])
_D65 = np.linalg.solve(_TO_SRGB, np.ones(3))


def mireds(kelvin: float) -> float:
    return 1e6 / kelvin


_TABLE = np.union1d(np.arange(80, 561, 5), mireds(WHITE))
"""Mireds at which ``table`` gives colours: 12,500 to 1,786 K."""


def colour_of(kelvin: float) -> str:
    """The colour of light as a lamp's #rrggbb, its brightest channel at 255.

    :param kelvin: 1,667 and more.
    """
    return shifted(mireds(kelvin) - mireds(WHITE))


def shifted(mireds_on: float) -> str:
    """The colour of white light that a filter shifts by some mireds; warmer above 0, bluer below."""
    red, green, blue = (to_srgb(_light(np.array(mireds(WHITE) + mireds_on))) * 255).round().astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"


def table() -> dict[str, Any]:
    """What a browser makes colours of: linear red, green and blue at some mireds, and straight lines between them.

    What sRGB has not is below 0.
    """
    return {
        "low": KELVIN.low,
        "high": KELVIN.high,
        "step": KELVIN.step,
        "mireds": _TABLE.tolist(),
        "light": _scaled(_TABLE).round(5).tolist(),
    }


def _light(reciprocal: NDArray[Any]) -> NDArray[np.float64]:
    """Linear sRGB [..., 3] at some mireds, 0..1, the brightest channel at 1; what sRGB has not is clipped."""
    return _scaled(reciprocal).clip(0)


def _scaled(reciprocal: NDArray[Any]) -> NDArray[np.float64]:
    light = _xyz(reciprocal) @ (_TO_SRGB @ _ADAPT).T
    scaled: NDArray[np.float64] = light / light.max(axis=-1, keepdims=True)
    return scaled


def _xyz(reciprocal: NDArray[Any]) -> NDArray[np.float64]:
    """XYZ [..., 3] of light at some mireds, Y being 1."""
    u, v = (np.interp(reciprocal, _LOCUS[:, 0], _LOCUS[:, i]) for i in (1, 2))
    x, y = 3 * u / (2 * u - 8 * v + 4), 2 * v / (2 * u - 8 * v + 4)
    return np.stack([x / y, np.ones_like(x), (1 - x - y) / y], axis=-1)


def _adapt() -> NDArray[np.float64]:
    """The matrix from XYZ under light of ``WHITE`` to XYZ under D65."""
    seen = _BRADFORD @ _xyz(np.array(mireds(WHITE)))
    adapted: NDArray[np.float64] = np.linalg.inv(_BRADFORD) @ np.diag((_BRADFORD @ _D65) / seen) @ _BRADFORD
    return adapted


_ADAPT = _adapt()
