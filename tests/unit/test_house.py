"""Rules of the house that no linter knows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lib_iclight import reference

ROOT = Path(__file__).parents[2]
CORE = (
    "args",
    "lights",
    "images",
    "weights",
    "prepare",
    "infotext",
    "axes",
    "reference",
    "session",
    "matting",
    "sources",
    "download",
    "fetch",
    "painting",
    "lamps",
    "presets",
    "estimate",
    "recommended",
    "live",
    "lamps",
    "presets",
    "estimate",
    "recommended",
    "live",
    "sources",
    "download",
)
HEAVY = ("torch", "gradio", "transformers", "fastapi", "pydantic", "scipy", "huggingface_hub")


def test_the_core_imports_without_torch_gradio_and_a_host() -> None:
    lines = [f"import sys; sys.modules.update({{name: None for name in {(*HEAVY, 'modules', 'backend')!r}}})"]
    lines += [f"import lib_iclight.{name}" for name in CORE]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, check=True)


def test_install_installs_nothing() -> None:
    lines = (ROOT / "install.py").read_text().splitlines()
    assert not [line for line in lines if line.startswith(("import", "from", "def"))]


def test_the_readmes_table_is_the_declared_options() -> None:
    text = (ROOT / "README.md").read_text()
    assert reference.table() in text, "run: python -m lib_iclight.reference"


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
