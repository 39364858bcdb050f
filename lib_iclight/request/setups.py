"""Set-ups of lamps as a file of JSON, and out of a picture's parameters. The browser's are ic_light_setups.js.

A file is ``{"ic_light_setups": 1, "setups": [{"name": ..., "lamps": ..., ...}]}``: lamps as text, and of what else
makes the light that which is not at its default.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from lib_iclight.decoding.formats import START, is_read
from lib_iclight.decoding.texts import read_parameters
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.kinds import Choice, Number, Text, check_value, suggest
from lib_iclight.light.lamps import Lamp, Lamps
from lib_iclight.light.maps import DRAWN_BY
from lib_iclight.light.panorama import TURNED_BY
from lib_iclight.light.presets import PRESETS
from lib_iclight.request.args import OPTIONS, Request, build
from lib_iclight.request.infotext import parse_parameters
from lib_iclight.request.option import TITLE

KEY = "ic_light_setups"
VERSION = 1
MOST = 200
"""Set-ups in a file."""

LARGEST = 256 * 1024
"""Bytes of a file."""

NAME = Text(60)
POINT_SIZE = 0.5
"""Of the lamp that a light ``point`` becomes."""


@dataclass(frozen=True)
class Setup:
    """One set-up.

    :ivar name: 1 to 60 characters, what a person calls it.
    :ivar lamps: as text, as the option takes it.
    :raises ICLightError: a value that is not allowed.
    """

    name: str
    lamps: str
    ambient_color: str = OPTIONS["ambient_color"].default
    shading: str = OPTIONS["shading"].default
    roughness: float = OPTIONS["roughness"].default
    specular: float = OPTIONS["specular"].default
    backdrop_light: float = OPTIONS["backdrop_light"].default

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", check_value(NAME, self.name, "name").strip())
        if not self.name or not self.name.isprintable():
            raise _refuse(f"name is {self.name!r:.60}: give one of letters, without line breaks")
        check_value(Text(), self.lamps, "lamps")
        for option in OPTIONED:
            kind = OPTIONS[option].kind
            checked = check_value(kind, getattr(self, option), option)
            object.__setattr__(self, option, kind.to_control(checked))

    @property
    def options(self) -> dict[str, Any]:
        """The options of a request for this light."""
        return {"light": "lamps", **{name: getattr(self, name) for name in OPTIONED}}


OPTIONED = tuple(field.name for field in fields(Setup) if field.name in OPTIONS)
"""What a set-up has of the options."""

UNPLACED = ("none", "ambient", "panorama")
"""The lights that no lamp gives."""

_OF_LAMPS = ("lamps", "ambient_color")

_DEFAULTS = Setup("-", "")


def describe() -> dict[str, Any]:
    """What a browser reads and writes files by: the key, the bounds, of each option its default and what it can be."""
    return {
        "key": KEY,
        "version": VERSION,
        "most": MOST,
        "largest": LARGEST,
        "longestName": NAME.longest,
        "options": {name: _describe(name) for name in OPTIONED if name != "lamps"},
    }


def _describe(name: str) -> dict[str, Any]:
    kind, told = OPTIONS[name].kind, {"default": getattr(_DEFAULTS, name), "allowed": OPTIONS[name].kind.allowed}
    if isinstance(kind, Choice):
        return {**told, "names": kind.names}
    if isinstance(kind, Number):
        return {**told, "low": kind.low, "high": kind.high}
    return {**told, "pattern": kind.schema()["pattern"]}


def write(setups: Iterable[Setup]) -> str:
    """A file of some set-ups."""
    plain = [
        {name: value for name, value in asdict(setup).items() if name in ("name", "lamps") or _is_set(name, value)}
        for setup in setups
    ]
    return json.dumps({KEY: VERSION, "setups": plain}, ensure_ascii=False, indent=2) + "\n"


def _is_set(name: str, value: Any) -> bool:
    return bool(value != getattr(_DEFAULTS, name))


def read(data: bytes | str) -> tuple[Setup, ...]:
    """The set-ups of a file.

    :raises ICLightError: it is none, too large, of another version, or has something that is not known or not allowed.
    """
    if len(data) > LARGEST:
        raise _refuse(f"the file has more than {LARGEST:,} bytes: give one that IC-Light wrote")
    try:
        plain = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise _refuse("the file is no JSON: give one that IC-Light wrote") from None
    if not isinstance(plain, Mapping) or KEY not in plain:
        raise _refuse(f"the file has no {KEY!r}: give one that IC-Light wrote")
    if type(plain[KEY]) is not int or plain[KEY] != VERSION:
        raise _refuse(f"the file is of version {plain[KEY]!r:.20} and this reads {VERSION}: update IC-Light")
    _refuse_unknown("the file", plain, (KEY, "setups"))
    listed = plain.get("setups")
    if not isinstance(listed, list) or len(listed) > MOST:
        raise _refuse(f"setups must be a list of at most {MOST} set-ups")
    setups = tuple(_read_one(item, f"setups[{i}]") for i, item in enumerate(listed))
    for i, setup in enumerate(setups):
        if setup.name in {other.name for other in setups[:i]}:
            raise _refuse(f"two set-ups are called {setup.name!r}: give each a name of its own")
    return setups


def read_file(data: bytes, name: str) -> tuple[Setup, ...]:
    """The set-ups of a file of them, or the one that a picture was lit by.

    :param name: what a picture's is called.
    :raises ICLightError: as ``read`` and ``from_parameters``.
    """
    if is_read(data[:START]):
        return (from_parameters(read_parameters(data), name),)
    return read(data)


def _read_one(item: Any, at: str) -> Setup:
    if not isinstance(item, Mapping):
        raise _refuse(f"{at} is no object with a name and lamps")
    _refuse_unknown(at, item, ("name", *OPTIONED))
    for name in ("name", "lamps"):
        if name not in item:
            raise _refuse(f"{at} has no {name}: add it")
    try:
        return Setup(**item)
    except ICLightError as error:
        raise ICLightError(ErrorCode.SETUP_NOT_READABLE, f"IC-Light: {at}: {error}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _refuse_unknown(at: str, plain: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in plain:
        if key not in known:
            raise _refuse(f"{at} knows no {key[:60]!r}: {suggest(key, known)}")


def _refuse(sentence: str) -> ICLightError:
    end = "" if sentence.endswith(("?", ".")) else "."
    return ICLightError(ErrorCode.SETUP_NOT_READABLE, f"IC-Light: {sentence}{end}")


def from_parameters(text: str, name: str) -> Setup:
    """The light that a picture was made in, as lamps.

    :param text: the picture's parameters.
    :raises ICLightError: they have no light of IC-Light's that lamps can give, or a value that is not allowed.
    """
    request = _request_of(text)
    lamps = request.lamps if request.light == "lamps" else _to_lamps(request)
    if not lamps:
        raise _refuse(f"the picture's light is {request.light!r}, which is no lamp: give another picture")
    others = {key: getattr(request, key) for key in OPTIONED if key != "lamps"}
    return Setup(name, Lamps().to_text(lamps), **others)


def _request_of(text: str) -> Request:
    parameters = parse_parameters(text)
    if TITLE not in parameters:
        raise _refuse("the picture's parameters have no light of IC-Light's: give a picture that it relit")
    return build({key: value for key in OPTIONS if (value := _value(key, parameters)) is not None})


def read_unplaced_light(data: bytes) -> dict[str, Any] | None:
    """The options of the light of a picture that no lamp can stand for: from no place, or by a panorama, which no
    parameters have.

    :param data: a file; None of any other than such a picture.
    :raises ICLightError: a picture whose parameters have no light of IC-Light's, or a value that is not allowed.
    """
    text = read_parameters(data) if is_read(data[:START]) else ""
    request = _request_of(text) if text else None
    # Where a background picture lights, no light is named.
    if request is None or OPTIONS["light"].infotext_key not in parse_parameters(text) or request.light not in UNPLACED:
        return None
    given = ("light", *TURNED_BY) if request.light == "panorama" else [name for name in DRAWN_BY if name != "lamps"]
    return {name: getattr(request, name) for name in (*given, *OPTIONED) if name not in _OF_LAMPS or name in given}


def _value(key: str, parameters: Mapping[str, str]) -> Any:
    """An option's value in a picture's parameters; None where it has none, or where light does not depend on it."""
    option = OPTIONS[key]
    if not key.startswith("light") and key not in (*OPTIONED, *TURNED_BY):
        return None
    text = parameters.get(option.infotext_key or "")
    if text is None:
        return None
    try:
        return option.kind.from_text(text)
    except ValueError:
        return check_value(option.kind, text, key)


def _to_lamps(request: Request) -> tuple[Lamp, ...]:
    """The lamp that stands for a light by name; none where there is none."""
    values: dict[str, Any] = {
        "color": request.light_color,
        "intensity": request.light_intensity,
        "softness": request.light_softness,
    }
    sides = {preset.name: preset.lamps for preset in PRESETS}
    if request.light == "angle":
        return (Lamp("side", angle=request.light_angle, **values),)
    if request.light == "point":
        return (Lamp("point", x=request.light_x, y=request.light_y, size=POINT_SIZE, **values),)
    return tuple(replace(lamp, **values) for lamp in Lamps().check(sides.get(request.light, "")))
