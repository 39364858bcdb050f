"""A basis: one picture for each lamp, in linear light."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import RGB, Matte
from lib_iclight.kinds import CANVAS
from lib_iclight.light.tone import decode

Light = NDArray[np.float32]
"""Linear sRGB without a bound above; float32 [..., h, w, 3]."""

MOST = 16
"""How many lamps a basis has at most."""

MAX_PIXELS = 4 * CANVAS
"""The most pixels of all pictures of a basis together: 800 MB of floats."""


@dataclass(frozen=True)
class BasisLamp:
    """What one picture is lit by.

    :ivar name: for a person.
    :ivar light: a lamp as ``light.lamps.Lamps.to_plain`` writes it, or ``{"angle": ..., "elevation": ...}`` in degrees:
        0 from the right, 90 from the top; elevation 90 from the viewer, 0 in the picture's plane.
    """

    name: str
    light: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Basis:
    """Pictures of one subject, each in the light of one lamp.

    :ivar pictures: linear sRGB, float32 [n, h, w, 3], 0 and more.
    :ivar lamps: n of them.
    :ivar alpha: the subject's matte, float32 [h, w], 0..1.
    :ivar unlit: the subject as it was given, uint8 [h, w, 3], sRGB.
    :ivar background: what is behind it, likewise.
    :ivar meta: model, seed and options; plain values.
    :raises ICLightError: arrays that do not belong together, are too large, negative or not finite.
    """

    pictures: Light
    lamps: tuple[BasisLamp, ...]
    alpha: Matte | None = None
    unlit: RGB | None = None
    background: RGB | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = self.pictures.shape
        if self.pictures.dtype != np.float32 or len(shape) != 4 or shape[3] != 3 or min(shape) == 0:
            raise _misfit(f"pictures of {self.pictures.dtype} {shape}", "float32 of [lamps, height, width, 3]")
        check_size(*shape[:3])
        if shape[0] != len(self.lamps):
            raise _misfit(f"{shape[0]} pictures and {len(self.lamps)} lamps", "one picture for each lamp")
        for name, plane, wanted in (
            ("alpha", self.alpha, shape[1:3]),
            ("unlit", self.unlit, shape[1:]),
            ("background", self.background, shape[1:]),
        ):
            if plane is not None and plane.shape != wanted:
                raise _misfit(f"{name} of {plane.shape}", f"{wanted}")
        # A NaN is neither.
        if not (self.pictures.min() >= 0 and self.pictures.max() < np.inf):
            raise _misfit("light that is negative or not finite", "light of 0 and more")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pictures.shape[2], self.pictures.shape[1]

    @property
    def nbytes(self) -> int:
        return self.pictures.nbytes

    @cached_property
    def name(self) -> str:
        """Says what the basis is made of; for caches."""
        told = [[[lamp.name, dict(lamp.light)] for lamp in self.lamps], dict(self.meta), self.pictures.shape]
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
        for plane in (self.pictures, self.alpha, self.unlit, self.background):
            digest.update(b"-" if plane is None else np.ascontiguousarray(plane).data)
        return digest.hexdigest()

    @cached_property
    def ambient(self) -> Light:
        """The mean of all pictures, float32 [h, w, 3]: every lamp at 1/n."""
        return np.asarray(self.pictures.mean(axis=0, dtype=np.float32), np.float32)


def from_pictures(pictures: list[RGB], lamps: tuple[BasisLamp, ...], **more: Any) -> Basis:
    """A basis of rendered pictures, uint8 [h, w, 3] in sRGB, all of one size.

    :param more: alpha, unlit, background, meta.
    """
    if len({picture.shape for picture in pictures}) != 1:
        raise _misfit("pictures of several sizes or none", "pictures of one size")
    check_size(len(pictures), *pictures[0].shape[:2])
    return Basis(np.stack([decode(picture) for picture in pictures]), lamps, **more)


def check_size(count: int, height: int, width: int) -> None:
    """:raises ICLightError: more lamps or pixels than a basis may have."""
    if not 1 <= count <= MOST:
        raise _misfit(f"{count} lamps", f"1 to {MOST}")
    if count * height * width > MAX_PIXELS:
        raise ICLightError(
            ErrorCode.CANVAS_TOO_LARGE,
            f"IC-Light: a basis of {count} pictures of {width}x{height} pixels has more than {MAX_PIXELS:,} in all: "
            "make it smaller, or of fewer lamps.",
        )


def _misfit(what: str, wanted: str) -> ICLightError:
    return ICLightError(ErrorCode.VALUE_NOT_ALLOWED, f"IC-Light: a basis has {what} but must have {wanted}.")
