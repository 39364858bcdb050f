"""Fixtures of the ring: a WebUI that answers, IC-Light's models in its folder, the reference's pictures."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.webui.computed import computed
from tests.webui.host import Host, started
from tests.webui.pages import browser, page, watch  # noqa: F401
from tests.webui.report import Report

ROLES = ("fc", "fcon", "fbc")
REPORT = Report()


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value) if value else None


def _file(folder: Path, role: str) -> Path:
    found = [p for p in sorted(folder.glob("*.safetensors")) if role in p.stem.split("_")]
    assert len(found) == 1, f"{folder} must hold one file of the role {role}: {found}"
    return found[0]


@dataclass(frozen=True)
class Models:
    """The models folder of ``ICLIGHT_MODELS``, and the folder that the host was given, with links into it."""

    source: Path
    folder: Path

    @property
    def checkpoint(self) -> Path:
        return self.source / "sd15_random.safetensors"

    def file(self, role: str, spelling: str = "ldm") -> Path:
        return _file(self.source / ("ic-light" if spelling == "ldm" else "ic-light-diffusers"), role)

    def link(self, role: str, spelling: str = "ldm") -> Path:
        link = self.folder / f"iclight_sd15_{role}.safetensors"
        link.unlink(missing_ok=True)
        link.symlink_to(self.file(role, spelling))
        return link

    @contextlib.contextmanager
    def without(self, role: str) -> Iterator[Path]:
        """The host's folder without the file of a role; gives the path where it was."""
        link = self.folder / f"iclight_sd15_{role}.safetensors"
        link.unlink()
        try:
            yield link
        finally:
            self.link(role)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    REPORT.add(report)


def pytest_sessionfinish() -> None:
    if folder := _from_environment("ICLIGHT_REPORT"):
        REPORT.write(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Memory first, while the process has done nothing else."""
    items.sort(key=lambda item: "test_memory" not in item.nodeid)


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("webui")
    yield folder
    shutil.rmtree(folder / "data", ignore_errors=True)


@pytest.fixture(scope="session")
def models(scratch: Path) -> Models:
    source = _from_environment("ICLIGHT_MODELS")
    if source is None:
        pytest.skip("ICLIGHT_MODELS names no folder of models")
    made = Models(source, scratch / "ic-light")
    made.folder.mkdir()
    for role in ROLES:
        made.link(role)
    return made


@pytest.fixture(scope="session")
def host(request: pytest.FixtureRequest, scratch: Path) -> Iterator[Host]:
    """A WebUI with the extension; the same for the whole session."""
    url, folder = os.environ.get("ICLIGHT_URL"), _from_environment("ICLIGHT_WEBUI")
    if url:
        running = Host(url.rstrip("/"))
        REPORT.describe(running, None, None)
        yield running
        REPORT.close(running)
        return
    if folder is None:
        pytest.skip("neither ICLIGHT_WEBUI names an installed WebUI nor ICLIGHT_URL a running one")
    models = request.getfixturevalue("models")
    python = _from_environment("ICLIGHT_PYTHON") or folder / "venv" / "bin" / "python"
    company = [Path(extension) for extension in filter(None, os.environ.get("ICLIGHT_COMPANY", "").split(os.pathsep))]
    with started(folder, python, models.source, scratch, company) as running:
        # Whatever comes first pays for loading the checkpoint.
        running.generate(width=256, height=256, steps=1)
        running.plain_peak = running.peak_memory()
        REPORT.describe(running, folder, python)
        yield running
        REPORT.close(running)


@pytest.fixture
def own_host(host: Host, models: Models) -> Host:
    """A WebUI whose folders the test may change."""
    if host.data is None:
        pytest.skip("only for a WebUI that the ring has started itself")
    return host


@pytest.fixture(scope="module")
def expected(models: Models, pytestconfig: pytest.Config) -> Iterator[Callable[..., list[np.ndarray]]]:
    """``expected(kind, role, **arguments)``: the pictures of ``reference.relight`` or ``img2img``, or ``plain``."""
    with computed(Path(pytestconfig.cache.mkdir("ic-light-reference"))) as compute:
        # The other spelling than the host's, so that one checks the other.
        yield lambda kind, role, **arguments: compute(
            kind, models.checkpoint, None if role is None else models.file(role, "diffusers"), **arguments
        )
