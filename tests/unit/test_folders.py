"""Model files are found wherever links lead, and what cannot be read is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lib_iclight.models.folders import find_files
from lib_iclight.models.library import Library
from lib_iclight.standalone.cli import DONE, main
from lib_iclight.standalone.diffusion.checkpoint import Checkpoints
from tests.unit.test_checkpoint import shapes
from tests.unit.test_library import offset_shapes, write

ENDING = (".safetensors",)


def link(at: Path, to: Path) -> None:
    try:
        at.symlink_to(to, target_is_directory=to.is_dir())
    except OSError:
        pytest.skip("this system lets nobody make links")


def names(*folders: Path) -> list[str]:
    return [found.path.name for found in find_files(folders, ENDING)]


def test_links_to_folders_and_to_files_are_followed(tmp_path: Path) -> None:
    models, disk = tmp_path / "models", tmp_path / "disk"
    (disk / "below").mkdir(parents=True)
    models.mkdir()
    (disk / "below" / "a.safetensors").touch()
    (disk / "b.bin").touch()
    link(models / "linked", disk)
    link(models / "b.safetensors", disk / "b.bin")
    link(models / "gone.safetensors", disk / "gone")
    link(tmp_path / "all", models)
    assert names(models) == names(tmp_path / "all") == ["b.safetensors", "a.safetensors"]


def test_loops_of_links_end_and_each_folder_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x.safetensors").touch()
    link(tmp_path / "a" / "b" / "up", tmp_path)
    link(tmp_path / "a" / "again", tmp_path / "a" / "b")
    link(tmp_path / "self", tmp_path / "self")
    link(tmp_path / "self.safetensors", tmp_path / "self.safetensors")
    (found,) = find_files([tmp_path, tmp_path / "a"], ENDING)
    assert found.path == tmp_path / "a" / "b" / "x.safetensors"


@pytest.mark.parametrize("name", ["a.SAFETENSORS", "B.SafeTensors", "模型.safetensors", "x.y.Safetensors"])
def test_endings_in_any_case(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, offset_shapes(8))
    (file,) = Library(lambda: [tmp_path]).files()
    assert (file.path.name, file.role) == (name, "fc")
    write(tmp_path / name, shapes())
    assert Checkpoints(lambda: [tmp_path]).find(name).path.name == name


def test_a_pickle_in_capitals_is_one(tmp_path: Path) -> None:
    (tmp_path / "old.CKPT").write_bytes(b"\x80\x02}q\x00.")
    (file,) = Checkpoints(lambda: [tmp_path]).files()
    assert "a pickle can run code" in str(file.problem)


def test_what_macos_keeps_beside_a_file_is_none(tmp_path: Path) -> None:
    write(tmp_path / "fc.safetensors", offset_shapes(8))
    (tmp_path / "._fc.safetensors").write_bytes(b"\0\5\x16\7" + bytes(4092))
    assert [file.problem for file in Library(lambda: [tmp_path]).files()] == [None]


@pytest.mark.parametrize("of", [lambda f: Library(f).files(), lambda f: Checkpoints(f).files()])
def test_a_folder_that_cannot_be_read_is_named_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of: Callable[[Any], list[Any]]
) -> None:
    # Whoever runs this may be allowed to read everything.
    scan = os.scandir

    def refuse(path: Any) -> Any:
        if os.path.basename(path) == "locked":
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    (tmp_path / "locked").mkdir()
    write(tmp_path / "z.safetensors", shapes())
    monkeypatch.setattr(os, "scandir", refuse)
    locked, whole = of(lambda: [tmp_path])
    assert (locked.path.name, str(locked.problem)) == ("locked", "it cannot be read (Permission denied)")
    assert whole.path.name == "z.safetensors"


def test_a_file_as_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["models", "--models-path", str(tmp_path / "file")]) == DONE
    assert capsys.readouterr().out.count("file: it cannot be read (Not a directory)") == 1
