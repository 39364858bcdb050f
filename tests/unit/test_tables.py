"""The tables that are made of the ring's reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.webui.tables import hosts, merged, modules, skipped


def report(folder: Path, time: str, flags: str, *tests: dict[str, Any]) -> None:
    said = {"host": "Forge", "version": "2", "commit": "abc 2025-06-26", "date": "2026-11-24", "flags": flags}
    packages = {"Python": "3.10.13", "torch": "2.12.1"}
    text = json.dumps({**said, "packages": packages, "tests": tests})
    (folder / f"forge-20261124-{time}.json").write_text(text)


def ran(name: str, outcome: str = "passed", **more: Any) -> dict[str, Any]:
    return {"test": name, "outcome": outcome, "seconds": 30.0, **more}


def test_the_last_run_of_each_test_counts_and_a_skip_never_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
    skip = {"why": "Skipped: there is no Chromium"}
    report(first, "080000", "--cpu", ran("test_a.py::one", "failed"), ran("test_a.py::two"), ran("test_b.py::x[1]"))
    report(second, "090000", "--cpu", ran("test_a.py::one"), ran("test_a.py::two", "skipped", **skip))
    report(second, "091000", "--fp8", ran("test_b.py::x[1]", "failed"), ran("test_c.py::y[2]", "skipped", **skip))
    runs = merged([first, second])
    lines = hosts(runs).splitlines()
    assert [line.split(" | ")[4:7] for line in lines[2:]] == [["`--cpu`", "3, 0, 0", "2"], ["`--fp8`", "0, 1, 1", "1"]]
    assert modules(runs).splitlines()[2:] == [
        "| test_a | 2; 60 s |",
        "| test_b | 1, 1 failed; 60 s |",
        "| test_c |  |",
    ]
    assert skipped(runs).splitlines()[2:] == ["| there is no Chromium | y | Forge 2 |"]


def test_what_was_measured_is_told(tmp_path: Path) -> None:
    memory = {"plain_gb": 7.5, "relit_gb": 12.61, "allowed_gb": 13.1}
    again = {"read": 0, "merge": 1}
    tests = [ran("a", decibels=86.41), ran("b", decibels=88.1), ran("c", **memory), ran("d", again=again)]
    report(tmp_path, "080000", "--cpu", *tests, ran("e", again={"read": 2, "merge": 1}))
    line = hosts(merged([tmp_path])).splitlines()[2]
    assert line.endswith("| 86.4 to 88.1 | 7.5, 12.6 of 13.1 | merge 2, read 2 |")


def test_a_warm_run_that_did_nothing_again_says_so(tmp_path: Path) -> None:
    report(tmp_path, "080000", "--cpu", ran("a", again={"read": 0, "merge": 0}))
    assert hosts(merged([tmp_path])).splitlines()[2].endswith("| merge 0, read 0 |")
