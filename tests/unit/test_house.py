"""Rules of the house that no linter knows."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

from lib_iclight.request import reference

ROOT = Path(__file__).parents[2]
FLOORS = (
    "blending",
    "models",
    "light",
    "matting",
    "request",
    "subject",
    "form",
    "painting",
    "shading",
    "result",
    "stage",
)
"""Of ``lib_iclight``, what works without a host, a page and a network's library."""

IMPORTED_WHEN_A_NETWORK_RUNS = {"lib_iclight.matting.nested_unet", "lib_iclight.matting.sam_network"}
LONGEST_FILE = 350
LONGEST_STYLE = 500
"""Of an extension, hosts load one style sheet."""
HEAVY = ("torch", "gradio", "transformers", "fastapi", "pydantic", "scipy", "huggingface_hub")


def test_the_core_imports_without_torch_gradio_and_a_host() -> None:
    found = {
        module.name
        for floor in FLOORS
        for module in pkgutil.walk_packages([str(ROOT / "lib_iclight" / floor)], f"lib_iclight.{floor}.")
    }
    assert found > IMPORTED_WHEN_A_NETWORK_RUNS
    lines = [f"import sys; sys.modules.update({{name: None for name in {(*HEAVY, 'modules', 'backend')!r}}})"]
    lines += [f"import {name}" for name in (*sorted(found - IMPORTED_WHEN_A_NETWORK_RUNS), "lib_iclight.session")]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, check=True)


def test_files_are_small_and_few_at_the_root() -> None:
    assert len(list((ROOT / "lib_iclight").glob("*.py"))) <= 10
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True
    )
    for name in listed.stdout.decode().splitlines():
        path = ROOT / name
        if path.suffix in (".py", ".js", ".css") and path.is_file():
            longest = LONGEST_STYLE if name == "style.css" else LONGEST_FILE
            assert len(path.read_text("utf-8").splitlines()) <= longest, name


def test_install_installs_nothing() -> None:
    lines = (ROOT / "install.py").read_text().splitlines()
    assert not [line for line in lines if line.startswith(("import", "from", "def"))]


def test_the_documents_table_is_the_declared_options() -> None:
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    assert reference.table() in text, "run: python -m lib_iclight.request.reference"


def test_flags_are_in_the_extensions_own_name_space() -> None:
    import argparse

    sys.path.insert(0, str(ROOT))
    import preload

    parser = argparse.ArgumentParser()
    preload.preload(parser)
    parsed = parser.parse_args(["--ic-light-models-path", "a", "--ic-light-models-path", "b"])
    assert parsed.ic_light_models_path == ["a", "b"]
    assert not parsed.ic_light_no_download
    assert parser.parse_args(["--ic-light-no-download"]).ic_light_no_download
    assert all(name.startswith("ic_light_") for name in vars(parsed))
