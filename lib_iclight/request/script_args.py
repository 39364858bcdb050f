"""The arguments of the script, as hosts hand them over, become a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.kinds import check_value
from lib_iclight.light.lamps import Lamp, change_lamp
from lib_iclight.request.args import OPTIONS, Request, build
from lib_iclight.request.option import TITLE


def parse(args: Sequence[Any], changes: Mapping[str, Any] | None = None) -> Request | None:
    """The request in a script's arguments, or None where the extension is off. Does no work on pictures.

    :param args: one object first (absent ``enabled`` means true), or the controls' values in order.
    :param changes: values that win over the arguments', from X/Y/Z axes; ``lamps.angle`` is the angle of a lamp.
    :raises ICLightError: an unknown key, a wrong type, a value out of range, a second object.
    """
    # Behind one object hosts put the values that the controls have at the start.
    for place, value in enumerate(args[1:], 2):
        if isinstance(value, Mapping):
            raise _surplus(place, value)
    if args and isinstance(args[0], Mapping):
        values = dict(args[0])
    elif not args or args[0] is False:
        return None
    else:
        values = dict(zip(OPTIONS, args))
    for name, value in (changes or {}).items():
        name, _, key = name.partition(".")
        values[name] = _change_lamp(values.get(name, ()), key, value) if key else value
    request = build(values)
    return request if request.enabled else None


def refuse_surplus(args: Sequence[Any]) -> None:
    """Refuse what would be without effect, where ``args`` are exactly those of a request.

    :raises ICLightError: values behind an object, or more than there are options.
    """
    for place, value in enumerate(args[1:], 2):
        if isinstance(args[0], Mapping) or place > len(OPTIONS):
            raise _surplus(place, value)


def _surplus(place: int, value: Any) -> ICLightError:
    shown = ", ".join(map(str, value)) if isinstance(value, Mapping) else repr(value)
    return ICLightError(
        ErrorCode.FIELDS_CONFLICT,
        f"{TITLE}: value {place} of args ({shown:.60}) would be without effect: give one object with all options.",
    )


def _change_lamp(lamps: Any, key: str, text: str) -> tuple[Lamp, ...]:
    kind = OPTIONS["lamps"].kind
    given: tuple[Lamp, ...] = check_value(kind, lamps, mention("lamps"))
    try:
        return change_lamp(given, key, text)
    except ValueError as error:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED, f"IC-Light: the axis of {mention('lamps')}' {key}{error}."
        ) from None
