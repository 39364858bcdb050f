"""What the options of a light mean to lighting without a model."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.kinds import levels
from lib_iclight.light.lamps import Lamp as Placed
from lib_iclight.light.lamps import require_lamps
from lib_iclight.light.maps import LightOptions
from lib_iclight.painting.lamps import AMBIENT, HEIGHT, INTENSITY, Color, Direction, Lamp, Point

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

    @property
    def shading(self) -> str:
        """The value of the option for which this is."""
        return "strokes"


def _from(x: float, y: float) -> Callable[[LightOptions], Direction]:
    return lambda options: Direction(x, y)


def _towards(angle: float, depth: float = 1.0) -> Direction:
    turn = math.radians(angle)
    return Direction(math.cos(turn), -math.sin(turn), HEIGHT * depth)


_DIAGONAL = math.sqrt(0.5)

SOURCES: dict[str, Callable[[LightOptions], Direction | Point]] = {
    "none": _from(0, 0),
    "left": _from(-1, 0),
    "right": _from(1, 0),
    "top": _from(0, -1),
    "bottom": _from(0, 1),
    "top_left": _from(-_DIAGONAL, -_DIAGONAL),
    "top_right": _from(_DIAGONAL, -_DIAGONAL),
    "bottom_left": _from(-_DIAGONAL, _DIAGONAL),
    "bottom_right": _from(_DIAGONAL, _DIAGONAL),
    "angle": lambda options: _towards(options.light_angle),
    "point": lambda options: Point(options.light_x, options.light_y),
}
"""Where each light stands. ``none`` is no preference for a side: from the front."""


def refuse_panorama(options: LightOptions) -> None:
    """Refuse light from all around, which has no direction along which a stroke could take it.

    :raises ICLightError: as said.
    """
    if options.light == "panorama":
        raise ICLightError(
            ErrorCode.NOT_SUPPORTED,
            f"IC-Light: {mention('shading')} {mention('shading', 'strokes')} takes no light from a panorama "
            f"({mention('light')} is {mention('light', 'panorama')}): set {mention('shading')} to "
            f"{mention('shading', 'form')}, or choose a side, an angle or lamps.",
        )


def refuse_light_map(options: LightOptions) -> None:
    """Refuse a light map of the user's own.

    :raises ICLightError: as said.
    """
    if options.light == "custom":
        raise ICLightError(
            ErrorCode.NOT_SUPPORTED,
            "IC-Light: the classic engine takes no light from a light map "
            f"({mention('light')} is {mention('light', 'custom')}): "
            "choose a side, an angle or a point.",
        )


def lighting(options: LightOptions) -> Lighting:
    """The lamps and the ambient light that options name.

    At the defaults they are the published ones: ambient 0.45, light 0.85, white. ``light_intensity`` scales the lamp;
    ``ambient_color`` lifts the ambient light from 0.45 (black) to 1 (white), for each channel.

    :raises ICLightError: a light map of the user's own, which says nothing of a direction; a panorama.
    """
    refuse_light_map(options)
    refuse_panorama(options)
    ambient = [AMBIENT + (1 - AMBIENT) * (level / 255) for level in levels(options.ambient_color)]
    if options.light == "lamps":
        red, green, blue = ambient
        return Lighting(tuple(map(_to_lamp, require_lamps(options.lamps))), 1.0, (red, green, blue))
    strength, color = INTENSITY * options.light_intensity, _factors(options.light_color)
    if options.light == "ambient":
        red, green, blue = (floor + EVEN * strength * level for floor, level in zip(ambient, color))
        return Lighting((), 1.0, (red, green, blue))
    red, green, blue = ambient
    lamp = Lamp(SOURCES[options.light](options), color, strength, options.light_softness)
    return Lighting((lamp,), 1.0, (red, green, blue))


def _to_lamp(lamp: Placed) -> Lamp:
    """A lamp that a person has placed; the farther a point shines, the farther it stands from the picture."""
    if lamp.kind == "side":
        source: Direction | Point = _towards(lamp.angle, lamp.depth)
    else:
        source = Point(lamp.x, lamp.y, SIZE * lamp.size * lamp.depth)
    return Lamp(source, _factors(lamp.color), INTENSITY * lamp.intensity, lamp.softness)


def _factors(colour: str) -> Color:
    red, green, blue = (level / 255 for level in levels(colour))
    return red, green, blue
