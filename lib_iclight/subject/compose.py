"""What is behind a subject that was lit, and how the two come together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib_iclight import images
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import RGB, Matte
from lib_iclight.kinds import Colour, levels
from lib_iclight.request.args import Request
from lib_iclight.subject.prepare import Preparer
from lib_iclight.subject.prepared import Subject

OWN = "own"
"""The backdrop that leaves a subject in its own background."""


@dataclass(frozen=True)
class Backdrop:
    """Another background than the subject's own.

    :ivar name: says what it shows.
    :ivar draw: from width and height to the picture.
    """

    name: str
    draw: Callable[[int, int], RGB]


def make_backdrop(preparer: Preparer, request: Request, plain: str) -> Backdrop | None:
    """What shall be behind the subjects of a request; None for each one's own.

    :param plain: where the request has no background picture: ``own`` or #rrggbb.
    :raises ICLightError: neither of them, or a background picture that cannot be decoded.
    """
    if request.background is not None:
        name, rgb = preparer.picture(request.background, "background")
        rgb = np.ascontiguousarray(rgb[:, ::-1]) if request.flip_background else rgb
        return Backdrop(
            f"{name}/{request.flip_background}",
            lambda width, height: images.cover(rgb, width, height, "the background"),
        )
    colour = plain_colour(plain)
    if colour is None:
        return None
    return Backdrop(colour, lambda width, height: np.full((height, width, 3), levels(colour), np.uint8))


def plain_colour(backdrop: str) -> str | None:
    """The colour #rrggbb of a plain backdrop; None for ``own``.

    :raises ICLightError: neither of them.
    """
    if backdrop == OWN:
        return None
    try:
        return Colour().check(backdrop)
    except ValueError:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"IC-Light: the backdrop is {backdrop!r:.60} but must be {OWN!r} or {Colour().allowed}.",
        ) from None


def draw_behind(subject: Subject, rgb: RGB, backdrop: Backdrop | None) -> RGB | None:
    """The picture behind a subject; None where that is the subject's own transparency.

    :param rgb: the subject's picture, at the size that is wanted.
    """
    if backdrop is not None:
        return backdrop.draw(rgb.shape[1], rgb.shape[0])
    return None if subject.method == "alpha" else rgb


def can_place(subject: Subject, backdrop: Backdrop | None) -> bool:
    """Whether a subject may lie elsewhere: not in its own background."""
    return backdrop is not None or subject.method == "alpha"


def compose(lit: RGB, alpha: Matte, behind: RGB | None) -> NDArray[np.uint8]:
    """The lit subject before what is behind it; before nothing, with its alpha as a fourth channel."""
    if behind is None:
        return np.dstack([lit, images.to_levels(alpha)])
    return images.over(lit, alpha, behind)
