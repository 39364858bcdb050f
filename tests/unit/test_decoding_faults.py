"""Files that are damaged, cut off, or something else: taken where a viewer shows them, else a sentence."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from lib_iclight import decoding
from lib_iclight.decoding import formats
from lib_iclight.decoding.faults import named
from lib_iclight.decoding.png import ADAM7
from lib_iclight.errors import ErrorCode, ICLightError
from tests.unit.strange import P3, chunk, photo, png, profile, saved, text_of, with_chunks

KINDS: list[tuple[str, dict[str, Any]]] = [
    ("PNG", {}),
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("JPEG", {"restart_marker_rows": 1}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
]
ENDS = [pytest.param(form, options, id="-".join([form, *options])) for form, options in KINDS]

BROKEN_EXIF = [
    b"",
    b"b'Exif\\x00\\x00II*\\x00'",
    b"II*\0",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08\xff\xff",
    b"II*\0\xff\xff\xff\xff" + bytes(20),
    # An orientation of nine, as text, and as a fraction by zero.
    b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0\0\0\0\0",
    b"II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x02\0\0\0up\0\0\0\0\0\0",
    b"II*\0\x08\0\0\0\x01\0\x12\x01\x05\0\x01\0\0\0\x1a\0\0\0\0\0\0\0" + bytes(8),
]


def decode(data: bytes, key: str = "foreground") -> Image.Image:
    return decoding.decode(text_of(data), key)


@pytest.mark.filterwarnings("ignore:.*EXIF.*", "ignore:Truncated File Read", "ignore:Corrupt", "ignore:Metadata")
@pytest.mark.parametrize("exif", BROKEN_EXIF)
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "Pillow"])
def test_exif_that_cannot_be_read_is_no_orientation(form: str, exif: bytes) -> None:
    source = photo()
    if form == "Pillow":
        source.info["exif"] = exif
        assert decoding.decode(source, "foreground").tobytes() == source.tobytes()
    elif form == "PNG":
        assert decode(with_chunks(saved(source), chunk(b"eXIf", exif))).tobytes() == source.tobytes()
    else:
        if form == "JPEG":
            exif = b"Exif\0\0" + exif
        assert decode(saved(source, form, exif=exif)).tobytes() == decode(saved(source, form)).tobytes()


@pytest.mark.filterwarnings("ignore")
@given(st.binary(max_size=80).map(lambda tail: b"II*\0\x08\0\0\0" + tail) | st.binary(max_size=80))
@settings(deadline=None)
def test_any_exif_leaves_the_picture(exif: bytes) -> None:
    found = decode(with_chunks(saved(photo(6, 4)), chunk(b"eXIf", exif)))
    assert found.size in ((6, 4), (4, 6))


@pytest.mark.filterwarnings("ignore")
@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]), st.data())
@settings(deadline=None, max_examples=150)
def test_any_damage_is_a_picture_or_a_sentence(form: str, data: st.DataObject) -> None:
    broken = bytearray(saved(photo(20, 12), form))
    for _ in range(data.draw(st.integers(0, 8))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    length = data.draw(st.integers(0, len(broken)))
    try:
        mode = decode(bytes(broken[:length]), "light_map").mode
    except ICLightError as error:
        mode = "RGB" if "light_map" in str(error) else str(error)
    assert mode in ("RGB", "RGBA")


@pytest.mark.parametrize(
    "raised", [struct.error("x"), IndexError(), RuntimeError("x"), KeyError(3), MemoryError(), EOFError()]
)
def test_whatever_a_decoder_raises_is_the_pictures_error(raised: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise raised

    picture = Image.new("HSV", (4, 4))
    monkeypatch.setattr(Image.Image, "convert", fail)
    with pytest.raises(ICLightError, match="background is a damaged picture") as caught:
        decoding.decode(picture, "background")
    assert caught.value.status_code == 422


def test_what_a_decoder_says_in_lines_is_one_sentence() -> None:
    with (
        pytest.raises(ICLightError, match=r"background is a damaged picture \(one two\): save it anew\.$"),
        named("background"),
    ):
        raise ValueError("one\n two\n")


def test_a_pillow_image_that_cannot_be_loaded_is_an_error_by_its_name_too() -> None:
    lazy = Image.open(io.BytesIO(saved(photo())[:400]))
    for act in (decoding.decode, decoding.digest):
        with pytest.raises(ICLightError, match="light_map"):
            act(lazy, "light_map")


@pytest.mark.parametrize(("form", "options"), ENDS)
@pytest.mark.parametrize("missing", [1, 2, 3])
def test_a_file_without_its_last_bytes_is_taken(
    form: str, options: dict[str, Any], missing: int, caplog: pytest.LogCaptureFixture
) -> None:
    data = saved(photo(200, 150), form, **options)
    found = np.asarray(decode(data[:-missing]), int)
    assert (abs(found - np.asarray(decode(data), int)).max(-1) > 8).mean() < 0.01
    assert "foreground is cut off" in caplog.text or form == "PNG"


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_file_without_its_last_bytes_keeps_its_orientation_and_profile(form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(photo(60, 40), form, exif=exif, icc_profile=profile(P3, 2.2))
    whole, cut = decode(data), decode(data[:-2])
    assert cut.size == whole.size == (40, 60)
    assert abs(np.asarray(cut, int) - np.asarray(whole, int)).mean() < 1


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA", "I;16"])
def test_a_png_that_ends_well_and_too_early_is_cut_off(mode: str, interlaced: bool) -> None:
    """The decoder leaves at zero what does not come, and says nothing where zlib's end is there."""
    width, height, depth, colour, size = (
        21,
        16,
        *{"RGB": (8, 2, 3), "P": (8, 3, 1), "RGBA": (8, 6, 4), "I;16": (16, 0, 2)}[mode],
    )
    rows = png_passes(width, height) if interlaced else [width] * height
    parts = [b"\0" + b"\x50" * (columns * size) for columns in rows]
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    palette = chunk(b"PLTE", bytes(256 * 3)) if mode == "P" else b""

    def made(parts: list[bytes]) -> bytes:
        body = chunk(b"IDAT", zlib.compress(b"".join(parts)))
        return b"".join([b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), palette, body, chunk(b"IEND", b"")])

    assert decode(made(parts)).size == (width, height)
    # Black rows are no missing ones.
    assert decode(made([bytes(len(part)) for part in parts])).size == (width, height)
    for left in (len(parts) - 1, len(parts) // 2):
        with pytest.raises(ICLightError, match="is cut off"):
            decode(made(parts[:left]))


def png_passes(width: int, height: int) -> list[int]:
    """How many pixels each row of an interlaced PNG has, as they come."""
    found = []
    for x, y, dx, dy in ADAM7:
        found += [-((x - width) // dx)] * -((y - height) // dy)
    return found


@pytest.mark.parametrize(("form", "options"), ENDS)
def test_a_file_of_which_rows_are_missing_is_refused(form: str, options: dict[str, Any]) -> None:
    data = saved(photo(200, 150), form, **options)
    for share in (0.3, 0.6) if options.get("progressive") is None else (0.1,):
        with pytest.raises(ICLightError, match=r"is cut off|is a damaged picture"):
            decode(data[: int(len(data) * share)])


def test_it_is_said_how_many_rows_are_there() -> None:
    data = saved(photo(200, 150), "JPEG", quality=95)
    with pytest.raises(ICLightError, match=r"(6|7|8)\d of its 150 rows are there"):
        decode(data[: len(data) // 2])
    with pytest.raises(ICLightError, match=r"\d\d of its 150 rows are there"):
        decode(saved(photo(200, 150))[:30_000])


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_png_without_the_end_of_its_pixels_data(interlaced: bool) -> None:
    source = np.asarray(photo(37, 21))
    data = png(source, 8, 2)
    if interlaced:
        rows = []
        for x, y, dx, dy in (
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        ):
            rows += [b"\0" + row.tobytes() for row in source[y::dy, x::dx]]
        head = struct.pack(">IIBBBBB", 37, 21, 8, 2, 0, 0, 1)
        data = data[:8] + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")
    assert (np.asarray(decode(data)) == source).all()
    # IEND has 12 bytes, the chunk's checksum 4, zlib's 4.
    for missing in (1, 12, 14, 16, 18, 20):
        assert (np.asarray(decode(data[:-missing])) == source).all()
    with pytest.raises(ICLightError, match="is cut off"):
        decode(data[:-400])


def test_metadata_that_is_not_needed_refuses_nothing() -> None:
    source = photo()
    plain = saved(source)
    long = b"k\0\0" + zlib.compress(bytes(80_000_000))
    for extra in (
        chunk(b"zTXt", long),
        chunk(b"iTXt", b"k\0\x01\0\0\0" + zlib.compress(bytes(3_000_000))),
        chunk(b"tEXt", b"parameters\0" + b"a" * 3_000_000),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(bytes(80_000_000))),
        chunk(b"zTXt", b"Raw profile type exif\0\0no zlib"),
        chunk(b"zTXt", b"no zero"),
        chunk(b"iTXt", b""),
        chunk(b"pHYs", b""),
        chunk(b"gAMA", b"1"),
        chunk(b"cHRM", b"1"),
        chunk(b"sRGB", b""),
        chunk(b"iCCP", b""),
        chunk(b"tEXt", b"damaged\0x", crc=0),
        chunk(b"abCd", b"of a program's own"),
    ):
        assert decode(with_chunks(plain, extra)).tobytes() == source.tobytes()


def test_pillows_limits_stay_as_they_are_and_limit_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_CHUNK", 1)
    source = photo()
    assert decode(saved(source)).tobytes() == source.tobytes()
    assert (Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK) == (100, 1)


def test_an_animated_png_is_refused_and_one_of_one_frame_is_none() -> None:
    with pytest.raises(ICLightError, match="has 2 frames"):
        decode(saved(photo(), save_all=True, append_images=[photo(seed=1)]))
    assert decode(with_chunks(saved(photo()), chunk(b"acTL", struct.pack(">II", 1, 0)))).size == photo().size


def box(brand: bytes, *compatible: bytes) -> bytes:
    body = b"ftyp" + brand + bytes(4) + b"".join(compatible)
    return struct.pack(">I", len(body) + 4) + body + bytes(40)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(30), "JPEG 2000"),
        (b"\xff\x4f\xff\x51" + bytes(30), "JPEG 2000"),
        (b"\xff\x0a" + bytes(30), "JPEG XL"),
        (b"\x76\x2f\x31\x01" + bytes(30), "OpenEXR"),
        (b"#?RADIANCE\n", "Radiance"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"%PDF-1.7\n", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "lines"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "lines"),
        (b"<?xml version='1.0'?>\n<svg/>", "lines"),
        (b"<?xml version='1.0'?>\n<Error/>", "XML"),
        (b"\n <!DOCTYPE html><html>", "web page"),
        (b"\xef\xbb\xbf<HTML>", "web page"),
        (b'{"detail": "Not Found"}', "JSON"),
        (box(b"isom", b"mp42"), "video"),
        (box(b"qt  "), "video"),
        (box(b"crx "), "raw"),
        (b"\x1aE\xdf\xa3" + bytes(30), "video"),
        (b"RIFF\0\0\0\0AVI LIST", "video"),
        (b"II*\0\x10\0\0\0CR\x02\0", "raw"),
        (b"PK\x03\x04" + bytes(30), "archive"),
        (b"\0\x05\x16\x07\0\x02\0\0Mac OS X", "macOS"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b" \n", "empty"),
        (b"something else", r"begins 'something else' and is no picture that is read"),
    ],
)
def test_what_is_something_else_is_named_with_what_to_do(data: bytes, said: str) -> None:
    with pytest.raises(ICLightError, match=f"^IC-Light: light_map .*{said}") as caught:
        decode(data, "light_map")
    assert caught.value.code == ErrorCode.PICTURE_NOT_DECODABLE.name.lower()
    assert len(str(caught.value)) < 200


def test_a_raw_file_that_looks_like_a_tiff_is_not_taken_by_its_small_picture() -> None:
    for tag, value in ((254, 1), (50706, b"\1\4\0\0")):
        info = Image.new("L", (1, 1)).getexif()
        info[tag] = value
        with pytest.raises(ICLightError, match="raw"):
            decode(saved(photo(), "TIFF", exif=info))


def test_avif_and_heic_are_read_where_they_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = pytest.importorskip("PIL.AvifImagePlugin")
    if not plugin.SUPPORTED:
        pytest.skip("This Pillow reads no AVIF.")
    source = photo()
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(source, "AVIF", quality=100, subsampling="4:4:4", exif=exif)
    found = np.asarray(decode(data).transpose(Image.Transpose.ROTATE_90), int)
    assert abs(found - np.asarray(source, int)).mean() < 2
    monkeypatch.setattr(plugin, "SUPPORTED", False)
    with pytest.raises(ICLightError, match=r"is AVIF, and Pillow 11.3 with AVIF is not installed"):
        decode(data)


def test_heic_is_read_with_pillow_heif_and_named_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(ICLightError, match="is HEIC, and pillow-heif is not installed"):
        decode(box(b"heic", b"mif1"))
    monkeypatch.undo()
    heif = pytest.importorskip("pillow_heif")
    source = photo()
    made = heif.from_pillow(source)
    data = io.BytesIO()
    made.save(data, quality=-1, chroma=444)
    before = dict(Image.OPEN)
    assert abs(np.asarray(decode(data.getvalue()), int) - np.asarray(source, int)).mean() < 3
    assert before == Image.OPEN
    with pytest.raises(ICLightError, match="foreground"):
        decode(data.getvalue()[:-500])


def test_every_format_that_is_read_has_its_name_in_the_sentence() -> None:
    for form in {form for _, form in formats.READ} | {formats.WEBP, formats.AVIF, formats.HEIC}:
        assert form.name in formats.READ_NAMES
