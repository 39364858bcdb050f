"""Threshold, grow and feather of a matte."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.matting.refine import Refinement
from lib_iclight.request.args import build
from lib_iclight.subject.prepare import Preparer

MATTES = arrays(np.float32, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.floats(0, 1, width=32))
SQUARE = np.zeros((41, 41), np.float32)
SQUARE[15:26, 15:26] = 1


@given(MATTES)
def test_by_default_it_is_the_same_matte(alpha: np.ndarray) -> None:
    assert Refinement().apply(alpha) is alpha


@given(MATTES, st.floats(0, 1), st.floats(-64, 64), st.floats(0, 64))
def test_a_refined_matte_is_a_matte(alpha: np.ndarray, threshold: float, grow: float, feather: float) -> None:
    before = alpha.copy()
    refined = Refinement(threshold, grow, feather).apply(alpha)
    assert refined.shape == alpha.shape
    assert refined.dtype == np.float32
    assert np.isfinite(refined).all()
    assert refined.min() >= 0
    assert refined.max() <= 1
    assert np.array_equal(alpha, before)


def test_what_is_below_the_threshold_is_background_and_the_rest_keeps_its_softness() -> None:
    alpha = np.array([[0, 0.2, 0.5, 0.75, 1]], np.float32)
    assert np.allclose(Refinement(threshold=0.5).apply(alpha), [[0, 0, 0, 0.5, 1]])
    assert np.array_equal(Refinement(threshold=1).apply(alpha), [[0, 0, 0, 0, 1]])


@pytest.mark.parametrize("pixels", [1, 2, 7])
def test_it_grows_and_shrinks_by_so_many_pixels(pixels: int) -> None:
    larger = Refinement(grow=pixels).apply(SQUARE)
    assert larger[20].sum() == larger[:, 20].sum() == 11 + 2 * pixels
    smaller = Refinement(grow=-min(pixels, 5)).apply(SQUARE)
    assert smaller[20].sum() == 11 - 2 * min(pixels, 5)


def test_what_grows_is_round() -> None:
    dot = np.zeros((81, 81), np.float32)
    dot[40, 40] = 1
    rows, columns = np.nonzero(Refinement(grow=30).apply(dot))
    distance = np.hypot(rows - 40, columns - 40)
    # An octagon: no farther than 12 % beyond the circle.
    assert 30 <= distance.max() <= 30 * 1.12
    inside = np.hypot(*(np.mgrid[:81, :81] - 40)) <= 27
    assert Refinement(grow=30).apply(dot)[inside].all()


def test_softness_is_kept_where_a_matte_grows() -> None:
    ramp = np.linspace(0, 1, 41, dtype=np.float32)[None].repeat(5, 0)
    assert np.allclose(Refinement(grow=4).apply(ramp)[2, 5:30], ramp[2, 9:34])


def test_a_feathered_edge_falls_off_within_so_many_pixels() -> None:
    half = np.zeros((9, 101), np.float32)
    half[:, 50:] = 1
    row = Refinement(feather=20).apply(half)[4]
    assert np.all(np.diff(row) >= 0)
    assert 0.4 < row[49] < 0.5 < row[50] < 0.6
    assert row[30] < 0.03
    assert row[70] > 0.97
    assert 0.1 < row[40] < 0.2


def test_it_acts_whichever_way_a_subject_is_cut_out() -> None:
    preparer = Preparer(dict, lambda module: None)  # type: ignore[arg-type, return-value]
    picture, mask = Image.new("RGB", (41, 41), "red"), Image.fromarray((SQUARE * 255).astype(np.uint8))
    cut = picture.copy()
    cut.putalpha(mask)
    for given_as in ({"foreground_mask": mask}, {"matting": "none"}):
        plain = preparer.subject(cut, build(given_as))
        grown = preparer.subject(cut, build({**given_as, "matte_grow": 3}))
        assert (plain.alpha[20].sum(), grown.alpha[20].sum()) == (11, 17)
        assert plain.name != grown.name
        assert preparer.subject(cut, build({**given_as, "matte_grow": 3})) is grown
        assert np.any(plain.on_grey != grown.on_grey)
    with pytest.raises(ICLightError) as refused:
        preparer.subject(cut, build({"foreground_mask": mask, "matte_grow": -20}))
    assert refused.value.code == ErrorCode.EMPTY_MATTE.name.lower()


def test_another_refinement_cuts_nothing_out_again() -> None:
    preparer = Preparer(dict, lambda module: None)  # type: ignore[arg-type, return-value]
    picture = Image.new("RGB", (64, 48), "red")
    picture.paste("white", (20, 12, 44, 36))
    before = log.counts()
    refined = [
        preparer.subject(picture, build({"matting": "u2netp", **options}))
        for options in ({}, {"matte_grow": 2}, {"matte_feather": 3}, {"matte_grow": 2})
    ]
    done = {what: times - before.get(what, 0) for what, times in log.counts().items()}
    assert (done["decode"], done["matting"]) == (1, 1)
    assert refined[1] is refined[3]
    assert refined[1].alpha.sum() > refined[0].alpha.sum()
