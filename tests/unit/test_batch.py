"""Many pictures at once: nothing is lost, nothing is passed over in silence, nothing ends a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from lib_iclight import decoding
from lib_iclight.decoding.texts import read_texts
from lib_iclight.standalone import inputs
from lib_iclight.standalone.cli import DONE, FAILED, MISUSED, main
from tests.unit.test_cli import SIZE, relight, save

Captured = pytest.CaptureFixture[str]


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def link(at: Path, to: Path) -> Path:
    try:
        at.symlink_to(to)
    except OSError:
        pytest.skip("this system lets nobody make links")
    return at


def test_folders_with_the_same_names(tmp_path: Path, capsys: Captured) -> None:
    for number in (1, 2):
        (tmp_path / f"card{number}").mkdir()
        save(tmp_path / f"card{number}" / "IMG_0001.jpg", number)
    out = tmp_path / "out"
    command = (tmp_path / "card1", tmp_path / "card2", "-o", out)
    assert relight(*command) == DONE
    made = tree(out)
    assert made.keys() == {"card1/IMG_0001.png", "card2/IMG_0001.png"}
    assert len(set(made.values())) == 2
    capsys.readouterr()
    assert relight(*command) == DONE
    assert tree(out) == made
    assert "0 made, 2 kept, 0 failed." in capsys.readouterr().err


def test_the_same_names_in_two_runs(tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "out"
    for number in (1, 2, 3):
        (tmp_path / f"{number}").mkdir()
        save(tmp_path / f"{number}" / "a.jpg", number)
        assert relight(tmp_path / f"{number}", "-o", out) == DONE
        assert len(tree(out)) == number
    before = tree(out)
    capsys.readouterr()
    for number in (1, 2, 3):
        assert relight(tmp_path / f"{number}", "-o", out, "--force") == DONE
        assert "1 made, 0 kept" in capsys.readouterr().err
    assert tree(out).keys() == before.keys()


def test_a_picture_that_moved_is_not_made_again(tmp_path: Path, capsys: Captured) -> None:
    photo, out = save(tmp_path / "a.jpg"), tmp_path / "out"
    assert relight(photo, "-o", out) == DONE
    (tmp_path / "elsewhere").mkdir()
    assert relight(photo.rename(tmp_path / "elsewhere" / "a.jpg"), "-o", out) == DONE
    assert "1 kept" in capsys.readouterr().err
    assert tree(out).keys() == {"a.png"}


def test_appended_pictures_take_no_others_place(tmp_path: Path) -> None:
    photos, out = [save(tmp_path / "photo.jpg", 1), save(tmp_path / "photo-2.jpg", 2)], tmp_path / "out"
    assert relight(*photos, "-o", out, "--append-images") == DONE
    assert len(set(tree(out).values())) == 4
    # Nor do those of another run.
    other = tmp_path / "other"
    assert relight(*photos, "-o", other) == DONE
    plain = tree(other)
    assert relight(photos[0], "-o", other, "--append-images", "--force") == DONE
    assert tree(other)["photo-2.png"] == plain["photo-2.png"]


def test_what_others_made_is_never_written_over(tmp_path: Path) -> None:
    photo, out = save(tmp_path / "a.jpg"), tmp_path / "out"
    out.mkdir()
    foreign = save(out / "a.png", 5).read_bytes()
    assert relight(photo, "-o", out, "--force") == DONE
    assert main(["foreground", str(photo), "-o", str(out), "--matting", "none", "--force"]) == DONE
    made = tree(out)
    assert made.pop("a.png") == foreign
    assert made.keys() == {"a-relit.png", "a-foreground.png"}


def test_a_folder_into_itself(tmp_path: Path, capsys: Captured) -> None:
    for number, name in enumerate(("a.jpg", "b.png", "c.jpg", "c.png")):
        save(tmp_path / name, number)
    originals = tree(tmp_path)
    for command in ("relight", "foreground"):
        line = [command, str(tmp_path), "-o", str(tmp_path), "--matting", "none"]
        assert main(line) == DONE
        once = tree(tmp_path)
        capsys.readouterr()
        for _ in range(2):
            assert main(line) == DONE
            assert tree(tmp_path) == once
            assert "0 made, 4 kept, 0 failed." in capsys.readouterr().err
    assert len(once) == 12
    assert originals.items() <= once.items()
    # As a shell's pattern gives them.
    assert relight(*sorted(tmp_path.glob("*.png")), *sorted(tmp_path.glob("*.jpg")), "-o", tmp_path) == DONE
    assert tree(tmp_path) == once
    assert "a.png is a result itself" in capsys.readouterr().err


def test_a_result_of_a_webui_in_a_folder_is_no_input(tmp_path: Path, capsys: Captured) -> None:
    save(tmp_path / "a.jpg")
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a photo\nSteps: 20, IC-Light: True, IC-Light version: 0.1.0")
    Image.new("RGB", SIZE).save(tmp_path / "00001.png", pnginfo=info)
    assert relight(tmp_path, "-o", tmp_path / "out") == DONE
    assert tree(tmp_path / "out").keys() == {"a.png"}
    assert "1 made by IC-Light are passed over" in capsys.readouterr().err
    assert relight(tmp_path / "00001.png", "-o", tmp_path / "out") == DONE
    assert len(tree(tmp_path / "out")) == 2


@pytest.mark.parametrize("force", [[], ["--force"]])
@pytest.mark.parametrize("how", ["same", "dots", "symlink", "hardlink", "folder", "mask"])
def test_an_input_is_never_written_over(tmp_path: Path, how: str, force: list[str], capsys: Captured) -> None:
    photo = save(tmp_path / "x.png")
    (tmp_path / "sub").mkdir()
    out, more = photo, []
    if how == "dots":
        out = tmp_path / "sub" / ".." / "x.png"
    elif how == "symlink":
        out = link(tmp_path / "link.png", photo)
    elif how == "hardlink":
        out = tmp_path / "hard.png"
        os.link(photo, out)
    elif how == "folder":
        out = link(tmp_path / "folder", tmp_path) / "x.png"
    elif how == "mask":
        out, more = save(tmp_path / "mask.png", 3), ["--foreground-mask", tmp_path / "mask.png"]
    before = tree(tmp_path)
    assert relight(photo, "-o", out, *force, *more) == MISUSED
    assert "is a picture that is read, and would be lost" in capsys.readouterr().err
    assert tree(tmp_path) == before


def test_a_light_map_is_written_over_nothing_but_a_light_map(tmp_path: Path, capsys: Captured) -> None:
    photo, drawn = save(tmp_path / "x.png"), tmp_path / "map.png"
    before = photo.read_bytes()
    command = ["light-map", "--light", "left", "--width", "8", "--height", "8", "-o"]
    assert main([*command, str(photo)]) == MISUSED
    assert photo.read_bytes() == before
    assert main([*command, str(drawn)]) == main([*command, str(drawn)]) == DONE
    assert main(["light-map", "--light", "custom", "--light-map", str(drawn), "-o", str(drawn)]) == MISUSED
    for name in ("x.jpg", "x.jpeg", "x.webp", "x.avif", "x.JFIF", "x", "x.png.tif"):
        assert main([*command, str(tmp_path / name)]) == MISUSED
        assert f"{name} is no PNG" in capsys.readouterr().err
        assert not (tmp_path / name).exists()


def test_kept_says_whether_it_is_what_is_wanted(tmp_path: Path, capsys: Captured) -> None:
    photo, other, out = save(tmp_path / "a.jpg"), save(tmp_path / "b.jpg"), tmp_path / "out"
    backgrounds = [save(tmp_path / "1.png", 1), save(tmp_path / "2.png", 2)]
    command = [photo, other, "-o", out, "--background", backgrounds[0], "--light"]

    def said(*args: object) -> str:
        assert relight(*args) == DONE
        return capsys.readouterr().err

    assert "2 made, 0 kept, 0 failed." in said(*command, "left")
    again = said(*command, "left")
    assert "0 made, 2 kept, 0 failed." in again
    assert "--force" not in again
    assert "2 kept although made with other options (IC-Light light left, now right): --force" in said(
        *command, "right"
    )
    # What no infotext tells.
    assert "made with other options: --force" in said(
        photo, "-o", out, "--background", backgrounds[1], "--light", "left"
    )
    assert "made with other options: --force" in said(*command, "left", "--width", 32)
    # An option that is given as it is by itself is no other.
    assert "--force" not in said(*command, "left", "--light-intensity", 1, "--seed", -1)
    os.utime(photo, (2**31, 2**31))
    assert "1 kept although the picture is newer" in said(*command, "left")
    vain = said(*command, "left", "--force", "--strength", 0.5)
    assert "2 made without strength, on which this engine does not act here." in vain
    assert "0 kept" in said(*command, "right", "--force")
    one = save(tmp_path / "one.png")
    assert "one.png was not made from a.jpg: --force" in said(photo, "-o", one)


@pytest.mark.parametrize("error", [ValueError("x"), RecursionError(), MemoryError(), SystemError("y"), KeyError(3)])
def test_whatever_a_picture_raises_is_its_own_error(
    tmp_path: Path, error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    whole = decoding.read

    def read(value: str, *args: Any, **kwargs: Any) -> decoding.Decoded:
        if value == bad:
            raise error
        return whole(value, *args, **kwargs)

    photos = [save(tmp_path / name, n) for n, name in enumerate(("1.png", "2.png", "3.png"))]
    bad = inputs.read(photos[1])
    monkeypatch.setattr(decoding, "read", read)
    for command in ("relight", "foreground"):
        out = tmp_path / command
        assert main([command, *map(str, photos), "-o", str(out), "--matting", "none"]) == FAILED
        assert tree(out).keys() == {"1.png", "3.png"}
        said = capsys.readouterr().err
        assert f"2.png: It cannot be done ({type(error).__name__}: {error})." in said
        assert "2 made, 0 kept, 1 failed." in said
        assert "Traceback" not in said


@pytest.mark.parametrize("letter", ["a", "é", "汉", "𠀀"])
@pytest.mark.skipif(sys.platform == "win32", reason="there a name's letters count, not its bytes")
def test_the_longest_names(tmp_path: Path, letter: str) -> None:
    (tmp_path / "in").mkdir()
    for ending in (".jpg", ".jpeg", ".x.jpg"):
        stem = letter * ((255 - len(ending)) // len(letter.encode()))
        save(tmp_path / "in" / f"{stem}{ending}", len(ending))
    assert relight(tmp_path / "in", "-o", tmp_path / "out", "--append-images") == DONE
    assert len(tree(tmp_path / "out")) == 6
    long = tmp_path / f"{letter * (251 // len(letter.encode()))}.png"
    assert relight(tmp_path / "in" / f"{stem}{ending}", "-o", long, "--append-images") == DONE
    assert len(list(tmp_path.glob("*.png"))) == 2


@pytest.mark.parametrize("option", ["--background", "--foreground-mask", "--light-map"])
def test_an_empty_file_is_no_picture(tmp_path: Path, option: str, capsys: Captured) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    photo = save(tmp_path / "a.png")
    assert relight(photo, "-o", tmp_path / "out", option, empty) == MISUSED
    assert "empty.png is empty" in capsys.readouterr().err
    assert relight(photo, empty, "-o", tmp_path / "out") == FAILED
    assert "empty.png is empty" in capsys.readouterr().err
    assert tree(tmp_path / "out").keys() == {"a.png"}


def test_what_opens_is_taken_and_what_does_not_is_named(tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (48, 60, 3), np.uint8))
    taken = ("1.jfif", "2.jpe", "3.jif", "4.JPG", "5", "6.dib", "7.jpg_large", "8.TIFF")
    for name in taken:
        kind = {"dib": "BMP", "TIFF": "TIFF"}.get(name.rpartition(".")[2], "JPEG")
        picture.save(folder / name, kind)
    (folder / "BMW.txt").write_text("BMW, of which no picture is here")
    for name in ("notes.txt", "film.mp4", ".hidden.jpg", "._4.JPG", ".DS_Store", "Thumbs.db"):
        (folder / name).write_bytes(b"\0\5\x16\7 no picture")
    if hasattr(os, "mkfifo"):
        # Nobody ever writes into it, and a reader would wait.
        os.mkfifo(tmp_path / "pipe.png")
        assert read_texts(tmp_path / "pipe.png") == {}
    # A reader of TIFF would see the thumbnail alone.
    picture.save(folder / "raw.NEF", "TIFF")
    for name in ("a.heic", "b.JXL", "c.svg", "d.psd", "e.exr"):
        (folder / name).write_bytes(b"not to be opened")
    (folder / "sub").mkdir()
    assert relight(folder, "-o", tmp_path / "out") == DONE
    assert len(tree(tmp_path / "out")) == len(taken)
    said = capsys.readouterr().err
    assert "what cannot be read is passed over: a.heic, b.JXL, c.svg, d.psd, e.exr, raw.NEF." in said
    assert "folders are passed over: sub." in said
    assert ".hidden" not in said


@pytest.mark.parametrize("name", ["out.jpg", "out.jfif", "out.AVIF", "out.heic", "out.tiff", "out.jxl"])
def test_a_result_is_a_png(tmp_path: Path, name: str, capsys: Captured) -> None:
    assert relight(save(tmp_path / "a.png"), "-o", tmp_path / name) == MISUSED
    assert "is no PNG" in capsys.readouterr().err


def test_one_file_by_several_paths_is_one_picture(tmp_path: Path, capsys: Captured) -> None:
    photo = save(tmp_path / "a.jpg")
    (tmp_path / "sub").mkdir()
    assert relight(photo, tmp_path, tmp_path / "sub" / ".." / "a.jpg", "-o", tmp_path / "out") == DONE
    assert "1 made, 0 kept, 0 failed." in capsys.readouterr().err


def test_a_file_in_place_of_the_folder(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "out").write_text("a file")
    assert relight(save(tmp_path / "a.jpg"), "-o", tmp_path / "out") == MISUSED
    assert "is a file and no folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["x" * 300, "汉" * 100, "x" * 300 + ".png", "/".join(["x" * 200] * 30)])
def test_places_that_no_disk_has(tmp_path: Path, name: str, capsys: Captured) -> None:
    photo = save(tmp_path / "a.png")
    assert relight(photo, "-o", tmp_path / name) == FAILED
    assert "cannot be written (File name too long)" in capsys.readouterr().err
    assert relight(tmp_path / name, "-o", tmp_path / "out") == MISUSED
    assert relight(photo, "-o", tmp_path / "out", "--background", tmp_path / name) == MISUSED
    assert relight(photo, "-o", photo / "below") == FAILED
