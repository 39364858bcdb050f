"""The subject placed by the engine without model files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight import form, images, log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.request.args import build
from lib_iclight.standalone.job import Job, Result
from lib_iclight.standalone.service import Service
from tests.unit.test_placing import centre, disc

SIDE = 96
GREY = "#808080"
PLACED = {"foreground_x": 0.3, "foreground_y": 0.6, "foreground_scale": 0.5, "foreground_rotation": 90}


@pytest.fixture(scope="module")
def service() -> Service:
    return Service([], "classic")


def masked(picture: Image.Image) -> dict[str, Any]:
    """A picture whose background is its own, cut out by a mask."""
    return {"foreground": picture.convert("RGB"), "foreground_mask": picture.getchannel("A")}


def relight(service: Service, backdrop: str = GREY, **args: Any) -> Result:
    given = {"foreground": disc(SIDE, SIDE), "light": "left", **args}
    return service.generate(Job([given], backdrop=backdrop))


def pixels(result: Result) -> np.ndarray:
    return np.asarray(result.images[0]).astype(int)


def test_it_lies_where_it_is_put_and_the_backdrop_is_left_as_it_is(service: Service) -> None:
    found = pixels(relight(service, **masked(disc(SIDE, SIDE)), **PLACED))
    changed = (abs(found - 128).max(-1) > 3).astype(float)
    assert centre(changed) == pytest.approx((0.3, 0.6), abs=0.02)
    assert changed.sum() == pytest.approx(np.pi * 14.5**2, rel=0.15)


def test_the_canvas_is_the_size_that_is_asked_for(service: Service) -> None:
    given = {"foreground": disc(), "light": "left", **PLACED}
    found = service.generate(Job([given], backdrop=GREY, width=160, height=80)).images[0]
    assert found.size == (160, 80)
    alpha = np.asarray(service.generate(Job([given], width=160, height=80)).images[0].getchannel("A")) / 255
    assert centre(alpha) == pytest.approx((0.3, 0.6), abs=0.01)


@pytest.mark.parametrize("shading", ["form", "strokes"])
def test_what_is_turned_is_lit_from_where_the_light_is(service: Service, shading: str) -> None:
    """A quarter turn: as a picture that was turned before."""
    turned = relight(service, shading=shading, foreground_rotation=90)
    before = relight(service, shading=shading, foreground=disc(SIDE, SIDE).transpose(Image.Transpose.ROTATE_90))
    # Flat parts are even; at edges cubic weights and Pillow's turn differ by rounding.
    assert abs(pixels(turned) - pixels(before)).mean() < 1


@pytest.mark.parametrize("green", ["up", "down"])
def test_given_normals_turn_with_it(service: Service, green: str) -> None:
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    vectors = np.dstack([x + 0.4, (-y + 0.1) * (1 if green == "up" else -1), np.ones_like(x)])
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    written = Image.fromarray(((vectors + 1) * 127.5).round().astype(np.uint8))
    flat = Image.new("RGB", (SIDE, SIDE), "#a0a0a0")
    flat.putalpha(disc(SIDE, SIDE).getchannel("A"))
    given = {"foreground": flat, "normal_map": written, "normal_green": green, "specular": 0}
    # Light that turns with the picture lights it the same.
    upright = relight(service, **given, light="angle", light_angle=0).images[0].transpose(Image.Transpose.ROTATE_90)
    turned = relight(service, **given, light="angle", light_angle=90, foreground_rotation=90)
    assert abs(pixels(turned) - np.asarray(upright).astype(int)).max() <= 3


def test_normals_turn_as_vectors() -> None:
    rgb = np.full((2, 2, 3), (255, 128, 128), np.uint8)
    assert (form.turn_normal_map(rgb, "up", 90)[0, 0] == (127, 255, 128)).all()
    assert (form.turn_normal_map(rgb, "down", 90)[0, 0] == (128, 0, 128)).all()
    assert form.turn_normal_map(rgb, "up", 0) is rgb


def test_in_its_own_background_it_is_not_placed(service: Service) -> None:
    with pytest.raises(ICLightError, match="backdrop") as refused:
        relight(service, "own", **masked(disc(SIDE, SIDE)), foreground_x=0.4)
    assert refused.value.code == ErrorCode.NO_BACKGROUND.name.lower()


def test_its_own_transparency_is_placed(service: Service) -> None:
    found = relight(service, "own", **PLACED).images[0]
    assert centre(np.asarray(found.getchannel("A")) / 255) == pytest.approx((0.3, 0.6), abs=0.01)


def test_the_infotext_names_what_acts_before_another_background_alone(service: Service) -> None:
    own = relight(service, "own", **masked(disc(SIDE, SIDE)), shadow=0.5).infotexts[0]
    other = relight(service, **masked(disc(SIDE, SIDE)), shadow=0.5, **PLACED).infotexts[0]
    assert "shadow" not in own
    assert "IC-Light shadow: 0.5" in other
    assert "IC-Light foreground x: 0.3" in other


def test_a_second_light_on_it_prepares_nothing(service: Service) -> None:
    relight(service, **PLACED)
    before = log.counts()
    relight(service, **PLACED, light="right")
    assert log.counts() == before


def test_no_canvas_that_is_too_large(service: Service) -> None:
    given = {"foreground": Image.new("RGBA", (5000, 4000), (9, 9, 9, 255)), "matting": "none", "light": "left"}
    with pytest.raises(ICLightError, match="5000x4000"):
        service.generate(Job([{**given, "foreground_x": 0.4}], backdrop=GREY))


def test_a_page_is_shown_it_on_its_canvas(service: Service) -> None:
    request = build({"foreground": images.to_base64(disc()), **PLACED})
    name, kept = service.live.open(request, service.lock, GREY, (160, None))
    assert kept.size == (160, 213)
    assert service.live.picture(name) is kept
