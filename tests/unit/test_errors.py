"""Every refusal names its kind, every kind is explained, and both hosts' and our own routes carry it."""

from __future__ import annotations

import pytest

from lib_iclight.errors import ErrorCode, ICLightError
from tests.unit import troubleshooting

SITES = list(troubleshooting.sites())
SAID_ELSEWHERE = {"state.sentence", "IC-Light: … cannot be used: str(problem)."}
"""Sentences that another error had first."""


def test_every_error_names_a_code() -> None:
    names = {code.name for code in ErrorCode}
    assert len(SITES) > 90
    for site in SITES:
        assert site.hands_on or (site.codes and names.issuperset(site.codes)), site
        assert site.is_text or site.sentence in SAID_ELSEWHERE, site


def test_every_code_is_used() -> None:
    assert {name for site in SITES for name in site.codes} == {code.name for code in ErrorCode}


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_is_explained(code: ErrorCode) -> None:
    assert code.status in (404, 413, 422, 500)
    for text in (code.meaning, code.remedy):
        assert text.endswith(".")
    assert f"\n### `{code.name.lower()}` ({code.status})\n" in troubleshooting.DOCUMENT.read_text("utf-8")


def test_codes_of_the_same_words_are_not_one_member() -> None:
    assert len(ErrorCode.__members__) == len(list(ErrorCode))
    assert troubleshooting.SECTIONS.keys() <= ErrorCode.__members__.keys()


def test_the_document_is_the_list() -> None:
    written = troubleshooting.DOCUMENT.read_text("utf-8")
    assert written == troubleshooting.render(), "run: python -m tests.unit.troubleshooting"


def test_what_a_webui_answers_with_is_the_errors_own() -> None:
    """A1111's and its kin's ``handle_exception`` reads ``vars(error)``, where a class's attributes are not."""
    error = ICLightError(ErrorCode.NO_SUBJECT, "No.")
    assert vars(error) == {"detail": "No.", "status_code": 422, "code": "no_subject", "body": "no_subject"}
    assert str(error) == "No."
