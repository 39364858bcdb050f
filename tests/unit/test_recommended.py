from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_iclight.request.recommended import BACKGROUND, LEAST, PHOTON, PIXELS, TEXT, fitting, for_role

SIDE = st.integers(1, 8192)


@given(SIDE, SIDE, st.integers(256 * 256, 2_000_000))
def test_sizes_are_multiples_within_the_budget(width: int, height: int, pixels: int) -> None:
    found = fitting(width, height, pixels)
    assert all(side % 8 == 0 and side >= LEAST for side in found)
    assert found[0] * found[1] <= pixels
    assert fitting(height, width, pixels)[0] * fitting(height, width, pixels)[1] == found[0] * found[1]


@given(st.integers(340, 3000))
def test_proportions_are_those_of_the_subject_within_a_fiftieth(across: int) -> None:
    width, height = fitting(across, 1000)
    assert abs(math.log(width / height / (across / 1000))) < 0.02
    assert width * height > 0.9 * PIXELS


@pytest.mark.parametrize(
    ("subject", "size"),
    [((512, 640), (512, 640)), ((928, 1232), (488, 648)), ((2000, 3000), (464, 696)), ((1920, 1080), (752, 424))],
)
def test_sizes_of_usual_pictures(subject: tuple[int, int], size: tuple[int, int]) -> None:
    assert fitting(*subject) == size


def test_a_budget_that_is_too_small_gives_the_smallest() -> None:
    assert fitting(100, 100, 1) == (LEAST, LEAST)


def test_the_authors_settings() -> None:
    """Of ``gradio_demo.py`` and ``gradio_demo_bg.py``, and Photon's page."""
    assert (TEXT.steps, TEXT.cfg_scale, TEXT.width, TEXT.height) == (25, 2, 512, 640)
    assert (BACKGROUND.steps, BACKGROUND.cfg_scale) == (20, 7)
    assert (TEXT.hires_scale, TEXT.hires_denoise) == (1.5, 0.5)
    assert (PHOTON.sampler, PHOTON.steps, PHOTON.cfg_scale, PHOTON.hires_denoise) == ("DPM++ 2M", 20, 6, 0.45)
    assert for_role("fcon") is for_role(None) is TEXT
    assert for_role("fbc") is BACKGROUND
    assert TEXT.sized(None) is TEXT
    assert (PHOTON.sized((4, 5)).width, PHOTON.sized((4, 5)).steps) == (512, 20)
