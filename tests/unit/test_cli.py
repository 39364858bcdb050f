"""The command line: flags from the options, exit codes, many pictures."""

from __future__ import annotations

import functools
import json
import math
import os
import re
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib_iclight.matting import nested_unet_plan as plan
from lib_iclight.request.args import OPTIONS
from lib_iclight.standalone import batch
from lib_iclight.standalone.cli import DONE, FAILED, INTERRUPTED, MISUSED, main
from lib_iclight.standalone.flags import BY_POSITION
from tests.unit.hub import Hub, hub_at_work
from tests.unit.panoramas import lobe, to_hdr

SIZE = (60, 48)


def save(path: Path, seed: int = 0) -> Path:
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), np.uint8)
    Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC).save(path)
    return path


def relight(*args: object) -> int:
    return main(["relight", *map(str, args), "--matting", "none", "--engine", "classic"])


def test_every_option_is_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["relight", "--help"])
    assert left.value.code == 0
    help_text = capsys.readouterr().out
    for name in OPTIONS.keys() - set(BY_POSITION):
        assert f"--{name.replace('_', '-')}" in help_text


def test_one_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "relit.png"
    assert relight(save(tmp_path / "photo.jpg"), "-o", out, "--light", "angle", "--light-angle", 30) == DONE
    with Image.open(out) as relit:
        assert relit.size == SIZE
        assert "Engine: classic," in relit.text["parameters"]
        assert "IC-Light light angle: 30" in relit.text["parameters"]
    assert "Engine: classic" in capsys.readouterr().err


def test_pictures_as_options(tmp_path: Path) -> None:
    plain, mask = tmp_path / "plain.png", tmp_path / "mask.png"
    Image.new("RGB", SIZE, (9, 9, 9)).save(plain)
    Image.new("L", SIZE, 255).crop((0, 0, 30, 48)).resize(SIZE).save(mask)
    Image.fromarray(np.repeat([[255] * 30 + [0] * 30], 48, axis=0).astype(np.uint8)).save(mask)
    photo, out = save(tmp_path / "photo.png"), tmp_path / "out.png"
    assert relight(photo, "-o", out, "--foreground-mask", mask, "--background", plain, "--flip-background") == DONE
    with Image.open(out) as relit:
        assert relit.getpixel((50, 20)) == (9, 9, 9)


def test_a_panorama_lights_and_its_light_is_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo, sky = save(tmp_path / "photo.png"), tmp_path / "sky.hdr"
    sky.write_bytes(to_hdr(lobe((1, 0.3, 0.4))))
    out, again, other = (tmp_path / name for name in ("relit.png", "again.png", "other.png"))
    lit = ["--light", "panorama", "--panorama", sky, "--panorama-rotation", 90, "--roughness", 0.3]
    assert relight(photo, "-o", out, *lit) == DONE
    with Image.open(out) as relit:
        told = relit.text["parameters"]
    assert "IC-Light light: panorama" in told
    assert "IC-Light panorama rotation: 90" in told
    assert "IC-Light ambient color" not in told
    assert relight(photo, "-o", again, "--setup", out, "--panorama", sky) == DONE
    assert relight(photo, "-o", other, "--setup", out, "--panorama", sky, "--panorama-rotation", -90) == DONE
    made = [np.asarray(Image.open(path)) for path in (out, again, other)]
    assert (made[0] == made[1]).all()
    assert (made[0] != made[2]).any()
    assert relight(photo, "-o", tmp_path / "none.png", "--setup", out) == FAILED
    assert "panorama is missing" in capsys.readouterr().err


def test_the_light_map_of_a_panorama(tmp_path: Path) -> None:
    sky, out = tmp_path / "sky.hdr", tmp_path / "map.png"
    sky.write_bytes(to_hdr(lobe((-1, 0, 0.3))))
    sizes = ["--width", "64", "--height", "48"]
    assert main(["light-map", "--light", "panorama", "--panorama", str(sky), "-o", str(out), *sizes]) == DONE
    drawn = np.asarray(Image.open(out)).astype(int)
    assert drawn.shape == (48, 64, 3)
    assert drawn[:, :16].mean() > drawn[:, 48:].mean() + 60


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "notes.txt").write_text("no picture")
    for n, name in enumerate(("a.png", "b.jpg", "b.png")):
        save(folder / name, n)
    assert relight(folder, "-o", out) == DONE
    made = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert made.keys() == {"a.png", "b-jpg.png", "b-png.png"}
    (out / "a.png").unlink()
    assert relight(folder, "-o", out) == DONE
    again = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert again.keys() == made.keys()
    assert again["b-jpg.png"] == made["b-jpg.png"]
    assert relight(folder, "-o", out, "--force") == DONE
    assert (out / "b-jpg.png").stat().st_mtime_ns > made["b-jpg.png"]


def test_a_picture_never_overwrites_itself(tmp_path: Path) -> None:
    photo = save(tmp_path / "photo.png")
    before = photo.read_bytes()
    assert relight(photo, "-o", tmp_path) == DONE
    assert photo.read_bytes() == before
    assert (tmp_path / "photo-relit.png").exists()


def test_one_bad_picture_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad, out = tmp_path / "bad.png", tmp_path / "out"
    bad.write_bytes(b"no picture at all")
    assert relight(bad, save(tmp_path / "good.png"), "-o", out) == FAILED
    assert [path.name for path in out.iterdir()] == ["good.png"]
    said = capsys.readouterr().err
    assert "bad.png: IC-Light: foreground begins" in said
    assert "1 made, 0 kept, 1 failed." in said


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["missing.png", "-o", "out"], "missing.png does not exist"),
        (["photo.png", "-o", "out.jpg"], "is no PNG"),
        (["photo.png", "photo2.png", "-o", "out.png"], "name a folder"),
        (["photo.png", "-o", "out", "--light", "lft"], "light is 'lft' but must be one of"),
        (["photo.png", "-o", "out", "--light-intensity", "nan"], "light_intensity is nan"),
        (["photo.png", "-o", "out", "--background", "missing.png"], "missing.png cannot be read"),
        (["photo.png", "-o", "out", "--engine", "diffusion"], "the diffusion engine cannot run"),
        (["empty", "-o", "out"], "holds no picture"),
    ],
)
def test_refusals(
    tmp_path: Path,
    args: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    save(tmp_path / "photo.png")
    save(tmp_path / "photo2.png")
    assert main(["relight", *args]) in (MISUSED, FAILED)
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_appended_pictures_are_numbered(tmp_path: Path) -> None:
    assert relight(save(tmp_path / "photo.jpg"), "-o", tmp_path / "out", "--append-images") == DONE
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["photo-2.png", "photo.png"]


def test_light_map_and_foreground(tmp_path: Path) -> None:
    out = tmp_path / "map.png"
    assert main(["light-map", "-o", str(out), "--light", "left", "--width", "9", "--height", "5"]) == DONE
    with Image.open(out) as drawn:
        assert (np.asarray(drawn)[0, :, 0] == np.linspace(255, 0, 9).astype(np.uint8)).all()
    assert main(["light-map", "-o", str(out)]) == MISUSED
    assert main(["light-map", "-o", str(out), "--light", "left", "--width", "0"]) == MISUSED
    cut = tmp_path / "cut.png"
    assert main(["foreground", str(save(tmp_path / "a.png")), "-o", str(cut), "--matting", "none"]) == DONE
    with Image.open(cut) as subject:
        assert subject.mode == "RGBA"


def test_models_say_what_is_there_and_what_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cut.safetensors").write_bytes(b"\x00" * 20)
    assert main(["models", "--models-path", str(tmp_path)]) == DONE
    said = capsys.readouterr().out
    assert "cut.safetensors: " in said
    assert "fbc: not there; --get fbc downloads it, or put iclight_sd15_fbc.safetensors into a folder (1,719 MB" in said
    assert "https://huggingface.co/lllyasviel/ic-light" in said
    assert "non-commercial" in said


def rmbg() -> bytes:
    """As the header tells, RMBG-1.4 in whole numbers of one byte."""
    header, end = {}, 0
    for name, shape in plan.shapes(plan.ISNET).items():
        size = math.prod(shape)
        header[name] = {"dtype": "I8", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(end)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    pytest.importorskip("huggingface_hub")
    with hub_at_work() as hub:
        hub.files["briaai/RMBG-1.4/model.safetensors"] = rmbg()
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield hub


def test_a_model_is_downloaded_once(hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["models", "--models-path", str(tmp_path / "new"), "--get", "rmbg-1.4"]
    assert main(command) == DONE
    said = capsys.readouterr()
    assert "Downloading model.safetensors (176 MB, licence: non-commercial use only" in said.err
    assert re.search(r"100%.* (44\.\dM)/\1 ", said.err)
    assert "RMBG-1.4.safetensors: ready, rmbg-1.4" in said.out
    asked = len(hub.log)
    assert main(command) == DONE
    assert "rmbg-1.4 is there already" in capsys.readouterr().err
    assert len(hub.log) == asked


def test_models_alone_asks_nobody(hub: Hub, tmp_path: Path) -> None:
    assert main(["models", "--models-path", str(tmp_path)]) == DONE
    assert not hub.log


def test_a_download_that_fails(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["models", "--models-path", str(tmp_path)]
    assert main([*command, "--get", "fc"]) == FAILED
    assert "has no iclight_sd15_fc.safetensors of lllyasviel/ic-light (HTTP 404)" in capsys.readouterr().err
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert main([*command, "--get", "fc"]) == FAILED
    assert "HF_HUB_OFFLINE is set" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main([*command, "--get", "sdxl"])
    assert left.value.code == MISUSED


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_an_interrupted_download_goes_on(hub: Hub, tmp_path: Path) -> None:
    hub.stop_at = 20_000_000
    command = [sys.executable, "-m", "lib_iclight", "models", "--models-path", str(tmp_path), "--get", "rmbg-1.4"]
    heed = functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    root = Path(__file__).parents[2]
    first = subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True, preexec_fn=heed)
    try:
        assert hub.reached.wait(60)
        # What the hub has sent is partly on its way.
        deadline = time.monotonic() + 30
        while not any(path.stat().st_size > 10_000_000 for path in tmp_path.glob("*.part")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        first.send_signal(signal.SIGINT)
        said = first.communicate(timeout=30)[1]
    finally:
        first.kill()
    assert first.returncode == INTERRUPTED
    assert "goes on from there" in said
    assert "Traceback" not in said
    hub.stop_at = None
    hub.go_on.set()
    assert subprocess.run(command, cwd=root, capture_output=True, check=False).returncode == DONE
    start = int(str(hub.ranges()[-1]).removeprefix("bytes=").rstrip("-"))
    assert start > 10_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["RMBG-1.4.safetensors"]


def test_what_is_half_written_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*args: object) -> None:
        assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"whole"]
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        batch.write(b"whole", tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_interrupted_half_way_and_started_again(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for n in range(100):
        save(folder / f"{n:03}.png", n)
    command = [sys.executable, "-m", "lib_iclight", "relight", str(folder), "-o", str(out), "--matting", "none"]
    command += ["--engine", "classic"]
    root = Path(__file__).parents[2]
    # A shell's background jobs ignore Ctrl-C, and what they start inherits that.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    first = subprocess.Popen(command, cwd=root, stderr=subprocess.DEVNULL, preexec_fn=heed)
    try:
        deadline = time.monotonic() + 120
        while len(list(out.glob("*.png"))) < 20:
            assert time.monotonic() < deadline
            assert first.poll() is None
            time.sleep(0.01)
        first.send_signal(signal.SIGINT)
        assert first.wait(30) == INTERRUPTED
    finally:
        first.kill()
    half = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert 20 <= len(half) < 100
    assert all(name.endswith(".png") and not name.startswith(".") for name in half)
    assert subprocess.run(command, cwd=root, stderr=subprocess.DEVNULL, check=False).returncode == DONE
    whole = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert whole.keys() == {f"{n:03}.png" for n in range(100)}
    assert {name: whole[name] for name in half} == half
    for path in out.iterdir():
        with Image.open(path) as picture:
            picture.load()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory from /proc")
def test_memory_stays_flat(tmp_path: Path) -> None:
    code = (
        "import sys; from lib_iclight.standalone.cli import main; main(sys.argv[1:]);"
        "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')))"
    )
    peaks = []
    for count in (4, 40):
        folder = tmp_path / f"in{count}"
        folder.mkdir()
        for n in range(count):
            save(folder / f"{n}.png", n)
        command = ["relight", str(folder), "-o", str(tmp_path / f"out{count}"), "--matting", "none"]
        command += ["--engine", "classic"]
        done = subprocess.run(
            [sys.executable, "-c", code, *command],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
            text=True,
            env={**os.environ, "MALLOC_ARENA_MAX": "1"},
        )
        peaks.append(int(done.stdout))
    # Kept subjects alone would be 36 times 6 MB.
    assert peaks[1] - peaks[0] < 20_000
