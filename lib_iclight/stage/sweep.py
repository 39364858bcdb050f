"""Frames of light that moves: a lamp along a path, or a panorama that turns. Each is the mixer's, nothing is rendered.

The last frame leads on to the first: a loop without a jump.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from lib_iclight.images import RGB
from lib_iclight.kinds import Whole, check_value
from lib_iclight.light.panorama import Panorama
from lib_iclight.stage.basis import Basis
from lib_iclight.stage.directions import Directions, from_angles
from lib_iclight.stage.mix import Weights
from lib_iclight.stage.mixing import combine
from lib_iclight.stage.panorama import shares, weights

COUNT = Whole(2, 600)
"""How many frames there can be."""

SHARPNESS = 2.0
"""Of a single lamp's shares among those of a basis: two that are a right angle apart keep their sum while it moves."""


def orbit(count: int, elevation: float = 20.0) -> Directions:
    """A lamp's way around the picture, once, from the right over the top: [count, 3].

    :raises ICLightError: too many frames, or too few.
    """
    count = check_value(COUNT, count, "the number of frames")
    return np.array([from_angles(360 * i / count, elevation) for i in range(count)])


def along(path: Directions, directions: Directions) -> list[Weights]:
    """The weights of each place of a white lamp on a path: [n, 3], each channel's sum 1.

    :param path: [m, 3], of length 1.
    :param directions: of the basis' lamps, [n, 3].
    """
    return [np.repeat(each[:, None], 3, axis=1) for each in shares(path, directions, SHARPNESS)]


def turning(panorama: Panorama, directions: Directions, count: int) -> list[Weights]:
    """The weights of a panorama that turns once, from its own rotation on.

    :raises ICLightError: too many frames, or too few.
    """
    count = check_value(COUNT, count, "the number of frames")
    first = panorama.rotation % 360
    return [weights(panorama.turned((first + 360 * i / count) % 360), directions) for i in range(count)]


def between(keys: Sequence[Weights], count: int) -> list[Weights]:
    """From each of some weights to the next in straight lines, and from the last to the first.

    :raises ICLightError: too many frames, or too few.
    """
    count = check_value(COUNT, count, "the number of frames")
    places = np.arange(count) * len(keys) / count
    first = places.astype(int)
    part = places - first
    return [(1 - t) * keys[i] + t * keys[(i + 1) % len(keys)] for i, t in zip(first, part)]


def frames(basis: Basis, given: Iterable[Weights], curve: str = "none", exposure: float = 0.0) -> Iterator[RGB]:
    """A picture for each weights, uint8 [h, w, 3].

    :param exposure: stops.
    """
    for each in given:
        yield combine(basis, each * 2.0**exposure, curve)
