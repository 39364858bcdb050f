"""Light at a picture's own size, normals that are given, and every way of shading behind one interface."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import nullcontext

import numpy as np
import pytest
from PIL import Image

from lib_iclight import images, log, painting
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.light.tone import compress, encode
from lib_iclight.painting.vectors import vectors
from lib_iclight.request.args import Request, build
from lib_iclight.shading import PREPARE, Picture, Strokes, Working, lighting_of
from lib_iclight.shading.own_size import Field, GuidedField
from lib_iclight.standalone.job import Job
from lib_iclight.standalone.service import Service
from tests.unit.forms import GREY, SIDE, disc, lamps, lit_by, photo, prepared

LOG = logging.getLogger(__name__)

# Own size


def test_at_the_working_size_nothing_is_resampled() -> None:
    rgb, alpha = photo(), disc()
    form, light = prepared(rgb, alpha), lit_by(light="point", light_x=0.2, backdrop_light=0)
    expected = images.over(encode(compress(form.radiance(light))), alpha, rgb)
    assert (form.relight(Picture(rgb, alpha, rgb), light) == expected).all()


def test_rows_of_a_field_are_the_resized_field() -> None:
    import cv2

    values = np.random.default_rng(0).random((9, 7, 3), np.float32)
    field = Field(values, 50, 61)
    whole = np.concatenate([field.rows(slice(top, min(top + 16, 61))) for top in range(0, 61, 16)])
    assert np.allclose(whole, cv2.resize(values, (50, 61), interpolation=cv2.INTER_LINEAR), atol=1e-5)


def test_light_at_its_own_size_is_the_light_of_the_working_size() -> None:
    small = photo(128, 128)
    alpha = disc(128)
    large = np.asarray(Image.fromarray(small).resize((512, 512), Image.Resampling.BICUBIC))
    big_alpha = np.asarray(Image.fromarray(alpha).resize((512, 512), Image.Resampling.BILINEAR))
    form, light = prepared(small, alpha), lit_by(light="top_left", backdrop_light=0)
    result = form.relight(Picture(large, big_alpha, large), light)
    again = np.asarray(Image.fromarray(result).resize((128, 128), Image.Resampling.BOX)).astype(int)
    expected = form.relight(Picture(small, alpha, small), light).astype(int)
    assert np.abs(again - expected).mean() < 2


def test_nothing_bleeds_over_the_rim() -> None:
    """A black subject in a white place: light that falls on one is not seen on the other."""
    alpha, large_alpha = disc(128), disc(1024)
    rgb, large = (
        np.where(matte[..., None] > 0.5, 20, 235).astype(np.uint8).repeat(3, 2) for matte in (alpha, large_alpha)
    )
    form = prepared(rgb, alpha)
    light = lamps("side angle 0 depth 0.2 intensity 2", backdrop_light=0)
    result = form.relight(Picture(large, large_alpha, large), light)
    assert (result[large_alpha == 0] == large[large_alpha == 0]).all()
    y, x = (np.mgrid[:1024, :1024] + 0.5) / 1024 - 0.5
    for near, far in ((0.37, 0.395), (0.3, 0.37)):
        ring = (np.hypot(x, y) > near) & (np.hypot(x, y) < far) & (x < -0.2)
        assert result[ring].max() < 40, "the dark side has no bright seam"


def test_an_edge_of_the_photo_is_an_edge_of_the_light() -> None:
    """Values that follow the small picture follow the large one, beyond what a bilinear enlargement has."""
    large = np.full((512, 512, 3), 60, np.uint8)
    large[:, 243:] = 200
    small = np.asarray(Image.fromarray(large).resize((64, 64), Image.Resampling.BOX))
    values = np.asarray(small / np.float32(255), np.float32)
    rows = slice(200, 300)
    followed = GuidedField(values, small, np.ones((64, 64), np.float32), large).rows(rows)
    bilinear = Field(values, 512, 512).rows(rows)
    true = large[rows] / 255
    assert np.abs(followed - true)[:, 230:256].mean() < 0.35 * np.abs(bilinear - true)[:, 230:256].mean()


# Normals that are given


def given_normals(green: str) -> Image.Image:
    """Half of it looks up, half of it down."""
    up, down = (128, 255, 128), (128, 0, 128)
    picture = Image.new("RGB", (SIDE, SIDE), up if green == "up" else down)
    picture.paste(down if green == "up" else up, (0, SIDE // 2, SIDE, SIDE))
    return picture


@pytest.mark.parametrize("green", ["up", "down"])
def test_normals_that_are_given_are_used(green: str) -> None:
    request = {"foreground": Image.fromarray(GREY), "matting": "none", "light": "top", "specular": 0}
    values = {**request, "normal_map": given_normals(green), "normal_green": green}
    lit = np.asarray(Service([], "classic").generate(Job([values])).images[0]).astype(int)
    assert lit[: SIDE // 2 - 4].min() > lit[SIDE // 2 + 4 :].max() + 50


def test_normals_of_other_proportions_are_refused() -> None:
    values = {"foreground": Image.fromarray(GREY), "matting": "none", "normal_map": Image.new("RGB", (64, 32))}
    here = Service([], "classic")
    for ask in (
        lambda: here.generate(Job([values])),
        lambda: here.live.open(build(values), nullcontext()),
        lambda: here.live.relight(build(values), nullcontext()),
    ):
        with pytest.raises(ICLightError, match="normal_map has 64x32 pixels and its picture 64x64") as caught:
            ask()
        assert caught.value.code == ErrorCode.NORMAL_MAP_DOES_NOT_FIT.name.lower()
    strokes = here.generate(Job([{**values, "shading": "strokes"}]))
    assert strokes.images[0].size == (SIDE, SIDE), "which has no use for one"


# Behind one interface


def test_strokes_are_as_published_behind_the_same_interface() -> None:
    rgb = photo(96, 64)
    alpha = images.opaque(rgb)
    strokes = PREPARE["strokes"](Working(rgb, alpha, rgb))
    assert isinstance(strokes, Strokes)
    light = lighting_of(build({"light": "left", "shading": "strokes"}))
    expected = painting.light(rgb, vectors(rgb), [painting.Lamp(painting.Direction(-1, 0))])
    assert (strokes.relight(Picture(rgb, alpha, rgb), light) == expected).all()


def test_one_way_to_the_same_picture() -> None:
    """The engine, the routes and a live picture at the working size."""
    rgb = photo(512, 640)
    request = {
        "foreground": Image.fromarray(rgb),
        "foreground_mask": Image.fromarray((disc(512) * 255).astype(np.uint8)),
    }
    request["foreground_mask"] = request["foreground_mask"].resize((512, 640))
    asked: Request = build({**request, "light": "right", "light_color": "#ffc080"})
    here = Service([], "classic")
    before = log.counts().get("prepare", 0)
    made = np.asarray(here.generate(Job([{**request, "light": "right", "light_color": "#ffc080"}])).images[0])
    relit = here.live.relight(asked, threading.Lock())
    _, live = here.live.open(asked, nullcontext())
    assert (made == relit).all()
    assert (live.relight(lighting_of(asked)) == made).all()
    assert log.counts()["prepare"] == before + 1


def test_a_photo_of_twelve_megapixels_takes_seconds() -> None:
    rgb = photo(4000, 3000)
    alpha = np.ones((3000, 4000), np.float32)
    small = images.at_working_size(rgb)
    form = prepared(small, images.scale(alpha, *small.shape[1::-1]))
    start = time.perf_counter()
    form.relight(Picture(rgb, alpha, rgb), lamps("side angle 180 color #ff8000 + point x 0.2"))
    taken = time.perf_counter() - start
    LOG.info("12 megapixels: %.1f s", taken)
    assert taken < 30
