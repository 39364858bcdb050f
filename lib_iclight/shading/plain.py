"""Lights as plain values, for a renderer elsewhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lib_iclight import painting
from lib_iclight.light import maps
from lib_iclight.painting import Point
from lib_iclight.shading.cast_shadow import lamps_of
from lib_iclight.shading.lighting import Lamp, Lighting
from lib_iclight.shading.surface import distance, reach

if TYPE_CHECKING:
    from lib_iclight.request.args import Request


def to_plain(lighting: Lighting | painting.Lighting) -> dict[str, Any]:
    """Everything that shines, in plain values: strengths and colours are multiplied already.

    x and y are to the right and down: a point's place, 0..1, or a side's direction. Of light on a form ``height`` is
    how far a lamp stands from the picture, ``reach`` what its fading is measured by, ``size`` that of its light map.
    """
    if isinstance(lighting, painting.Lighting):
        return {
            "shading": lighting.shading,
            "ambient": [lighting.ambient * level for level in lighting.ambient_color],
            "lamps": [_of_strokes(lamp) for lamp in lighting.lamps],
        }
    return {
        "shading": lighting.shading,
        "ambient": list(lighting.ambient),
        "backdrop": lighting.backdrop,
        "roughness": lighting.roughness,
        "specular": lighting.specular,
        "lamps": [_of_form(lamp) for lamp in lighting.lamps],
    }


def shadow_to_plain(request: Request) -> dict[str, Any] | None:
    """The shadow of a request in plain values, with the lamps of ``to_plain`` that cast it; None where it wants none.

    :raises ICLightError: as ``cast_shadow.lamps_of``.
    """
    if not request.shadow:
        return None
    return {
        "strength": request.shadow,
        "softness": request.shadow_softness,
        "color": maps.linear_colour(request.shadow_color).tolist(),
        "lamps": [_of_form(lamp) for lamp in lamps_of(request)],
    }


def _of_strokes(lamp: painting.Lamp) -> dict[str, Any]:
    source = lamp.source
    return {
        "point": isinstance(source, Point),
        "x": source.x,
        "y": source.y,
        "height": source.height,
        "color": [lamp.intensity * level for level in lamp.color],
        "softness": lamp.softness,
    }


def _of_form(lamp: Lamp) -> dict[str, Any]:
    placed = lamp.placed
    point = placed.kind == "point"
    turn = math.radians(placed.angle)
    far = reach(lamp) if point else placed.size
    return {
        "point": point,
        "x": placed.x if point else 0.0 if lamp.front else math.cos(turn),
        "y": placed.y if point else 0.0 if lamp.front else -math.sin(turn),
        "height": distance(lamp),
        "reach": far,
        "size": placed.size,
        "color": list(lamp.color),
        "softness": placed.softness,
        "front": lamp.front,
    }
