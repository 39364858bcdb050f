"""Colours of light as the browser works them out, beside those of the program."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Page

from lib_iclight.kinds import levels
from lib_iclight.light import temperature
from lib_iclight.light.temperature import KELVIN, WHITE, colour_of

EVERY = [*range(int(KELVIN.low), int(KELVIN.high) + 1, 10), WHITE]

COLOURS = "([every, table]) => every.map((kelvin) => ICLight.colours.colourTemperature(kelvin, table))"
FOUND = "([colours, table]) => colours.map((colour) => ICLight.colours.findTemperature(colour, table))"


def test_temperatures_have_the_programs_colours(page: Page) -> None:
    found = page.evaluate(COLOURS, [EVERY, temperature.table()])
    away = [np.abs(np.subtract(levels(one), levels(colour_of(kelvin)))).max() for one, kelvin in zip(found, EVERY)]
    assert max(away) <= 1
    assert found[-1] == "#ffffff"


def test_a_colours_temperature_is_found(page: Page) -> None:
    kelvins = [1800, 2700, 3200, 5600, 6500, 8000, 12000]
    found = page.evaluate(FOUND, [[colour_of(kelvin) for kelvin in kelvins], temperature.table()])
    assert np.abs(np.subtract(1e6 / np.array(found), 1e6 / np.array(kelvins))).max() < 3, "mireds"
    darker = page.evaluate(FOUND, [["#804020", "#000000"], temperature.table()])
    assert darker[0] < 3000
    assert 6000 < darker[1] < 7000


def test_light_is_encoded_as_srgb(page: Page) -> None:
    assert page.evaluate("ICLight.colours.writeColour([1.2, 0.2158605, -0.1])") == "#ff8000"
    back = page.evaluate("[0, 0.02, 0.5, 1].map((x) => ICLight.colours.encode(ICLight.colours.decode(x)))")
    assert np.allclose(back, [0, 0.02, 0.5, 1], atol=1e-9)
