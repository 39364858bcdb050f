"""The kinds of value that an option can take: what is allowed, how it is said, how it is written as text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from lib_iclight.errors import ErrorCode, ICLightError


@dataclass(frozen=True)
class Kind:
    """One kind of value. ``check`` gives the value as it is kept, or raises ValueError."""

    def check(self, value: Any) -> Any:
        raise NotImplementedError

    @property
    def allowed(self) -> str:
        """What is allowed, as the end of a sentence that begins "must be"."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the value."""
        raise NotImplementedError

    def to_text(self, value: Any) -> str:
        """The value in a picture's infotext."""
        return str(value)

    @property
    def labels_by_key(self) -> Mapping[str, str]:
        """What a person reads in place of the keys of choices, where there are any."""
        return {}

    def key_of(self, shown: Any) -> Any:
        """The value, where its label may stand for it.

        A box that takes any text, as gradio 4 has it, hands over what it shows once a person has been in it.
        """
        return next((key for key, label in self.labels_by_key.items() if label == shown), shown)

    def to_control(self, value: Any) -> Any:
        """The value as its control in the panel takes it."""
        return value

    def from_text(self, text: str) -> Any:
        """The value back from a picture's infotext."""
        return self.check(text)


class InsideError(ValueError):
    """What is wrong inside a value: the rest of a sentence that begins with the option's name."""


def misfit(at: str, value: Any, allowed: str) -> InsideError:
    """A part of a value that is not what is allowed there.

    :param at: where it is, as ``[0].x``; empty for the whole.
    """
    shown = repr(value)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    return InsideError(f"{at} is {shown} but must be {allowed}")


def suggest(key: str, known: Iterable[str]) -> str:
    """What a key that is not known may have been: the end of a sentence that names it."""
    close = difflib.get_close_matches(key, known, 1)
    return f"did you mean {close[0]!r}?" if close else f"it knows {', '.join(known)}."


def check_value(kind: Kind, value: Any, name: str) -> Any:
    """The value as it is kept.

    :raises ICLightError: it is not allowed.
    """
    try:
        return kind.check(value)
    except ValueError as error:
        wrong = str(error if isinstance(error, InsideError) else misfit("", value, kind.allowed))
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED, f"IC-Light: {name}{wrong}{'' if wrong.endswith(('.', '?')) else '.'}"
        ) from None


@dataclass(frozen=True)
class Switch(Kind):
    def check(self, value: Any) -> bool:
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError
        return bool(value)

    @property
    def allowed(self) -> str:
        return "true or false"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def from_text(self, text: str) -> bool:
        return self.check({"True": True, "False": False}.get(text))


@dataclass(frozen=True)
class Number(Kind):
    low: float
    high: float
    step: float = 0.01

    def check(self, value: Any) -> float:
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
            raise ValueError
        # Before it is made a float, for which a whole number can be too large. Not a number is in no bounds.
        if not self.low <= value <= self.high:
            raise ValueError
        return float(value)

    @property
    def allowed(self) -> str:
        return f"a number from {self.low:g} to {self.high:g}"

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.low, "maximum": self.high}

    def to_text(self, value: float) -> str:
        return number_text(value)

    def from_text(self, text: str) -> float:
        return self.check(float(text))


def number_text(value: float) -> str:
    """The shortest text that is read as exactly this number."""
    return repr(value).removesuffix(".0")


@dataclass(frozen=True)
class Whole(Kind):
    low: int
    high: int

    def check(self, value: Any) -> int:
        # To JSON 2.0 is a whole number too.
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not self.low <= value <= self.high:
            raise ValueError
        if value != int(value):
            raise ValueError
        return int(value)

    @property
    def allowed(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    def from_text(self, text: str) -> int:
        return self.check(int(text))


SIDE = Whole(1, 8192)
"""The width or height of a picture to be made, in pixels."""

CANVAS = 4096 * 4096
"""The most pixels of a picture to be made, or of those that are made at once. A light map takes up to 100 bytes a pixel
while it is drawn, 1.6 GB at this size."""


def check_canvas(width: Any, height: Any, at: str = "", count: int = 1, most: int = CANVAS) -> tuple[int, int]:
    """The width and height of pictures to be made, before memory is asked for.

    :param at: what stands before ``width`` and ``height`` in a sentence.
    :param count: how many are made at once.
    :param most: how many pixels all of them may have.
    :raises ICLightError: a side or the number of pixels is out of bounds.
    """
    sides = check_value(SIDE, width, f"{at}width"), check_value(SIDE, height, f"{at}height")
    if sides[0] * sides[1] * count > most:
        several = f"{count} pictures of " if count > 1 else ""
        raise ICLightError(
            ErrorCode.CANVAS_TOO_LARGE,
            f"IC-Light: {several}{sides[0]}x{sides[1]} pixels are asked for, more than {most:,} in all: make "
            f"{at}width or {at}height smaller{', or ask for fewer' if count > 1 else ''}.",
        )
    return sides


@dataclass(frozen=True)
class Text(Kind):
    longest: int = 100_000

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.longest:
            raise ValueError
        return value

    @property
    def allowed(self) -> str:
        return f"a text of at most {self.longest:,} characters"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.longest}


@dataclass(frozen=True)
class Choice(Kind):
    """One of some names.

    :ivar aliases: where there are any, which of the names false and true mean.
    :ivar labels: what a person reads in place of each name.
    """

    names: tuple[str, ...]
    aliases: tuple[tuple[bool, str], ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def labels_by_key(self) -> Mapping[str, str]:
        return dict(zip(self.names, self.labels))

    def check(self, value: Any) -> str:
        for alias, name in self.aliases:
            if value is alias:
                return name
        if not isinstance(value, str) or value not in self.names:
            raise ValueError
        return value

    @property
    def allowed(self) -> str:
        return "one of " + ", ".join(self.names)

    def schema(self) -> dict[str, Any]:
        names = {"type": "string", "enum": list(self.names)}
        return {"anyOf": [names, {"type": "boolean"}]} if self.aliases else names


@dataclass(frozen=True)
class ModelName(Kind):
    """A role or the name of a file in the model folders; never a path.

    :ivar labels: what a person reads in place of each role.
    """

    roles: tuple[str, ...]
    labels: tuple[str, ...] = ()

    @property
    def labels_by_key(self) -> Mapping[str, str]:
        return dict(zip(self.roles, self.labels))

    def check(self, value: Any) -> str:
        value = self.key_of(value)
        if not isinstance(value, str) or not value.strip() or re.search(r"[\\/\0]", value):
            raise ValueError
        return value

    @property
    def allowed(self) -> str:
        return f"one of {', '.join(self.roles)}, or the name of a model file without its folder"

    def schema(self) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": r"^[^\\/\x00]*[^\\/\s\x00-\x1f\x85][^\\/\x00]*$",
            "examples": list(self.roles),
        }


@dataclass(frozen=True)
class Colour(Kind):
    def check(self, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise ValueError
        return value.lower()

    @property
    def allowed(self) -> str:
        return "a colour written #rrggbb"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}


def levels(colour: str) -> tuple[int, int, int]:
    """The red, green and blue of a ``Colour``, 0..255."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


@dataclass(frozen=True)
class Picture(Kind):
    """A picture or none. Only its type is looked at here; ``decoding.decode`` reads it.

    :ivar beyond: endings of files that may be given beside those that ``decoding`` reads, for what has a reader of its
        own.
    """

    beyond: tuple[str, ...] = ()

    def check(self, value: Any) -> Any:
        if value is None or (isinstance(value, str) and not value):
            return None
        if not isinstance(value, (str, Image.Image, np.ndarray)):
            raise ValueError
        return value

    @property
    def allowed(self) -> str:
        return "a picture in base64, or null"

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "contentEncoding": "base64"}
