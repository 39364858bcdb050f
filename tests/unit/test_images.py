from __future__ import annotations

import base64
import io
import struct
import time
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lib_iclight import decoding, images
from lib_iclight.errors import ICLightError


def encoded(image: Image.Image, form: str = "PNG", **options: Any) -> str:
    data = io.BytesIO()
    image.save(data, form, **options)
    return base64.b64encode(data.getvalue()).decode()


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def png_header(width: int, height: int, rows: bytes = b"") -> str:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(data).decode()


def test_a_picture_with_and_without_the_data_prefix() -> None:
    source = picture(5, 4)
    text = encoded(source)
    safe = base64.urlsafe_b64encode(base64.b64decode(text)).decode()
    assert safe != text
    for value in (
        text,
        safe,
        f"data:image/png;base64,{text}",
        f"DATA:image/png;base64,{safe}",
        source,
        np.asarray(source),
        f"{text[:20]}\n{text[20:]}",
    ):
        assert (np.asarray(decoding.decode(value, "foreground")) == np.asarray(source)).all()


@pytest.mark.parametrize(
    "value",
    [
        "/etc/passwd",
        "C:\\pictures\\me.png",
        "photo.png",
        "http://localhost/me.png",
        "https://example.org/me.png",
        "file:///etc/passwd",
        "data:image/png;base64,",
        "not a picture",
        base64.b64encode(b"GIF89a but nothing follows").decode(),
        base64.b64encode(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n").decode(),
        encoded(picture(40, 40))[:800],
        png_header(30_000, 30_000),
        png_header(200, 20, b"\0" * 7),
        png_header(0, 0),
        encoded(picture(4, 4), "GIF", save_all=True, append_images=[picture(4, 4, 1)]),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 7), np.uint8),
        np.array(["x"]),
    ],
)
def test_what_is_no_picture_is_refused_at_once(value: Any) -> None:
    start = time.perf_counter()
    with pytest.raises(ICLightError) as caught:
        decoding.decode(value, "light_map")
    assert "light_map" in str(caught.value)
    assert caught.value.status_code == 422
    assert time.perf_counter() - start < 1


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + tail))
def test_any_bytes_are_a_picture_or_a_sentence(data: bytes) -> None:
    try:
        mode = decoding.decode(base64.b64encode(data).decode(), "foreground").mode
    except ICLightError as error:
        mode = "RGB" if "foreground" in str(error) else str(error)
    assert mode in ("RGB", "RGBA")


@given(st.text(max_size=50))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(ICLightError, match="foreground"):
        decoding.decode(text, "foreground")


def test_the_limit_is_looked_at_before_decoding() -> None:
    for value, said in ((png_header(16_000, 16_000), "16000x16000"), (Image.new("1", (9000, 9000)), "9000x9000")):
        start = time.perf_counter()
        with pytest.raises(ICLightError, match=said):
            decoding.decode(value, "foreground")
        assert time.perf_counter() - start < 1


def test_too_long_a_text_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_BASE64", 100)
    with pytest.raises(ICLightError, match="characters"):
        decoding.decode("A" * 101, "foreground")


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "RGB"])
def test_any_opaque_mode_becomes_rgb(mode: str) -> None:
    form = {"CMYK": "JPEG", "YCbCr": "JPEG"}.get(mode, "PNG")
    decoded = decoding.decode(encoded(picture(6, 6).convert(mode), form), "foreground")
    assert decoded.mode == "RGB"
    rgb, alpha = images.split(decoded)
    assert alpha is None
    assert rgb.shape == (6, 6, 3)


def test_16_bit_grey_is_scaled_and_not_clipped() -> None:
    levels = np.array([[0, 257, 32896, 65535]], np.uint16)
    decoded = decoding.decode(encoded(Image.fromarray(levels)), "foreground")
    assert np.asarray(decoded)[0, :, 0].tolist() == [0, 1, 128, 255]


def test_palette_with_transparency_keeps_it() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putdata([0, 1])
    rgb, alpha = images.split(decoding.decode(encoded(image, transparency=1), "foreground"))
    assert alpha is not None
    assert alpha.tolist() == [[1, 0]]
    assert rgb[0, 0].tolist() == [255, 0, 0]


def test_an_opaque_alpha_is_none() -> None:
    assert images.split(decoding.decode(picture(3, 3).convert("RGBA"), "foreground"))[1] is None


def test_exif_rotation_is_honoured() -> None:
    source = picture(8, 4)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = decoding.decode(encoded(source.transpose(Image.Transpose.ROTATE_90), exif=exif), "foreground")
    assert (np.asarray(turned) == np.asarray(source)).all()


def test_a_mask_keeps_white_and_drops_what_is_transparent() -> None:
    mask = Image.new("RGBA", (2, 1), (255, 255, 255, 255))
    mask.putpixel((1, 0), (255, 255, 255, 0))
    assert images.matte_from(mask, 2, 1).tolist() == [[1, 0]]
    assert images.matte_from(Image.new("L", (1, 1), 255), 3, 2).shape == (2, 3)


@given(st.integers(0, 255), st.integers(0, 255))
def test_on_grey_is_the_published_formula(level: int, alpha: int) -> None:
    matte = np.full((1, 1), alpha / 255, np.float32)
    expected = (127 + (np.full((1, 1, 3), level).astype(np.float32) - 127 + 0.0) * matte[..., None]).clip(0, 255)
    found = images.on_grey(np.full((1, 1, 3), level, np.uint8), matte)
    assert (found == expected.astype(np.uint8)).all()


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 16), st.integers(1, 16))
@settings(deadline=None)
def test_cover_is_the_published_resize_and_crop(columns: int, rows: int, wide: int, high: int) -> None:
    width, height = 8 * wide, 8 * high
    image = picture(columns, rows)
    scale = max(width / columns, height / rows)
    scaled = image.resize((round(columns * scale), round(rows * scale)), Image.Resampling.LANCZOS)
    box = ((scaled.width - width) / 2, (scaled.height - height) / 2)
    expected = scaled.crop((*box, box[0] + width, box[1] + height))
    assert (images.cover(np.asarray(image), width, height) == np.asarray(expected)).all()


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50), st.integers(1, 50))
@settings(deadline=None)
def test_every_fit_has_the_size_of_the_canvas(columns: int, rows: int, width: int, height: int) -> None:
    image = np.asarray(picture(columns, rows))
    for fitted in (
        images.cover(image, width, height),
        images.stretch(image, width, height),
        images.contain(image, width, height, 127),
        images.cover(image[..., 0], width, height)[..., None].repeat(3, -1),
    ):
        assert fitted.shape == (height, width, 3)


def test_a_picture_too_narrow_to_cover_is_refused() -> None:
    with pytest.raises(ICLightError, match="crop it first"):
        images.cover(np.zeros((3, 4000, 3), np.uint8), 512, 640)


def test_grey_is_exactly_zero_for_the_vae() -> None:
    levels = images.to_vae([np.array([[[127, 0, 255]]], np.uint8)])[0, :, 0, 0]
    assert levels[0] == 0
    assert levels[1] == -1
    assert levels[2] == np.float32(255) / np.float32(127) - 1


def test_the_same_content_has_the_same_digest() -> None:
    source = picture(5, 4)
    assert decoding.digest(source) == decoding.digest(source.copy()) != decoding.digest(picture(4, 5))
    assert decoding.digest(source) != decoding.digest(source.convert("RGBA"))
    assert decoding.digest("abc") == decoding.digest("abc") != decoding.digest("abd")


def test_over_lays_the_picture_by_its_alpha() -> None:
    top, below = np.full((1, 2, 3), 200, np.uint8), np.full((1, 2, 3), 100, np.uint8)
    assert images.over(top, np.array([[1, 0.5]], np.float32), below)[0, :, 0].tolist() == [200, 150]
