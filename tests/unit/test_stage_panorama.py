"""Panoramas: their files, whole and damaged, and how their light is divided."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from lib_iclight.decoding import exr
from lib_iclight.errors import ICLightError
from lib_iclight.light.panorama import BRIGHTEST, Panorama, flux, from_light, read, solid_angles
from lib_iclight.light.prefiltered import ggx, irradiance
from lib_iclight.stage.directions import from_angles, of_lights
from lib_iclight.stage.panorama import lobes, weights

ORDERS = [f"{a}{x} {{}} {b}{y} {{}}" for a in "-+" for b in "-+" for x, y in ("YX", "XY")]
HEAD = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n"


def quads(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """Pixels as a file has them, some of them alike; no three mantissas are 1."""
    rng = np.random.default_rng(seed)
    made = rng.integers(2, 256, (height, width, 4), np.uint8)
    made[..., 3] = rng.integers(120, 137, (height, width))
    made[:, width // 4 : width // 2] = made[:, width // 4 : width // 4 + 1]
    return made


def new(rows: NDArray[np.uint8]) -> bytes:
    """New run lengths: runs of 2 and more, literals of one."""
    parts = []
    for row in rows:
        parts.append(bytes([2, 2, len(row) >> 8, len(row) & 255]))
        for plane in row.T:
            at = 0
            while at < len(plane):
                run = 1
                while at + run < len(plane) and run < 127 and plane[at + run] == plane[at]:
                    run += 1
                parts.append(bytes([128 + run, plane[at]] if run > 1 else [1, plane[at]]))
                at += run
    return b"".join(parts)


def old(rows: NDArray[np.uint8]) -> bytes:
    """Old run lengths, those of 256 and more in two digits."""
    words = [tuple(word) for word in rows.reshape(-1, 4).tolist()]
    parts, at = [], 0
    while at < len(words):
        run = 1
        while at + run < len(words) and run < 1000 and words[at + run] == words[at]:
            run += 1
        parts.append(bytes(words[at]))
        if run > 1:
            parts.append(bytes([1, 1, 1, (run - 1) & 255]))
        if run > 256:
            parts.append(bytes([1, 1, 1, (run - 1) >> 8]))
        at += run
    return b"".join(parts)


def flat(rows: NDArray[np.uint8]) -> bytes:
    return rows.tobytes()


def light_of(rows: NDArray[np.uint8]) -> Any:
    return rows[..., :3] * 2.0 ** (rows[..., 3:].astype(float) - 136)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("pack", [new, old, flat])
def test_all_orders_of_axes_and_runs(order: str, pack: Any) -> None:
    upright = quads(10, 20)
    rows = upright
    a, x, b = order[0], order[1], order[6]
    if x == "Y":
        rows = rows[:: 1 if a == "-" else -1, :: 1 if b == "+" else -1]
    else:
        # Columns first: their order is a's, and that within them b's.
        rows = rows[:: 1 if b == "-" else -1, :: 1 if a == "+" else -1].transpose(1, 0, 2)
    text = order.format(*rows.shape[:2]).encode()
    found = read(HEAD + text + b"\n" + pack(rows)).light
    assert np.allclose(found, light_of(upright), rtol=1e-6)


@pytest.mark.parametrize("width", [4, 8, 600])
def test_opencv_reads_the_same(width: int) -> None:
    rows = quads(width // 2, width)
    data = HEAD + f"-Y {width // 2} +X {width}\n".encode() + (new if width >= 8 else flat)(rows)
    theirs = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert np.allclose(read(data).light, theirs, rtol=1e-6)
    written = cv2.imencode(".hdr", np.ascontiguousarray(theirs))[1].tobytes()
    assert np.allclose(read(written).light, theirs[..., ::-1], rtol=0.01, atol=theirs.max() / 100)


def test_long_old_runs_and_exposure() -> None:
    rows = np.broadcast_to(np.array([128, 64, 32, 129], np.uint8), (32, 64, 4))
    data = HEAD.replace(b"\n\n", b"\nEXPOSURE=2\nEXPOSURE= 0.25\n\n") + b"-Y 32 +X 64\n" + old(rows)
    assert (read(data).light == 2 * np.array([1, 0.5, 0.25])).all()


WHOLE = [HEAD + b"-Y 10 +X 20\n" + pack(quads(10, 20)) for pack in (new, old, flat)]


@given(st.sampled_from(WHOLE), st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=4), st.data())
def test_damaged_files_are_read_or_refused(whole: bytes, changes: list[tuple[int, int]], data: Any) -> None:
    damaged = bytearray(whole)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    with suppress(ICLightError):
        found = read(bytes(damaged[: data.draw(st.integers(0, len(whole)))]))
        assert np.isfinite(found.light).all()
        assert (found.light >= 0).all()


@pytest.mark.parametrize("whole", WHOLE)
@pytest.mark.parametrize("kept", [0, 12, 40, 46, 100, -5])
def test_what_is_cut_off_is_refused(whole: bytes, kept: int) -> None:
    with pytest.raises(ICLightError):
        read(whole[:kept])


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (HEAD + b"-Y 99999 +X 99999\n", "more than 33,554,432"),
        (HEAD + b"-Y 4096 +X 8192\n", "cut off"),
        (HEAD + b"-Y 0 +X 8\n", "0 pixels"),
        (HEAD + b"-Y 8 +Y 8\n", "one axis twice"),
        (HEAD + b"-Y 8 +X 8\n" + b"\x40" * 256, "twice as wide"),
        (HEAD + b"-Y 8 +X 16\n\2\2\0\x11" + b"\0" * 99, "another width"),
        (HEAD + b"-Y 8 +X 16\n\2\2\0\x10" + b"\xff\1" * 99, "beyond its row"),
        (HEAD + b"-Y 8 +X 16\n" + b"\1\1\1\4" * 99, "not possible"),
        (HEAD + b"-Y 8 +X 16\n" + b"\5\5\5\5\1\1\1\xff\1\1\1\xff" * 99, "beyond its end"),
        (HEAD.replace(b"rgbe", b"xyze") + b"-Y 8 +X 16\n", "32-bit_rle_xyze"),
        (HEAD.replace(b"\n\n", b"\nEXPOSURE=nan\n\n") + b"-Y 1 +X 2\n" + b"\5" * 8, "out of bounds"),
        (b"#?RADIANCE\n", "no header"),
        (b"GIF", "no picture"),
    ],
)
def test_what_lies_is_refused(head: bytes, said: str) -> None:
    with pytest.raises(ICLightError, match=said):
        read(head)


def test_light_that_is_none_is_cleaned() -> None:
    wild = np.ones((4, 8, 3))
    wild[0, :4, 0] = np.nan, np.inf, -np.inf, -1
    wild[0, 4, 0] = 1e30
    assert from_light(wild).light[0, :5, 0].tolist() == [0, BRIGHTEST, 0, 0, BRIGHTEST]


def test_a_photo_is_srgb() -> None:
    data = io.BytesIO()
    Image.new("RGB", (64, 32), (188, 255, 0)).save(data, "PNG")
    assert read(data.getvalue()).light[3, 3].tolist() == pytest.approx([0.5, 1, 0], abs=0.005)


@pytest.mark.skipif(not exr.is_available(), reason="the package OpenEXR is not installed")
def test_openexr_is_read() -> None:
    light = light_of(quads(10, 20)).astype(np.float32)
    assert (read(exr.write({"all": light})).light == light).all()


@pytest.mark.skipif(exr.is_available(), reason="the package OpenEXR is installed")
def test_without_openexr_a_sentence_names_it() -> None:
    with pytest.raises(ICLightError, match="OpenEXR, which is not installed"):
        read(exr.SIGNATURE + b"\0" * 50)


def panorama(seed: int = 0, height: int = 32) -> Panorama:
    return from_light(np.random.default_rng(seed).gamma(0.3, 2, (height, 2 * height, 3)))


@pytest.mark.parametrize(("height", "width"), [(1, 2), (7, 14), (512, 1024)])
def test_solid_angles_are_a_sphere(height: int, width: int) -> None:
    assert (solid_angles(height, width) * width).sum() == pytest.approx(4 * np.pi, rel=1e-12)


DIRECTIONS = st.lists(st.tuples(st.floats(-360, 360), st.floats(-90, 90)), min_size=1, max_size=8).map(
    lambda angles: np.array([from_angles(*pair) for pair in angles])
)


@given(DIRECTIONS, st.integers(0, 99), st.sampled_from([10, 32, 75, 128]), st.floats(-360, 360))
def test_lobes_keep_all_light(directions: Any, seed: int, height: int, rotation: float) -> None:
    given_panorama = panorama(seed, height)
    total = (given_panorama.light * solid_angles(height, 2 * height)[:, None, None]).sum(axis=(0, 1))
    found = lobes(given_panorama.turned(rotation).exposed(1), directions)
    assert found.sum(axis=0) == pytest.approx(2 * total, rel=1e-5)
    assert (found >= 0).all()


RING = np.array([[np.sin(turn), 0, -np.cos(turn)] for turn in np.arange(4) * np.pi / 2])


@given(st.floats(-180, 180), st.integers(0, 9))
def test_turning_by_a_lamps_spacing_moves_weights_on(rotation: float, seed: int) -> None:
    first = weights(panorama(seed).turned(rotation), RING)
    assert np.allclose(weights(panorama(seed).turned(rotation + 90), RING), np.roll(first, 1, axis=0), rtol=1e-9)


def test_light_comes_from_where_it_is() -> None:
    light = np.zeros((32, 64, 3))
    light[16, 48] = 1
    sides = of_lights([{"kind": "side", "angle": angle} for angle in (0, 90, 180, 270)])
    assert lobes(from_light(light), sides).sum(axis=1).argmax() == 0
    assert lobes(from_light(light).turned(180), sides).sum(axis=1).argmax() == 2
    above = np.roll(light, -14, axis=0)
    assert lobes(from_light(above), sides).sum(axis=1).argmax() == 1


def test_an_even_panorama_is_even_on_surfaces() -> None:
    even = from_light(np.ones((64, 128, 3)))
    assert irradiance(flux(even)) == pytest.approx(1, rel=2e-3)
    assert ggx(flux(even), 0.4, 8) == pytest.approx(1, rel=1e-6)
    assert weights(even, RING).sum(axis=0) == pytest.approx(1)


def test_a_smoother_mirror_shows_a_smaller_sun() -> None:
    light = np.zeros((64, 128, 3))
    # In the middle of a cell of the maps.
    light[29:31, 61:63] = 100
    brightest = [ggx(flux(from_light(light)), roughness, 16).max() for roughness in (0.1, 0.3, 0.6, 1)]
    assert brightest == sorted(brightest, reverse=True)
    assert flux(from_light(light), 4).sum() == pytest.approx(flux(from_light(light)).sum(), rel=1e-6)
