"""A subject lit anew from its normals."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from lib_iclight.images import opaque
from lib_iclight.light.environment import as_it_is
from lib_iclight.light.panorama import from_light, pixel_directions, solid_angles
from lib_iclight.light.prefiltered import look_up
from lib_iclight.light.tone import compress, encode
from lib_iclight.request.args import build
from lib_iclight.shading import PREPARE, Form, Lighting, at_working_size, lighting_of
from lib_iclight.shading.by_panorama import shade_by_panorama, split_sum
from lib_iclight.shading.surface import Surface
from lib_iclight.stage.basis import Basis, BasisLamp
from lib_iclight.stage.directions import from_angles, lamp_of, of_lights
from lib_iclight.stage.from_normals import relight
from lib_iclight.stage.model_free import render
from lib_iclight.stage.normals import least_squares
from lib_iclight.subject.prepared import Subject
from tests.unit.forms import photo

SIDE = 64
Y, X = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE * 2 - 1
INSIDE = X * X + Y * Y < 0.95
NORMALS = np.stack([X, -Y, np.sqrt(np.maximum(1 - X * X - Y * Y, 0))], -1).astype(np.float32)
NORMALS[~INSIDE] = 0, 0, 1
SPHERE = Surface(NORMALS, np.ones((SIDE, SIDE), np.float32))
EVEN = from_light(np.ones((32, 64, 3)))


def spot(towards: np.ndarray, height: int = 64) -> np.ndarray:
    """A panorama of one patch, whose flux is pi: a white matte surface that faces it sends back 1."""
    sky = (pixel_directions(height, 2 * height) @ towards > 0.995).astype(np.float64)
    return np.repeat((sky * np.pi / (sky * solid_angles(height, 2 * height)[:, None]).sum())[..., None], 3, axis=2)


def test_a_map_is_looked_up_by_direction() -> None:
    towards = pixel_directions(64, 128).astype(np.float32)
    turned = np.random.default_rng(0).normal(size=(50, 50, 3)).astype(np.float32)
    turned /= np.linalg.norm(turned, axis=2, keepdims=True)
    assert np.abs(look_up(towards, turned) - turned).max() < 0.04
    assert np.abs(look_up(towards, turned) - turned).mean() < 0.002


def test_in_even_light_a_matte_subject_is_as_it_was() -> None:
    shade = shade_by_panorama(SPHERE, as_it_is(EVEN), 0.5, 0.0)
    assert np.abs(shade.factor - 1).max() < 0.01
    assert not shade.highlight.any()


@pytest.mark.parametrize(("angle", "elevation"), [(0, 20), (120, 45), (250, -10), (0, 90)])
def test_one_small_light_is_lamberts(angle: float, elevation: float) -> None:
    towards = from_angles(angle, elevation)
    factor = shade_by_panorama(SPHERE, as_it_is(from_light(spot(towards))), 0.5, 0.0).factor[..., 0]
    assert np.abs(factor - np.maximum(NORMALS @ towards, 0)).max() < 0.05


def test_highlights_are_where_the_light_is_mirrored_and_wider_on_what_is_rough() -> None:
    towards = from_angles(60, 30)
    half = towards + np.array([0, 0, 1])
    half /= np.linalg.norm(half)
    peaks, widths = [], []
    light = as_it_is(from_light(spot(towards)))
    for roughness in (0.2, 0.5, 0.9):
        highlight = shade_by_panorama(SPHERE, light, roughness, 0.5).highlight[..., 0] * INSIDE
        peaks.append(highlight.max())
        widths.append((highlight > highlight.max() / 2).mean())
        if roughness < 0.9:
            brightest = NORMALS[np.unravel_index(highlight.argmax(), highlight.shape)]
            assert brightest @ half > np.cos(np.radians(8))
    assert peaks == sorted(peaks, reverse=True)
    assert widths == sorted(widths)


def test_the_split_sum_is_fresnels_of_a_mirror_and_loses_light_where_it_is_rough() -> None:
    front, edge = split_sum(0.0)
    cosine = np.linspace(0, 1, len(front))[16:]
    assert edge[16:] == pytest.approx((1 - cosine) ** 5, abs=0.03)
    assert front[16:] == pytest.approx(1 - (1 - cosine) ** 5, abs=0.03)
    kept = [split_sum(roughness).sum(axis=0)[16:] for roughness in (0.0, 0.4, 0.7, 1.0)]
    assert all((more >= less - 0.01).all() for more, less in pairwise(kept))
    assert max(part.max() for part in kept) <= 1.001


def test_by_lamps_it_is_the_engines_own_light() -> None:
    rgb = photo(SIDE, SIDE)
    subject = Subject("photo", rgb, opaque(rgb), rgb, "none", rgb)
    lamps = "side angle 200 depth 0.5 + point x 0.3 y 0.2"
    lighting = lighting_of(build({"light": "lamps", "lamps": lamps, "roughness": 0.3, "specular": 0.8}))
    assert isinstance(lighting, Lighting)
    form = PREPARE["form"](at_working_size(subject))
    assert isinstance(form, Form)
    basis = render(subject, lighting)
    assert basis.unlit is not None
    dark = Lighting(lighting.lamps, (0, 0, 0), 0, 0.3, 0.8)
    found = relight(basis, form.surface.normals, np.ones((2, 3)), basis.unlit, roughness=0.3, specular=0.8)
    assert np.abs(found.astype(int) - encode(compress(form.radiance(dark)))).max() <= 1


def test_normals_of_a_basis_show_it_in_another_light() -> None:
    """A sphere that was lit from four sides, from the front then."""
    lights = [{"angle": angle, "elevation": 35} for angle in (0, 90, 180, 270)]
    pictures = (np.maximum(np.einsum("ijk,nk->nij", NORMALS, of_lights(lights)), 0) * 0.4)[..., None].repeat(3, 3)
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    lamps = tuple(BasisLamp(str(light["angle"]), light) for light in lights)
    basis = Basis(pictures.astype(np.float32), lamps, INSIDE.astype(np.float32), unlit=white)
    front = as_it_is(from_light(spot(from_angles(0, 90))))
    found = relight(basis, least_squares(basis.pictures, of_lights(lights)), front, white)
    bright = Image.fromarray(found).convert("L")
    assert bright.getpixel((SIDE // 2, SIDE // 2)) > bright.getpixel((SIDE // 2, 4)) + 30
    assert bright.getpixel((0, 0)) == 255


@pytest.mark.parametrize(("angle", "elevation"), [(0, 0), (-30, 20), (200, 75), (10, -60), (0, 90)])
def test_a_direction_is_a_lamp(angle: float, elevation: float) -> None:
    light = {"angle": angle, "elevation": elevation}
    assert of_lights([light])[0] == pytest.approx(from_angles(angle, elevation), abs=1e-5)
    assert lamp_of(light, "it").placed.kind == "side"
