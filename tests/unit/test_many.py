"""The same light for many pictures, into one zip."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.job import Job, Progress, Result, StopError
from lib_iclight.standalone.many import Lit, Stop, light_all
from lib_iclight.standalone.opened import own_options
from lib_iclight.standalone.service import Service

Relight = Callable[[str, Progress], Result]


def picture(path: Path, level: int = 90) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.full((32, 24, 3), level, np.uint8)
    rows[8:24, 6:18] = (200, 120, 60)
    Image.fromarray(rows).save(path)
    return path


def give_back(picture: str, tell: Progress) -> Result:
    opened = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    tell(1)
    return Result([opened], ["light"])


def run(tmp_path: Path, sources: list[Path], relight: Relight = give_back, stop: Stop | None = None) -> Lit:
    (*_, last) = light_all(sources, relight, tmp_path / "all.zip", stop or Stop())
    return last


def names(tmp_path: Path) -> list[str]:
    with zipfile.ZipFile(tmp_path / "all.zip") as packed:
        assert packed.testzip() is None
        return packed.namelist()


def test_every_picture_is_lit_by_the_engine_in_use(tmp_path: Path) -> None:
    service = Service([], "classic")
    options = {"light": "lamps", "lamps": "side angle 180 color #ff8000", "matting": "none"}
    sources = [picture(tmp_path / f"{level}.png", level) for level in (60, 120)]
    state = run(
        tmp_path,
        sources,
        lambda given, tell: service.generate(Job([own_options(options | {"foreground": None}, given)]), tell),
    )
    assert state.sentence == "2 of 2 pictures lit."
    with zipfile.ZipFile(tmp_path / "all.zip") as packed:
        for source in sources:
            made = Image.open(io.BytesIO(packed.read(source.name)))
            assert made.size == (24, 32)
            assert "IC-Light lamps: side angle 180 color #ff8000" in made.text["parameters"]  # type: ignore[attr-defined]
            assert (np.asarray(made) != np.asarray(Image.open(source))).any()


def test_one_that_fails_does_not_stop_the_others_and_is_named(tmp_path: Path) -> None:
    def relight(given: str, tell: Progress) -> Result:
        if base64.b64decode(given).startswith(b"no picture"):
            raise ICLightError(ErrorCode.PICTURE_NOT_DECODABLE, "IC-Light: foreground is no picture.")
        if len(base64.b64decode(given)) < 9:
            raise ValueError("too short")
        return give_back(given, tell)

    bad, short = tmp_path / "bad.png", tmp_path / "short.png"
    bad.write_bytes(b"no picture at all")
    short.write_bytes(b"GIF")
    state = run(
        tmp_path, [picture(tmp_path / "a.png"), bad, short, picture(tmp_path / "b.png"), tmp_path / "none.png"], relight
    )
    assert names(tmp_path) == ["a.png", "b.png"]
    assert state.sentence.startswith(
        "2 of 5 pictures lit, 3 not: bad.png: IC-Light: foreground is no picture; short.png: "
    )
    assert "none.png: " in state.sentence
    assert "ValueError: too short" in state.sentence


def test_names_in_the_zip_are_unique(tmp_path: Path) -> None:
    first = picture(tmp_path / "1" / "photo.jpg", 40)
    others = [
        picture(tmp_path / "2" / "photo.png"),
        picture(tmp_path / "3" / "PHOTO.png"),
        picture(tmp_path / "other.jpg"),
    ]
    run(tmp_path, [first, *others, first])
    found = names(tmp_path)
    assert len(found) == 5
    assert len({name.casefold() for name in found}) == 5
    assert "other.png" in found
    assert all(name.endswith(".png") and ".." not in name and not name.startswith("/") for name in found)


def test_appended_pictures_stay_out_of_it(tmp_path: Path) -> None:
    def relight(given: str, tell: Progress) -> Result:
        (made,) = give_back(given, tell).images
        return Result([made, made], ["light", "light"])

    run(tmp_path, [picture(tmp_path / "a.png"), picture(tmp_path / "b.png")], relight)
    assert names(tmp_path) == ["a.png", "b.png"]


@pytest.mark.parametrize("engine_catches", [True, False])
def test_cancelled_it_keeps_what_is_made(tmp_path: Path, engine_catches: bool) -> None:
    stop = Stop()
    begun: list[str] = []

    def relight(given: str, tell: Progress) -> Result:
        begun.append(given)
        stop.asked = len(begun) == 2
        try:
            return give_back(given, tell)
        except StopError as stopped:
            if stopped.everything and engine_catches:
                return Result([Image.new("RGB", (4, 4))], ["half"])
            raise ICLightError(ErrorCode.STOPPED, "IC-Light: interrupted before a picture was made.") from None

    state = run(tmp_path, [picture(tmp_path / f"{n}.png", 50 + n) for n in range(4)], relight, stop)
    assert len(begun) == 2
    assert names(tmp_path) == ["0.png"]
    assert state.sentence == "Cancelled: 1 of 4 pictures lit."


def test_progress_is_told_across_the_pictures(tmp_path: Path) -> None:
    told: list[float] = []
    sources = [picture(tmp_path / f"{n}.png", 50 + n) for n in range(4)]
    states = [
        (state.made, state.total) for state in light_all(sources, give_back, tmp_path / "all.zip", Stop(), told.append)
    ]
    assert told == [0.25, 0.5, 0.75, 1]
    assert states == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_mask_is_of_the_picture_that_it_was_given_for() -> None:
    options = {"foreground": "one", "foreground_mask": "mask", "normal_map": "normals", "lamps": "side"}
    assert own_options(options, "one") == options
    assert own_options(options, "two") == {
        "foreground": "two",
        "foreground_mask": None,
        "normal_map": None,
        "lamps": "side",
    }
