"""Tables of pictures: each line is a picture, and a bad one costs itself alone."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from lib_iclight.errors import ICLightError
from lib_iclight.standalone import table
from lib_iclight.standalone.cli import DONE, FAILED, MISUSED
from lib_iclight.standalone.table import Line
from lib_iclight.standalone.targets import Refused
from tests.unit.panoramas import lobe, to_hdr
from tests.unit.test_batch import Captured, link, tree
from tests.unit.test_cli import SIZE, relight, save


def parameters(path: Path) -> str:
    with Image.open(path) as picture:
        return str(picture.text["parameters"])


def write_lines(path: Path, *lines: Any) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def reported(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_lines_panorama_lies_beside_the_table(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    (folder / "skies").mkdir(parents=True)
    save(folder / "a.png", 1)
    (folder / "skies" / "sun.hdr").write_bytes(to_hdr(lobe((1, 0.3, 0.4))))
    more = {"light": "panorama", "panorama": "skies/sun.hdr"}
    jobs = write_lines(
        folder / "jobs.jsonl",
        {"photo": "a.png", "name": "right", **more},
        {"photo": "a.png", "name": "left", **more, "panorama_rotation": 180},
        {"photo": "a.png", "name": "none", "light": "panorama"},
    )
    report = tmp_path / "report.jsonl"
    assert relight(jobs, "-o", out, "--report", report) == FAILED
    assert tree(out).keys() == {"right.png", "left.png"}
    assert "IC-Light panorama rotation: 180" in parameters(out / "left.png")
    left, right = (np.asarray(Image.open(out / name)) for name in ("left.png", "right.png"))
    assert (left != right).any()
    assert "panorama is missing" in str(reported(report))


def test_lines_win_over_the_command_line(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    (folder / "sub").mkdir(parents=True)
    save(folder / "a.jpg", 1)
    save(folder / "sub" / "b.jpg", 2)
    Image.new("L", SIZE, 255).save(folder / "mask.png")
    jobs = write_lines(
        folder / "jobs.jsonl",
        {"photo": "a.jpg"},
        {"photo": "a.jpg", "name": "warm/a", "light": "right", "light_color": "#ff8800", "light_intensity": 1.5},
        {"photo": "sub/b.jpg", "lamps": "side angle 90", "width": 32, "height": 24, "foreground_mask": "mask.png"},
        {"photo": str(folder / "a.jpg"), "name": "last.png", "append_images": True, "seed": None},
    )
    report = tmp_path / "report.jsonl"
    assert relight(jobs, "-o", out, "--light", "left", "--report", report) == DONE
    assert tree(out).keys() == {"a.png", "warm/a.png", "b.png", "last.png", "last-2.png"}
    assert "IC-Light light: left" in parameters(out / "a.png")
    assert "IC-Light light: right" in parameters(out / "warm/a.png")
    assert "IC-Light light intensity: 1.5" in parameters(out / "warm/a.png")
    assert "IC-Light light: lamps" in parameters(out / "b.png")
    with Image.open(out / "b.png") as sized:
        assert sized.size == (32, 24)
    told = reported(report)
    assert [line["at"] for line in told] == [f"jobs.jsonl, line {number}" for number in (1, 2, 3, 4)]
    assert [len(line["results"]) for line in told] == [1, 1, 1, 2]
    assert all(line["state"] == "made" and line["seconds"] > 0 and not line["error"] for line in told)
    # Again: all is there, and said to be as asked for.
    before = tree(out)
    assert relight(jobs, "-o", out, "--light", "left", "--report", report) == DONE
    assert tree(out) == before
    assert {(line["state"], line["reason"]) for line in reported(report)} == {("kept", "")}


def test_a_table_of_a_spreadsheet(tmp_path: Path) -> None:
    save(tmp_path / "a.jpg")
    save(tmp_path / "b c.jpg")
    lines = ["photo;name;light_intensity;keep_background;lamps;;", "a.jpg;1;1.5;TRUE;side angle 90;;", ";;;;;;"]
    lines += ['"b c.jpg";"x/2.png";;false;"side angle 10\r\nsize 2";;', "a.jpg;3;; ;;;"]
    jobs = tmp_path / "jobs.csv"
    jobs.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    found = table.read(jobs)
    assert [line.at for line in found] == [f"jobs.csv, line {number}" for number in (2, 4, 6)]
    assert found[0] == Line(
        "jobs.csv, line 2",
        tmp_path / "a.jpg",
        Path("1.png"),
        {"light_intensity": 1.5, "keep_background": True, "lamps": "side angle 90"},
    )
    assert relight(jobs, "-o", tmp_path / "out") == DONE
    assert tree(tmp_path / "out").keys() == {"1.png", "x/2.png", "3.png"}
    jobs.write_bytes(b"\xef\xbb\xbfsep=;\r\n" + "\r\n".join([lines[0], "a.jpg;4;;;;;x", "a, b.jpg;5"]).encode())
    refused, kept = table.read(jobs)
    assert isinstance(refused, Refused)
    assert refused.at == "jobs.csv, line 3"
    assert "7 cells, and 5" in str(refused.error)
    assert kept == Line("jobs.csv, line 4", tmp_path / "a, b.jpg", Path("5.png"), {})


BAD: tuple[tuple[Any, str], ...] = (
    ("{", "it is no JSON"),
    ("[" * 100_000, "it is no JSON"),
    ('{"photo": "good.png", "seed": NaN}', "it is no JSON"),
    ("[1]", "it is no object with a photo"),
    ('{"photo": "good.png", "light": "left", "light": "right"}', "it says 'light' twice"),
    ({"light": "left"}, "photo is None but must be a picture's path"),
    ({"photo": 3}, "photo is 3"),
    ({"photo": "a\0b"}, "must be a picture's path"),
    ({"photo": "missing.png"}, "missing.png does not exist"),
    ({"photo": "."}, "does not exist, or is no file"),
    ({"photo": "good.png", "promt": "x"}, "it knows no 'promt': did you mean 'prompt'?"),
    ({"photo": "good.png", "foreground": "x"}, "it knows no 'foreground'"),
    ({"photo": "good.png", "light": "lft"}, "light is 'lft' but must be one of"),
    ({"photo": "good.png", "light_intensity": "1"}, "light_intensity is '1' but must be a number"),
    ({"photo": "good.png", "seed": 1.5}, "seed is 1.5 but must be a whole number"),
    ({"photo": "good.png", "width": 10**9}, "width is 1000000000 but must be"),
    ({"photo": "good.png", "backdrop": "red"}, "the backdrop is 'red'"),
    ({"photo": "good.png", "name": "q", "foreground_mask": "none.png"}, "none.png cannot be read"),
    ({"photo": "good.png", "name": "../x"}, "must be a path inside the folder for results"),
    ({"photo": "good.png", "name": "/etc/x.png"}, "must be a path inside"),
    ({"photo": "good.png", "name": "a/../../x"}, "must be a path inside"),
    ({"photo": "good.png", "name": "..\\x"}, "must be a path inside"),
    ({"photo": "good.png", "name": "C:x"}, "must be a path inside"),
    ({"photo": "good.png", "name": ""}, "must be a path inside"),
    ({"photo": "good.png", "name": "a\nb"}, "must be a path inside"),
    ({"photo": "good.png", "name": "x" * 300}, "more than 255 bytes"),
    ({"photo": "good.png", "name": "x.jpg"}, "no PNG"),
    ({"photo": "good.png", "name": 5}, "name is 5 and no text"),
    ({"photo": "good.png", "name": "TAKEN"}, "as in jobs.jsonl, line 1: give each result a name of its own"),
    ({"photo": "good.png", "name": "taken.png/x"}, "as in jobs.jsonl, line 1"),
    ({"photo": "good.png", "name": "linked/x"}, "which a link leads out of"),
    ({"photo": "good.png", "name": "foreign"}, "foreign.png is there and no result of good.png"),
)


def test_a_bad_line_costs_itself_alone(tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "elsewhere").mkdir()
    link(out / "linked", tmp_path / "elsewhere")
    foreign = save(out / "foreign.png", 9).read_bytes()
    save(tmp_path / "good.png")
    first = {"photo": "good.png", "name": "taken"}
    jobs = write_lines(tmp_path / "jobs.jsonl", first, *(line for line, _ in BAD), "", {"photo": "good.png"})
    report = tmp_path / "report.jsonl"
    before = {path.name for path in tmp_path.iterdir()}
    assert relight(jobs, "-o", out, "--report", report) == FAILED
    assert tree(out).keys() == {"foreign.png", "taken.png", "good.png"}
    assert (out / "foreign.png").read_bytes() == foreign
    assert {path.name for path in tmp_path.iterdir()} == {*before, "report.jsonl"}
    assert not list((tmp_path / "elsewhere").iterdir())
    said = capsys.readouterr().err.splitlines()
    wrong = {line["at"]: line for line in reported(report) if line["error"]}
    assert len(wrong) == len(BAD)
    for number, (_, sentence) in enumerate(BAD, 2):
        at = f"jobs.jsonl, line {number}"
        assert sentence in wrong[at]["error"], at
        assert wrong[at]["state"] == "failed"
        assert wrong[at]["code"]
        assert any(line.startswith(at) and sentence in line for line in said), at
    assert f"2 made, 0 kept, {len(BAD)} failed." in said


def test_a_photo_twice_needs_names(tmp_path: Path, capsys: Captured) -> None:
    photo = save(tmp_path / "a.jpg")
    jobs = write_lines(tmp_path / "jobs.jsonl", *({"photo": "a.jpg", "light": light} for light in ("left", "right")))
    assert relight(jobs, "-o", tmp_path / "out") == FAILED
    assert "line 2" in (said := capsys.readouterr().err)
    assert "a.jpg is in jobs.jsonl, line 1 too: give each result a name" in said
    assert relight(photo, jobs, "-o", tmp_path / "out2") == FAILED
    assert "a.jpg is in the command line too" in capsys.readouterr().err
    assert tree(tmp_path / "out2").keys() == {"a.png"}


def test_given_names_stay_and_others_give_way(tmp_path: Path) -> None:
    save(tmp_path / "b.jpg", 1)
    save(tmp_path / "a.jpg", 2)
    jobs = write_lines(tmp_path / "jobs.jsonl", {"photo": "a.jpg"}, {"photo": "b.jpg", "name": "a"})
    for _ in range(2):
        assert relight(jobs, "-o", tmp_path / "out") == DONE
        assert tree(tmp_path / "out").keys() == {"a.png", "a-relit.png"}


def test_csv_that_is_broken_goes_on_behind(tmp_path: Path) -> None:
    lines = ["photo,prompt", "a.jpg,one", 'b.jpg,"open', "c.jpg,two", 'd.jpg,"x"y', "e.jpg,1,2", "f.jpg,three"]
    jobs = tmp_path / "jobs.csv"
    jobs.write_bytes("\n".join(lines).encode() + b"\ng.jpg,\xff")
    found = table.read(jobs)
    kept = {line.photo.name: line.at for line in found if isinstance(line, Line)}
    assert kept == {"a.jpg": "jobs.csv, line 2", "c.jpg": "jobs.csv, line 4", "f.jpg": "jobs.csv, line 7"}
    wrong = {line.at: str(line.error) for line in found if isinstance(line, Refused)}
    assert [at.rpartition(" ")[2] for at in wrong] == ["3", "5", "6", "8"]
    assert "3 cells, and 2 columns" in wrong["jobs.csv, line 6"]
    assert "no UTF-8" in wrong["jobs.csv, line 8"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"", "the table is empty"),
        ("a.csv", b"photo,promt\n", "line 1: it knows no 'promt': did you mean 'prompt'?"),
        ("a.csv", b"photo,prompt,prompt\n", "two columns are called 'prompt'"),
        ("a.csv", b"prompt\nx\n", "no column is called 'photo'"),
        ("a.csv", "photo\n".encode("utf-16"), "is in UTF-16"),
        ("a.jsonl", None, "a.jsonl does not exist"),
    ],
)
def test_a_table_that_nothing_can_be_read_of(
    tmp_path: Path, name: str, content: bytes | None, sentence: str, capsys: Captured
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert relight(tmp_path / name, "-o", tmp_path / "out") == MISUSED
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_report_is_written_over_nothing_else(tmp_path: Path, capsys: Captured) -> None:
    save(tmp_path / "a.jpg")
    jobs = write_lines(tmp_path / "jobs.jsonl", {"photo": "a.jpg"})
    other = write_lines(tmp_path / "other.jsonl", {"mine": 1})
    for path in (jobs, other, tmp_path / "a.jpg", tmp_path / "a.txt"):
        assert relight(jobs, "-o", tmp_path / "out", "--report", path) == MISUSED
        assert "--report: " in capsys.readouterr().err
    assert json.loads(other.read_text()) == {"mine": 1}
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is full")
def test_a_report_that_cannot_be_written_ends_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    open_as_ever, report = Path.open, tmp_path / "report.jsonl"
    full = {report: Path("/dev/full")}
    monkeypatch.setattr(Path, "open", lambda path, *args, **more: open_as_ever(full.get(path, path), *args, **more))
    photos = [save(tmp_path / name) for name in ("a.jpg", "b.jpg", "c.jpg")]
    assert relight(*photos, "-o", tmp_path / "out", "--report", report) == FAILED
    assert tree(tmp_path / "out").keys() == {"a.png", "b.png", "c.png"}
    said = capsys.readouterr().err
    assert said.count("report.jsonl cannot be written (No space left on device), and lines are missing") == 1
    assert "3 made, 0 kept, 0 failed." in said


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.from_regex(r"[a-z]{1,5}\.jpg", fullmatch=True), TEXTS), max_size=6))
def test_what_is_written_is_read(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("photo", "prompt"), *rows])
    (tmp_path / "t.csv").write_text(text.getvalue(), "utf-8", newline="")
    write_lines(tmp_path / "t.jsonl", *({"photo": photo, "prompt": prompt} for photo, prompt in rows))
    for name, strip in (("t.csv", str.strip), ("t.jsonl", str)):
        lines = table.read(tmp_path / name)
        found = [(line.photo.name, line.values.get("prompt", "")) for line in lines if isinstance(line, Line)]
        assert found == [(photo, strip(prompt)) for photo, prompt in rows], name


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80) | st.binary(max_size=60).map(b"photo,name\n".__add__), st.sampled_from(table.ENDINGS))
def test_whatever_a_table_holds_is_read_or_refused(tmp_path: Path, content: bytes, ending: str) -> None:
    path = tmp_path / f"wild{ending}"
    path.write_bytes(content)
    try:
        lines = table.read(path)
    except ICLightError:
        return
    for line in lines:
        if isinstance(line, Line) and line.name:
            assert (tmp_path / line.name).resolve().is_relative_to(tmp_path.resolve())
