"""The package as pip builds and installs it, used from an empty folder."""

from __future__ import annotations

import os
import re
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from PIL import Image

from lib_iclight.standalone.page import PROGRAMS, STYLE

ROOT = Path(__file__).parents[2]
PHOTO = ROOT / "docs" / "astronaut.jpg"
SOURCES = (
    "lib_iclight",
    "javascript",
    "localizations",
    "style.css",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "NOTICE",
)
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Elsewhere, since setuptools leaves in a folder what it builds there.
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    built = tmp_path_factory.mktemp("wheel")
    build = (*PIP, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", built, source)
    subprocess.run(build, check=True, timeout=60)
    (found,) = built.iterdir()
    return found


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment's programs, where nothing but the wheel is installed."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    context = venv.EnvBuilder().ensure_directories(folder)
    installed = subprocess.check_output(
        [context.env_exe, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    )
    # Other packages are this environment's; its .pth files, where a checkout may be, are not read.
    (Path(installed.strip()) / "others.pth").write_text("\n".join(site.getsitepackages()))
    install = (*PIP, "--python", context.env_exe, "install", "-q", "--no-deps", "--no-index", wheel)
    subprocess.run(install, check=True, timeout=60)
    return Path(context.bin_path)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return tmp_path


def test_it_holds_what_is_no_python(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    package = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "lib_iclight").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    for ending in (".txt.gz", ".onnx"):
        assert any(name.endswith(ending) for name in package)
    assert set(package) <= set(names)
    for name in (*PROGRAMS, STYLE, "licenses/LICENSE", "licenses/NOTICE"):
        assert [found for found in names if found.endswith(f"/{name}")], name


def test_the_console_command_works_from_an_empty_folder(programs: Path, elsewhere: Path) -> None:
    program = programs / "ic-light"
    where = subprocess.check_output(
        [programs / "python", "-c", "import lib_iclight as it; print(it.__file__)"], text=True
    )
    assert Path(where).is_relative_to(programs.parent)
    subprocess.run([program, "light-map", "-o", "map.png", "--light", "left"], check=True, timeout=60)
    light = ("--engine", "classic", "--matting", "none", "--light", "left")
    subprocess.run([program, "relight", PHOTO, "-o", "relit.png", *light], check=True, timeout=60)
    with Image.open("relit.png") as relit:
        assert "Engine: classic," in relit.text["parameters"]
    subprocess.run([program, "foreground", PHOTO, "-o", "cut.png"], check=True, timeout=60)
    with Image.open("cut.png") as cut:
        assert cut.getchannel("A").getextrema() == (0, 255)
    assert sorted(path.name for path in elsewhere.iterdir()) == ["cut.png", "map.png", "relit.png"]
    assert subprocess.check_output([program, "relight", "--help"], text=True).startswith("usage: ic-light relight")


@pytest.fixture
def address(programs: Path, elsewhere: Path) -> Iterator[str]:
    command = [programs / "ic-light", "serve", "--engine", "classic", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        said = ""
        # Ends with the process, if it does not come to that.
        for line in server.stderr:
            said += line
            if found := re.search(r"The page is at (\S+),", line):
                yield found[1]
                break
        else:
            pytest.fail(said)
        server.terminate()


def test_its_page_has_its_programs_and_style(address: str) -> None:
    assert requests.get(address, timeout=30).ok
    look = requests.get(f"{address}/config", timeout=30).json()
    for name in PROGRAMS:
        assert (ROOT / "javascript" / name).read_text("utf-8") in look["head"], name
    own = ROOT / "lib_iclight" / "standalone"
    assert (own / "page.js").read_text("utf-8") in look["head"]
    assert (ROOT / STYLE).read_text("utf-8") in look["css"]
    assert (own / "page.css").read_text("utf-8") in look["css"]
