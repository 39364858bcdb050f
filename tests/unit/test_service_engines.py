"""Which engine a service takes, and what it says of the other."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest

from lib_iclight.errors import ICLightError
from lib_iclight.standalone import service
from lib_iclight.standalone.service import Service
from tests.unit.test_checkpoint import shapes
from tests.unit.test_library import offset_shapes, write

ROOT = Path(__file__).parents[2]


def test_a_station_without_the_diffusion_engine_needs_none_of_its_packages(tmp_path: Path) -> None:
    absent = f"import sys; sys.modules.update({{name: None for name in {service.DIFFUSION_PACKAGES!r}}})"
    use = f"from lib_iclight.standalone.service import Service; Service([{str(tmp_path)!r}], 'classic')"
    subprocess.run([sys.executable, "-c", f"{absent}\n{use}"], cwd=ROOT, check=True)


def test_missing_packages_are_named_with_the_line_that_installs_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("diffusers")
    found = importlib.util.find_spec
    absent = ("torchsde", "diffusers")

    def find_spec(name: str, *args: Any) -> Any:
        return None if name in absent else found(name, *args)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    assert Service([tmp_path]).missing.startswith("Not installed: diffusers, torchsde; run pip install")


def test_missing_files_are_named_with_where_they_go(tmp_path: Path) -> None:
    pytest.importorskip("diffusers")
    assert "finds no checkpoint" in Service([tmp_path]).missing
    write(tmp_path / "photon.safetensors", shapes())
    made = Service([tmp_path])
    assert "no IC-Light model file is there: put one from https" in made.missing
    assert made.engine is made.classic
    assert made.checkpoints() == [(tmp_path / "photon.safetensors", "ready")]
    with pytest.raises(ICLightError, match="the diffusion engine cannot run: no IC-Light model file"):
        Service([tmp_path], "diffusion")
    with pytest.raises(ICLightError, match="finds no checkpoint 'deliberate'"):
        Service([tmp_path], checkpoint="").change_settings(checkpoint="deliberate")


def test_the_diffusion_engine_where_all_is_there(tmp_path: Path) -> None:
    pytest.importorskip("diffusers")
    write(tmp_path / "photon.safetensors", shapes())
    write(tmp_path / "iclight_sd15_fc.safetensors", offset_shapes(8))
    made = Service([tmp_path])
    assert made.missing == ""
    assert made.engine.name.startswith("diffusion")
    assert made.engine.samplers["Euler"] == "EulerDiscreteScheduler"
    assert Service([tmp_path], "classic").engine.name.startswith("classic")


def test_a_checkpoint_that_is_unloaded_is_loaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("diffusers")
    from lib_iclight.standalone.diffusion import model

    write(tmp_path / "photon.safetensors", shapes())
    write(tmp_path / "iclight_sd15_fc.safetensors", offset_shapes(8))
    loaded: list[weakref.ref[Any]] = []

    def load(file: Any) -> Any:
        made = type("Loaded", (), {"name": file.path.stem})()
        loaded.append(weakref.ref(made))
        return made

    monkeypatch.setattr(model, "load", load)
    made = Service([tmp_path])
    made.unload_checkpoint()
    assert loaded == []
    for count in (1, 2):
        for _ in range(2):
            made.load_checkpoint()
        assert len(loaded) == count
        assert getattr(loaded[-1](), "name", None) == "photon"
        made.unload_checkpoint()
        assert loaded[-1]() is None
