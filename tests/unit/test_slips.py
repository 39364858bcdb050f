"""Slips on the command line: a sentence and the exit code for them, before anything is read or made."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib_iclight.standalone.cli import MISUSED, main
from tests.unit.test_cli import relight, save


@pytest.mark.parametrize("value", ["-5", "0", "8193", "99999", "10000000000000000000000"])
@pytest.mark.parametrize("side", ["width", "height"])
@pytest.mark.parametrize("command", ["relight", "light-map"])
def test_sides(tmp_path: Path, command: str, side: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    photos = [str(save(tmp_path / "a.png"))] if command == "relight" else []
    out = tmp_path / "out.png"
    assert main([command, *photos, "-o", str(out), "--light", "left", f"--{side}", value]) == MISUSED
    assert f"{side} is {value} but must be a whole number from 1 to 8192" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--width", 8192, "--height", 8192], "8192x8192 pixels are asked for"),
        *((["--hires-scale", value], "scale is") for value in ("0.001", "-1", "nan", "0", "inf", "1e30", "8.1")),
        (["--width", 4096, "--height", 4096, "--hires-scale", 8], "is 32768"),
        (["--hires-scale", 2, "--hires-denoise", "nan"], "denoising_strength is nan"),
        (["--hires-scale", 2, "--hires-denoise", 5], "denoising_strength is 5"),
        (["--steps", 0], "steps is 0"),
        (["--steps", 151], "steps is 151"),
        (["--cfg-scale", "nan"], "cfg_scale is nan"),
        (["--cfg-scale", "-1"], "cfg_scale is -1"),
        (["--seed", -7], "seed is -7"),
        (["--seed", 2**32], f"seed is {2**32}"),
        (["--backdrop", "red"], "red"),
    ],
)
def test_values(tmp_path: Path, args: list[object], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert relight(save(tmp_path / "a.png"), "-o", tmp_path / "out", *args) == MISUSED
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("args", [["--width", "x"], ["--width", "5.5"], ["--steps", "many"], ["--hires-scale", "big"]])
def test_what_is_no_number(tmp_path: Path, args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        relight(save(tmp_path / "a.png"), "-o", tmp_path / "out", *args)
    assert left.value.code == MISUSED
    assert f"argument {args[0]}: invalid" in capsys.readouterr().err
