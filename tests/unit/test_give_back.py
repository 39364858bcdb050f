"""What a relit picture is given back of its subject."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lib_iclight import images
from lib_iclight.request.args import build
from lib_iclight.result.give_back import give_back, gives_back
from lib_iclight.subject.fit import Fit
from lib_iclight.subject.prepare import Preparer, prepare_images
from lib_iclight.subject.prepared import Aligned, PreparedImages

RANDOM = np.random.default_rng(0)
SIZES = [(64, 80), (80, 64), (48, 48)]


def photo(width: int = 90, height: int = 120) -> Image.Image:
    coarse = Image.fromarray(RANDOM.integers(0, 256, (8, 6, 3), np.uint8))
    return coarse.resize((width, height), Image.Resampling.BICUBIC)


def cut_out() -> Image.Image:
    """With a disc for its alpha, soft at its rim."""
    y, x = np.mgrid[:120, :90]
    picture = photo()
    picture.putalpha(Image.fromarray(((45 - np.hypot(x - 45, y - 60)) * 32).clip(0, 255).astype(np.uint8)))
    return picture


def prepare(picture: Image.Image, **options: Any) -> PreparedImages:
    request = build({"matting": "none", **options})
    return prepare_images(Preparer(dict, lambda network: network), request, [images.to_base64(picture)])


def mean_error(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.parametrize("size", SIZES)
def test_details_of_a_blurred_result_come_back(size: tuple[int, int]) -> None:
    prepared = prepare(photo(), restore_details=1)
    subject = prepared.aligned(0, *size, Fit())
    blurred = cv2.GaussianBlur(subject.rgb.astype(np.float32), (0, 0), 3).round().astype(np.uint8)
    found = give_back(blurred, subject, prepared.request).picture
    assert np.abs(found.astype(int) - subject.rgb).max() <= 1


@pytest.mark.parametrize("fit", [Fit(), Fit("stretch"), Fit("contain"), Fit("cover", (10, 20, 60, 90), (90, 120))])
@pytest.mark.parametrize(
    "options",
    [
        {"strength": 0},
        {"strength": 0.4},
        {"keep_color": 1},
        {"keep_background": True},
        {"strength": 0, "keep_color": 1},
    ],
)
def test_an_unchanged_picture_stays(fit: Fit, options: dict[str, Any]) -> None:
    prepared = prepare(photo(), **options)
    subject = prepared.aligned(0, 64, 48, fit)
    assert np.abs(give_back(subject.rgb, subject, prepared.request).picture.astype(int) - subject.rgb).max() <= 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["cover", "stretch", "contain"])
def test_unchanged_light_gives_the_photo_back_at_its_own_size(size: tuple[int, int], mode: str) -> None:
    prepared = prepare(photo(300, 400), own_size=True)
    fit = Fit(mode)
    subject, own = (at(0, *size, fit) for at in (prepared.aligned, prepared.at_own_size))
    found = give_back(subject.rgb, subject, prepared.request, own).picture
    shown = own.shown > 0
    assert np.abs(found[shown].astype(int) - own.rgb[shown]).max() <= 1
    expected = {"cover": 400 / max(size[1], size[0] * 4 / 3), "contain": 400 / min(size[1], size[0] * 4 / 3)}
    if mode == "stretch":
        assert found.shape == (400, 300, 3)
    else:
        scale = expected[mode]
        assert found.shape[:2] == pytest.approx((size[1] * scale, size[0] * scale), abs=4)


def test_a_light_lands_on_the_photo() -> None:
    """The photo in a light that rises from left to right, by half of its size."""
    prepared = prepare(photo(300, 400), own_size=True)
    subject, own = prepared.aligned(0, 150, 200, Fit()), prepared.at_own_size(0, 150, 200, Fit())

    def shine(rgb: np.ndarray) -> np.ndarray:
        gain = np.linspace(0.4, 1.2, rgb.shape[1])[:, None]
        return np.float32(255 * ((rgb / 255) ** 2.2 * gain).clip(0, 1) ** (1 / 2.2)).round().astype(np.uint8)

    found = give_back(shine(subject.rgb), subject, prepared.request, own).picture
    assert mean_error(found, shine(own.rgb)) < 2
    enlarged = cv2.resize(shine(subject.rgb), (300, 400), interpolation=cv2.INTER_LANCZOS4)
    assert found.shape == enlarged.shape


def test_the_subject_alone_is_given_back() -> None:
    options = {"keep_color": 1, "restore_details": 1, "detail_mode": "overlay"}
    prepared = prepare(cut_out(), **options)
    subject = prepared.aligned(0, 90, 120, Fit())
    relit = np.asarray(photo())
    found = give_back(relit, subject, prepared.request).picture
    outside, inside = subject.alpha == 0, subject.alpha == 1
    assert (found[outside] == relit[outside]).all()
    assert mean_error(found[inside], relit[inside]) > 2
    kept = give_back(relit, subject, build({"keep_background": True})).picture
    assert (kept[outside] == subject.rgb[outside]).all()
    assert (kept[inside] == relit[inside]).all()


def test_a_border_that_the_photo_does_not_reach_stays() -> None:
    prepared = prepare(photo(), strength=0, keep_background=True)
    subject = prepared.aligned(0, 200, 60, Fit("contain"))
    relit = np.full((60, 200, 3), 90, np.uint8)
    found = give_back(relit, subject, prepared.request).picture
    assert (found[:, :70] == 90).all()
    assert (found[:, 100] == subject.rgb[:, 100]).all()


def test_half_the_strength_is_half_the_light() -> None:
    prepared = prepare(photo(), strength=0.5)
    subject = prepared.aligned(0, 90, 120, Fit())
    black = give_back(np.zeros_like(subject.rgb), subject, prepared.request).picture
    linear = ((subject.rgb / 255 + 0.055) / 1.055) ** 2.4
    bright = subject.rgb > 60
    assert np.abs(((black / 255 + 0.055) / 1.055) ** 2.4 - linear / 2)[bright].max() < 0.006


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, False),
        ({"detail_mode": "screen", "detail_radius": 9}, False),
        ({"keep_background": True, "model": "fbc"}, False),
        ({"keep_background": True}, True),
        ({"strength": 0.99}, True),
        ({"own_size": True}, True),
        ({"shadow": 0.1}, True),
        ({"keep_color": 0.01}, True),
        ({"restore_details": 0.01}, True),
    ],
)
def test_nothing_is_done_at_the_defaults(options: dict[str, Any], wanted: bool) -> None:
    assert gives_back(build(options)) == wanted


@given(data=st.data())
def test_wild_pictures(data: st.DataObject) -> None:
    level = st.sampled_from([0, 1, 255])
    height, width = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12))
    picture = np.array(data.draw(st.lists(level, min_size=3, max_size=3)), np.uint8)
    rgb = np.broadcast_to(picture, (height, width, 3)).copy()
    alpha = np.full((height, width), data.draw(st.sampled_from([0, 0.5, 1])), np.float32)
    subject = Aligned(rgb, alpha, np.ones_like(alpha))
    large = Aligned(*(np.repeat(np.repeat(plane, 2, 0), 2, 1) for plane in (subject.rgb, subject.alpha, subject.shown)))
    request = build(
        {
            "strength": data.draw(st.floats(0, 1)),
            "keep_color": data.draw(st.floats(0, 1)),
            "restore_details": data.draw(st.floats(0, 1)),
            "keep_background": data.draw(st.booleans()),
        }
    )
    relit = np.full_like(rgb, data.draw(level))
    assert give_back(relit, subject, request).picture.shape == rgb.shape
    assert give_back(relit, subject, request, large).picture.shape == large.rgb.shape


# Shadow


def figure(width: int = 120, height: int = 160) -> Image.Image:
    """A pillar that stands in the middle of a grey picture."""
    picture = Image.new("RGB", (width, height), (128, 128, 128))
    alpha = np.zeros((height, width), np.uint8)
    alpha[60:120, 50:70] = 255
    picture.putalpha(Image.fromarray(alpha))
    return picture


def test_a_shadow_falls_away_from_the_lamp_and_leaves_the_subject() -> None:
    prepared = prepare(figure(), light="left", shadow=0.8)
    subject = prepared.aligned(0, 120, 160, Fit())
    relit = np.full((160, 120, 3), 200, np.uint8)
    given = give_back(relit, subject, prepared.request)
    darker = 200 - given.picture[..., 0].astype(int)
    assert given.shadow is not None
    assert (given.picture[subject.alpha == 1] == 200).all()
    assert darker.min() >= 0
    assert darker[100:, 75:].sum() > 5 * darker[100:, :45].sum()
    weaker = give_back(relit, subject, build({"light": "left", "shadow": 0.2}))
    assert (weaker.picture >= given.picture).all()
    # At the photo's own size it is the same shadow.
    own = prepared.at_own_size(0, 120, 160, Fit())
    assert mean_error(give_back(relit, subject, prepared.request, own).picture, given.picture) < 3


def test_the_shadow_of_fbc_is_what_it_has_drawn() -> None:
    prepared = prepare(figure(), model="fbc", light="left", shadow=1, shadow_softness=0)
    subject = prepared.aligned(0, 120, 160, Fit())
    background = np.full((160, 120, 3), 180, np.uint8)
    background[:, :60] = 90
    relit = background.copy()
    relit[120:150, 30:90] = relit[120:150, 30:90] * 0.6
    relit[:40] = 255
    found = give_back(relit, subject, prepared.request, None, lambda width, height: background).picture
    # Lighter places are no shadow: there the background picture comes back.
    assert np.abs(found[:35].astype(int) - background[:35]).max() <= 1
    assert np.abs(found[127:143, 40:50].astype(int) - relit[127:143, 40:50]).max() <= 6
    assert (found[subject.alpha == 1] == relit[subject.alpha == 1]).all()


def test_a_shadow_has_a_colour() -> None:
    prepared = prepare(figure(), light="left", shadow=1, shadow_color="#0000ff")
    subject = prepared.aligned(0, 120, 160, Fit())
    found = give_back(np.full((160, 120, 3), 200, np.uint8), subject, prepared.request).picture
    assert (found[..., 2] == 200).all()
    assert found[..., 0].min() < 150
