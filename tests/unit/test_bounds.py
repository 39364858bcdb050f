"""No way in makes pictures that take all memory: sides, pixels and numbers are refused before anything is decoded."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from lib_iclight.errors import ICLightError
from lib_iclight.kinds import CANVAS, SIDE, check_canvas
from lib_iclight.standalone import bounds, sdapi
from lib_iclight.standalone.cli import MISUSED, main
from lib_iclight.standalone.job import Hires, Job
from lib_iclight.standalone.service import Service
from lib_iclight.web.api import router

NO_PICTURE = {"foreground": "no picture", "light": "left"}
"""Were it decoded before the bounds are looked at, that would be the refusal."""

NUMBERS = st.one_of(st.integers(-10, 70_000), st.floats(), st.none(), st.booleans(), st.just("512"))


@given(NUMBERS, NUMBERS, st.integers(1, 64), st.none() | st.builds(Hires, NUMBERS, NUMBERS, NUMBERS))
def test_what_is_taken_is_within_bounds(width: Any, height: Any, batch_size: int, hires: Hires | None) -> None:
    job = Job([], width=width, height=height, batch_size=batch_size, hires=hires)
    try:
        checked = bounds.check(job)
        sides = bounds.check_sizes(checked, checked.width or 512, checked.height or 512)
    except ICLightError:
        return
    for side in (*sides, *filter(None, (checked.width, checked.height))):
        assert isinstance(side, int)
        assert SIDE.low <= side <= SIDE.high
    assert sides[0] * sides[1] * batch_size <= CANVAS


def test_the_largest_canvas_is_taken() -> None:
    assert check_canvas(4096, 4096) == (4096, 4096)
    assert check_canvas(8192.0, 2048) == (8192, 2048)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"width": 8192, "height": 8192}, "8192x8192 pixels are asked for"),
        ({"width": 4096, "height": 4096, "enable_hr": True, "hr_scale": 8}, "Hires. fix: width is 32768"),
        ({"width": 4096, "height": 2048, "enable_hr": True, "hr_scale": 2}, "8192x4096 pixels"),
        ({"width": 512, "height": 512, "enable_hr": True, "hr_resize_x": 8192, "hr_resize_y": 8192}, "8192x8192"),
        ({"width": 8192, "height": 1, "enable_hr": True, "hr_resize_x": 8}, "Hires. fix: height is 0"),
        ({"width": 2048, "height": 2048, "batch_size": 5}, "5 pictures of 2048x2048"),
        ({"width": 4096, "height": 4096, "n_iter": 17}, "17 pictures of 4096x4096"),
        ({"enable_hr": True, "hr_scale": 0.001}, "hr_scale is 0.001"),
        ({"width": -5}, "width is -5"),
    ],
)
def test_over_http(fields: dict[str, Any], sentence: str) -> None:
    app = FastAPI()
    app.include_router(sdapi.router(Service([], "classic")))
    asked = {"alwayson_scripts": {"IC-Light": {"args": [NO_PICTURE]}}, **fields}
    answer = TestClient(app).post("/sdapi/v1/txt2img", json=asked)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


def test_light_maps() -> None:
    service = Service([], "classic")
    app = FastAPI()
    app.include_router(router(lambda: service.runtime, lambda: service.live, threading.RLock()))
    answer = TestClient(app).post("/ic-light/light-map", json={"light": "left", "width": 8192, "height": 8192})
    assert (answer.status_code, answer.json()["code"]) == (422, "canvas_too_large")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--width", -5], "width is -5 but must be a whole number from 1 to 8192"),
        (["--height", 0], "height is 0"),
        (["--width", 99999], "width is 99999"),
        (["--width", 8192, "--height", 8192], "8192x8192 pixels"),
        (["--hires-scale", "nan"], "Hires. fix: scale is nan but must be a number from 1 to 8"),
        (["--hires-scale", "inf"], "Hires. fix: scale is inf"),
        (["--hires-scale", 0.001], "Hires. fix: scale is 0.001"),
        (["--hires-scale", 0], "Hires. fix: scale is 0"),
        (["--hires-scale", -1], "Hires. fix: scale is -1"),
        (["--hires-scale", 2, "--hires-denoise", "nan"], "Hires. fix: denoising_strength is nan"),
        (["--width", 4096, "--height", 4096, "--hires-scale", 8], "Hires. fix: width is 32768"),
        (["--steps", 0], "steps is 0"),
        (["--cfg-scale", "nan"], "cfg_scale is nan"),
        (["--seed", -2], "seed is -2"),
    ],
)
def test_on_the_command_line(flags: list[Any], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"no picture")
    given_ = ["relight", photo, "-o", tmp_path / "out", "--light", "left", "--engine", "classic", *flags]
    assert main(list(map(str, given_))) == MISUSED
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("flags", [["--width", -5], ["--height", 99999], ["--width", 8192, "--height", 8192]])
def test_a_light_map_on_the_command_line(flags: list[Any], tmp_path: Path) -> None:
    asked = ["light-map", "--light", "left", "-o", tmp_path / "map.png", *flags]
    assert main(list(map(str, asked))) == MISUSED
    assert not (tmp_path / "map.png").exists()
