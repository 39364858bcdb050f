"""Where a subject lies on its canvas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lib_iclight import images
from lib_iclight.errors import ICLightError
from lib_iclight.request.args import build
from lib_iclight.subject.fit import Fit, Placing
from lib_iclight.subject.prepare import Preparer, prepare_images
from lib_iclight.subject.prepared import PreparedImages


def disc(width: int = 90, height: int = 120) -> Image.Image:
    """Red, white where its right half is; its soft edge is 28 pixels from the middle."""
    y, x = np.mgrid[:height, :width]
    rgb = np.full((height, width, 3), (200, 30, 30), np.uint8)
    rgb[:, width // 2 :] = 255
    picture = Image.fromarray(rgb)
    alpha = ((30 - np.hypot(x - (width - 1) / 2, y - (height - 1) / 2)) * 64).clip(0, 255)
    picture.putalpha(Image.fromarray(alpha.astype(np.uint8)))
    return picture


def prepare(picture: Image.Image | None = None, **options: Any) -> PreparedImages:
    request = build({"foreground": images.to_base64(picture or disc()), **options})
    return prepare_images(Preparer(dict, lambda network: network), request, [])


def centre(alpha: np.ndarray) -> tuple[float, float]:
    """From the left and from the top, 0..1."""
    y, x = (np.arange(side) + 0.5 for side in alpha.shape)
    return float((alpha.sum(0) @ x) / alpha.sum() / len(x)), float((alpha.sum(1) @ y) / alpha.sum() / len(y))


def test_at_the_defaults_it_is_covered_and_cropped() -> None:
    rgb = np.asarray(disc().convert("RGB"))
    assert (Fit(placing=Placing()).apply(rgb, 64, 48, 127) == images.cover(rgb, 64, 48)).all()
    prepared = prepare()
    (condition,) = prepared.foregrounds(64, 48, Fit())
    assert condition.name == (prepared.subjects[0].name, Fit(), 64, 48)


@pytest.mark.parametrize(("x", "y"), [(0.5, 0.5), (0.3, 0.6), (0.71, 0.2)])
@pytest.mark.parametrize("scale", [0.3, 0.55])
@pytest.mark.parametrize("rotation", [0, 30, -135])
def test_its_middle_is_where_it_is_put(x: float, y: float, scale: float, rotation: float) -> None:
    options = {"foreground_x": x, "foreground_y": y, "foreground_scale": scale, "foreground_rotation": rotation}
    alpha = prepare(**options).aligned(0, 160, 200, Fit()).alpha
    assert centre(alpha) == pytest.approx((x, y), abs=0.004)
    covering = 160 / 90
    assert alpha.sum() == pytest.approx(np.pi * (28 * covering * scale) ** 2, rel=0.05)


def test_it_turns_counterclockwise() -> None:
    turned = prepare(foreground_rotation=90).aligned(0, 160, 160, Fit()).rgb
    # What was to the right is above.
    assert turned[60, 80].tolist() == [255, 255, 255]
    assert turned[100, 80].tolist() == [200, 30, 30]


def test_what_it_leaves_free_is_grey_in_the_condition_and_light_in_the_light_map() -> None:
    options = {"foreground_scale": 0.3, "foreground_x": 0.2, "reinforce_foreground": "flat", "light": "left"}
    prepared = prepare(**options)
    (condition,) = prepared.foregrounds(160, 200, Fit())
    assert (condition.draw()[:, 120:] == 127).all()
    (light,) = prepared.initial(160, 200, Fit())
    (plain,) = prepare(light="left").initial(160, 200, Fit())
    assert (light.draw()[:, 120:] == plain.draw()[:, 120:]).all()
    assert light.draw()[100, 25].tolist() == [200, 30, 30]


def test_a_part_of_the_picture_shows_a_part_of_it() -> None:
    """Where only the masked part is inpainted, the canvas is a part of the picture."""
    prepared = prepare(foreground_scale=0.5, foreground_x=0.4)
    whole = prepared.aligned(0, 160, 200, Fit()).alpha
    part = prepared.aligned(0, 80, 100, Fit("contain", (40, 50, 120, 150), (160, 200))).alpha
    assert np.abs(part - whole[50:150, 40:120]).max() < 0.02


def test_at_its_own_size_the_canvas_grows_with_it() -> None:
    prepared = prepare(foreground_scale=0.5, own_size=True)
    own = prepared.at_own_size(0, 160, 200, Fit())
    # Covering takes 160 / 90, half of which is 8/9: the canvas is 9/8 as large.
    assert own.alpha.shape == (225, 180)
    assert own.alpha.sum() == pytest.approx(np.pi * 28**2, rel=0.05)
    with pytest.raises(ICLightError, match="switch own_size off, or raise foreground_scale"):
        prepare(disc(2000, 2000), foreground_scale=0.05).at_own_size(0, 640, 640, Fit())


@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    canvas=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    placing=st.builds(Placing, st.floats(0, 1), st.floats(0, 1), st.floats(0.05, 8), st.floats(-180, 180)),
    mode=st.sampled_from(["cover", "stretch", "contain"]),
    planes=st.sampled_from([(), (3,)]),
)
def test_wild_places(
    size: tuple[int, int], canvas: tuple[int, int], placing: Placing, mode: str, planes: tuple[int, ...]
) -> None:
    picture = np.full((*size, *planes), 255, np.uint8)
    assert Fit(mode, placing=placing).apply(picture, *canvas, 0).shape == (*canvas[::-1], *planes)
