"""Lamps: lights that a person places, several of them, which add up as light does.

A lamp shines from a side of the picture, as the authors' ramps do, or from a point of it. What each pixel gets of it
is a radiance in linear light, so that the light map of two lamps is the sum of the two light maps (Debevec et al.
2000: light adds up).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.kinds import Choice, Colour, InsideError, Kind, Number, Switch, misfit, suggest

MOST = 8
"""How many lamps there can be."""

HEIGHT = 0.45
BEHIND = 1.2
"""How far a lamp of depth 1 stands in front of the picture, and one of depth -1 behind it; from farther behind, the rim
that is lit is narrower."""


BETWEEN = " + "
"""What stands between two lamps in text."""


@dataclass(frozen=True)
class Lamp:
    """One lamp.

    :ivar kind: point or side.
    :ivar x: of a point, 0..1 from the left.
    :ivar y: of a point, 0..1 from the top.
    :ivar angle: of a side, in degrees; 0 = from the right, 90 = from the top.
    :ivar size: how far its light reaches. Of a side, as a share of the way to the opposite edge; of a point, as a share
        of the picture's diagonal.
    :ivar color: #rrggbb, sRGB.
    :ivar intensity: scales its radiance.
    :ivar softness: 1 = falls off evenly; to 0 a hard edge half-way.
    :ivar depth: where it stands for light without a model: 1 in front of the picture, 0 in its plane, -1 behind it.
    :ivar on: whether it shines; a lamp that does not is as if it were not there.
    """

    kind: str = "point"
    x: float = 0.5
    y: float = 0.5
    angle: float = 0.0
    size: float = 1.0
    color: str = "#ffffff"
    intensity: float = 1.0
    softness: float = 1.0
    depth: float = 1.0
    on: bool = True


def depth_of(away: float) -> float:
    """The depth of a side lamp that stands so far in front of the picture, beside 1 in its plane; below 0 behind it."""
    return away / (HEIGHT if away > 0 else BEHIND)


@dataclass(frozen=True)
class _Word(Switch):
    """A switch in the text of a lamp, all of which is in small letters."""

    def to_text(self, value: bool) -> str:
        return str(value).lower()

    def from_text(self, text: str) -> bool:
        return self.check({"true": True, "false": False}.get(text))


KINDS: Mapping[str, Kind] = {
    "kind": Choice(("point", "side")),
    "x": Number(0, 1),
    "y": Number(0, 1),
    "angle": Number(0, 360, 1),
    "size": Number(0.05, 2),
    "color": Colour(),
    "intensity": Number(0, 2),
    "softness": Number(0, 1),
    "depth": Number(-1, 1),
    "on": _Word(),
}
"""What each key of a lamp can be."""

ONLY = {"x": "point", "y": "point", "angle": "side"}
"""Keys that only one kind of lamp has."""

HELP = {
    "kind": "point: a lamp over a place of the picture; side: light from one side of it.",
    "x": "Of a point, from the left.",
    "y": "Of a point, from the top.",
    "angle": "Of a side, in degrees; 0 = from the right, 90 = from the top.",
    "size": "How far its light reaches: of a side, as a share of the way to the opposite edge; of a point, of the "
    "picture's diagonal.",
    "color": "Its colour.",
    "intensity": "Scales its light.",
    "softness": "1: falls off evenly; to 0: a hard edge.",
    "depth": "Where it stands for light without a model: 1 in front of the picture, 0 in its plane, -1 behind it.",
    "on": "Whether it shines; off, it is as if it were not there.",
}

_DEFAULTS = Lamp()


@dataclass(frozen=True)
class Lamps(Kind):
    """Some lamps: a list of objects, or one line of text; kept as a tuple of ``Lamp``.

    In text each lamp is its kind, then key and value of what is not at its default: ``side angle 180 + point x 0.3``.
    No commas, colons or quotes, which the infotext of a WebUI has to write in another way.
    """

    def check(self, value: Any) -> tuple[Lamp, ...]:
        if isinstance(value, str):
            value = _read(value)
        if not isinstance(value, (list, tuple)) or len(value) > MOST:
            raise ValueError
        return tuple(item if isinstance(item, Lamp) else _lamp(item, f"[{i}]") for i, item in enumerate(value))

    @property
    def allowed(self) -> str:
        return f"a list of at most {MOST} lamps"

    def schema(self) -> dict[str, Any]:
        keys = {
            name: {**kind.schema(), "default": getattr(_DEFAULTS, name), "description": HELP[name]}
            for name, kind in KINDS.items()
        }
        lamp = {"type": "object", "title": "Lamp", "additionalProperties": False, "properties": keys}
        each = [_kind_schema(kind, keys) for kind in ("point", "side")]
        return {"type": ["array", "string"], "maxItems": MOST, "items": {**lamp, "anyOf": each}}

    def to_text(self, value: Iterable[Lamp]) -> str:
        return BETWEEN.join(map(_to_text, value))

    def to_control(self, value: Iterable[Lamp]) -> str:
        return self.to_text(value)

    def to_plain(self, value: Iterable[Lamp]) -> list[dict[str, Any]]:
        """The lamps as plain values, as the API takes them."""
        return [{"kind": lamp.kind, **_changed_keys(lamp)} for lamp in value]


def select_shining(lamps: Iterable[Lamp]) -> tuple[Lamp, ...]:
    """The lamps that are on: all that light knows of."""
    return tuple(lamp for lamp in lamps if lamp.on)


def require_lamps(shining: tuple[Lamp, ...]) -> tuple[Lamp, ...]:
    """The lamps of a request whose light is lamps.

    :param shining: those that are on.
    :raises ICLightError: there are none.
    """
    if not shining:
        raise ICLightError(
            ErrorCode.NO_LIGHT,
            f"IC-Light: {mention('light')} is {mention('light', 'lamps')} but there is no lamp that is on: add one to "
            f"{mention('lamps')}, or name another light.",
        )
    return shining


def change_lamp(lamps: tuple[Lamp, ...], key: str, text: str) -> tuple[Lamp, ...]:
    """Lamps of which one has another value.

    :param key: angle, color or another key of a lamp.
    :param text: the value, of the first lamp; ``2=value`` is of the second one, and so on.
    :raises ValueError: the value is not allowed, or there is no such lamp.
    """
    number, _, value = text.rpartition("=")
    index = int(number) - 1 if number.strip().isdecimal() else 0 if not number else -1
    if not 0 <= index < len(lamps):
        raise misfit("", text, f"a value, or 2=value for the second of {len(lamps)} lamps")
    plain = Lamps().to_plain(lamps)
    plain[index][key] = _from_text(key, value.strip(), f"[{index}]")
    return Lamps().check(plain)


def _kind_schema(kind: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of the lamps of one kind."""
    own = {name: schema for name, schema in keys.items() if ONLY.get(name, kind) == kind}
    own["kind"] = {**keys["kind"], "enum": [kind], "default": kind}
    schema = {"type": "object", "title": f"{kind.title()} lamp", "additionalProperties": False, "properties": own}
    return schema if kind == _DEFAULTS.kind else {**schema, "required": ["kind"]}


def _changed_keys(lamp: Lamp) -> dict[str, Any]:
    """What a lamp has that is not at its default, but for its kind."""
    values = dataclasses.asdict(lamp)
    return {name: value for name, value in values.items() if name != "kind" and value != getattr(_DEFAULTS, name)}


def _to_text(lamp: Lamp) -> str:
    return " ".join(
        [lamp.kind, *(f"{name} {KINDS[name].to_text(value)}" for name, value in _changed_keys(lamp).items())]
    )


def _read(text: str) -> list[Any]:
    """The lamps of a text as objects, not checked yet."""
    return [_object(part.split(), f"[{i}]") for i, part in enumerate(text.split("+"))] if text.strip() else []


def _object(words: list[str], at: str) -> dict[str, Any]:
    if len(words) % 2 == 0:
        raise misfit(at, " ".join(words), "a lamp's kind and then its keys, each with a value")
    return {"kind": words[0], **{key: _from_text(key, text, at) for key, text in zip(words[1::2], words[2::2])}}


def _from_text(key: str, text: str, at: str) -> Any:
    if key not in KINDS:
        # To be refused by its name.
        return text
    try:
        return KINDS[key].from_text(text)
    except ValueError:
        raise misfit(f"{at}.{key}", text, KINDS[key].allowed) from None


def _lamp(value: Any, at: str) -> Lamp:
    if not isinstance(value, Mapping):
        raise misfit(at, value, "an object such as {'kind': 'point', 'x': 0.3}")
    checked = {key: _value(key, item, at) for key, item in value.items()}
    lamp = Lamp(**checked)
    for key in checked:
        if ONLY.get(key, lamp.kind) != lamp.kind:
            raise InsideError(f"{at} is a {lamp.kind} and has no {key}: leave it out, or make it a {ONLY[key]}")
    return lamp


def _value(key: Any, item: Any, at: str) -> Any:
    if key not in KINDS:
        raise InsideError(f"{at} knows no {str(key)[:60]!r}: {suggest(str(key), KINDS)}")
    try:
        return KINDS[key].check(item)
    except ValueError:
        raise misfit(f"{at}.{key}", item, KINDS[key].allowed) from None
