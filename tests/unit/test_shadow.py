"""The shadow of a subject: from lamps, from a relit background, and as a layer."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import images
from lib_iclight.kinds import levels
from lib_iclight.light.lamps import Lamp as Placed
from lib_iclight.light.maps import linear_colour
from lib_iclight.light.tone import decode, encode
from lib_iclight.shading.cast_shadow import GROUND, LONGEST, from_lamps
from lib_iclight.shading.lighting import Lamp
from lib_iclight.shading.shadow import Shadow, from_relit
from tests.unit.lamps import SOME_LAMPS
from tests.unit.strange import photo

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40)) | st.sampled_from([(1, 1), (1, 300), (300, 1), (2, 700)])
MATTES = SHAPES.flatmap(lambda shape: arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
UNITS = st.floats(0, 1)

Plane = NDArray[np.float32]


def standing() -> Plane:
    """Somebody in the middle of a square, seen from head to foot."""
    alpha = np.zeros((256, 256), np.float32)
    cv2.ellipse(alpha, (128, 130), (20, 50), 0, 0, 360, 1, -1)
    return alpha


FOOT = 181


def shine(placed: Placed) -> Lamp:
    red, green, blue = (placed.intensity * linear_colour(placed.color)).tolist()
    return Lamp(placed, (red, green, blue))


def side(angle: float, depth: float = 1.0, **values: object) -> Lamp:
    return shine(Placed("side", angle=angle, depth=depth, **values))  # type: ignore[arg-type]


def cast(lamp: Lamp, softness: float = 0.2, alpha: Plane | None = None) -> Plane:
    """What a lamp's shadow darkens beside the contact."""
    alpha = standing() if alpha is None else alpha
    return 1 - (1 - from_lamps(alpha, [lamp], softness)) / (1 - from_lamps(alpha, [], softness))


def centre(density: Plane) -> tuple[float, float]:
    """From the foot: how far to the right, and how far down."""
    y, x = np.mgrid[:256, :256]
    total = density.sum()
    assert total > 0
    return float((x * density).sum() / total) - 128, float((y * density).sum() / total) - FOOT + 0.5


@pytest.mark.parametrize("depth", [1, -1])
@pytest.mark.parametrize("angle", range(0, 360, 45))
def test_a_shadow_lies_on_the_side_away_from_the_lamp(angle: int, depth: int) -> None:
    right, down = centre(cast(side(angle, depth)))
    if angle in (90, 270):
        assert abs(right) < 1
    else:
        assert right * np.cos(np.radians(angle)) < -5
    # A lamp behind the subject throws its shadow towards the viewer, which is downwards; one in front, behind it.
    assert down * depth < -2


@pytest.mark.parametrize("depth", [1, -1])
def test_the_higher_a_lamp_the_shorter_is_its_shadow(depth: int) -> None:
    lengths = [abs(centre(cast(side(angle, depth)))[0]) for angle in (0, 45, 60, 75, 90)]
    assert lengths == sorted(lengths, reverse=True)
    top, low = (abs(centre(cast(side(angle, depth)))[1]) for angle in (90, 270))
    assert top <= low


def test_from_the_front_and_from_the_top_it_is_short_and_hidden_behind_the_subject() -> None:
    alpha = np.zeros((256, 256), np.float32)
    alpha[80:FOOT, 100:156] = 1
    for lamp in (side(90), Lamp(Placed("side", angle=0), (1, 1, 1), front=True)):
        density = cast(lamp, 0, alpha)
        assert density.sum() > 100
        assert density[alpha < 1].sum() < 0.05 * density.sum()
    assert not cast(side(90), 0)[: FOOT - 30].any()


def test_a_point_lamp_throws_a_shadow_away_from_where_it_stands() -> None:
    for x in (0.1, 0.9):
        right, _ = centre(cast(shine(Placed("point", x=x, y=0.2))))
        assert right * (x - 0.5) < -1


def test_it_is_as_long_as_the_lamp_says() -> None:
    columns = np.flatnonzero((cast(side(45, 0), 0) > 0.1).any(0))
    # At 45 degrees what is h high throws its shadow h across: an ellipse 50 high and 20 wide, sheared.
    assert columns[0] == pytest.approx(128 - 50 - np.hypot(20, 50), abs=3)
    longest = np.flatnonzero((cast(side(270, -1), 0) > 0.1).any(1))[-1]
    assert longest == pytest.approx(FOOT + 100 * LONGEST * GROUND, abs=6)


def test_where_nothing_shades_there_is_no_shadow() -> None:
    for alpha in (np.zeros((40, 30), np.float32), np.full((40, 30), 0.4, np.float32)):
        assert not from_lamps(alpha, [side(30)]).any()
    density = from_lamps(standing(), [side(0)], 0.3)
    assert not density[:, 200:].any()
    assert not density[:100].any()
    contact = from_lamps(standing(), [])
    assert contact[FOOT - 2, 128] > 0.5
    assert np.array_equal(contact, from_lamps(standing(), [side(0, color="#000000"), side(90, intensity=0.0)]))
    assert not contact[:, :90].any()


def test_each_of_two_lamps_takes_its_share() -> None:
    alpha, left, right = standing(), side(0), side(180)
    contact = 1 - from_lamps(alpha, [])
    both = 1 - from_lamps(alpha, [left, right])
    assert np.allclose(both, contact * (1 - 0.5 * cast(left, 0.5)) * (1 - 0.5 * cast(right, 0.5)), atol=1e-3)
    weak = from_lamps(alpha, [side(0, intensity=0.5), side(180, intensity=1.5)])
    assert weak[:, :100].sum() < 0.5 * weak[:, 156:].sum()


def test_the_softer_the_wider_is_its_edge() -> None:
    def steepest(softness: float) -> float:
        # Away from the foot, where it is sharp whatever the softness.
        return float(np.abs(np.diff(cast(side(0, -1), softness)[FOOT + 10 :], axis=0)).max())

    slopes = [steepest(softness) for softness in (0, 0.25, 0.5, 1)]
    assert slopes == sorted(slopes, reverse=True)
    assert slopes[-1] < slopes[0] / 3


def test_the_penumbra_grows_with_the_way_from_the_foot() -> None:
    alpha = np.zeros((256, 256), np.float32)
    alpha[30:130, 120:136] = 1
    behind = Lamp(Placed("side", angle=90, depth=-1), (1, 1, 1))
    density = from_lamps(alpha, [behind], 0.5)
    reach = [int((density[row] > 0.02).sum()) for row in (140, 150, 160)]
    assert reach == sorted(set(reach))


@settings(deadline=None)
@given(MATTES, SOME_LAMPS, UNITS)
def test_a_density_is_one_whatever_stands_where(alpha: Plane, lamps: tuple[Placed, ...], softness: float) -> None:
    before = alpha.copy()
    density = from_lamps(alpha, [shine(lamp) for lamp in lamps], softness)
    assert (density.dtype, density.shape) == (np.float32, alpha.shape)
    assert np.isfinite(density).all()
    assert density.min() >= 0
    assert density.max() <= 1
    assert np.array_equal(alpha, before)


@pytest.mark.parametrize("shape", [(40_000, 2), (2, 40_000), (1500, 900)])
def test_a_strip_and_a_photo_have_a_shadow_of_their_size(shape: tuple[int, int]) -> None:
    alpha = np.zeros(shape, np.float32)
    alpha[: shape[0] * 2 // 3 + 1] = 1
    density = from_lamps(alpha, [side(150, -1)])
    assert density.shape == shape
    assert 0 < density.max() <= 1


def multiplied(background: NDArray[np.uint8]) -> tuple[Plane, NDArray[np.uint8]]:
    """A shadow that was made up, and the background in it."""
    y, x = np.mgrid[:256, :256].astype(np.float32)
    density = 0.7 * np.exp(-(((x - 60) / 40) ** 2 + ((y - 190) / 25) ** 2) / 2)
    return density, encode(decode(background) * (1 - density[..., None]))


def test_a_relit_background_gives_back_the_shadow_that_it_was_multiplied_by() -> None:
    alpha = standing()
    background = (np.asarray(photo(256, 256)) * 0.5 + 96).astype(np.uint8)
    density, shaded = multiplied(background)
    subject = np.full_like(background, (20, 90, 30))
    found = from_relit(images.over(subject, alpha, shaded), background, alpha)
    outside = alpha == 0
    again = Shadow(found).lay(background).astype(float)
    assert np.abs(again - shaded)[outside].max() <= 1
    even = np.full_like(background, 180)
    density, shaded = multiplied(even)
    found = from_relit(images.over(subject, alpha, shaded), even, alpha)
    # Half a level of the shaded picture is up to 0.6 % of its light.
    assert np.abs(found - density)[outside].max() <= 0.007
    assert np.abs(Shadow(found).lay(even).astype(int) - shaded)[outside].max() <= 1


def test_it_is_found_as_well_in_a_large_picture() -> None:
    """Which is looked at as a small one."""
    size = (1200, 1300)
    alpha, background = cv2.resize(standing(), size), np.full((size[1], size[0], 3), 180, np.uint8)
    density = cv2.resize(multiplied(background[:256, :256])[0], size)
    shaded = encode(decode(background) * (1 - density[..., None]))
    found = from_relit(images.over(np.zeros_like(background), alpha, shaded), background, alpha)
    assert np.abs(Shadow(found).lay(background).astype(int) - shaded)[alpha == 0].max() <= 1


def test_a_background_that_came_back_brighter_or_as_it_was_has_no_shadow() -> None:
    alpha, background = standing(), np.asarray(photo(256, 256))
    assert not from_relit(background, background, alpha).any()
    assert not from_relit(255 - (255 - background) // 2, background, alpha).any()
    black = np.zeros_like(background)
    assert from_relit(black, np.full_like(background, 1), alpha).max() <= 0.5


def test_a_subject_that_came_back_darker_is_no_shadow() -> None:
    alpha = np.asarray(cv2.GaussianBlur(standing(), (0, 0), 4), np.float32)
    background = np.asarray(photo(256, 256))
    relit = images.over(np.zeros_like(background), alpha, background)
    assert from_relit(relit, background, alpha)[alpha < 0.01].max() < 0.05


@settings(deadline=None)
@given(MATTES, st.integers(0, 2**32 - 1), UNITS)
def test_any_pictures_give_a_density(alpha: Plane, seed: int, softness: float) -> None:
    rng = np.random.default_rng(seed)
    relit, background = (rng.integers(0, rng.integers(1, 257), (*alpha.shape, 3), np.uint8) for _ in range(2))
    density = from_relit(relit, background, alpha, softness)
    assert (density.dtype, density.shape) == (np.float32, alpha.shape)
    assert np.isfinite(density).all()
    assert density.min() >= 0
    assert density.max() <= 1


def test_at_strength_0_it_is_the_same_picture() -> None:
    rgb, alpha = np.asarray(photo(256, 256)), standing()
    assert Shadow(from_lamps(alpha, [side(0)]), strength=0).lay(rgb, alpha) is rgb


def test_the_stronger_the_darker_and_the_subject_stays() -> None:
    rgb, alpha = np.asarray(photo(256, 256)), standing()
    density = from_lamps(alpha, [side(45, -1)])
    laid = [Shadow(density, strength).lay(rgb, alpha) for strength in (0, 0.1, 0.3, 0.6, 1)]
    for stronger, weaker in zip(laid[1:], laid):
        assert (stronger <= weaker).all()
        assert stronger.sum() < weaker.sum()
        assert np.array_equal(stronger[alpha == 1], rgb[alpha == 1])
        assert np.array_equal(stronger[density == 0], rgb[density == 0])


def test_it_is_laid_in_linear_light_towards_its_colour() -> None:
    white = np.full((2, 2, 3), 255, np.uint8)
    color = linear_colour("#204080")
    red, green, blue = color.tolist()
    full = Shadow(np.ones((2, 2), np.float32), color=(red, green, blue)).lay(white)
    assert full[0, 0].tolist() == list(levels("#204080"))
    half = Shadow(np.full((2, 2), 0.5, np.float32)).lay(white)
    assert np.allclose(decode(half), 0.5, atol=0.005)
    under = Shadow(np.ones((2, 2), np.float32)).lay(white, np.full((2, 2), 0.5, np.float32))
    assert np.array_equal(under, half)


def test_alone_it_is_over_white_what_it_makes_of_white() -> None:
    shadow = Shadow(from_lamps(standing(), [side(45, -1)]), 0.8)
    layer = shadow.to_image()
    assert (layer.mode, layer.size) == ("RGBA", (256, 256))
    white = np.full((256, 256, 3), 255, np.uint8)
    below = Image.fromarray(white).convert("RGBA")
    over = np.asarray(Image.alpha_composite(below, layer).convert("RGB"))
    assert np.abs(over.astype(int) - shadow.lay(white)).max() <= 1
    red, green, blue = linear_colour("#204080").tolist()
    tinted = Shadow(np.ones((1, 1), np.float32), color=(red, green, blue)).to_image()
    assert tinted.getpixel((0, 0)) == (0x20, 0x40, 0x80, 255)
