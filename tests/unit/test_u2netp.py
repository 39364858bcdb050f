"""U^2-Netp: the network that comes along, by what it gives, and against onnxruntime."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import matting
from lib_iclight.errors import ICLightError
from lib_iclight.matting import u2netp
from tests.unit.test_matting import disc

ROOT = Path(__file__).parents[2]
SHA256 = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8"

MEASURE = """
import numpy as np
from lib_iclight.matting import u2netp
rgb = np.zeros((4000, 6000, 3), np.uint8)
rgb[1000:3000, 2000:4000] = 200, 60, 50
alpha = u2netp.alpha(rgb)
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak) * 1024 - rgb.nbytes - alpha.nbytes, *alpha[[2000, 100], [3000, 100]].round())
"""


def astronaut() -> Image.Image:
    return Image.open(ROOT / "docs" / "astronaut.jpg").convert("RGB")


def drawn(kind: str) -> NDArray[np.uint8]:
    """A picture without a subject."""
    y, x = np.mgrid[:240, :320]
    if kind == "noise":
        # At the network's own size it takes grains for things.
        return np.random.default_rng(0).integers(0, 256, (600, 800, 3), np.uint8)
    levels = {
        "black": np.zeros((240, 320)),
        "grey": np.full((240, 320), 127),
        "one pixel": np.full((1, 1), 200),
        "a line": np.full((1, 4000), 90),
        "a ramp": x * 255 / 319,
        "a chessboard": (x // 20 + y // 20) % 2 * 255,
    }[kind]
    return levels.astype(np.uint8)[..., None].repeat(3, axis=2)


def test_the_file_is_the_one_that_the_notice_names() -> None:
    assert hashlib.sha256(u2netp.NETWORK.read_bytes()).hexdigest() == SHA256
    notice = (ROOT / "NOTICE").read_text("utf-8")
    for words in (u2netp.NETWORK.relative_to(ROOT).as_posix(), SHA256, "Apache License, Version 2.0", "U-2-Net"):
        assert words in notice
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")


def test_an_astronaut_is_cut_out_whole_and_always_the_same() -> None:
    rgb = np.asarray(astronaut())
    rgb.flags.writeable = False
    alpha = u2netp.alpha(rgb)
    assert alpha.dtype == np.float32
    assert alpha.shape == rgb.shape[:2]
    assert 0 <= alpha.min() < 0.001 < 0.999 < alpha.max() <= 1
    subject = {"face": (110, 225), "neck": (170, 210), "suit": (350, 150), "visor": (450, 400)}
    place = {"flag": (60, 20), "wall": (60, 330), "shuttle": (120, 430)}
    assert {name: alpha[at] for name, at in subject.items() if alpha[at] < 0.95} == {}
    assert {name: alpha[at] for name, at in place.items() if alpha[at] > 0.05} == {}
    u2netp.alpha(disc(200, 200)[0])
    assert u2netp.alpha(rgb).tobytes() == alpha.tobytes()


@pytest.mark.parametrize(
    ("height", "width", "centre"),
    [(300, 400, (0.5, 0.5)), (1200, 900, (0.5, 0.3)), (64, 48, (0.5, 0.5)), (900, 300, (0.3, 0.5))],
)
def test_it_finds_a_disc(height: int, width: int, centre: tuple[float, float]) -> None:
    rgb, inside = disc(height, width, centre)
    alpha = u2netp.alpha(rgb)
    assert alpha.shape == (height, width)
    assert ((alpha > 0.5) & inside).sum() / ((alpha > 0.5) | inside).sum() > 0.93


@pytest.mark.parametrize("kind", ["black", "grey", "one pixel", "a line", "a ramp", "a chessboard", "noise"])
def test_a_picture_without_a_subject_is_refused_with_a_sentence(kind: str) -> None:
    with pytest.raises(ICLightError) as error:
        u2netp.alpha(drawn(kind))
    assert error.value.code == "subject_not_found"
    for word in ("No subject", "foreground_mask", "'none'"):
        assert word in str(error.value)


@pytest.mark.parametrize("level", [0, 0.3, 1, np.nan])
def test_a_flat_answer_is_none(level: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(u2netp, "_run_network", lambda feed: np.full((320, 320), level, np.float32))
    with pytest.raises(ICLightError, match="No subject"):
        u2netp.alpha(drawn("noise"))


@settings(max_examples=60)
@given(st.integers(1, 2000), st.integers(1, 2000), st.integers(0, 255), st.integers(1, 255))
def test_any_picture_is_fed_and_any_answer_is_stretched(height: int, width: int, low: int, span: int) -> None:
    """Not the network between them."""
    columns = np.linspace(low, min(low + span, 255), width).astype(np.uint8)
    rgb = np.tile(columns[:, None], (height, 1, 3))
    feed = u2netp.feed(rgb)
    assert feed.shape == (1, 3, 320, 320)
    assert feed.dtype == np.float32
    levels = feed[0].transpose(1, 2, 0) * u2netp.DEVIATION + u2netp.MEAN
    assert levels.min() > -1e-5
    assert levels.max() < 1 + 1e-5
    assert levels.max() > 1 - 1e-5 or rgb.max() <= 1
    answer = np.tile(np.linspace(0.1, 0.9, 320, dtype=np.float32), (320, 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(u2netp, "_run_network", lambda feed: answer)
        alpha = u2netp.alpha(rgb)
    assert alpha.shape == (height, width)
    assert alpha.min() >= 0
    assert alpha.max() <= 1
    assert abs(alpha.mean() - 0.5) < 1e-3
    assert (np.diff(alpha[0]) >= 0).all()


@pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="of the extra dev, not of test")
@pytest.mark.parametrize("what", ["astronaut", "disc", "noise"])
def test_it_gives_what_onnxruntime_gives(what: str) -> None:
    """With the feed and the stretch written out once more, at the network's own size."""
    import onnxruntime

    pictures = {
        "astronaut": np.asarray(astronaut().resize((320, 320))),
        "disc": disc(320, 320, (0.4, 0.6))[0],
        "noise": np.random.default_rng(0).integers(0, 256, (320, 320, 3), np.uint8),
    }
    rgb = pictures[what]
    scaled = rgb / rgb.max()
    planes = [(scaled[..., i] - m) / d for i, (m, d) in enumerate(zip((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))]
    session = onnxruntime.InferenceSession(str(u2netp.NETWORK), providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: np.stack(planes)[None].astype(np.float32)}
    expected = session.run(None, feed)[0][0, 0]
    assert abs(u2netp._run_network(u2netp.feed(rgb)) - expected).max() < 2 / 255
    expected = (expected - expected.min()) / (expected.max() - expected.min())
    assert abs(u2netp.alpha(rgb) - expected).max() < 2 / 255


def test_many_at_once_give_what_each_gives_alone() -> None:
    pictures = [disc(100, 120, (0.5, at))[0] for at in (0.3, 0.7)]
    alone = [u2netp.alpha(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(u2netp.alpha, pictures * 2))
    assert [alpha.tobytes() for alpha in together] == [alpha.tobytes() for alpha in alone * 2]


def test_nothing_is_opened_before_the_first_picture_and_the_file_is_read_once() -> None:
    code = textwrap.dedent("""
        import sys

        opened = []
        sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
        from lib_iclight import log, matting
        from lib_iclight.matting import u2netp

        assert not [path for path in opened if path.endswith(".onnx")]
        assert u2netp._network.cache_info().currsize == 0
        import numpy as np
        rgb = np.zeros((100, 100, 3), np.uint8)
        rgb[30:70, 30:70] = 200, 60, 50
        for _ in range(2):
            matting.compute(matting.choose("auto", {}), rgb, {})
        assert len([path for path in opened if path.endswith("u2netp.onnx")]) == 1
        assert log.counts()["read"] == 1 and log.counts()["matting"] == 2
    """)
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)


@pytest.mark.parametrize("content", [None, b"", b"version https://git-lfs.github.com/spec/v1\n", "half"])
def test_a_damaged_file_is_said(content: bytes | str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "u2netp.onnx"
    if content is not None:
        whole = u2netp.NETWORK.read_bytes()
        path.write_bytes(whole[: len(whole) // 2] if isinstance(content, str) else content)
    u2netp._network.cache_clear()
    monkeypatch.setattr(u2netp, "NETWORK", path)
    for _ in range(2):
        with pytest.raises(ICLightError, match=r"u2netp\.onnx.*missing or damaged: install") as error:
            u2netp.alpha(drawn("noise"))
    assert error.value.code == "matting_model_unusable"


@pytest.mark.skipif(sys.platform != "linux", reason="Memory is measured as Linux counts it.")
def test_a_photo_of_24_megapixels_takes_half_a_gigabyte_besides_itself() -> None:
    said = subprocess.run([sys.executable, "-c", MEASURE], cwd=ROOT, check=True, capture_output=True, text=True)
    peak, inside, outside = map(float, said.stdout.split())
    assert peak < 500_000_000
    assert (inside, outside) == (1, 0)


def test_its_licence_is_said() -> None:
    assert matting.choose("u2netp", {}).licence == "Apache-2.0"
    assert not matting.choose("u2netp", {}).needs_file
