"""A basis of what a generation has rendered for each of its stage's lamps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lib_iclight.images import RGB
from lib_iclight.light.lamps import Lamps
from lib_iclight.request.stage_lights import StageLight
from lib_iclight.stage.basis import Basis, BasisLamp, from_pictures
from lib_iclight.stage.mix import LampMix, Mix, from_plain, start, to_plain
from lib_iclight.subject.prepared import Aligned

FROM_THE_VIEWER = {"angle": 0.0, "elevation": 90.0}
"""Where ambient light is taken to come from, which has no direction."""

MIX = "mix"
"""The key of the mix to begin with in a basis' ``meta``."""


def from_results(
    pictures: Sequence[RGB], lights: Sequence[StageLight], subject: Aligned, told: Mapping[str, Any]
) -> Basis:
    """The basis of rendered pictures, uint8 [h, w, 3] in sRGB, one for each light.

    :param subject: as it lies on them.
    :param told: more for its ``meta``; plain values.
    """
    return from_pictures(
        list(pictures),
        tuple(BasisLamp(light.name, _light(light)) for light in lights),
        alpha=subject.alpha * subject.shown,
        unlit=subject.rgb,
        meta={**told, MIX: to_plain(first_mix(lights))},
    )


def first_mix(lights: Sequence[StageLight]) -> Mix:
    """The mix to begin with: lamps as the request has them, directions all at 1/n, which is the ambient picture."""
    if all(light.request.stage == "directions" for light in lights):
        return start([light.name for light in lights])
    return Mix(tuple(LampMix(name=light.name, intensity=light.intensity, color=light.color) for light in lights))


def mix_of(basis: Basis) -> Mix:
    """The mix to begin with of any basis; all lamps at 1/n where nothing else is told."""
    told = basis.meta.get(MIX)
    return start([lamp.name for lamp in basis.lamps]) if told is None else from_plain(told)


def _light(light: StageLight) -> Mapping[str, Any]:
    return FROM_THE_VIEWER if light.lamp is None else Lamps().to_plain([light.lamp])[0]
