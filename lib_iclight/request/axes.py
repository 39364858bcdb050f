"""The options as axes of an X/Y/Z plot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lib_iclight.kinds import Choice, ModelName, Number, Whole
from lib_iclight.request.args import OPTIONS
from lib_iclight.request.option import TITLE, Option

CHANGES = "ic_light_axes"
"""The attribute of ``p`` that carries the values of axes: plain values by option."""


OF_A_LAMP = ("angle", "color", "intensity", "depth", "on")
"""What of a lamp is an axis of its own; all of them together are that of the option."""


def options(axis: Callable[..., Any]) -> list[Any]:
    """The axes.

    :param axis: the host's ``AxisOption``, called with label, type, apply and choices.
    """
    every = [
        axis(f"[{TITLE}] {option.label}", _type(option), _apply(option.name, option.default), choices=_choices(option))
        for option in OPTIONS.values()
        if option.infotext_key and option.of_model and option.name != "enabled"
    ]
    # As text: the value alone is the first lamp's, 2=value the second's.
    return every + [axis(f"[{TITLE}] Lamp {key}", str, _apply(f"lamps.{key}"), choices=None) for key in OF_A_LAMP]


def changes(p: Any) -> Mapping[str, Any]:
    """The values that the axes of a plot have set for a generation."""
    return getattr(p, CHANGES, {})


def _type(option: Option) -> Callable[[str], Any]:
    return float if isinstance(option.kind, (Number, Whole)) else str


def _choices(option: Option) -> Callable[[], list[str]] | None:
    kind = option.kind
    if isinstance(kind, Choice):
        return lambda: list(kind.names)
    if isinstance(kind, ModelName):
        return lambda: list(kind.roles)
    if isinstance(option.default, bool):
        return lambda: ["True", "False"]
    return None


def _apply(name: str, default: Any = None) -> Callable[[Any, Any, Any], None]:
    def apply(p: Any, value: Any, values: Any) -> None:
        if isinstance(default, bool):
            value = {"True": True, "False": False}.get(value, value)
        # A new object each time: the plot copies p shallowly for each of its cells.
        setattr(p, CHANGES, {**changes(p), name: value})

    return apply
