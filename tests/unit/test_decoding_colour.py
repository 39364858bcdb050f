"""Colour profiles: whatever the picture carries, sRGB comes out."""

from __future__ import annotations

import io
import logging
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from lib_iclight import decoding, images
from lib_iclight.decoding import colour
from tests.unit.strange import P3, SRGB, WIDE, chunk, in_space, photo, profile, saved, text_of, with_chunks

SPACES = {"P3": (P3, 2.2), "Adobe RGB": (WIDE, 2.19921875), "linear": (SRGB, 1.0)}


def converted(name: str, source: Image.Image) -> Image.Image:
    return Image.fromarray(in_space(source, *SPACES[name]).round().astype(np.uint8))


def error(found: Image.Image, wanted: Image.Image) -> float:
    return float(abs(np.asarray(found.convert("RGB"), int) - np.asarray(wanted.convert("RGB"), int)).mean())


@pytest.mark.parametrize("name", ["P3", "Adobe RGB"])
@pytest.mark.parametrize("way", ["PNG", "JPEG", "WEBP", "TIFF", "Pillow", "RGBA", "P"])
def test_a_profiles_colours_become_srgb_on_every_way_in(name: str, way: str) -> None:
    source = photo()
    there, icc = converted(name, source), profile(*SPACES[name])
    value: Any
    if way == "Pillow":
        value = there
        value.info["icc_profile"] = icc
    elif way == "RGBA":
        there.putalpha(Image.linear_gradient("L").resize(there.size))
        value = text_of(saved(there, icc_profile=icc))
    elif way == "P":
        source = source.quantize(200).convert("RGB")
        value = text_of(saved(converted(name, source).quantize(200), icc_profile=icc))
    else:
        options = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}.get(way, {})
        value = text_of(saved(there, way, icc_profile=icc, **options))
    found = decoding.decode(value, "background")
    assert error(found, source) <= 1 < error(there, source)
    assert "icc_profile" not in found.info
    if way == "RGBA":
        assert found.getchannel("A").tobytes() == there.getchannel("A").tobytes()


def test_a_linear_profile_of_16_bits_of_grey() -> None:
    levels = np.linspace(0, 65535, 300).astype(np.uint16)[None]
    found = np.asarray(
        decoding.decode(text_of(saved(Image.fromarray(levels), icc_profile=profile((), 1.0, b"GRAY"))), "x")
    )
    units = levels / 65535
    wanted = np.where(units <= 0.0031308, units * 12.92, 1.055 * units ** (1 / 2.4) - 0.055) * 255
    # The darkest levels of a linear scale are coarse in 8 bits.
    assert abs(found[0, 60:, 0] - wanted[0, 60:]).max() < 2


def test_grey_with_a_profile_of_its_own_or_of_colours() -> None:
    source = photo().convert("L")
    units = np.asarray(source, np.float64) / 255
    linear = np.where(units <= 0.04045, units / 12.92, ((units + 0.055) / 1.055) ** 2.4)
    there = Image.fromarray((255 * linear ** (1 / 1.8)).round().astype(np.uint8))
    for icc in (profile((), 1.8, b"GRAY"), profile(SRGB, 1.8)):
        assert error(decoding.decode(text_of(saved(there, icc_profile=icc)), "x"), source) <= 1 < error(there, source)


def test_lab_is_a_picture() -> None:
    source = photo()
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    there = ImageCms.applyTransform(source, ImageCms.buildTransform(srgb, lab, "RGB", "LAB"))
    assert there is not None
    assert error(decoding.decode(there, "x"), source) < 2
    assert error(decoding.decode(text_of(saved(there, "TIFF")), "x"), source) < 2


def test_an_srgb_profile_changes_no_level() -> None:
    source = photo()
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert decoding.decode(text_of(saved(source, icc_profile=own)), "x").tobytes() == source.tobytes()


@pytest.mark.parametrize(
    "icc",
    [
        b"",
        b"no profile",
        profile(P3, 2.2)[:200],
        profile((), 2.2, b"GRAY"),
        profile(P3, 2.2, b"CMYK"),
        profile(((0, 0, 0),) * 3, 2.2),
        profile(P3, 2.2).replace(b"mntr", b"link"),
        profile(P3, 2.2).replace(b"acsp", b"oops"),
        profile(P3, 2.2, more=colour.MAX_PROFILE),
    ],
)
def test_a_profile_of_no_use_is_passed_over(icc: bytes, caplog: pytest.LogCaptureFixture) -> None:
    source = photo()
    source.info["icc_profile"] = icc
    with caplog.at_level(logging.WARNING, "ic-light"):
        assert decoding.decode(source, "light_map").tobytes() == source.tobytes()
    assert bool(icc) == ("colour profile of light_map" in caplog.text)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_any_damage_to_a_profile_still_gives_the_picture(data: st.DataObject) -> None:
    broken = bytearray(profile(P3, 2.2))
    for _ in range(data.draw(st.integers(1, 20))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    source = photo(8, 8)
    source.info["icc_profile"] = bytes(broken[: data.draw(st.integers(1, len(broken)))])
    assert decoding.decode(source, "x").size == (8, 8)


def test_a_long_profile_does_not_refuse_a_png(caplog: pytest.LogCaptureFixture) -> None:
    source = photo()
    there = saved(converted("P3", source))
    long = chunk(b"iCCP", b"long\0\0" + zlib.compress(profile(*SPACES["P3"], more=3_000_000)))
    assert error(decoding.decode(text_of(with_chunks(there, long)), "x"), source) <= 1
    bomb = chunk(b"iCCP", b"bomb\0\0" + zlib.compress(bytes(100_000_000)))
    found = decoding.decode(text_of(with_chunks(there, bomb)), "background")
    assert found.tobytes() == converted("P3", source).tobytes()
    assert "colour profile of background" in caplog.text


def test_another_profile_is_another_picture() -> None:
    plain, wide = photo(), photo()
    wide.info["icc_profile"] = profile(P3, 2.2)
    assert decoding.digest(plain) != decoding.digest(wide)


def test_what_goes_out_says_that_it_is_srgb() -> None:
    for image in (photo(), photo().convert("L"), photo().convert("RGBA")):
        data = io.BytesIO()
        images.save_png(image, data)
        again = Image.open(io.BytesIO(data.getvalue()))
        assert again.info["srgb"] == 0
        assert again.tobytes() == image.tobytes()
