"""Several subjects as one picture, as the routes for programs and those for pages lay them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from lib_iclight import images
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.kinds import check_canvas
from lib_iclight.subject.fit import Placing
from lib_iclight.subject.layers import MOST_LAYERS, lay_layers
from lib_iclight.subject.prepared import Subject

FIELDS = ("width", "height", "subjects")

Layer = tuple[Callable[[], Subject], Placing]
"""How a subject is cut out, and where it then lies."""


def compose(body: Mapping[str, Any], read: Callable[[int, Mapping[str, Any]], Layer]) -> dict[str, Any]:
    """The answer of a route: the subjects of its body on a canvas, as RGBA in PNG in base64.

    :param read: from a subject's place and its fields.
    :raises ICLightError: a canvas or a number of subjects that is out of bounds, and what ``read`` refuses.
    """
    width, height = check_canvas(body.get("width"), body.get("height"))
    layers = []
    # Refused before anything is cut out.
    for index, fields in enumerate(_read_subjects(body.get("subjects"))):
        with _named(index):
            layers.append(read(index, fields))

    def cut() -> Iterator[tuple[Subject, Placing]]:
        for index, (subject, placing) in enumerate(layers):
            with _named(index):
                found = subject()
            yield found, placing

    return {"image": images.to_base64(images.cut_out(*lay_layers(cut(), width, height)))}


def _read_subjects(given: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_LAYERS:
        found = f"a list of {len(given)}" if isinstance(given, list) else f"{given!r:.60}"
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"IC-Light: subjects is {found} but must be a list of 1 to {MOST_LAYERS} objects, the lowest first.",
        )
    for index, fields in enumerate(given):
        if not isinstance(fields, dict):
            raise ICLightError(
                ErrorCode.VALUE_NOT_ALLOWED,
                f"IC-Light: subjects[{index}] is {fields!r:.60} but must be an object with a subject's fields.",
            )
    return given


@contextmanager
def _named(index: int) -> Iterator[None]:
    """Say of what is refused which subject it is."""
    try:
        yield
    except ICLightError as error:
        raise ICLightError(ErrorCode[error.code.upper()], f"In subjects[{index}]: {error.write(mention)}") from error
