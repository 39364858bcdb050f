"""How light without a model falls: on a subject's form, or along its strokes.

``PREPARE`` finds once how a subject takes light; what it gives then lights pictures of it, of any size, as often as
wanted, by what ``lighting_of`` makes of a request.
"""

from __future__ import annotations

from lib_iclight.shading.lighting import Lighting
from lib_iclight.shading.methods import (
    PREPARE,
    AnyLighting,
    Form,
    Lit,
    NormalMap,
    Picture,
    Strokes,
    Working,
    at_working_size,
    lighting_of,
    place_normal_map,
)
from lib_iclight.shading.plain import shadow_to_plain, to_plain

__all__ = [
    "PREPARE",
    "AnyLighting",
    "Form",
    "Lighting",
    "Lit",
    "NormalMap",
    "Picture",
    "Strokes",
    "Working",
    "at_working_size",
    "lighting_of",
    "place_normal_map",
    "shadow_to_plain",
    "to_plain",
]
