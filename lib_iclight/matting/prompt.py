"""What a person points at to select something: points on it and beside it, and a box around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.kinds import Kind, Number, Switch, check_value, misfit

MOST_POINTS = 64
"""How many points a selection can have."""

SHARE = Number(0, 1)
"""A place, as a share of the picture's width from the left or of its height from the top."""

KEEP = Switch()


class Point(NamedTuple):
    """A place of the picture.

    :ivar x: 0..1 from the left edge to the right one.
    :ivar y: 0..1 from the top edge to the bottom one.
    :ivar keep: whether it is part of the selection, or part of what is to be left out.
    """

    x: float
    y: float
    keep: bool


class Box(NamedTuple):
    """A rectangle around the selection, in shares of the picture's sides from its left and its top edge."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Points(Kind):
    """A list of points, each ``[x, y, keep]``; kept as a tuple of ``Point``."""

    def check(self, value: Any) -> tuple[Point, ...]:
        if not isinstance(value, (list, tuple)) or len(value) > MOST_POINTS:
            raise ValueError
        return tuple(_point(item, f"[{i}]") for i, item in enumerate(value))

    @property
    def allowed(self) -> str:
        return f"a list of at most {MOST_POINTS} points, each [x, y, keep]"

    def schema(self) -> dict[str, Any]:
        parts = [SHARE.schema(), SHARE.schema(), KEEP.schema()]
        # What OpenAPI 3.0 has of it: a list of three, each a number or a switch.
        point = {"type": "array", "prefixItems": parts, "items": {"anyOf": parts[1:]}, "minItems": 3, "maxItems": 3}
        return {
            "type": "array",
            "items": point,
            "maxItems": MOST_POINTS,
            "default": [],
            "description": "Each [x, y, keep]: x from the left and y from the top, 0 to 1; keep true on what is to be "
            "selected, false on what is to be left out.",
        }


@dataclass(frozen=True)
class BoxOrNone(Kind):
    """``[left, top, right, bottom]``, or none; kept as a ``Box``."""

    def check(self, value: Any) -> Box | None:
        if value is None:
            return None
        if not isinstance(value, (list, tuple)) or len(value) != len(Box._fields):
            raise ValueError
        box = Box(*(_part(SHARE, item, f"[{i}]") for i, item in enumerate(value)))
        if not (box.left < box.right and box.top < box.bottom):
            raise ValueError
        return box

    @property
    def allowed(self) -> str:
        return "null, or [left, top, right, bottom] from 0 to 1 with left below right and top below bottom"

    def schema(self) -> dict[str, Any]:
        return {
            "type": ["array", "null"],
            "items": SHARE.schema(),
            "minItems": len(Box._fields),
            "maxItems": len(Box._fields),
            "default": None,
            "description": "[left, top, right, bottom] around what is to be selected, each 0 to 1.",
        }


def _point(value: Any, at: str) -> Point:
    if not isinstance(value, (list, tuple)) or len(value) != len(Point._fields):
        raise misfit(at, value, "a list [x, y, keep] such as [0.5, 0.5, true]")
    return Point(*(_part(kind, item, f"{at}[{i}]") for i, (kind, item) in enumerate(zip((SHARE, SHARE, KEEP), value))))


def _part(kind: Kind, value: Any, at: str) -> Any:
    try:
        return kind.check(value)
    except ValueError:
        raise misfit(at, value, kind.allowed) from None


POINTS = Points()
BOX = BoxOrNone()


@dataclass(frozen=True)
class Prompt:
    """What is to be selected: what one of the points to be kept, or the box, shows."""

    points: tuple[Point, ...]
    box: Box | None

    @property
    def is_ambiguous(self) -> bool:
        """Whether it is one point alone, which may mean a thing, a part of it, or what it is a part of."""
        return len(self.points) == 1 and self.box is None


def read_prompt(points: Sequence[Any], box: Sequence[Any] | None = None) -> Prompt:
    """What a person points at.

    :param points: each x, y, keep.
    :param box: left, top, right, bottom.
    :raises ICLightError: something is out of bounds, or nothing is pointed at.
    """
    prompt = Prompt(check_value(POINTS, points, "points"), check_value(BOX, box, "box"))
    if prompt.box is None and not any(point.keep for point in prompt.points):
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"IC-Light: points has {len(prompt.points)} points and none to keep, and there is no box, so nothing is "
            "selected: give a point such as [0.5, 0.5, true], or a box.",
        )
    return prompt
