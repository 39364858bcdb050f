"""Files of set-ups as the browser reads and writes them, beside the program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from lib_iclight.errors import ICLightError
from lib_iclight.request import setups
from lib_iclight.request.args import Request, build
from lib_iclight.request.setups import LARGEST, MOST, Setup
from tests.unit.test_setups import KEYS, SETUPS, WILD, a_file

READ = """([text, declared]) => {
    try { return ICLight.setups.read(text, declared); } catch (error) { return error.message; }
}"""
WRITE = "([some, declared]) => ICLight.setups.write(some, declared)"

SOME = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SET = st.lists(SETUPS, max_size=3, unique_by=lambda setup: setup.name)


def read(page: Page, text: str) -> Any:
    """The set-ups, or a sentence."""
    return page.evaluate(READ, [text, setups.describe()])


def in_light(some: Iterable[Setup]) -> list[tuple[str, Request]]:
    """What set-ups are, whatever the spelling of their numbers."""
    return [(setup.name, build(setup.options)) for setup in some]


def as_setups(plain: list[dict[str, Any]]) -> list[tuple[str, Request]]:
    return in_light(Setup(**one) for one in plain)


@SOME
@given(SET)
def test_browser_and_program_read_one_another(page: Page, some: list[Setup]) -> None:
    plain = [asdict(setup) for setup in some]
    written = page.evaluate(WRITE, [plain, setups.describe()])
    assert in_light(setups.read(written)) == in_light(some)
    assert as_setups(read(page, setups.write(some))) == in_light(some)


@SOME
@given(
    st.lists(WILD | st.dictionaries(KEYS, WILD, max_size=8), max_size=3).map(lambda items: a_file(*items)) | st.text()
)
def test_what_one_refuses_so_does_the_other(page: Page, text: str) -> None:
    found = read(page, text.encode(errors="replace").decode())
    try:
        expected = in_light(setups.read(text))
    except ICLightError:
        assert isinstance(found, str)
        assert found.startswith("IC-Light: ")
        assert found.endswith(".")
    else:
        assert as_setups(found) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "has no 'ic_light_setups'"),
        ("x" * (LARGEST + 1), "more than"),
        ('{"ic_light_setups": 2, "setups": []}', "another version"),
        ('{"ic_light_setups": 1}', "a list of at most"),
        (a_file(*({"name": str(i), "lamps": ""} for i in range(MOST + 1))), "a list of at most"),
        (a_file(setup=[]), "the file knows no 'setup'"),
        (a_file(7), "setups[0] is no object"),
        (a_file({"lamps": ""}), "name must be a text"),
        (a_file({"name": "A"}), "setups[0] has no lamps"),
        (a_file({"name": "A", "lamps": "", "ambient": 1}), "knows no 'ambient'"),
        (a_file({"name": "A\nB", "lamps": ""}), "without line breaks"),
        (a_file({"name": "x" * 61, "lamps": ""}), "1 to 60 characters"),
        (a_file({"name": "A", "lamps": "sun"}), "lamps[0].kind is 'sun'"),
        (a_file({"name": "A", "lamps": "", "roughness": 2}), "roughness is 2 but must be a number from 0 to 1"),
        (a_file({"name": "A", "lamps": "", "ambient_color": "red"}), "must be a colour written #rrggbb"),
        (a_file({"name": "A", "lamps": "", "shading": "flat"}), "one of form, strokes"),
        (a_file({"name": "A", "lamps": ""}, {"name": " A ", "lamps": "side"}), "two set-ups are called 'A'"),
    ],
)
def test_what_is_wrong_is_said(page: Page, text: str, said: str) -> None:
    assert said in read(page, text)
    with pytest.raises(ICLightError):
        setups.read(text)
