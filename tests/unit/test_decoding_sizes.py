"""Large pictures: looked at before they are decoded, and decoded at half of each side within 2 GB."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lib_iclight import decoding, images
from lib_iclight.decoding import sizes
from lib_iclight.decoding.mask import read_mask
from lib_iclight.errors import ICLightError
from tests.unit.strange import chunk, photo, saved, text_of

ROOT = Path(__file__).parents[2]
WIDE, HIGH = 16384, 12288
"""201 million pixels."""

MEASURE = """
import base64, sys
from lib_iclight import decoding
image = decoding.decode(base64.b64encode(open(sys.argv[1], "rb").read()).decode(), "foreground")
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(*image.size, *image.getpixel((7, 7)), int(peak) // 1024)
"""
"""Prints the size, a pixel and the peak in MB. It is not `ru_maxrss`, which a process begins with its parent's of."""


def flat_png(width: int, height: int) -> bytes:
    """A grey PNG of RGB, packed row by row."""
    packer = zlib.compressobj(1)
    row = b"\0" + b"\x80" * width * 3
    body = b"".join([packer.compress(row) for _ in range(height)]) + packer.flush()
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.skipif(sys.platform != "linux", reason="Memory is measured as Linux counts it.")
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_telephones_200_megapixels_are_decoded_within_2_gb(form: str, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(flat_png(WIDE, HIGH) if form == "PNG" else saved(Image.new("L", (WIDE, HIGH), 128), "JPEG"))
    said = subprocess.run([sys.executable, "-c", MEASURE, path], cwd=ROOT, check=True, capture_output=True, text=True)
    *found, peak = map(int, said.stdout.split())
    assert found == [WIDE // 2, HIGH // 2, 128, 128, 128]
    assert peak < 2_000_000_000 / 2**20


@given(st.integers(1, 100_000), st.integers(1, 100_000))
def test_what_is_decoded_is_brought_below_the_limit_by_a_power_of_two(width: int, height: int) -> None:
    factor = sizes.reduction(width, height)
    assert factor & (factor - 1) == 0
    assert -(-width // factor) * -(-height // factor) <= sizes.MAX_PIXELS
    assert factor == 1 or -(-width * 2 // factor) * -(-height * 2 // factor) > sizes.MAX_PIXELS
    assert width * height > sizes.MAX_FILE_PIXELS or factor <= 2 or min(width, height) < 4


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "CMYK", "I;16"])
def test_a_picture_is_reduced_as_it_is_resized(form: str, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = photo(301, 603) if mode == "RGB" else photo(301, 603).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        source = Image.fromarray(np.asarray(source).astype(np.uint16) * 257)
    try:
        data = saved(source, form)
    except (OSError, KeyError, ValueError):
        pytest.skip(f"{form} has no {mode}.")
    whole = decoding.decode(text_of(data), "foreground")
    monkeypatch.setattr(sizes, "MAX_PIXELS", 301 * 603 - 1)
    half = decoding.decode(text_of(data), "foreground")
    assert half.size == (151, 302)
    assert half.mode == whole.mode
    wanted = np.asarray(whole.reduce(2), int)
    off = abs(np.asarray(half, int) - wanted)
    # A JPEG is made smaller by its own transform.
    assert off.mean() < (3 if form == "JPEG" else 1)


def test_a_mask_is_reduced_as_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = np.asarray(photo(80, 61).convert("L")) > 128
    monkeypatch.setattr(sizes, "MAX_PIXELS", 2000)
    picture = decoding.read(text_of(saved(photo(80, 61), "JPEG")), "foreground")
    for mask in (levels.astype(np.uint8), levels.astype(np.uint8) * 255, levels.astype(np.uint16) * 65535):
        found = read_mask(text_of(saved(Image.fromarray(mask))), "foreground_mask", picture)
        assert found.size == picture.image.size == (40, 31)
        wanted = np.asarray(Image.fromarray(levels.astype(np.uint8) * 255).reduce(2), int)
        assert abs(np.asarray(found, int) - wanted).max() <= 1 or mask.max() == 1


def test_what_is_handed_over_decoded_has_a_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (Image.new("1", (9000, 9000)), np.zeros((9000, 9000), bool)):
        with pytest.raises(ICLightError, match=r"9000x9000 pixels, more than 64,000,000"):
            decoding.decode(value, "foreground")


@given(st.integers(1, 700), st.integers(0, 2**32 - 1))
def test_on_grey_is_the_same_in_strips(rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rgb = rng.integers(0, 256, (rows, 3, 3), np.uint8)
    alpha = rng.random((rows, 3), np.float32)
    whole = (127 + (rgb.astype(np.float32) - 127) * alpha[..., None]).clip(0, 255).astype(np.uint8)
    assert (images.on_grey(rgb, alpha) == whole).all()
