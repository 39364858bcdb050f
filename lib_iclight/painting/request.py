"""What the options of a light mean to lighting without a model."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from lib_iclight.errors import ICLightError
from lib_iclight.kinds import levels
from lib_iclight.lamps import Lamp as Placed
from lib_iclight.lamps import shining
from lib_iclight.painting.lamps import AMBIENT, INTENSITY, Color, Direction, Lamp, Point

if TYPE_CHECKING:
    from lib_iclight.args import Request

EVEN = 0.5
"""What even light gives every pixel, as a share of a lamp's intensity: the authors' even light map is half as bright
as the bright end of their ramps."""


SIZE = 2.0
"""How far from the picture a point lamp of size 1 stands, as ``Point.height``."""


class Lighting(NamedTuple):
    """Everything that shines, in the order of the arguments of ``light`` and ``shading``."""

    lamps: tuple[Lamp, ...]
    ambient: float
    ambient_color: Color


def _from(x: float, y: float) -> Callable[[Request], Direction]:
    return lambda request: Direction(x, y)


def _towards(angle: float) -> Direction:
    turn = math.radians(angle)
    return Direction(math.cos(turn), -math.sin(turn))


_DIAGONAL = math.sqrt(0.5)

SOURCES: dict[str, Callable[[Request], Direction | Point]] = {
    "none": _from(0, 0),
    "left": _from(-1, 0),
    "right": _from(1, 0),
    "top": _from(0, -1),
    "bottom": _from(0, 1),
    "top_left": _from(-_DIAGONAL, -_DIAGONAL),
    "top_right": _from(_DIAGONAL, -_DIAGONAL),
    "bottom_left": _from(-_DIAGONAL, _DIAGONAL),
    "bottom_right": _from(_DIAGONAL, _DIAGONAL),
    "angle": lambda request: _towards(request.light_angle),
    "point": lambda request: Point(request.light_x, request.light_y),
}
"""Where each light stands. ``none`` is no preference for a side: from the front."""


def lighting(request: Request) -> Lighting:
    """The lamps and the ambient light of a request.

    At the defaults they are the published ones: ambient 0.45, light 0.85, white. ``light_intensity`` scales the lamp;
    ``ambient_color`` lifts the ambient light from 0.45 (black) to 1 (white), for each channel.

    :raises ICLightError: a light map of the user's own, which says nothing of a direction.
    """
    if request.light == "custom":
        raise ICLightError(
            "IC-Light: the classic engine takes no light from a light map (light is 'custom'): "
            "choose a side, an angle or a point."
        )
    ambient = [AMBIENT + (1 - AMBIENT) * (level / 255) for level in levels(request.ambient_color)]
    if request.light == "lamps":
        red, green, blue = ambient
        return Lighting(tuple(map(_placed, shining(request.lamps))), 1.0, (red, green, blue))
    strength, color = INTENSITY * request.light_intensity, _factors(request.light_color)
    if request.light == "ambient":
        red, green, blue = (floor + EVEN * strength * level for floor, level in zip(ambient, color))
        return Lighting((), 1.0, (red, green, blue))
    red, green, blue = ambient
    lamp = Lamp(SOURCES[request.light](request), color, strength, request.light_softness)
    return Lighting((lamp,), 1.0, (red, green, blue))


def _placed(lamp: Placed) -> Lamp:
    """A lamp that a person has placed; the farther a point shines, the farther it stands from the picture."""
    source = _towards(lamp.angle) if lamp.kind == "side" else Point(lamp.x, lamp.y, SIZE * lamp.size)
    return Lamp(source, _factors(lamp.color), INTENSITY * lamp.intensity, lamp.softness)


def _factors(colour: str) -> Color:
    red, green, blue = (level / 255 for level in levels(colour))
    return red, green, blue
