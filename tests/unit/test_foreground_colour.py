"""The subject's own colour at its soft edges."""

from __future__ import annotations

import logging

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from lib_iclight import images
from lib_iclight.matting.foreground_colour import estimate

SIDE = 320
SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40)) | st.sampled_from([(1, 1), (1, 300), (300, 1), (2, 600)])
STOPS = st.sampled_from([0.0, 1.0, 0.5 / 255, 254.5 / 255, 1e-7, 1 - 1e-7]) | st.floats(0, 1)
MATTES = SHAPES.flatmap(lambda shape: arrays(np.float32, shape, elements=STOPS.map(lambda x: float(np.float32(x)))))

Floats = NDArray[np.float64]


def hair() -> NDArray[np.float32]:
    """A disc from which strands stand out, thinner than a pixel at their ends."""
    rng = np.random.default_rng(1)
    large = np.zeros((4 * SIDE, 4 * SIDE), np.uint8)
    centre = np.array([2 * SIDE, 2 * SIDE])
    cv2.circle(large, (2 * SIDE, 2 * SIDE), SIDE, 255, -1)
    for turn in np.linspace(0, 2 * np.pi, 160):
        bend = turn + rng.normal(0, 0.2)
        root = centre + 0.95 * SIDE * np.array([np.cos(turn), np.sin(turn)])
        tip = root + rng.uniform(0.3, 0.7) * SIDE * np.array([np.cos(bend), np.sin(bend)])
        line = np.array([root, (root + tip) / 2 + rng.normal(0, 12, 2), tip]).round().astype(np.int32)
        cv2.polylines(large, [line], False, 255, int(rng.integers(2, 7)), cv2.LINE_AA)
    small = cv2.resize(large, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return images.to_matte(np.asarray(small, np.uint8))


def discs() -> NDArray[np.float32]:
    """Discs out of focus."""
    sharp = np.zeros((SIDE, SIDE), np.float32)
    for x, y, radius in ((100, 110, 60), (230, 90, 35), (190, 230, 70)):
        cv2.circle(sharp, (x, y), radius, 1, -1)
    return np.asarray(cv2.GaussianBlur(sharp, (0, 0), 7), np.float32).clip(0, 1)


def subject() -> Floats:
    """Colours of skin and hair, which change slowly."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    return np.stack([0.55 + 0.3 * x, 0.3 + 0.2 * y, 0.2 + 0.1 * x * y], -1)


def green() -> Floats:
    return np.broadcast_to(np.array([0.1, 0.8, 0.2]), (SIDE, SIDE, 3))


def scene() -> Floats:
    """A gradient with blotches and grain, as behind a person in a photo."""
    rng = np.random.default_rng(2)
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    blotches = cv2.resize(rng.uniform(-0.2, 0.2, (6, 6, 3)), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    gradient = np.stack([0.4 + 0.3 * y, 0.6 + 0.1 * x, 0.9 - 0.3 * y], -1)
    return (gradient + blotches + rng.normal(0, 0.02, (SIDE, SIDE, 3))).clip(0, 1)


def blend(alpha: NDArray[np.float32], front: Floats, behind: Floats) -> NDArray[np.uint8]:
    mixed = front * alpha[..., None] + behind * (1 - alpha[..., None])
    return (255 * mixed).round().astype(np.uint8)


@pytest.mark.parametrize("behind", [green, scene], ids=["green", "scene"])
@pytest.mark.parametrize("matte", [hair, discs], ids=["hair", "discs"])
def test_before_another_background_the_edge_is_nearer_to_the_subjects_colour(matte, behind) -> None:
    alpha, front = matte(), subject()
    photo = blend(alpha, front, behind())
    new = np.broadcast_to(np.array([0.9, 0.1, 0.8]), front.shape)
    right = blend(alpha, front, new).astype(float)
    edge = (alpha > 0.02) & (alpha < 0.98)

    def error(foreground: NDArray[np.uint8]) -> float:
        off = np.abs(blend(alpha, foreground / 255, new) - right).mean(-1)
        return float((off * alpha)[edge].sum() / alpha[edge].sum())

    before, after = error(photo), error(estimate(photo, alpha))
    logging.getLogger(__name__).info(
        "%s before %s: %.2f levels off, despilled %.2f, ratio %.3f",
        matte.__name__,
        behind.__name__,
        before,
        after,
        after / before,
    )
    assert after <= before / 2


def published(image: Floats, alpha: Floats) -> Floats:
    """The two passes of the paper, pixel by pixel; the window of an even side has one more before its middle."""

    def mean(values: Floats, side: int) -> Floats:
        before, after = side // 2, side - 1 - side // 2
        around = [(before, after), (before, after), *[(0, 0)] * (values.ndim - 2)]
        padded = np.pad(values, around, mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), (0, 1))
        return windows.mean((-2, -1))

    a = alpha[..., None]
    foreground, background = image, image
    for side in (90, 6):
        share = mean(alpha, side)[..., None]
        blurred_foreground = mean(foreground * a, side) / (share + 1e-5)
        blurred_background = mean(background * (1 - a), side) / (1 - share + 1e-5)
        rest = image - a * blurred_foreground - (1 - a) * blurred_background
        foreground, background = np.clip(blurred_foreground + a * rest, 0, 1), blurred_background
    return foreground


def test_it_is_the_published_formula() -> None:
    alpha, photo = hair()[40:160, 60:170], blend(hair(), subject(), scene())[40:160, 60:170]
    expected = 255 * published(photo / 255, alpha.astype(float))
    soft = (alpha >= 0.5 / 255) & (alpha <= 254.5 / 255)
    assert soft.sum() > 1000
    assert np.abs(estimate(photo, alpha) - expected)[soft].max() < 0.51


def test_a_picture_in_strips_is_the_picture_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    alpha, photo = hair(), blend(hair(), subject(), scene())
    strips = estimate(photo, alpha)
    monkeypatch.setattr("lib_iclight.matting.foreground_colour.ROWS", SIDE)
    assert np.abs(strips.astype(int) - estimate(photo, alpha)).max() <= 1


@settings(deadline=None)
@given(MATTES, st.integers(0, 2**32 - 1))
def test_the_rest_of_a_picture_stays_and_nothing_fails(alpha: NDArray[np.float32], seed: int) -> None:
    rgb = np.random.default_rng(seed).integers(0, 256, (*alpha.shape, 3), np.uint8)
    before = rgb.copy(), alpha.copy()
    result = estimate(rgb, alpha)
    assert (result.dtype, result.shape) == (np.uint8, rgb.shape)
    whole = (alpha < 0.5 / 255) | (alpha > 254.5 / 255)
    assert np.array_equal(result[whole], rgb[whole])
    assert np.array_equal(rgb, before[0])
    assert np.array_equal(alpha, before[1])


@pytest.mark.parametrize("level", [0, 0.001, 0.999, 1])
def test_without_a_soft_edge_it_is_the_same_picture(level: float) -> None:
    rgb = np.full((5, 7, 3), 9, np.uint8)
    assert estimate(rgb, np.full((5, 7), level, np.float32)) is rgb


@pytest.mark.parametrize("level", [0.02, 0.5, 0.98])
def test_a_plain_picture_keeps_its_colour_whatever_its_matte(level: float) -> None:
    rgb = np.full((60, 70, 3), (200, 90, 30), np.uint8)
    assert np.abs(estimate(rgb, np.full((60, 70), level, np.float32)).astype(int) - rgb).max() <= 1
