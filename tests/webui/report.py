"""The ring's report: what ran in which host, and how it went, in JSON."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.webui.host import EXTENSION, MORE_SETTINGS, SIDE, Host

PACKAGES = ("torch", "gradio", "pydantic", "numpy", "Pillow", "transformers")
_VERSIONS = (
    "import json, platform; from importlib.metadata import version; "
    f"print(json.dumps({{'Python': platform.python_version(), **{{n: version(n) for n in {PACKAGES!r}}}}}))"
)


def _commit(folder: Path) -> str:
    """Of a checkout; an unpacked archive is named by ``ICLIGHT_COMMIT``."""
    asked = subprocess.run(
        ["git", "-C", str(folder), "log", "-1", "--format=%h %cs"], capture_output=True, text=True, check=False
    )
    inside = (folder / ".git").exists() and asked.returncode == 0
    return asked.stdout.strip() if inside else os.environ.get("ICLIGHT_COMMIT", "unknown")


def _machine() -> str:
    memory = psutil.virtual_memory().total / 1e9
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.platform()}"


class Report:
    """Gathers what pytest tells of the ring's tests."""

    def __init__(self) -> None:
        self._tests: list[dict[str, Any]] = []
        self._host: dict[str, Any] = {}

    def describe(self, host: Host, folder: Path | None, python: Path | None) -> None:
        """Note what a host is; asked for while it answers."""
        version = host.version()
        self._host = {
            "host": version["host"],
            "version": version["host_version"],
            "commit": _commit(folder) if folder else os.environ.get("ICLIGHT_COMMIT", "unknown"),
            "flags": " ".join([host.flags, *(f"{name}={value}" for name, value in MORE_SETTINGS.items())]),
            "side": SIDE,
            "packages": json.loads(subprocess.check_output([str(python), "-c", _VERSIONS])) if python else {},
        }

    def close(self, host: Host) -> None:
        """Note what a host has done by now."""
        self._host["counts"] = host.counts()
        if host.pid is not None:
            self._host["peak_memory_gb"] = round(host.peak_memory() / 1e9, 2)

    def add(self, result: pytest.TestReport) -> None:
        if result.when != "call" and result.passed:
            return
        why = result.longrepr[2] if isinstance(result.longrepr, tuple) else str(result.longrepr or "")[-500:]
        self._tests.append(
            {
                "test": result.nodeid.partition("tests/webui/")[2] or result.nodeid,
                "outcome": result.outcome,
                "seconds": round(result.duration, 1),
                **({"why": why} if why else {}),
                **dict(result.user_properties),
            }
        )

    def write(self, folder: Path) -> None:
        """One file for each run, as ``HOST-TIME.json``; none where no host answered."""
        if not self._host:
            return
        now = datetime.datetime.now()
        report = {
            "date": now.date().isoformat(),
            "extension": _commit(EXTENSION),
            "machine": _machine(),
            **self._host,
            "tests": self._tests,
        }
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self._host['host'].lower().replace(' ', '-')}-{now:%Y%m%d-%H%M%S}"
        (folder / f"{name}.json").write_text(json.dumps(report, indent=1))
