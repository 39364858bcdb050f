"""What a run is given beside pictures: folders below folders, set-ups."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from lib_iclight.request import setups
from lib_iclight.request.setups import Setup
from lib_iclight.standalone.cli import DONE, MISUSED, main
from tests.unit.test_batch import Captured, link, tree
from tests.unit.test_cli import relight, save
from tests.unit.test_tables_of_photos import parameters, write_lines


def test_folders_below_are_kept(tmp_path: Path, capsys: Captured) -> None:
    root, out = tmp_path / "in", tmp_path / "in" / "out"
    (root / "shoes" / "red").mkdir(parents=True)
    (root / ".hidden").mkdir()
    for number, name in enumerate(("a.jpg", "shoes/a.jpg", "shoes/red/b.jpg", "shoes/red/b.png", ".hidden/c.jpg")):
        save(root / name, number)
    link(root / "shoes" / "circle", root)
    expected = {"a.png", "shoes/a.png", "shoes/red/b-jpg.png", "shoes/red/b-png.png"}
    for _ in range(2):
        assert relight(root, "-o", out, "--recursive") == DONE
        assert tree(out).keys() == expected
        assert "folders are passed over: circle" in capsys.readouterr().err
    assert relight(root, "-o", tmp_path / "flat") == DONE
    assert tree(tmp_path / "flat").keys() == {"a.png"}
    # A folder alone that all pictures lie in is kept too.
    (root / "a.jpg").unlink()
    (root / "shoes" / "a.jpg").unlink()
    assert relight(root, "-o", tmp_path / "deep", "--recursive") == DONE
    assert {name.rpartition("/")[0] for name in tree(tmp_path / "deep")} == {"shoes/red"}


def test_a_setup_is_replayed(tmp_path: Path, capsys: Captured) -> None:
    photo, out = save(tmp_path / "a.jpg"), tmp_path / "out"
    rim = Setup("rim", "side angle 160 depth -1 size 2 color #a0c4ff", roughness=0.2)
    saved = tmp_path / "lamps.json"
    saved.write_text(setups.write([rim]))
    assert relight(photo, "-o", out, "--setup", saved) == DONE
    assert relight(photo, "-o", tmp_path / "flags", "--lamps", rim.lamps, "--roughness", "0.2") == DONE
    assert tree(out) == tree(tmp_path / "flags")
    # Out of a picture, over other pictures; flags and lines win.
    jobs = write_lines(tmp_path / "jobs.jsonl", {"photo": "a.jpg"}, {"photo": "a.jpg", "name": "b", "light": "top"})
    assert relight(jobs, "-o", tmp_path / "again", "--setup", out / "a.png", "--specular", "0.5") == DONE
    assert "#a0c4ff" in parameters(tmp_path / "again" / "a.png")
    assert "IC-Light specular: 0.5" in parameters(tmp_path / "again" / "a.png")
    assert "IC-Light light: top" in parameters(tmp_path / "again" / "b.png")
    saved.write_text(setups.write([rim, Setup("top", "side angle 90")]))
    capsys.readouterr()
    assert relight(photo, "-o", tmp_path / "2", "--setup", saved) == MISUSED
    assert "holds 2 set-ups" in capsys.readouterr().err
    assert relight(photo, "-o", tmp_path / "2", "--setup", saved, "--setup-name", "top") == DONE
    assert "angle 90" in parameters(tmp_path / "2" / "a.png")


@pytest.mark.parametrize("light", [["none"], ["ambient", "--ambient-color", "#203040"], ["point", "--light-x", "0.1"]])
def test_the_light_of_a_picture_is_replayed_as_it_was(tmp_path: Path, light: list[str]) -> None:
    asked = ["--light", *light, "--light-color", "#ff8040", "--light-intensity", "0.8", "--roughness", "0.2"]
    photo, out = save(tmp_path / "a.jpg"), tmp_path / "out"
    assert relight(photo, "-o", out / "a.png", *asked) == DONE
    assert relight(photo, "-o", out / "b.png", "--setup", out / "a.png") == DONE
    one, again = (Image.open(out / name).tobytes() for name in ("a.png", "b.png"))
    assert one == again


@pytest.mark.parametrize("content", [b"", b"{}", json.dumps({"ic_light_setups": 1, "setups": []}).encode()])
def test_what_is_no_setup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lamps.json").write_bytes(content)
    assert relight(save(tmp_path / "a.jpg"), "-o", tmp_path / "out", "--setup", tmp_path / "lamps.json") == MISUSED
    assert not (tmp_path / "out").exists()


def test_a_stage_has_a_result_for_each_lamp(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert relight(save(tmp_path / "a.jpg"), "-o", out, "--stage", "directions", "--stage-directions", "5") == DONE
    assert tree(out).keys() == {"a.png", *(f"a-{number}.png" for number in range(2, 6))}


@pytest.mark.parametrize(
    "args", [["", "-o", "out"], ["photo.png", "-o", ""], ["photo.png", "-o", "out", "--setup", ""]]
)
def test_an_empty_path_is_not_the_folder_that_one_is_in(
    tmp_path: Path, args: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "photo.png")
    with pytest.raises(SystemExit, match="2"):
        main(["relight", *args])
    assert "the path is empty: name a file or a folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]
