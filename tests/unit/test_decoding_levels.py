"""Levels of any depth, by what the mode can hold; and what counts as a mask and as a cut-out."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from lib_iclight import decoding, images
from lib_iclight.decoding.mask import fits, read_mask
from lib_iclight.errors import ErrorCode, ICLightError
from tests.unit.strange import chunk, photo, png, saved, text_of

EIGHT = np.array([[0, 1, 100, 128, 255]], np.uint8)
"""Levels of 8 bits, that those of other depths stand for."""

DEEP = EIGHT.astype(np.uint16) * 257
UNITS = EIGHT.astype(np.float32) / 255


def grey(value: Any) -> list[int]:
    found = np.asarray(decoding.decode(value, "foreground"))
    assert (found[..., :1] == found[..., :3]).all()
    return found[0, :, 0].tolist()


def of_mode(mode: str, levels: Any) -> Image.Image:
    return Image.frombytes(mode, levels.shape[::-1], levels.tobytes())


@pytest.mark.parametrize(
    "value",
    [
        EIGHT,
        EIGHT[..., None],
        DEEP,
        DEEP.astype(">u2"),
        DEEP[..., None].repeat(3, -1),
        UNITS,
        UNITS.astype(np.float64),
        UNITS[..., None].repeat(4, -1),
        Image.fromarray(UNITS),
        Image.fromarray(DEEP),
        Image.fromarray(DEEP.astype(np.int32)),
        of_mode("I;16B", DEEP.astype(">u2")),
        text_of(saved(Image.fromarray(DEEP))),
        text_of(saved(Image.fromarray(DEEP), "TIFF")),
        text_of(saved(Image.fromarray(UNITS), "TIFF")),
        text_of(png(DEEP[..., None], 16, 0)),
        text_of(png(DEEP[..., None].repeat(3, -1), 16, 2)),
        text_of(png(DEEP[..., None].repeat(4, -1), 16, 6)),
    ],
)
def test_every_depth_comes_to_the_same_levels(value: Any) -> None:
    assert grey(value) == EIGHT[0].tolist()


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_few_levels_span_all(depth: int) -> None:
    most = (1 << depth) - 1
    levels = np.arange(most + 1)[None, :, None]
    assert grey(text_of(png(levels, depth, 0))) == [level * 255 // most for level in range(most + 1)]


def test_two_levels_are_black_and_white() -> None:
    assert grey(np.array([[False, True]])) == [0, 255]
    assert grey(Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")) == [0, 255]


@given(st.sampled_from([np.uint16, np.float32]), st.integers(1, 65535))
def test_what_levels_occur_changes_none(kind: Any, brightest: int) -> None:
    levels = np.array([[0, brightest // 2, brightest]], np.uint16)
    value = levels if kind is np.uint16 else levels.astype(np.float32) / 65535
    wanted = levels[0] / 257
    assert abs(np.array(grey(value)) - wanted).max() <= 0.5 + 1e-3


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_a_transparent_level_of_grey_is_transparent_at_any_depth(depth: int) -> None:
    most = (1 << depth) - 1
    levels = np.array([[0, most // 2 + 1, most]])[..., None]
    for key in levels[0, :, 0]:
        data = png(levels, depth, 0, [chunk(b"tRNS", struct.pack(">H", key))])
        found = np.asarray(decoding.decode(text_of(data), "foreground"))
        assert found[0, :, 3].tolist() == [0 if level == key else 255 for level in levels[0, :, 0]]


@pytest.mark.parametrize("depth", [8, 16])
def test_a_transparent_colour_is_transparent_at_any_depth(depth: int) -> None:
    most = (1 << depth) - 1
    levels = np.array([[[0, 0, 0], [most, 1000 % (most + 1), 0], [most, most, most]]])
    for key in levels[0]:
        data = png(levels, depth, 2, [chunk(b"tRNS", struct.pack(">3H", *key))])
        found = np.asarray(decoding.decode(text_of(data), "foreground"))
        assert found[0, :, 3].tolist() == [0 if (colour == key).all() else 255 for colour in levels[0]]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (UNITS * 255, "levels up to 255, where 1 is white"),
        (Image.fromarray(UNITS * 255), "levels up to 255, where 1 is white"),
        (np.array([[0, np.inf]], np.float32), "levels up to inf"),
        (Image.fromarray(np.array([[0, 70_000]], np.int32)), "levels up to 70000, where 65535 is white"),
        (EIGHT.astype(np.int64), "int64"),
        (EIGHT.astype(complex), "complex"),
        (EIGHT.astype(object), "object"),
        (np.zeros((2, 3, 4, 5)), "no picture"),
        (np.zeros(5), "no picture"),
    ],
)
def test_levels_beyond_what_the_type_stands_for_are_refused_by_name(value: Any, said: str) -> None:
    with pytest.raises(ICLightError, match=f"foreground .*{said}"):
        decoding.decode(value, "foreground")


def test_floats_that_overshoot_are_clipped_and_none_is_black() -> None:
    assert grey(np.array([[-0.1, np.nan, 0.5, 1.05]], np.float32)) == [0, 0, 128, 255]


@given(
    arrays.arrays(
        st.sampled_from([bool, np.uint8, np.uint16, np.float16, np.float64]),
        arrays.array_shapes(min_dims=1, max_dims=4, max_side=5),
    )
)
def test_any_array_is_a_picture_or_a_sentence(array: Any) -> None:
    try:
        mode = decoding.decode(array, "foreground").mode
    except ICLightError as error:
        mode = "RGB" if "foreground" in str(error) else str(error)
    assert mode in ("RGB", "RGBA")


DISC = np.hypot(*np.mgrid[-20:20, -15:15]) < 12


@pytest.mark.parametrize(
    "mask",
    [
        DISC,
        DISC.astype(np.uint8),
        DISC.astype(np.uint8) * 255,
        DISC.astype(np.uint16),
        DISC.astype(np.uint16) * 65535,
        DISC.astype(np.float32),
        DISC.astype(np.uint8)[..., None].repeat(3, -1),
        np.dstack([DISC.astype(np.uint8)] * 3 + [np.full(DISC.shape, 255, np.uint8)]),
        Image.fromarray(DISC),
        Image.fromarray(DISC.astype(np.int32)),
        text_of(saved(Image.fromarray(DISC))),
        text_of(saved(Image.fromarray(DISC.astype(np.uint8)))),
        text_of(saved(Image.fromarray(DISC.astype(np.uint8)).convert("RGB"))),
        text_of(saved(Image.fromarray(DISC.astype(np.uint16)))),
        text_of(saved(Image.fromarray(DISC.astype(np.uint8)), "TIFF")),
    ],
)
def test_masks_of_two_levels_are_black_and_white(mask: Any) -> None:
    picture = decoding.read(photo(30, 40), "foreground")
    assert (np.asarray(read_mask(mask, "foreground_mask", picture)) == DISC * 255).all()


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (DISC.astype(np.uint8) * 7, "brightest level is 7 of 255"),
        (DISC.astype(np.uint16) * 255, "brightest level is 255 of 65535"),
        (DISC.astype(np.float32) / 255, "brightest level is 0.0039.* of 1"),
        (Image.fromarray(DISC.astype(np.uint8) * 2), "brightest level is 2 of 255"),
        (text_of(saved(Image.fromarray(DISC.astype(np.uint16) * 255))), "brightest level is 255 of 65535"),
    ],
)
def test_a_mask_too_dark_to_be_meant_is_refused_with_its_brightest_level(mask: Any, said: str) -> None:
    with pytest.raises(ICLightError, match=f"foreground_mask is too dark: its {said}") as caught:
        read_mask(mask, "foreground_mask", decoding.read(photo(30, 40), "foreground"))
    assert caught.value.code == ErrorCode.EMPTY_MATTE.name.lower()


@pytest.mark.parametrize("least", [8, 100, 254, 255])
def test_an_alpha_that_is_nowhere_near_zero_is_no_cut_out(least: int) -> None:
    picture = photo(20, 30)
    picture.putalpha(Image.linear_gradient("L").resize(picture.size).point(lambda level: max(level, least)))
    for value in (picture, text_of(saved(picture))):
        rgb, alpha = images.split(decoding.decode(value, "foreground"))
        assert alpha is None
        assert (rgb == np.asarray(picture)[..., :3]).all()


def test_an_alpha_that_is_near_zero_somewhere_is_a_cut_out() -> None:
    picture = photo(20, 30)
    alpha = Image.new("L", picture.size, 254)
    alpha.putpixel((3, 4), 7)
    picture.putalpha(alpha)
    found = images.split(decoding.decode(picture, "foreground"))[1]
    assert found is not None
    assert found[4, 3] == np.float32(7) / np.float32(255)
    assert found[0, 0] == np.float32(254) / np.float32(255)


def turned(image: Image.Image, orientation: int) -> bytes:
    """A photo as its sensor saw it, with what turns it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(image, exif=exif)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mask_of_a_turned_photo_is_turned_as_it_was(orientation: int) -> None:
    sensor, mask = photo(60, 40), Image.new("L", (60, 40))
    mask.paste(255, (4, 4, 24, 16))
    photographed = decoding.read(text_of(turned(sensor, orientation)), "foreground")
    wanted = np.asarray(decoding.decode(text_of(turned(mask, orientation)), "x"))[..., 0]
    upright = read_mask(text_of(turned(mask, orientation)), "foreground_mask", photographed)
    assert (np.asarray(upright) == wanted).all()
    if orientation >= 5:
        for size in ((60, 40), (30, 20), (120, 80)):
            found = read_mask(text_of(saved(mask.resize(size, 0))), "foreground_mask", photographed)
            assert found.size == size[::-1]
            assert (np.asarray(found.resize(photographed.image.size, 0)) == wanted).all()


@pytest.mark.parametrize("size", [(40, 60), (60, 42), (62, 40), (60, 60), (600, 380), (1, 1)])
def test_a_mask_of_other_proportions_is_refused_with_both_sizes(size: tuple[int, int]) -> None:
    picture = decoding.read(photo(60, 40), "foreground")
    if size == (1, 1):
        # Less than a pixel is rounding.
        assert read_mask(Image.new("L", size, 255), "foreground_mask", picture).size == size
        return
    with pytest.raises(ICLightError, match=f"{size[0]}x{size[1]} pixels and its picture 60x40") as caught:
        read_mask(Image.new("L", size, 255), "foreground_mask", picture)
    assert caught.value.code == "mask_does_not_fit"


@given(st.integers(20, 4000), st.integers(20, 4000), st.floats(0.05, 3))
def test_a_picture_made_smaller_or_larger_keeps_its_proportions(width: int, height: int, scale: float) -> None:
    smaller = max(round(width * scale), 1), max(round(height * scale), 1)
    assert fits(smaller, (width, height))
    if abs(width / height - 1) > 0.1 and min(smaller) > 40:
        assert not fits(smaller[::-1], (width, height))
