"""What the options of a light mean to light that falls on a form."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lib_iclight.light.environment import Environment
from lib_iclight.light.lamps import Lamp as Placed
from lib_iclight.light.lamps import require_lamps
from lib_iclight.light.maps import LightOptions, linear_colour
from lib_iclight.painting import Color, Direction
from lib_iclight.painting.lighting import EVEN, SIZE, SOURCES, refuse_light_map

if TYPE_CHECKING:
    from lib_iclight.request.args import Request

LAMP = 2.4
"""What a white lamp of intensity 1 gives a surface that faces it, beside 1 for a surface as it was photographed."""

AMBIENT = 0.08
"""What is everywhere with a black ambient colour; with a white one it is 1."""


@dataclass(frozen=True)
class Lamp:
    """One lamp.

    :ivar placed: where it stands, how far it reaches and how soft it is.
    :ivar color: the linear light that it gives, red, green and blue.
    :ivar front: whether it is the light from the front, which no lamp that is placed can be.
    """

    placed: Placed
    color: Color
    front: bool = False


@dataclass(frozen=True)
class Lighting:
    """Everything that shines, and how the subject and its own background take it.

    :ivar ambient: linear light that is everywhere, red, green and blue.
    :ivar backdrop: 0..1, how much of the light falls on the subject's own background.
    :ivar roughness: 0..1.
    :ivar specular: 0..1.
    :ivar environment: light from all around, in place of lamps and ambient light.
    """

    lamps: tuple[Lamp, ...]
    ambient: Color
    backdrop: float = 0.5
    roughness: float = 0.5
    specular: float = 0.25
    environment: Environment | None = None

    @property
    def shading(self) -> str:
        """The value of the option for which this is."""
        return "form"


def lighting(request: Request, environment: Environment | None = None) -> Lighting:
    """The lamps, the ambient light and the surface that a request names.

    :param environment: the request's own, where its light is a panorama: ``Preparer.environment``.
    :raises ICLightError: a light map of the user's own, which says nothing of a direction; no lamp to shine.
    """
    options = request.light_options
    refuse_light_map(options)
    if options.light == "panorama":
        surface = request.backdrop_light, request.roughness, request.specular
        return Lighting((), (0.0, 0.0, 0.0), *surface, environment)
    red, green, blue = AMBIENT + (1 - AMBIENT) * linear_colour(options.ambient_color)
    dark = Lighting((), (red, green, blue), request.backdrop_light, request.roughness, request.specular)
    if options.light == "lamps":
        return replace(dark, lamps=tuple(_shine(lamp) for lamp in require_lamps(options.lamps)))
    if options.light not in SOURCES:
        even = EVEN * LAMP * options.light_intensity * linear_colour(options.light_color)
        red, green, blue = np.add(dark.ambient, even).tolist()
        return replace(dark, ambient=(red, green, blue))
    return replace(dark, lamps=(_place(options),))


def _place(options: LightOptions) -> Lamp:
    """The lamp that a light by name is."""
    source = SOURCES[options.light](options)
    values: dict[str, Any] = {
        "color": options.light_color,
        "intensity": options.light_intensity,
        "softness": options.light_softness,
    }
    if isinstance(source, Direction):
        angle = round(math.degrees(math.atan2(-source.y, source.x)) % 360, 9)
        return _shine(Placed("side", angle=angle, **values), front=source.x == source.y == 0)
    return _shine(Placed("point", x=source.x, y=source.y, size=source.height / SIZE, **values))


def _shine(lamp: Placed, front: bool = False) -> Lamp:
    red, green, blue = (LAMP * lamp.intensity * linear_colour(lamp.color)).tolist()
    return Lamp(lamp, (red, green, blue), front)
