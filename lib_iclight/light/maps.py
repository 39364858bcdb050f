"""Light maps: pictures that are bright where the light comes from.

The four sides and ``ambient`` are those of the authors' demos (lllyasviel/IC-Light, ``gradio_demo.py`` and
``gradio_demo_bg.py``): ``numpy.linspace`` between two levels, cast to 8 bit by truncation, three equal channels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight.kinds import levels
from lib_iclight.light.lamps import Lamp

Levels = NDArray[np.float64]
"""Float levels on the 8-bit scale, sRGB encoded, shape (height, width, 3), not yet clipped or rounded."""


@dataclass(frozen=True)
class Ends:
    """The two ends of a ramp and the even light, on the 8-bit scale, for one kind of model."""

    dark: float
    bright: float
    ambient: float


INITIAL_LATENT = Ends(dark=0, bright=255, ambient=127)
"""fc and fcon: the light map that the first stage starts from (``gradio_demo.py``)."""

BACKGROUND = Ends(dark=32, bright=224, ambient=64)
"""fbc: the light map that stands in for a background picture (``gradio_demo_bg.py``)."""


def ends_for(model: str) -> Ends:
    """The ends that a model's light maps have."""
    return BACKGROUND if model == "fbc" else INITIAL_LATENT


@dataclass(frozen=True)
class LightOptions:
    """What a drawn light map depends on, by the names and in the units of the options."""

    light: str = "none"
    light_angle: float = 0.0
    light_x: float = 0.5
    light_y: float = 0.5
    light_color: str = "#ffffff"
    ambient_color: str = "#000000"
    light_intensity: float = 1.0
    light_softness: float = 1.0
    lamps: tuple[Lamp, ...] = ()


DRAWN_BY = tuple(field.name for field in fields(LightOptions))
"""The names of the options that a drawn light map depends on."""


@dataclass(frozen=True)
class Light:
    """A light type. ``draw`` is None where no light map follows from the options alone: there is no light, or a picture
    is it (``custom``) or gives it (``panorama``)."""

    name: str
    label: str
    draw: Callable[[LightOptions, int, int, Ends], Levels] | None


def draw(options: LightOptions, width: int, height: int, ends: Ends) -> NDArray[np.uint8]:
    """The light map of a light that is drawn.

    :return: sRGB, uint8, shape (height, width, 3); clipped, cast by truncation.
    """
    light = LIGHTS_BY_NAME[options.light]
    if light.draw is None:
        raise ValueError(f"light {light.name!r} is not drawn")
    return light.draw(options, width, height, ends).clip(0, 255).astype(np.uint8)


def _colours(options: LightOptions) -> list[tuple[float, float]]:
    """The bright and the dark end of each channel, 0..255 at intensity 1."""
    bright = [level * options.light_intensity for level in levels(options.light_color)]
    return list(zip(bright, map(float, levels(options.ambient_color))))


def _ends(options: LightOptions, ends: Ends) -> list[tuple[float, float]]:
    """As ``_colours``, on the model's own scale."""
    span = ends.bright - ends.dark
    return [(ends.dark + b * span / 255, ends.dark + d * span / 255) for b, d in _colours(options)]


def soften(share: NDArray[Any], softness: float) -> NDArray[Any]:
    """Steepen a share of light, 0..1, about its middle: softness 1 leaves it, towards 0 it becomes a hard edge."""
    return share if softness == 1 else ((share - 0.5) / max(softness, 1e-6) + 0.5).clip(0, 1)


def _blend(options: LightOptions, share: Levels, ends: Ends) -> Levels:
    """Levels from the share of light of each pixel, shape (height, width), 0..1."""
    share = soften(share, options.light_softness)
    return np.stack([dark + (bright - dark) * share for bright, dark in _ends(options, ends)], axis=-1)


def _along(towards: float, count: int) -> Levels:
    """Share of light along one axis, bright at the end that ``towards`` points to."""
    return np.linspace(0, 1, count) if towards > 0 else np.linspace(1, 0, count)


def _ramp(options: LightOptions, width: int, height: int, ends: Ends, across: float, down: float) -> Levels:
    """A ramp whose brightness is ``across`` parts horizontal and ``down`` parts vertical.

    The signs say where the bright end is: right and bottom are positive.
    """
    if options.light_softness == 1 and 0 in (across, down):
        # numpy's own ramp between the two levels: any other order of operations can round an
        # exact level to just below it, and truncation then takes one off the authors' value.
        count, towards = (width, across) if down == 0 else (height, down)
        line = np.stack(
            [np.linspace(*((d, b) if towards > 0 else (b, d)), count) for b, d in _ends(options, ends)], axis=-1
        )
        line = line[None] if down == 0 else line[:, None]
        return np.broadcast_to(line, (height, width, 3))
    return _blend(options, _slope(width, height, across, down), ends)


def _slope(width: int, height: int, across: float, down: float) -> Levels:
    """Share of light of each pixel of a ramp, shape (height, width): 1 at the bright end, 0 at the other."""
    parts = abs(across) + abs(down)
    return abs(across) / parts * _along(across, width)[None, :] + abs(down) / parts * _along(down, height)[:, None]


def _steepest(angle: float, width: int, height: int) -> tuple[float, float]:
    """``across`` and ``down`` of the ramp of light from an angle in degrees."""
    turn = math.radians(angle)
    # Rounded, so that 90 degrees is exactly vertical and so exactly the light from the top.
    right, up = round(math.cos(turn), 12), round(math.sin(turn), 12)
    return right * max(width - 1, 1), -up * max(height - 1, 1)


def _side(across: int, down: int) -> Callable[[LightOptions, int, int, Ends], Levels]:
    return lambda options, width, height, ends: _ramp(options, width, height, ends, across, down)


def _angle(options: LightOptions, width: int, height: int, ends: Ends) -> Levels:
    return _ramp(options, width, height, ends, *_steepest(options.light_angle, width, height))


def _point(options: LightOptions, width: int, height: int, ends: Ends) -> Levels:
    """Falls off linearly with the distance in pixels, to the dark end at the corner farthest away."""
    distance = _distance(options.light_x, options.light_y, width, height)
    return _blend(options, 1 - distance / max(distance.max(), 1.0), ends)


def _distance(x: float, y: float, width: int, height: int) -> Levels:
    """Of each pixel from a place, x and y being 0..1; in pixels, shape (height, width)."""
    return np.hypot(np.arange(width)[None, :] - x * (width - 1), np.arange(height)[:, None] - y * (height - 1))


def radiance(lamps: Sequence[Lamp], ambient: str, width: int, height: int) -> Levels:
    """What lamps and an ambient colour send from each pixel of a light map: their sum in linear light.

    A lamp gives ``intensity * decode(share) * decode(color)``, its share falling evenly from 1 to 0; so one white side
    lamp of size 1, encoded again, is the authors' ramp.

    :return: linear sRGB, shape (height, width, 3), not clipped; 1 is white.
    """
    total = np.broadcast_to(linear_colour(ambient), (height, width, 3)).copy()
    for lamp in lamps:
        total += (lamp.intensity * share(lamp, width, height))[..., None] * linear_colour(lamp.color)
    return total


def share(lamp: Lamp, width: int, height: int) -> Levels:
    """What each pixel of a light map has of a lamp's light: linear, 0..1, shape (height, width)."""
    return to_linear(soften((1 - fall(lamp, width, height) / lamp.size).clip(0, 1), lamp.softness))


def fall(lamp: Lamp, width: int, height: int) -> Levels:
    """How far each pixel is from a lamp, shape (height, width).

    Of a side, from 0 at the edge where it shines in to 1 at the opposite one; of a point, in diagonals of the picture.
    """
    if lamp.kind == "side":
        return 1 - _slope(width, height, *_steepest(lamp.angle, width, height))
    return _distance(lamp.x, lamp.y, width, height) / max(math.hypot(width - 1, height - 1), 1.0)


def linear_colour(colour: str) -> NDArray[np.float64]:
    return to_linear(np.array(levels(colour)) / 255)


LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""How bright red, green and blue of linear sRGB are (IEC 61966-2-1)."""


def to_linear(encoded: NDArray[Any]) -> NDArray[np.float64]:
    """From sRGB, 0..1, to linear light (IEC 61966-2-1)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def to_srgb(light: NDArray[Any]) -> NDArray[np.float64]:
    """From linear light, 0..1, to sRGB: the inverse of ``linear``."""
    return np.where(light <= 0.04045 / 12.92, light * 12.92, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def _lamps(options: LightOptions, width: int, height: int, ends: Ends) -> Levels:
    seen = to_srgb(radiance(options.lamps, options.ambient_color, width, height).clip(0, 1))
    # Nothing published to be met to the bit: the nearest level.
    return (ends.dark + (ends.bright - ends.dark) * seen).round()


def _ambient(options: LightOptions, width: int, height: int, ends: Ends) -> Levels:
    level = [dark + (bright - dark) * ends.ambient / 255 for bright, dark in _colours(options)]
    return np.broadcast_to(np.array(level), (height, width, 3))


LIGHTS = (
    Light("none", "No light", None),
    Light("left", "Left", _side(-1, 0)),
    Light("right", "Right", _side(1, 0)),
    Light("top", "Top", _side(0, -1)),
    Light("bottom", "Bottom", _side(0, 1)),
    Light("top_left", "Top left", _side(-1, -1)),
    Light("top_right", "Top right", _side(1, -1)),
    Light("bottom_left", "Bottom left", _side(-1, 1)),
    Light("bottom_right", "Bottom right", _side(1, 1)),
    Light("ambient", "Ambient", _ambient),
    Light("angle", "Angle", _angle),
    Light("point", "Point", _point),
    Light("lamps", "Lamps", _lamps),
    Light("panorama", "Panorama", None),
    Light("custom", "My own light map", None),
)
"""All light types, in the order of the panel."""

LIGHTS_BY_NAME = {light.name: light for light in LIGHTS}

UNDIRECTED = ("none", "custom")
"""Those that do not say where light comes from: there is none, or a picture alone knows."""
