"""Colours of light against colour-science's own integration of Planck's law, and against what manufacturers publish."""

from __future__ import annotations

import importlib.util
import warnings
from typing import Any

import numpy as np
import pytest

from lib_iclight.kinds import levels
from lib_iclight.light import temperature
from lib_iclight.light.gels import GELS
from lib_iclight.light.maps import to_srgb
from lib_iclight.light.temperature import KELVIN, WHITE, colour_of, mireds, shifted
from tests.unit import colour_science

CHOSEN = (1800, 2000, 2400, 2700, 3200, 3800, 4300, 5000, 5600, 6504, 7500, 9000, 10000, 12000)

CONVERSIONS = {"204": (6500, 3200), "205": (6500, 3800), "206": (6500, 4600), "201": (3200, 5700), "203": (3200, 3600)}
"""From which temperature to which, as Lee Filters says of them."""


def planck(kelvin: float) -> Any:
    """sRGB 0..255 of a black body, adapted from 6,504 K to D65."""
    colour = colour_science.load()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")

        def xyz(of: float) -> Any:
            return colour.xy_to_XYZ(colour.UCS_uv_to_xy(colour.temperature.CCT_to_uv_Planck1900(of)))

        white = colour.xy_to_XYZ(colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"]["D65"])
        adapted = colour.chromatic_adaptation(xyz(kelvin), xyz(WHITE), white, transform="Bradford")
        light = np.maximum(colour.XYZ_to_RGB(adapted, "sRGB"), 0)
    return to_srgb(light / light.max()) * 255


@pytest.mark.skipif(importlib.util.find_spec("colour") is None, reason="of the extra dev, not of test")
@pytest.mark.parametrize("kelvin", CHOSEN)
def test_colours_are_those_of_a_black_body(kelvin: int) -> None:
    assert np.abs(np.array(levels(colour_of(kelvin))) - planck(kelvin)).max() < 1.5


def test_white_is_white_and_light_goes_from_orange_to_blue() -> None:
    assert colour_of(WHITE) == "#ffffff"
    every = [levels(colour_of(kelvin)) for kelvin in range(int(KELVIN.low), int(KELVIN.high) + 1, 10)]
    ratios = [blue - red for red, _, blue in every]
    assert ratios == sorted(ratios)
    assert every[0][2] == 0, "bluer than which sRGB has none"
    assert all(max(each) == 255 for each in every)


def test_the_browsers_table_has_everything_that_can_be_chosen() -> None:
    table = temperature.table()
    assert table["mireds"][0] <= mireds(KELVIN.high)
    assert table["mireds"][-1] >= mireds(KELVIN.low)
    assert np.array(table["light"]).shape == (len(table["mireds"]), 3)


def test_the_filters_convert_as_their_manufacturer_says() -> None:
    """A filter before light of one temperature gives another: within 1 mired of what is published."""
    for gel in GELS:
        number = gel.number.removeprefix("Lee ")
        if number in CONVERSIONS:
            before, after = CONVERSIONS[number]
            shift = round(mireds(after) - mireds(before))
            found = {shifted(shift + off) for off in (-1, 0, 1)}
            assert gel.color in found, gel.name


def test_gels_are_named_once_and_say_whose_they_are() -> None:
    assert len({gel.name for gel in GELS}) == len({gel.color for gel in GELS}) == len(GELS)
    for gel in GELS:
        assert gel.number.startswith(("Lee ", "Rosco E-Colour+ "))
        assert len(levels(gel.color)) == 3
        assert gel.color == gel.color.lower()
    warmth = {gel.name: levels(gel.color)[0] - levels(gel.color)[2] for gel in GELS}
    names = ("full_ctb", "half_ctb", "quarter_ctb", "quarter_cto", "half_cto", "full_cto")
    assert [warmth[name] for name in names] == sorted(warmth[name] for name in names)
