"""Matting without a model: GrabCut (Rother et al. 2004) on a small copy, softened along the picture."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight.images import luma
from lib_iclight.matting.base import Matting, no_subject

# A cut's time grows with the pixels; more of them do not cut better, as the colours stay the same.
WORKING_AREA = 224 * 224
SMALLEST_SIDE = 8
ITERATIONS = 4

# Parts of the start, as shares of a side.
MARGIN = 0.03
CORNER = 0.125

# A backdrop is plain where a surface fits its edge this closely, and shows through where the surface is this
# near: both are distances of sRGB colours.
PLAIN = 32.0
NEAR = 12.0

# A cut-out outside these shares of what was open to question tells nothing apart.
LEAST = 0.005
MOST = 0.98

# Parts of the subject, or gaps in it, below this share of it are specks.
SPECK = 0.02

# The guided filter's reach, as a share of the small copy's side, and its tolerance for contrast, squared.
REACH = 1 / 128
TOLERANCE = 1e-3


def alpha(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Tell the subject from the background by their colours. The same picture gives the same alpha, always.

    It takes the top, the sides and the lower corners for background; the middle of the lower edge is open, as
    portraits are cut there.

    :param rgb: uint8 [H, W, 3], sRGB.
    :returns: float32 [H, W] in 0..1.
    :raises ICLightError: where no subject can be told from the background.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, math.sqrt(WORKING_AREA / (height * width)))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if min(size) < SMALLEST_SIDE:
        raise no_subject()
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _soften(_cut(small), small, rgb)


def _start(height: int, width: int) -> NDArray[np.uint8]:
    margin = max(1, round(MARGIN * min(height, width)))
    corner = max(1, round(CORNER * width))
    labels = np.full((height, width), cv2.GC_PR_FGD, np.uint8)
    labels[:margin] = labels[:, :margin] = labels[:, -margin:] = cv2.GC_BGD
    labels[-margin:, :corner] = labels[-margin:, -corner:] = cv2.GC_BGD
    return labels


def _cut(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    # Grain and texture make the graph slow to cut and its edges ragged.
    smooth = np.asarray(cv2.bilateralFilter(rgb, 5, 30.0, 3.0), np.uint8)
    labels = _start(*rgb.shape[:2])
    asked = np.count_nonzero(labels == cv2.GC_PR_FGD)
    labels[(labels == cv2.GC_PR_FGD) & _backdrop(smooth, labels == cv2.GC_BGD)] = cv2.GC_PR_BGD
    if np.count_nonzero(labels == cv2.GC_PR_FGD) < LEAST * asked:
        raise no_subject()
    cv2.setRNGSeed(0)
    try:
        # The rectangle is for another way to start; the two arrays take the models of the colours.
        cv2.grabCut(
            smooth,
            labels,
            (0, 0, 1, 1),
            np.zeros((1, 65)),
            np.zeros((1, 65)),
            ITERATIONS,
            cv2.GC_INIT_WITH_MASK,
        )
    except cv2.error as error:
        raise no_subject() from error
    subject = (labels == cv2.GC_PR_FGD).astype(np.uint8)
    least = SPECK * np.count_nonzero(subject)
    subject = 1 - _without_specks(1 - _without_specks(subject, least), least)
    if not LEAST <= np.count_nonzero(subject) / asked <= MOST:
        raise no_subject()
    return subject.astype(np.float32)


def _backdrop(rgb: NDArray[np.uint8], edge: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a plain backdrop shows through: a wall or a sky, whose colours run evenly from edge to edge.

    The colours at the edge are continued inwards as a surface of second order. Without this, what lies
    between the colours of two edges would count as subject. Where no surface fits the edge, nothing is told.
    """
    height, width = edge.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1)
    surface = terms @ np.linalg.lstsq(terms[edge], rgb[edge].astype(float), rcond=None)[0]
    distance = np.linalg.norm(rgb - surface, axis=-1)
    plain = np.sqrt(np.mean(distance[edge] ** 2)) < PLAIN
    return np.asarray(plain & (distance < NEAR))


def _without_specks(mask: NDArray[np.uint8], least: float) -> NDArray[np.uint8]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    keep = np.asarray(stats[:, cv2.CC_STAT_AREA] >= least, np.uint8)
    keep[0] = 0
    return np.asarray(keep[labels], np.uint8)


def _soften(mask: NDArray[np.float32], small: NDArray[np.uint8], rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The fast guided filter (He and Sun 2015): locally linear, found small, used large."""
    radius = max(1, round(REACH * math.sqrt(mask.size)))
    window = (2 * radius + 1, 2 * radius + 1)

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(values, window, borderType=cv2.BORDER_REPLICATE), np.float32)

    grey = luma(small)
    grey_mean, mask_mean = mean(grey), mean(mask)
    slope = (mean(grey * mask) - grey_mean * mask_mean) / (mean(grey * grey) - grey_mean**2 + TOLERANCE)
    offset = mask_mean - slope * grey_mean
    size = (rgb.shape[1], rgb.shape[0])

    def enlarge(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)

    result = enlarge(mean(slope)) * luma(rgb) + enlarge(mean(offset))
    return np.asarray(np.clip(result, 0, 1), np.float32)


MATTING = Matting(
    name="grabcut",
    label="GrabCut (no model)",
    file=None,
    licence="",
    run=lambda rgb, path, place: alpha(rgb),
)
