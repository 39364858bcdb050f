"""The shadow that lamps make of a subject on the ground, from its matte alone.

The subject stands upright on a ground that begins at the lowest row of its matte, and is flat. What is ``h`` above that
row throws its shadow ``h * (right, out) / up`` away from a lamp in the direction (right, up, out), which in the picture
is a shear and a squash of the matte. Where it touches the ground it also keeps the light of the surroundings away.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.images import Matte, scale
from lib_iclight.light import maps
from lib_iclight.light.environment import Brightest, Environment
from lib_iclight.light.lamps import Lamp as Placed
from lib_iclight.light.lamps import depth_of
from lib_iclight.shading.lighting import Lamp, lighting
from lib_iclight.shading.methods import Picture
from lib_iclight.shading.shadow import Shadow, working_size
from lib_iclight.shading.surface import attenuation, direction

if TYPE_CHECKING:
    from lib_iclight.request.args import Request

Plane = NDArray[np.float32]

CAST_BY = ("shadow", "shadow_softness", "shadow_color")
"""The options of a shadow."""

GROUND = 0.4
"""How high a way into the picture looks beside one across it: the camera looks down on the ground at 24 degrees."""

LONGEST = 1.3
"""How long a shadow can be, in heights of the subject: a lamp at the horizon would make an endless one."""

FLATTEST = 0.1
"""The least height of a shadow in the picture, in heights of the subject, which is not flat."""

FADE = 0.6
"""How much of a shadow is lost at the subject's top: the farther, the more of the surroundings shines into it."""

SHARPEST = 0.004
BLUR = 0.12
"""The sigma of the penumbra at the foot, and what softness 1 adds at the subject's top, in heights of the subject."""

CONTACT = 0.8
"""The density where the subject touches the ground."""

NEAR = 0.08
"""How far above the ground contact is still seen, in heights of the subject."""

THERE = 0.5
"""The alpha from which a pixel is subject enough to stand on the ground."""


def lay_cast(picture: Picture, request: Request, environment: Environment | None = None) -> Picture:
    """A picture with the shadow of its subject on what is behind it, in the light of a request.

    As it is where the request wants none, before nothing, and in its own background, where it has the
    shadow that it had.

    :param environment: as ``cast``.
    :raises ICLightError: as ``cast``.
    """
    if picture.behind is None or picture.behind is picture.rgb:
        return picture
    shadow = cast(picture.alpha, request, environment)
    return picture if shadow is None else replace(picture, behind=shadow.lay(picture.behind))


def cast(alpha: Matte, request: Request, environment: Environment | None = None) -> Shadow | None:
    """The shadow of a subject in the light of a request; None where it wants none.

    A panorama's is cast by its brightest light above the horizon, as dark as that is beside all other.

    :param alpha: float32 [H, W], 0..1.
    :param environment: the request's own, where its light is a panorama: ``Preparer.environment``.
    :raises ICLightError: light is lamps, and there is none.
    """
    if not request.shadow:
        return None
    if environment is not None:
        brightest = environment.brightest
        density = from_lamps(alpha, [_sun(brightest)], request.shadow_softness, 1 - brightest.share)
        return colour(density, request)
    return colour(from_lamps(alpha, lamps_of(request), request.shadow_softness), request)


def lamps_of(request: Request) -> tuple[Lamp, ...]:
    """The lamps that cast the shadow of a request, whichever way it is shaded.

    A light without a direction, or of a light map of the user's own, leaves the contact alone.

    :raises ICLightError: light is lamps, and there is none.
    """
    return () if request.light in maps.UNDIRECTED else lighting(request).lamps


def _sun(light: Brightest) -> Lamp:
    """A lamp so far away that its light does not fade."""
    right, up, out = light.towards
    across = math.hypot(right, up)
    angle, depth = math.degrees(math.atan2(up, right)) % 360, depth_of(out / max(across, 1e-6))
    return Lamp(Placed("side", angle=angle, depth=depth, size=math.inf), (light.share,) * 3)


def colour(density: Plane, request: Request) -> Shadow:
    """A shadow in the strength and the colour of a request."""
    red, green, blue = maps.linear_colour(request.shadow_color).tolist()
    return Shadow(density, request.shadow, (red, green, blue))


def from_lamps(alpha: Matte, lamps: Iterable[Lamp], softness: float = 0.5, around: float = 0.0) -> Plane:
    """The density of a subject's shadow.

    Each lamp takes away its share of the light at the subject: the product of ``1 - share * density`` of all lamps and
    of the contact is what is left.

    :param alpha: float32 [H, W], 0..1.
    :param lamps: those that shine; without any there is the contact alone.
    :param softness: 0..1; how wide the penumbra grows.
    :param around: the luminance of light that comes from everywhere else.
    :returns: float32 [H, W], 0..1; also under the subject. 0 where there is no subject.
    """
    standing = stand(alpha, softness)
    if standing is None:
        return np.zeros_like(alpha)
    left = 1 - np.float32(CONTACT) * standing.contact()
    for lamp, share in _shares(lamps, standing, around):
        left *= 1 - np.float32(share) * standing.cast(lamp)
    return scale(1 - left, *alpha.shape[::-1]).clip(0, 1)


def stand(alpha: Matte, softness: float) -> Standing | None:
    """A subject on the ground; None where there is none.

    :param alpha: float32 [H, W], 0..1.
    """
    small = scale(alpha, *working_size(*alpha.shape[::-1]))
    rows = np.flatnonzero((small >= THERE).any(1))
    return Standing(small, int(rows[0]), int(rows[-1]) + 1, softness) if rows.size else None


class Standing:
    """A subject at the working size [h, w], and how soft its shadow is: what no lamp changes.

    :ivar foot: the row below its lowest one.
    :ivar tall: its height in rows.
    """

    def __init__(self, alpha: Matte, top: int, foot: int, softness: float) -> None:
        self.alpha, self.foot, self.tall = alpha, foot, foot - top
        self._softness = softness

    @property
    def middle(self) -> tuple[int, int]:
        """The row and the column of its middle."""
        columns = np.flatnonzero((self.alpha >= THERE).any(0))
        return self.foot - (self.tall + 1) // 2, int(columns[0] + columns[-1]) // 2

    def cast(self, lamp: Lamp) -> Plane:
        """What a lamp that is the only light would leave dark, float32 [h, w], 0..1."""
        across, back = _throw(*_sample(direction(lamp, *self.alpha.shape[::-1]), self.middle))
        rise = GROUND * back
        if abs(rise) < FLATTEST:
            rise = math.copysign(FLATTEST, rise)
        soft, pad = self.soft
        # From the shadow to the matte, whose row 0 is ``pad`` rows above the picture's.
        inverse = np.array([[1, across / rise, 0], [0, 1 / rise, 0]])
        foot = np.array([0, self.foot - 0.5])
        inverse[:, 2] = foot + pad - inverse[:, :2] @ foot
        size = self.alpha.shape[::-1]
        return np.asarray(cv2.warpAffine(soft, inverse, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP))

    @cached_property
    def soft(self) -> tuple[Plane, int]:
        """The matte above the ground, the softer the higher, and by how much it is wider on every side."""
        widest = self.tall * (SHARPEST + BLUR * self._softness)
        pad = math.ceil(2.5 * widest) + 1
        matte = self.alpha.copy()
        matte[self.foot :] = 0
        level = np.asarray(cv2.copyMakeBorder(matte, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0), np.float32)
        above = (self.foot + pad - 0.5 - np.arange(len(level), dtype=np.float32)) / np.float32(self.tall)
        wanted = self.tall * (SHARPEST + BLUR * self._softness * above.clip(0, 1))
        result, sigma = level, 0.0
        for step in (2.0**power for power in range(-1, max(0, math.ceil(math.log2(max(widest, 0.5)))) + 1)):
            level = _blur(level, math.sqrt(step * step - sigma * sigma))
            # Rows that want more than the last step go over to this one, wholly where they want it or more.
            part = ((wanted - sigma) / (step - sigma)).clip(0, 1)[:, None]
            result, sigma = result + (level - result) * part, step
        return result * (1 - np.float32(FADE) * above.clip(0, 1))[:, None], pad

    def contact(self) -> Plane:
        """How near each place is to where the subject stands, float32 [h, w], 0..1."""
        above = (self.foot - 1 - np.arange(len(self.alpha), dtype=np.float32)) / np.float32(max(self.tall * NEAR, 1))
        near = self.alpha * np.where(above >= 0, 1 - above, 0).clip(0, 1)[:, None]
        wide = self.tall * NEAR * (0.15 + 0.35 * self._softness)
        # A foot is seldom wider than the blur, and half of what is seen at its lowest row is ground.
        return np.minimum(3 * _blur(near.astype(np.float32), wide, wide * GROUND), 1)


def _throw(right: float, up: float, out: float) -> tuple[float, float]:
    """The shadow of what is 1 above the ground: how far to the right, and how far away from the viewer."""
    across, back = -right, out
    length, height = math.hypot(across, back), max(up, 0.0)
    factor = min(1 / max(height, 1e-6), LONGEST / max(length, 1e-6))
    return across * factor, back * factor


def _shares(lamps: Iterable[Lamp], standing: Standing, around: float) -> Iterator[tuple[Lamp, float]]:
    """The lamps that shine on a subject, each with its share of the light of all."""
    size = standing.alpha.shape[::-1]
    light: list[tuple[Lamp, float]] = []
    for lamp in lamps:
        (reaching,) = _sample([attenuation(lamp, *size)], standing.middle)
        light.append((lamp, float(np.dot(maps.LUMINANCE, lamp.color)) * reaching))
    total = around + sum(level for _, level in light)
    return ((lamp, level / total) for lamp, level in light if level > 0)


def _sample(planes: list[Plane], place: tuple[int, int]) -> list[float]:
    """The values at a place of planes that may spread over it."""
    row, column = place
    return [float(plane[min(row, len(plane) - 1), min(column, plane.shape[1] - 1)]) for plane in planes]


def _blur(plane: Plane, across: float, down: float | None = None) -> Plane:
    """Much as a Gaussian of that sigma, by three boxes, whose time does not grow with it."""
    down = across if down is None else down
    size = tuple(2 * round((math.sqrt(4 * sigma * sigma + 1) - 1) / 2) + 1 for sigma in (across, down))
    for _ in range(3):
        plane = np.asarray(cv2.blur(plane, size, borderType=cv2.BORDER_REPLICATE), np.float32)
    return plane
