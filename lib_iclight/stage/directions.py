"""Where a lamp's light comes from, as a direction in space."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight.kinds import Number, check_value
from lib_iclight.light.lamps import Lamp as Placed
from lib_iclight.light.lamps import Lamps, depth_of
from lib_iclight.shading.lighting import Color, Lamp
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
    lamps = (lamp_of(light, f"lamps[{i}].light") for i, light in enumerate(lights))
    return np.array([[float(part[0, 0]) for part in direction(lamp, 1, 1)] for lamp in lamps], np.float64)


def lamp_of(light: Mapping[str, Any], at: str, color: Color = (1.0, 1.0, 1.0)) -> Lamp:
    """A lamp of a basis, for light by form.

    :param light: as ``basis.BasisLamp.light`` is.
    :param at: what it is called.
    :param color: the linear light that it gives, red, green and blue.
    :raises ICLightError: neither a lamp nor an angle with an elevation.
    """
    if {*light} == {"angle", "elevation"}:
        angle = check_value(_ANGLE, light["angle"], f"{at}.angle")
        elevation = check_value(_ELEVATION, light["elevation"], f"{at}.elevation")
        away = math.tan(math.radians(elevation))
        # Farther in front than lamps of the panel can stand.
        return Lamp(Placed("side", angle=angle % 360, depth=depth_of(away)), color, front=elevation == _ELEVATION.high)
    (placed,) = check_value(Lamps(), [light], at)
    return Lamp(placed, color)
