"""A panorama as the light of a picture: its light map, its light on a form, its shadow."""

from __future__ import annotations

import base64
import io
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import images, log
from lib_iclight.errors import ICLightError
from lib_iclight.light import environment, maps
from lib_iclight.light.environment import Environment, Prefiltered, expose
from lib_iclight.light.lamps import Lamp as Placed
from lib_iclight.light.panorama import flux, from_light, read
from lib_iclight.request.args import build
from lib_iclight.shading.lighting import Lamp
from lib_iclight.shading.surface import direction
from lib_iclight.stage.directions import from_angles
from lib_iclight.subject.fit import Fit
from lib_iclight.subject.prepare import Preparer, prepare_images
from lib_iclight.web.live import LivePictures
from tests.unit.forms import BALL, ball
from tests.unit.panoramas import ROWS, lobe, noise, to_hdr, to_text

SIZE = 48, 40
ENDS = (maps.INITIAL_LATENT, maps.BACKGROUND)
BOTH_ENDS = pytest.mark.parametrize("ends", ENDS, ids=["fc", "fbc"])


def lit(light: NDArray[Any], rotation: float = 0.0, exposure: float = 0.0) -> Environment:
    return expose(Prefiltered("it", flux(from_light(light))), rotation, exposure)


def draw(light: NDArray[Any], ends: maps.Ends = maps.INITIAL_LATENT, **turned: float) -> NDArray[np.int64]:
    return environment.draw(lit(light, **turned), *SIZE, ends).astype(int)


@BOTH_ENDS
@pytest.mark.parametrize("level", [1e-3, 1, 3e3])
def test_an_even_panorama_gives_the_ambient_map(ends: maps.Ends, level: float) -> None:
    ambient = maps.draw(maps.LightOptions("ambient"), *SIZE, ends).astype(int)
    assert np.abs(draw(np.full((ROWS, 2 * ROWS, 3), level), ends) - ambient).max() <= 1


@BOTH_ENDS
def test_no_light_is_the_dark_end_and_one_light_ahead_the_bright_one(ends: maps.Ends) -> None:
    assert (draw(np.zeros((ROWS, 2 * ROWS, 3)), ends) == ends.dark).all()
    ahead = draw(lobe((0, 0, 1), 4), ends)
    middle = ahead[SIZE[1] // 2, SIZE[0] // 2]
    assert (middle > ends.bright - 6).all()
    assert ahead.max() <= ends.bright


@BOTH_ENDS
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 99), exposure=st.floats(-16, 16), rotation=st.floats(-360, 360))
def test_it_stays_between_the_ends(ends: maps.Ends, seed: int, exposure: float, rotation: float) -> None:
    drawn = draw(noise(seed) * np.array([1, 0.2, 5]), ends, exposure=exposure, rotation=rotation)
    assert drawn.min() >= ends.dark
    assert drawn.max() <= ends.bright


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 99), lower=st.floats(-4, 3))
def test_more_exposure_is_nowhere_darker_and_a_files_scale_says_nothing(seed: int, lower: float) -> None:
    light = noise(seed)
    assert (draw(light, exposure=lower + 1) >= draw(light, exposure=lower)).all()
    assert np.abs(draw(light * 37) - draw(light)).max() <= 1


def test_what_is_too_bright_keeps_its_hue() -> None:
    orange = np.full((ROWS, 2 * ROWS, 3), (1, 0.5, 0.1))
    assert (draw(orange, exposure=9)[0, 0] == draw(orange, exposure=12)[0, 0]).all()
    red, green, blue = draw(orange, exposure=12)[0, 0]
    assert red == 255 > green > blue > 0


@pytest.mark.parametrize("towards", [(-1, 0, 0), (-1, 0.7, 0), (-0.2, -1, 0)])
def test_half_a_turn_mirrors_what_is_bright_at_the_left(towards: tuple[float, float, float]) -> None:
    left, right = draw(lobe(towards)), draw(lobe(towards), rotation=180)
    assert left[:, : SIZE[0] // 2].mean() > left[:, SIZE[0] // 2 :].mean() + 5
    assert np.abs(right - left[:, ::-1]).max() <= 1


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 99), columns=st.integers(0, 2 * ROWS))
def test_a_turn_is_a_roll_of_the_pixels(seed: int, columns: int) -> None:
    turned = draw(noise(seed), rotation=360 * columns / (2 * ROWS))
    assert np.abs(turned - draw(np.roll(noise(seed), columns, axis=1))).max() <= 3


@pytest.mark.parametrize("angle", [0, 60, 90, 180, 250])
def test_it_is_bright_where_a_lamp_from_there_would_stand(angle: int) -> None:
    """In a square, whose edges are as far away in all ways."""
    side = Lamp(Placed("side", angle=angle), (1, 1, 1))
    towards = [float(part[0, 0]) for part in direction(side, 1, 1)]
    drawn = environment.draw(lit(lobe(towards, 6)), 81, 81, maps.INITIAL_LATENT)[..., 0].astype(int)
    down, right = np.unravel_index(drawn.argmax(), drawn.shape)
    found = (right - 40) / 40.5, (40 - down) / 40.5
    assert np.hypot(found[0] - np.cos(np.radians(angle)), found[1] - np.sin(np.radians(angle))) < 0.25


# ---- on a form


def preparer() -> Preparer:
    return Preparer(dict, lambda network: network)


def relight(light: NDArray[Any], live: LivePictures | None = None, **options: Any) -> NDArray[np.int64]:
    request = build({"foreground": ball(), "light": "panorama", "panorama": to_text(light), **options})
    return (live or LivePictures(preparer())).relight(request, nullcontext())[..., :3].astype(int)


INSIDE = np.s_[30:66, 30:66]


def test_in_even_light_the_subject_is_as_it_was() -> None:
    assert np.abs(relight(np.full((ROWS, 2 * ROWS, 3), 0.3), specular=0)[INSIDE] - 120).max() <= 2


@pytest.mark.parametrize(("rotation", "side"), [(0, "right"), (180, "left")])
def test_light_falls_on_the_side_where_it_comes_from(rotation: int, side: str) -> None:
    found = relight(lobe((1, 0.2, 0.3)), panorama_rotation=rotation)
    left, right = found[30:66, 14:40].mean(), found[30:66, 56:82].mean()
    assert (right > left + 40) if side == "right" else (left > right + 40)


def test_a_rough_subject_has_no_small_highlight() -> None:
    light = lobe((0.4, 0.5, 1), 5)
    matte, smooth = (relight(light, specular=specular, roughness=0.2) for specular in (0, 1))
    assert (smooth - matte).max() > 25
    assert (relight(light, specular=1, roughness=1) - matte).max() < (smooth - matte).max() / 2


def test_the_place_around_takes_the_light_of_the_light_map() -> None:
    photo = Image.new("RGB", (BALL, BALL), (90, 90, 90))
    mask_image = Image.new("L", (BALL, BALL), 0)
    mask_image.paste(255, (40, 40, 56, 56))
    mask = images.to_base64(mask_image)
    given_photo = {"foreground": images.to_base64(photo), "foreground_mask": mask}
    found = relight(lobe((1, 0, 0.3)), **given_photo, backdrop_light=1)
    assert found[10, 90, 0] > found[10, 5, 0] + 40
    assert (relight(lobe((1, 0, 0.3)), **given_photo, backdrop_light=0)[:20] == 90).all()


def test_strokes_refuse_it_in_one_sentence() -> None:
    with pytest.raises(ICLightError, match=r"shading 'strokes' takes no light from a panorama"):
        relight(noise(0), shading="strokes")


def test_without_a_panorama_it_is_said_what_is_missing() -> None:
    with pytest.raises(ICLightError, match="panorama is missing"):
        LivePictures(preparer()).relight(build({"foreground": ball(), "light": "panorama"}), nullcontext())


def test_a_picture_in_srgb_is_a_panorama_too() -> None:
    levels = np.full((32, 64, 3), 20, np.uint8)
    levels[:, 40:56] = 250
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG")
    request = {"light": "panorama", "panorama": base64.b64encode(buffer.getvalue()).decode()}
    drawn = preparer().light_map(build(request), *SIZE).astype(int)
    assert drawn[:, -8:].mean() > drawn[:, :8].mean() + 40
    as_image = preparer().light_map(build({**request, "panorama": Image.fromarray(levels)}), *SIZE)
    assert (as_image == drawn).all()


def test_a_panorama_is_read_and_summed_up_once() -> None:
    keeper = preparer()
    live = LivePictures(keeper)
    before = log.counts().get("panorama", 0)
    light = noise(5)
    for rotation in (0, 45, 90):
        relight(light, live, panorama_rotation=rotation, panorama_exposure=rotation / 90)
        request = build({"light": "panorama", "panorama": to_text(light), "panorama_rotation": rotation})
        keeper.light_map(request, *SIZE)
    assert log.counts()["panorama"] == before + 1
    relight(light * 2, live)
    assert log.counts()["panorama"] == before + 2


# ---- shown to a model


@pytest.mark.parametrize(("model", "ends"), [("fc", ENDS[0]), ("fcon", ENDS[0]), ("fbc", ENDS[1])])
def test_the_light_map_is_the_initial_latent_or_the_background(model: str, ends: maps.Ends) -> None:
    options = {"model": model, "light": "panorama", "panorama": to_text(noise(3)), "panorama_rotation": 70}
    prepared = prepare_images(preparer(), build({"foreground": ball(), **options}), [])
    (shown,) = prepared.backgrounds(64, 48, Fit()) or prepared.initial(64, 48, Fit())
    assert (shown.draw() == environment.draw(lit(noise_as_read(3), 70), 64, 48, ends)).all()
    assert (shown.draw() == preparer().light_map(build(options), 64, 48)).all()
    turned = prepare_images(preparer(), build({"foreground": ball(), **options, "panorama_rotation": 71}), [])
    (other,) = turned.backgrounds(64, 48, Fit()) or turned.initial(64, 48, Fit())
    assert other.name != shown.name


def noise_as_read(seed: int) -> NDArray[np.float32]:
    return read(to_hdr(noise(seed))).light


# ---- its shadow


def test_even_light_has_no_direction_and_one_light_has() -> None:
    assert lit(np.ones((ROWS, 2 * ROWS, 3))).brightest.share < 1e-3
    found = lit(lobe((1, 1, 1), 5)).brightest
    assert found.share > 0.95
    assert np.dot(found.towards, (1, 1, 1)) / np.sqrt(3) > 0.999


@settings(max_examples=30, deadline=None)
@given(rotation=st.floats(-360, 360), angle=st.floats(20, 160), out=st.floats(-60, 60))
def test_the_brightest_turns_with_the_panorama(rotation: float, angle: float, out: float) -> None:
    towards = from_angles(angle, out)
    light = lobe(towards, 6) * 50 + 0.2
    still, turned = lit(light).brightest, lit(light, rotation).brightest
    turn = np.radians(rotation)
    matrix = np.array([[np.cos(turn), 0, -np.sin(turn)], [0, 1, 0], [np.sin(turn), 0, np.cos(turn)]])
    assert np.allclose(turned.towards, matrix @ still.towards, atol=1e-9)
    assert np.dot(still.towards, towards) > 0.99
    assert turned.share == still.share


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_panorama_of_few_pixels_lights_too(rows: int) -> None:
    found = lit(noise(1, rows))
    assert 0 <= found.brightest.share <= 1
    assert np.isfinite(found.brightest.towards).all()
    assert np.isfinite(found.mirror(environment.place_directions(4, 4), 0.1)).all()


def test_what_is_below_the_horizon_casts_no_shadow() -> None:
    found = lit(lobe((1, -1, 0.5), 5) * 100 + lobe((-1, 1, 0.5), 5) + 0.01).brightest
    assert found.towards[0] < -0.5
    assert found.towards[1] > 0.5


def test_the_shadow_falls_away_from_it() -> None:
    behind = images.to_base64(Image.new("RGB", (BALL, BALL), (200, 200, 200)))
    more = {"background": behind, "shadow": 1.0, "backdrop_light": 0.0}

    def dark(light: NDArray[Any], **options: Any) -> tuple[float, float]:
        found = 200 - relight(light, **more, **options)[60:, :, 0]
        return float(found[:, :8].sum()), float(found[:, -8:].sum())

    sun = lobe((1, 0.5, 0.4), 5) * 100 + 0.05
    left, right = dark(sun)
    assert left > 10 * right + 100
    left, right = dark(sun, panorama_rotation=180)
    assert right > 10 * left + 100
    left, right = dark(np.ones((ROWS, 2 * ROWS, 3)))
    assert left == right == 0
