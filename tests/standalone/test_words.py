"""Lamps as words for a prompt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Page

from lib_iclight.light.gels import GELS
from lib_iclight.light.lamps import Lamps
from lib_iclight.light.presets import PRESETS
from lib_iclight.light.temperature import colour_of
from tests.unit.lamps import COLOURS, SOME_LAMPS

DESCRIBE = """([text, ambient, language, proportion]) =>
    ICLight.words.describeLamps(ICLight.lamps.parse(text), ambient, language, proportion)"""

AROUND = {
    0: ("the right", "右侧", (0.9, 0.5)),
    45: ("the upper right", "右上方", (0.9, 0.1)),
    90: ("above", "上方", (0.5, 0.1)),
    135: ("the upper left", "左上方", (0.1, 0.1)),
    180: ("the left", "左侧", (0.1, 0.5)),
    225: ("the lower left", "左下方", (0.1, 0.9)),
    270: ("below", "下方", (0.5, 0.9)),
    315: ("the lower right", "右下方", (0.9, 0.9)),
}


def say(page: Page, text: str, ambient: str = "#000000", language: str = "en", proportion: float = 1) -> str:
    return page.evaluate(DESCRIBE, [text, ambient, language, proportion])


@pytest.mark.parametrize("angle", AROUND)
def test_each_direction_has_its_words(page: Page, angle: int) -> None:
    english, chinese, (x, y) = AROUND[angle]
    for off in (-20, 0, 20):
        lamp = f"side angle {(angle + off) % 360}"
        assert say(page, lamp) == f"bright white light from {english}"
        assert say(page, lamp, language="zh") == f"来自{chinese}的明亮的白色光"
    assert say(page, f"point x {x} y {y} size 0.4") == f"bright white light from {english}"


@pytest.mark.parametrize(
    ("lamp", "english", "chinese"),
    [
        ("point", "frontal light", "正面光"),
        ("side depth 1", "light from the right", "来自右侧的明亮的白色光"),
        ("side depth 0.2", "raking light from the right", "掠射光"),
        ("side depth -0.1", "raking light from the right", "掠射光"),
        ("side depth -0.7", "rim light from the right", "轮廓光"),
        ("point depth -1", "backlight", "逆光"),
        ("point x 0.4 y 0.5 depth -1", "backlight from the left", "逆光"),
    ],
)
def test_each_height_has_its_words(page: Page, lamp: str, english: str, chinese: str) -> None:
    assert say(page, lamp) == f"bright white {english}"
    assert chinese in say(page, lamp, language="zh")


@pytest.mark.parametrize(
    ("lamp", "strength"),
    [
        ("side intensity 2", "intense"),
        ("side", "bright"),
        ("side intensity 0.2", "dim"),
        ("side color #404040", "dim"),
        ("side intensity 2 color #800000", "bright"),
    ],
)
def test_each_strength_has_its_word(page: Page, lamp: str, strength: str) -> None:
    assert say(page, lamp).split()[0] == strength


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("#ffffff", "white"),
        ("#7f7f7f", "white"),
        ("#ff0000", "red"),
        ("#ff0018", "red"),
        ("#ff7800", "orange"),
        ("#ffb020", "amber"),
        ("#ffff00", "yellow"),
        ("#00ff00", "green"),
        ("#1fd8ff", "cyan"),
        ("#0000ff", "blue"),
        ("#7a1fff", "violet"),
        ("#ff2bd6", "magenta"),
        ("#ff4fa0", "pink"),
        ("#fff0d8", "warm white"),
        ("#eaf2ff", "cool white"),
        (colour_of(1900), "amber"),
        (colour_of(2700), "amber"),
        (colour_of(5000), "warm white"),
        (colour_of(10000), "cool white"),
        *((gel.color, "amber") for gel in GELS if gel.name in ("full_cto", "full_cts")),
        *((gel.color, "blue") for gel in GELS if gel.name in ("full_ctb", "steel_blue", "moonlight_blue")),
    ],
)
def test_colours_have_the_names_that_one_gives_them(page: Page, colour: str, name: str) -> None:
    assert page.evaluate("(colour) => ICLight.words.nameColour(colour).en", colour) == name


def test_several_lamps_and_ambient_light(page: Page) -> None:
    neon = next(preset for preset in PRESETS if preset.name == "neon_pair")
    said = "bright magenta light from the left, bright cyan light from the right"
    assert say(page, neon.lamps, neon.ambient) == said
    assert say(page, neon.lamps, "#304080") == f"{said}, dim blue ambient light"
    assert say(page, neon.lamps, "#304080", "zh").split("，")[-1] == "微弱的蓝色环境光"
    assert say(page, "side on false + side intensity 0 + side color #000000 + side + side") == (
        "bright white light from the right"
    )
    assert say(page, "") == ""


def test_a_point_stands_where_it_is_seen(page: Page) -> None:
    """In a wide picture a place to the right is farther away than one above that has the same share."""
    lamp = "point x 0.8 y 0.35 size 0.3"
    assert say(page, lamp, proportion=1).endswith("the upper right")
    assert say(page, lamp, proportion=2).endswith("the right")
    assert say(page, lamp, proportion=0.2).endswith("above")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SOME_LAMPS, COLOURS)
def test_whatever_lamps_there_are_have_words(page: Page, lamps: Any, ambient: str) -> None:
    for language, between in (("en", ", "), ("zh", "，")):
        said = say(page, Lamps().to_text(lamps), ambient, language)
        parts = said.split(between) if said else []
        assert len(parts) <= len(lamps) + 1
        assert all(part and "undefined" not in part for part in parts)
