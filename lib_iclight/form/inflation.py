"""Inflation: a matte becomes a body, as a balloon of its outline does (Johnston, Lumo, NPAR 2002; here by Poisson's
equation, whose root is half a sphere over a disc).

Solved by multigrid (Brandt 1977): Jacobi sweeps take the fine errors, a grid of half the side takes the rest.
"""

from __future__ import annotations

import cv2
import numpy as np

from lib_iclight.form.vectors import Field

SOURCE = 4.0
"""Of the equation: over a disc of radius R its solution is ``R^2 - r^2``, the square of half a sphere's height."""

RIM = 40.0
"""How firmly the height is held at nothing where there is no subject, per pixel."""

FIRM = 8
"""The power of what is missing by which the height is held: a matte of 0.8 inside a subject, which networks leave where
they are not sure, is no dent, and one of 0.5 is held at once."""

FRAME = 0.25
"""Holds a subject that has no rim in the picture, over the square of the longest side: its height then is even."""

CYCLES = 3
SWEEPS = 2
DAMPING = 0.8

_NEIGHBOURS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)


def inflate(alpha: Field) -> Field:
    """The square of a subject's height over the picture, in pixels.

    ``-laplace(u) = 4`` inside the matte and 0 at its rim; at the picture's frame it goes on as in a mirror, as the
    subject does that is cut there. A soft matte is held less, the less of it is missing.

    :param alpha: float32 [h, w], 0..1.
    :returns: float32 [h, w], 0 or more.
    """
    missing = 1 - alpha
    held = np.asarray(RIM * missing**FIRM + FRAME / max(alpha.shape) ** 2, np.float32)
    return np.maximum(_solve(np.asarray(SOURCE * alpha, np.float32), held), 0)


def _solve(source: Field, held: Field) -> Field:
    """Full multigrid: what is found on a grid of half the side is where the search on this one begins."""
    if source.size == 1:
        return source / held
    height = _double(_solve(_halve(source), _halve(held)), source.shape)
    for _ in range(CYCLES):
        height = _cycle(height, source, held)
    return height


def _cycle(height: Field, source: Field, held: Field) -> Field:
    """One V-cycle on ``(4 + held) * height - sum of neighbours = source``."""
    if height.size == 1:
        return source / held
    weight = np.asarray(1 / (4 + held), np.float32)
    height = _relax(height, source, weight, SWEEPS)
    left = np.asarray(source + _neighbours(height) - (4 + held) * height, np.float32)
    half_left = _halve(left)
    height += _double(_cycle(np.zeros_like(half_left), half_left, _halve(held)), height.shape)
    return _relax(height, source, weight, SWEEPS)


def _halve(field: Field) -> Field:
    """On a grid of half the side, where each difference stands for four times the area."""
    rows, columns = field.shape
    size = (columns + 1) // 2, (rows + 1) // 2
    return np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_AREA) * 4, np.float32)


def _double(field: Field, shape: tuple[int, ...]) -> Field:
    return np.asarray(cv2.resize(field, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _relax(height: Field, source: Field, weight: Field, sweeps: int) -> Field:
    for _ in range(sweeps):
        sweep = _neighbours(height)
        sweep += source
        sweep *= weight
        height = np.asarray(cv2.addWeighted(sweep, DAMPING, height, 1 - DAMPING, 0), np.float32)
    return height


def _neighbours(height: Field) -> Field:
    return np.asarray(cv2.filter2D(height, -1, _NEIGHBOURS, borderType=cv2.BORDER_REPLICATE), np.float32)
