"""A light stage: one request as several, each lit by one of its lamps alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.kinds import levels
from lib_iclight.light.lamps import Lamp, require_lamps, select_shining
from lib_iclight.request.args import Request

FROM_THE_LEFT = 180.0

NAMES = {
    **{180.0: "Left", 135.0: "Top left", 90.0: "Top", 45.0: "Top right"},
    **{0.0: "Right", 315.0: "Bottom right", 270.0: "Bottom", 225.0: "Bottom left"},
}
"""Of directions, by their angles in degrees."""


@dataclass(frozen=True)
class StageLight:
    """One lamp of a stage.

    :ivar name: for a person.
    :ivar lamp: as it is rendered: white, of intensity 1; None for the ambient light.
    :ivar color: #rrggbb that the request gives it.
    :ivar intensity: that the request gives it.
    :ivar request: lit by it alone.
    """

    name: str
    lamp: Lamp | None
    color: str
    intensity: float
    request: Request


def split_lights(request: Request) -> tuple[StageLight, ...]:
    """The lamps of a request's stage, by ``stage``: directions or lamps.

    Directions turn from the left over the top, in equal steps; four of them are the authors' four sides to the bit.
    Each lamp is white and of intensity 1, and the dark end black, since its colour is chosen in the mixer.

    :raises ICLightError: it asks for lamps, and none shines; a background picture, in whose place the lamps stand.
    """
    if request.background is not None and request.model_role == "fbc":
        raise ICLightError(
            ErrorCode.FIELDS_CONFLICT,
            f"IC-Light: with a {mention('stage')} the lamps are the background: give no {mention('background')}.",
        )
    return tuple(_lamps(request) if request.stage == "lamps" else _directions(request))


def _directions(request: Request) -> Iterator[StageLight]:
    count = int(request.stage_directions)
    for number in range(count):
        angle = (FROM_THE_LEFT - number * 360 / count) % 360
        alone = replace(
            request,
            light="angle",
            light_angle=angle,
            light_softness=1.0,
            light_intensity=1.0,
            light_color="#ffffff",
            ambient_color="#000000",
            lamps=(),
        )
        yield StageLight(NAMES.get(angle, f"{angle:g} degrees"), Lamp("side", angle=angle), "#ffffff", 1.0, alone)


def _lamps(request: Request) -> Iterator[StageLight]:
    for number, lamp in enumerate(require_lamps(select_shining(request.lamps)), start=1):
        white = replace(lamp, color="#ffffff", intensity=1.0)
        alone = replace(request, light="lamps", lamps=(white,), ambient_color="#000000")
        yield StageLight(f"Lamp {number}", white, lamp.color, lamp.intensity, alone)
    if any(levels(request.ambient_color)):
        alone = replace(
            request, light="ambient", light_color="#ffffff", light_intensity=1.0, ambient_color="#000000", lamps=()
        )
        yield StageLight("Ambient", None, request.ambient_color, 1.0, alone)
