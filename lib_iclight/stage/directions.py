"""Where a lamp's light comes from, as a direction in space."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight.kinds import Number, check_value
from lib_iclight.light.lamps import Lamps
from lib_iclight.shading.lighting import Lamp
from lib_iclight.shading.surface import direction

Directions = NDArray[np.float64]
"""Float64 [n, 3], of length 1: to the right, up, towards the viewer."""

_ANGLE = Number(-360, 360)
_ELEVATION = Number(-90, 90)


def from_angles(angle: float, elevation: float) -> Directions:
    """Float64 [3], of degrees: 0 from the right, 90 from the top; elevation 90 from the viewer."""
    turn, rise = math.radians(angle), math.radians(elevation)
    return np.array([math.cos(rise) * math.cos(turn), math.cos(rise) * math.sin(turn), math.sin(rise)])


def of_lights(lights: Iterable[Mapping[str, Any]]) -> Directions:
    """Towards the lamps of a basis, as the middle of the picture sees them.

    :param lights: each as ``basis.BasisLamp.light`` is.
    :raises ICLightError: neither a lamp nor an angle with an elevation.
    """
    return np.array([_of(light, f"lamps[{i}].light") for i, light in enumerate(lights)])


def _of(light: Mapping[str, Any], at: str) -> Directions:
    if {*light} == {"angle", "elevation"}:
        return from_angles(
            check_value(_ANGLE, light["angle"], f"{at}.angle"),
            check_value(_ELEVATION, light["elevation"], f"{at}.elevation"),
        )
    (placed,) = check_value(Lamps(), [light], at)
    return np.array([float(part[0, 0]) for part in direction(Lamp(placed, (1, 1, 1)), 1, 1)])
