"""What the browser writes as a command and as an API request, through the program's own parsers."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import Page

from lib_iclight.kinds import Choice, Colour, Number, Picture, Switch, Whole
from lib_iclight.light.lamps import Lamps
from lib_iclight.request import reference
from lib_iclight.request.args import OPTIONS, build
from lib_iclight.request.script_args import parse
from lib_iclight.standalone import cli, flags, table
from lib_iclight.standalone.inputs import read
from lib_iclight.standalone.job import Job
from lib_iclight.standalone.service import Service
from tests.unit.lamps import COLOURS, SOME_LAMPS
from tests.unit.test_cli import save

WRITE = "([kind, options, declared, settings]) => ICLight.requests[kind](options, declared, settings)"
A_PICTURE = "BASE64 OF "


def _values(name: str) -> st.SearchStrategy[Any]:
    kind = OPTIONS[name].kind
    if isinstance(kind, Switch):
        return st.booleans()
    if isinstance(kind, Number):
        return st.floats(kind.low, kind.high)
    if isinstance(kind, Choice):
        return st.sampled_from(kind.names)
    if isinstance(kind, Colour):
        return COLOURS
    if isinstance(kind, Lamps):
        return SOME_LAMPS.map(kind.to_text)
    if isinstance(kind, Picture):
        return st.booleans().map(lambda there: there or None)
    if isinstance(kind, Whole):
        return st.integers(kind.low, kind.high)
    return st.text(min_size=1, max_size=12).filter(lambda text: text.strip() and not set(text) & set("\\/\0"))


REQUESTED = st.fixed_dictionaries({}, optional={name: _values(name) for name in OPTIONS})
PROMPTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)

WILD = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(page: Page, kind: str, options: dict[str, Any], **generation: Any) -> str:
    return page.evaluate(WRITE, [kind, options, reference.declared(), generation])


def asked(options: dict[str, Any]) -> dict[str, Any]:
    """The options that a command can name, with files' names for pictures."""
    there = {name: value for name, value in options.items() if name not in flags.BY_POSITION and value is not None}
    return {name: f"{name}.png" if isinstance(OPTIONS[name].kind, Picture) else v for name, v in there.items()}


def parsed(line: str) -> dict[str, Any]:
    """The options and the prompt that the program reads from a line as sh splits it."""
    program, *words = shlex.split(line)
    assert program == "ic-light"
    given = vars(cli._parser("ic-light").parse_args(words))
    assert given["photo"] == [Path("photo.png")]
    assert given["out"] == Path("relit.png")
    named = {name: value for name, value in given.items() if name in OPTIONS}
    return {**{name: str(v) if isinstance(v, Path) else v for name, v in named.items()}, "prompt": given["prompt"]}


@WILD
@given(REQUESTED, PROMPTS)
def test_a_command_asks_for_the_same(page: Page, options: dict[str, Any], prompt: str) -> None:
    line = write(page, "writeCommand", options, prompt=prompt)
    found = parsed(line)
    assert found.pop("prompt") == prompt
    assert build(found) == build(asked(options))


@WILD
@given(REQUESTED, PROMPTS)
def test_a_line_asks_for_the_same(page: Page, tmp_path: Path, options: dict[str, Any], prompt: str) -> None:
    (tmp_path / "jobs.jsonl").write_text(write(page, "writeLine", options, prompt=prompt, seed=7), encoding="utf-8")
    (line,) = table.read(tmp_path / "jobs.jsonl")
    assert isinstance(line, table.Line)
    assert (line.photo, line.name) == (tmp_path / "photo.png", Path("relit.png"))
    values = dict(line.values)
    assert (values.pop("prompt"), values.pop("seed")) == (prompt, 7)
    assert build(values) == build(asked(options))


@WILD
@given(REQUESTED)
def test_a_body_asks_for_the_same(page: Page, options: dict[str, Any]) -> None:
    body = json.loads(write(page, "writeBody", options, prompt="sunset over sea", steps=25))
    assert (body["prompt"], body["steps"]) == ("sunset over sea", 25)
    (script,) = body["alwayson_scripts"].items()
    assert script[0] == "IC-Light"
    expected = {**asked(options), "foreground": "photo.png"}
    pictures = {name: value for name, value in expected.items() if isinstance(OPTIONS[name].kind, Picture)}
    request = parse(script[1]["args"])
    assert request == build({**expected, **{name: A_PICTURE + file for name, file in pictures.items()}})


def test_what_is_at_its_default_is_left_out(page: Page) -> None:
    options = {name: option.default for name, option in OPTIONS.items()}
    assert write(page, "writeCommand", {**options, "lamps": ""}) == "ic-light relight photo.png -o relit.png"
    line = write(page, "writeCommand", {**options, "light": "lamps", "lamps": "side angle 180", "append_images": True})
    assert line == "ic-light relight photo.png -o relit.png --light=lamps '--lamps=side angle 180' --append-images"


def test_a_command_is_replayed_over_a_picture_and_over_many(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"light": "lamps", "lamps": "side angle 160 size 2 color #ff8800", "roughness": 0.2, "matting": "none"}
    line = write(page, "writeCommand", {**options, "foreground": True}, width=40, height=32, backdrop="#102030")
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "photo.png", 1)
    words = [*shlex.split(line)[1:], "--engine", "classic"]
    assert cli.main(words) == cli.DONE
    asked = Job([{**options, "foreground": read(tmp_path / "photo.png")}], width=40, height=32, backdrop="#102030")
    (expected,) = Service([], "classic").generate(asked).images
    with Image.open("relit.png") as relit:
        assert relit.tobytes() == expected.tobytes()
    # The same light over others: the photo gives way to a table, the result to a folder.
    rows = [{"photo": "photo.png", "name": "a"}, {"photo": "photo.png", "name": "b", "roughness": 0.9}]
    Path("jobs.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    over = ["out" if word == "relit.png" else "jobs.jsonl" if word == "photo.png" else word for word in words]
    assert cli.main(over) == cli.DONE
    with Image.open("out/a.png") as first, Image.open("out/b.png") as second:
        assert first.tobytes() == expected.tobytes() != second.tobytes()


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no sh")
@WILD
@given(st.lists(PROMPTS, min_size=1, max_size=4))
def test_a_shell_takes_words_as_they_are(page: Page, words: list[str]) -> None:
    line = page.evaluate("(words) => words.map(ICLight.requests.quote).join(' ')", words)
    ran = subprocess.run(["sh", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True)
    assert ran.stdout.decode().split("\0")[:-1] == words
