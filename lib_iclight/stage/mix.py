"""The mixer's settings: what each lamp of a basis gives, and how the sum becomes a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.kinds import Choice, Colour, Kind, Number, Switch, Text, check_value, suggest
from lib_iclight.light import gels
from lib_iclight.light.maps import LUMINANCE, linear_colour, to_srgb
from lib_iclight.light.temperature import KELVIN, WHITE, colour_of
from lib_iclight.stage.basis import MOST

Weights = NDArray[np.float64]
"""What each picture is multiplied by in linear light: float64 [n, 3]."""

INTENSITY = Number(0, 4)
GEL_COLOURS = {gel.name: gel.color for gel in gels.GELS}


@dataclass(frozen=True)
class LampMix:
    """One lamp of a mix.

    :ivar on: whether it shines.
    :ivar solo: where any lamp that is on is solo, only those shine.
    :ivar intensity: times the light of its picture.
    :ivar color: #rrggbb, sRGB; or else ``gel``, by its name, or ``kelvin``: only one of the three.
    :ivar lock: what is changed for several lamps leaves it as it is.
    :ivar group: lamps of one name are changed together.
    """

    on: bool = True
    solo: bool = False
    name: str = ""
    intensity: float = 1.0
    color: str = "#ffffff"
    gel: str = "none"
    kelvin: float = WHITE
    lock: bool = False
    group: str = ""

    @property
    def light(self) -> NDArray[np.float64]:
        """Its colour in linear light, float64 [3], 0..1."""
        if self.gel != "none":
            return linear_colour(GEL_COLOURS[self.gel])
        return linear_colour(colour_of(self.kelvin) if self.kelvin != WHITE else self.color)


@dataclass(frozen=True)
class Mix:
    """All settings.

    :ivar exposure: stops; the light is multiplied by 2 ** exposure.
    :ivar curve: ``none`` clips at 1; ``filmic``: see ``mixing``.
    :ivar white_kelvin: the temperature of the light that is to look white.
    :ivar white_tint: what is taken of green: 1 halves it beside red and blue, -1 doubles it.
    """

    lamps: tuple[LampMix, ...]
    exposure: float = 0.0
    curve: str = "none"
    white_kelvin: float = WHITE
    white_tint: float = 0.0


LAMP_KINDS: Mapping[str, Kind] = {
    "on": Switch(),
    "solo": Switch(),
    "name": Text(100),
    "intensity": INTENSITY,
    "color": Colour(),
    "gel": Choice(("none", *GEL_COLOURS)),
    "kelvin": KELVIN,
    "lock": Switch(),
    "group": Text(100),
}
KINDS: Mapping[str, Kind] = {
    "exposure": Number(-8, 8),
    "curve": Choice(("none", "filmic")),
    # Below, sRGB has hardly any blue to make white of.
    "white_kelvin": Number(2500, 12000, 50),
    "white_tint": Number(-1, 1),
}


def from_plain(plain: Any) -> Mix:
    """A mix of plain values, as ``to_plain`` gives them; what is absent is at its default.

    :raises ICLightError: a key that is not known, or a value that is not allowed.
    """
    if not isinstance(plain, Mapping) or not isinstance(plain.get("lamps"), (list, tuple)):
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED, "IC-Light: a mix must be an object with a list of lamps as its 'lamps'."
        )
    if not 1 <= len(plain["lamps"]) <= MOST:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED, f"IC-Light: a mix has {len(plain['lamps'])} lamps but must have 1 to {MOST}."
        )
    lamps = tuple(_lamp(lamp, f"lamps[{i}]") for i, lamp in enumerate(plain["lamps"]))
    rest = {key: value for key, value in plain.items() if key != "lamps"}
    return Mix(lamps, **_checked(rest, KINDS, "the mix's "))


def to_plain(mix: Mix) -> dict[str, Any]:
    """All values, plain."""
    return {**asdict(mix), "lamps": [asdict(lamp) for lamp in mix.lamps]}


def _lamp(plain: Any, at: str) -> LampMix:
    if not isinstance(plain, Mapping):
        raise ICLightError(ErrorCode.VALUE_NOT_ALLOWED, f"IC-Light: {at} must be an object such as {{'on': true}}.")
    lamp = LampMix(**_checked(plain, LAMP_KINDS, f"{at}."))
    default = LampMix()
    given = [key for key in ("color", "gel", "kelvin") if getattr(lamp, key) != getattr(default, key)]
    if len(given) > 1:
        raise ICLightError(
            ErrorCode.FIELDS_CONFLICT,
            f"IC-Light: {at} has {' and '.join(given)}, each of which is its colour: leave all but one out.",
        )
    return lamp


def _checked(plain: Mapping[Any, Any], kinds: Mapping[str, Kind], at: str) -> dict[str, Any]:
    for key in plain:
        if key not in kinds:
            raise ICLightError(
                ErrorCode.UNKNOWN_OPTION,
                f"IC-Light: {at}{str(key)[:60]} is not known: {suggest(str(key), kinds)}",
            )
    return {key: check_value(kinds[key], value, f"{at}{key}") for key, value in plain.items()}


def start(names: list[str] | tuple[str, ...]) -> Mix:
    """Every lamp on at 1/n: the ambient picture."""
    return Mix(tuple(LampMix(name=name, intensity=1 / len(names)) for name in names))


def change(mix: Mix, group: str | None = None, **values: Any) -> Mix:
    """Other values for every lamp that is not locked, or for those of a group: all off is ``change(mix, on=False)``."""
    checked = _checked(values, LAMP_KINDS, "a lamp's ")
    if {*checked} & {"color", "gel", "kelvin"}:
        default = LampMix()
        checked = {"color": default.color, "gel": default.gel, "kelvin": default.kelvin, **checked}
    return replace(
        mix,
        lamps=tuple(
            lamp if lamp.lock or group not in (None, lamp.group) else replace(lamp, **checked) for lamp in mix.lamps
        ),
    )


def weights(mix: Mix) -> Weights:
    """What each lamp's picture is multiplied by, with exposure and white balance; float64 [n, 3], linear light."""
    alone = any(lamp.on and lamp.solo for lamp in mix.lamps)
    each = [lamp.light * lamp.intensity * (lamp.on and (lamp.solo or not alone)) for lamp in mix.lamps]
    return np.array(each) * (2.0**mix.exposure * balance(mix.white_kelvin, mix.white_tint))


def balance(kelvin: float, tint: float) -> NDArray[np.float64]:
    """The gains of red, green and blue, float64 [3], that make light of a colour white; white keeps its luminance.

    Von Kries' scaling in linear sRGB.
    """
    gains = 1 / linear_colour(colour_of(kelvin))
    gains[1] *= 2.0**-tint
    balanced: NDArray[np.float64] = gains * (LUMINANCE @ np.ones(3) / (LUMINANCE @ gains))
    return balanced


def from_weights(given: Weights, names: list[str] | tuple[str, ...]) -> Mix:
    """The mix whose weights are nearest to some: intensity is the largest channel, the colour is in 8 bit.

    :param given: 0 and more, [n, 3]; beyond what an intensity can be, exposure takes the rest.
    """
    most = given.max(axis=1)
    stops = max(0.0, float(np.log2(max(most.max() / INTENSITY.high, 1e-12))))
    scale = 2.0**-stops
    lamps = []
    for name, level, weight in zip(names, most, given):
        red, green, blue = _encode(weight / level) if level > 0 else (255, 255, 255)
        lamps.append(
            LampMix(
                name=name, intensity=min(float(level * scale), INTENSITY.high), color=f"#{red:02x}{green:02x}{blue:02x}"
            )
        )
    return Mix(tuple(lamps), exposure=check_value(KINDS["exposure"], stops, "the mix's exposure"))


def _encode(light: NDArray[np.float64]) -> tuple[int, int, int]:
    red, green, blue = (255 * to_srgb(light.clip(0, 1))).round().astype(int).tolist()
    return red, green, blue
