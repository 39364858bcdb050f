"""Tables of the ring's reports, in Markdown: which hosts ran, what ran in each, and what was skipped and why.

python -m tests.webui.tables FOLDER ...      of the reports in some folders
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Run = dict[str, Any]
"""A report, or several of one host and set of flags put together."""


def merged(folders: Iterable[Path]) -> list[Run]:
    """One for each host and set of flags, with the last run of each test."""
    runs: dict[tuple[str, str], Run] = {}
    paths = [path for folder in folders for path in folder.glob("*.json")]
    for path in sorted(paths, key=lambda path: path.stem[-15:]):
        report = json.loads(path.read_text())
        known = runs.setdefault((report["host"], report["flags"]), {"tests": {}})
        # What a run was not equipped for says nothing against one that was.
        passed = {name for name, test in known["tests"].items() if test["outcome"] == "passed"}
        ran = {t["test"]: t for t in report["tests"] if t["outcome"] != "skipped" or t["test"] not in passed}
        known.update({**report, "tests": known["tests"] | ran})
    return list(runs.values())


def hosts(runs: Sequence[Run]) -> str:
    """A line for each run."""
    head = ("host", "commit", "date", "Python, torch, gradio", "flags", "passed, failed, skipped", "minutes")
    more = ("agreement, dB", "peak GB: plain, relit of allowed", "done again when warm")
    return _table([head + more, *map(_line, sorted(runs, key=_name))])


def _line(run: Run) -> tuple[str, ...]:
    tests = run["tests"].values()
    outcomes = Counter(test["outcome"] for test in tests)
    packages = ", ".join(run["packages"].get(name, "?") for name in ("Python", "torch", "gradio"))
    return (
        *(_name(run), run["commit"], run["date"], packages, f"`{run['flags']}`"),
        ", ".join(str(outcomes[outcome]) for outcome in ("passed", "failed", "skipped")),
        f"{sum(test['seconds'] for test in tests) / 60:.0f}",
        *(_decibels(tests), _memory(tests), _again(tests)),
    )


def _name(run: Run) -> str:
    return f"{run['host']} {run['version']}".strip()


def _decibels(tests: Iterable[Run]) -> str:
    found = [test["decibels"] for test in tests if "decibels" in test]
    return f"{min(found):.1f} to {max(found):.1f}" if found else ""


def _memory(tests: Iterable[Run]) -> str:
    measured = [test for test in tests if "allowed_gb" in test]
    return "; ".join(f"{test['plain_gb']:.1f}, {test['relit_gb']:.1f} of {test['allowed_gb']:.1f}" for test in measured)


def _again(tests: Iterable[Run]) -> str:
    """What warm generations did again, of what is counted."""
    counted = [test["again"] for test in tests if "again" in test]
    total = sum((Counter(counts) for counts in counted), Counter())
    return ", ".join(f"{what} {total[what]}" for what in sorted({what for counts in counted for what in counts}))


def modules(runs: Sequence[Run]) -> str:
    """A line for each module of tests: how many passed in each host, whatever its flags, and in how many seconds."""
    found: dict[str, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        for name, test in run["tests"].items():
            found[name.partition("::")[0].removesuffix(".py")][_name(run)].append(test)
    names = sorted({_name(run) for run in runs})
    return _table(
        [("tests", *names), *((module, *(_cell(found[module][n]) for n in names)) for module in sorted(found))]
    )


def _cell(tests: Sequence[Run]) -> str:
    passed, failed = (sum(test["outcome"] == outcome for test in tests) for outcome in ("passed", "failed"))
    if not passed + failed:
        return ""
    return f"{passed}{f', {failed} failed' if failed else ''}; {sum(test['seconds'] for test in tests):.0f} s"


def skipped(runs: Sequence[Run]) -> str:
    """A line for each reason: what was skipped for it, and where."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for run in runs:
        for name, test in run["tests"].items():
            if test["outcome"] == "skipped":
                why = test["why"].removeprefix("Skipped: ")
                found[why][name.partition("::")[2].partition("[")[0]].add(_name(run))
    rows = [(why, test, ", ".join(sorted(where))) for why, tests in found.items() for test, where in tests.items()]
    return _table([("skipped because", "test", "where"), *sorted(rows)])


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


if __name__ == "__main__":
    found = merged(map(Path, sys.argv[1:]))
    sys.stdout.write("\n\n".join((hosts(found), modules(found), skipped(found))) + "\n")
