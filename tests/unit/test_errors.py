"""Every refusal names its kind, every kind is explained, and both hosts' and our own routes carry it."""

from __future__ import annotations

import ast
import json
import pickle
from collections.abc import Iterator

import pytest

from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.request.args import OPTIONS
from lib_iclight.request.sentences import sentence_of
from tests.unit import troubleshooting

SITES = list(troubleshooting.sites())
SAID_ELSEWHERE = {
    *("state.sentence", "IC-Light: … cannot be used: str(problem).", "In subjects[…]: …"),
    *("_join(parts, mention)", "error.write(say)"),
}
"""Sentences that another error had first."""


def test_every_error_names_a_code() -> None:
    names = {code.name for code in ErrorCode}
    assert len(SITES) > 90
    for site in SITES:
        assert site.hands_on or site.sentence in SAID_ELSEWHERE or (site.codes and names.issuperset(site.codes)), site
        assert site.is_text or site.sentence in SAID_ELSEWHERE, site


def test_every_code_is_used() -> None:
    assert {name for site in SITES for name in site.codes} == {code.name for code in ErrorCode}


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_is_explained(code: ErrorCode) -> None:
    assert code.status in (404, 408, 413, 422, 429, 500, 503)
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
    shown = {name: value for name, value in vars(error).items() if not name.startswith("_")}
    assert shown == {"detail": "No.", "status_code": 422, "code": "no_subject", "body": "no_subject"}
    assert str(error) == "No."


MENTIONS = f"{mention('light')} is {mention('light', 'custom')}: give {mention('light_map')}."


def test_programs_read_keys_and_people_labels() -> None:
    error = ICLightError(ErrorCode.NO_LIGHT, MENTIONS)
    assert error.detail == str(error) == "light is 'custom': give light_map."
    assert sentence_of(error) == 'Light is "My own light map": give Light map.'
    assert sentence_of(ValueError("as it is")) == "as it is"
    assert sentence_of(ICLightError(ErrorCode.NO_LIGHT, f"{mention('size')} {mention('size', 'x')}")) == "size x"


@pytest.mark.parametrize("sentence", ["", "No.", MENTIONS, f"{mention('light')}", "\ue000 of another \ue000"])
def test_no_mark_is_left_in_what_is_logged_answered_or_kept(sentence: str) -> None:
    error = ICLightError(ErrorCode.NO_LIGHT, sentence)
    others = sentence.count("\ue000") if "another" in sentence else 0
    said = [error.detail, str(error), sentence_of(error)]
    assert [text.count("\ue000") for text in said] == [others] * 3
    kept = json.dumps([error.args, vars(error)], ensure_ascii=False)
    assert kept.count("\ue000") == others * 3
    assert others or "\ue000".encode() not in pickle.dumps(error)


def test_every_option_that_is_mentioned_is_one() -> None:
    keys = {
        name: {*getattr(option.kind, "names", ()), *getattr(option.kind, "roles", ())}
        for name, option in OPTIONS.items()
    }
    found = list(mentions())
    assert len(found) > 25
    for option, *choice in found:
        assert option in OPTIONS
        assert not choice or choice[0] in keys[option], (option, choice)


def mentions() -> Iterator[list[str]]:
    """The keys of all mentions that are constants."""
    for path in (troubleshooting.ROOT / "lib_iclight").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "mention":
                keys = [str(key.value) for key in call.args if isinstance(key, ast.Constant)]
                if len(keys) == len(call.args):
                    yield keys
