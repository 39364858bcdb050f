"""The engine without model files."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight import images, log, painting
from lib_iclight.errors import ICLightError
from lib_iclight.painting import Direction, Lamp, Point
from lib_iclight.request.args import build
from lib_iclight.standalone.job import Hires, Job
from lib_iclight.standalone.service import Service


def picture(width: int = 60, height: int = 48, mode: str = "RGB") -> Image.Image:
    random = np.random.default_rng(3)
    coarse = Image.fromarray(random.integers(0, 256, (6, 5, 3), np.uint8))
    result = coarse.resize((width, height), Image.Resampling.BICUBIC)
    if mode == "RGBA":
        result.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1))))
    return result


def service() -> Service:
    return Service([], "classic")


def relight(service: Service, *, job: dict[str, Any] | None = None, **args: Any) -> Image.Image:
    args = {"foreground": picture(), "matting": "none", "shading": "strokes", **args}
    return service.generate(Job([args], **(job or {}))).images[0]


@pytest.mark.parametrize(
    ("options", "source"),
    [
        ({"light": "none"}, Direction(0, 0)),
        ({"light": "left"}, Direction(-1, 0)),
        ({"light": "bottom"}, Direction(0, 1)),
        ({"light": "top_right"}, Direction(math.sqrt(0.5), -math.sqrt(0.5))),
        ({"light": "angle", "light_angle": 180}, Direction(-1, 0)),
        ({"light": "angle", "light_angle": 90}, Direction(0, -1)),
        ({"light": "point", "light_x": 0.25, "light_y": 0.75}, Point(0.25, 0.75)),
    ],
)
def test_where_the_lamp_stands(options: dict[str, Any], source: Direction | Point) -> None:
    lamps, ambient, color = painting.lighting(build(options).light_options)
    assert (ambient, color) == (1.0, (0.45, 0.45, 0.45))
    (lamp,) = lamps
    assert (lamp.color, lamp.intensity, lamp.softness) == ((1, 1, 1), 0.85, 1)
    given = (lamp.source.x, lamp.source.y, lamp.source.height)
    assert given == pytest.approx((source.x, source.y, source.height))
    assert type(lamp.source) is type(source)


def test_colours_intensity_and_softness() -> None:
    options = {"light": "left", "light_color": "#ff8000", "ambient_color": "#ffffff"}
    lamps, _, ambient = painting.lighting(
        build({**options, "light_intensity": 2, "light_softness": 0.25}).light_options
    )
    assert lamps == (Lamp(Direction(-1, 0), (1, 128 / 255, 0), 1.7, 0.25),)
    assert ambient == (1, 1, 1)


def test_even_light_is_half_as_strong_as_a_lamp_and_from_no_side() -> None:
    lamps, _, ambient = painting.lighting(build({"light": "ambient"}).light_options)
    assert lamps == ()
    assert ambient == pytest.approx((0.875,) * 3)


def test_a_light_map_is_refused() -> None:
    with pytest.raises(ICLightError, match="custom"):
        relight(service(), light="custom", light_map=picture())


def test_the_subject_is_lit_at_its_own_size_as_published() -> None:
    rgb = np.asarray(picture())
    expected = painting.light(rgb, painting.prepare(rgb), [Lamp(Direction(-1, 0))])
    assert (np.asarray(relight(service(), light="left")) == expected).all()


def test_only_the_matte_is_lit_and_its_edge_is_soft() -> None:
    levels = np.tile(np.linspace(0, 255, 60).astype(np.uint8), (48, 1))
    rgb = np.asarray(picture())
    lit = np.asarray(relight(service(), light="left")).astype(float)
    composed = np.asarray(relight(service(), light="left", foreground_mask=Image.fromarray(levels)))
    alpha = levels[..., None] / 255
    assert np.abs(composed - (rgb + (lit - rgb) * alpha)).max() <= 0.51


def test_a_background_picture_and_a_plain_one() -> None:
    mask = Image.fromarray(np.zeros((48, 60), np.uint8))
    mask.putpixel((0, 0), 255)
    over_plain = relight(service(), foreground_mask=mask, job={"backdrop": "#102030"})
    assert over_plain.getpixel((30, 30)) == (16, 32, 48)
    ramp = Image.fromarray(np.tile(np.linspace(0, 255, 60).astype(np.uint8), (48, 1))).convert("RGB")
    over_picture = np.asarray(relight(service(), foreground_mask=mask, background=ramp))
    assert (over_picture[1:] == np.asarray(ramp)[1:]).all()
    flipped = np.asarray(relight(service(), foreground_mask=mask, background=ramp, flip_background=True))
    assert (flipped[1:] == np.asarray(ramp)[1:, ::-1]).all()


def test_a_shadow_falls_on_another_background_alone_and_away_from_the_lamp() -> None:
    mask = Image.new("L", (60, 48))
    mask.paste(255, (25, 10, 35, 40))
    given = {"foreground_mask": mask, "light": "angle", "light_angle": 150.0, "shading": "form"}
    made = service()

    def shadowed(backdrop: str, **args: Any) -> np.ndarray:
        return np.asarray(relight(made, job={"backdrop": backdrop}, **given, **args), int)

    bare, cast = shadowed("#808080"), shadowed("#808080", shadow=1.0, shadow_softness=0.0)
    dark = (bare - cast)[..., 0]
    assert dark.min() >= 0
    assert dark[:, 38:].sum() > 4 * dark[:, :22].sum()
    red = shadowed("#808080", shadow=1.0, shadow_softness=0.0, shadow_color="#ff0000")
    assert (red[..., 0] == bare[..., 0]).all()
    assert (red[..., 1] == cast[..., 1]).all()
    assert (shadowed("own", shadow=1.0) == shadowed("own")).all()
    assert (shadowed("#808080", shadow=0.0, shadow_softness=1.0) == bare).all()


def test_its_own_transparency_is_kept() -> None:
    cut_out = picture(mode="RGBA")
    relit = relight(service(), foreground=cut_out, matting="auto", light="left")
    assert relit.mode == "RGBA"
    assert (np.asarray(relit)[..., 3] == np.asarray(cut_out)[..., 3]).all()


@pytest.mark.parametrize(
    ("job", "size"),
    [
        ({}, (60, 48)),
        ({"width": 128, "height": 64}, (128, 64)),
        ({"width": 120}, (120, 96)),
        ({"height": 24}, (30, 24)),
        ({"width": 128, "height": 64, "hires": Hires(1.5)}, (192, 96)),
        ({"hires": Hires(width=120)}, (120, 96)),
        ({"width": 8192, "height": 1, "hires": Hires(height=1)}, (8192, 1)),
    ],
)
def test_sizes(job: dict[str, Any], size: tuple[int, int]) -> None:
    assert relight(service(), light="left", job=job).size == size


def test_a_narrow_picture_keeps_a_pixel() -> None:
    narrow = Image.new("RGB", (400, 1), "red")
    (relit,) = service().generate(Job([{"light": "left", "matting": "none"}], init_images=(narrow,), width=64)).images
    assert relit.size == (64, 1)


@pytest.mark.parametrize("hires", [Hires(8), Hires(width=1)])
def test_a_second_stage_of_no_size_or_beyond_all_is_refused(hires: Hires) -> None:
    with pytest.raises(
        ICLightError, match=r"Hires\. fix: (width|height) is (65536|0) but must be a whole number from 1 to 8192"
    ):
        relight(service(), light="left", job={"width": 8192, "height": 1, "hires": hires})


def test_img2img_relights_its_own_pictures() -> None:
    here = service()
    own = (picture(), picture(40, 40))
    result = here.generate(Job([{"light": "left", "matting": "none"}], init_images=own))
    assert [image.size for image in result.images] == [(60, 48), (40, 40)]


def test_a_new_light_prepares_nothing() -> None:
    here = service()
    relight(here, light="left")
    before = log.counts()
    relight(here, light="point", light_x=0.1)
    after = log.counts()
    assert before == after


@pytest.mark.parametrize(
    ("args", "job", "sentence"),
    [
        ({}, {"batch_size": 2}, "one picture"),
        ({"enabled": False}, {}, "only relights"),
        ({"foreground": None}, {}, "no subject"),
        ({}, {"backdrop": "red"}, "backdrop is 'red'"),
        ({"matting": "rmbg-1.4"}, {}, "RMBG"),
    ],
)
def test_refusals(args: dict[str, Any], job: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ICLightError, match=sentence):
        relight(service(), job=job, **args)


@pytest.mark.parametrize(
    ("args", "job", "left_out"),
    [
        ({}, {}, ()),
        ({"model": "fbc", "own_size": True, "keep_background": True, "detail_mode": "screen"}, {}, ()),
        ({"strength": 0.5, "keep_color": 1.0, "shadow": 0.5}, {}, ("strength", "keep_color", "shadow")),
        (
            {"strength": 0.5, "shadow": 0.5, "keep_background": True},
            {"backdrop": "#808080"},
            ("strength", "keep_background"),
        ),
        ({"then_relight": True, "reinforce_foreground": "lit"}, {}, ("then_relight", "reinforce_foreground")),
        ({"light": "left", "light_angle": 30.0, "specular": 1.0}, {}, ()),
        ({"stage": "directions"}, {"width": 640, "height": 100}, ("height",)),
        ({"stage": "directions", "shading": "strokes", "restore_details": 1.0}, {}, ("shading", "restore_details")),
    ],
)
def test_what_is_asked_for_in_vain_is_said(
    args: dict[str, Any], job: dict[str, Any], left_out: tuple[str, ...]
) -> None:
    asked = {"foreground": picture(), "matting": "none", "light": "left", **args}
    result = service().generate(Job([asked], **job))
    assert result.left_out == left_out
    if "stage" in args:
        assert "IC-Light shading: form" in result.infotexts[0]
        assert "IC-Light specular: 0.25" in result.infotexts[0]


def test_its_name_and_its_options_are_in_the_infotext() -> None:
    args = {"foreground": picture(), "matting": "none", "light": "angle", "light_angle": 30, "append_images": True}
    result = service().generate(Job([args]))
    assert len(result.images) == len(result.infotexts) == 2
    text = result.infotexts[0]
    assert "Engine: classic," in text
    assert "IC-Light shading: form" in text
    assert "IC-Light specular: 0.25" in text
    assert "IC-Light light: angle" in text
    assert "IC-Light light angle: 30" in text
    assert "light x" not in text
    assert "IC-Light model" not in text


def test_appended_subject_has_its_matte() -> None:
    args = {"foreground": picture(mode="RGBA"), "append_images": True}
    _, subject = service().generate(Job([args])).images
    assert (np.asarray(subject)[..., 3] == np.asarray(picture(mode="RGBA"))[..., 3]).all()


def test_over_is_the_rounded_mix() -> None:
    random = np.random.default_rng(0)
    top, below = random.integers(0, 256, (2, 9, 7, 3), np.uint8)
    alpha = random.random((9, 7), np.float32)
    exact = below + (top.astype(float) - below) * alpha[..., None]
    assert np.abs(images.over(top, alpha, below) - exact).max() <= 0.51
