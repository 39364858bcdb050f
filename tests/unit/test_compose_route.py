"""The route that lays several subjects over one another."""

from __future__ import annotations

import re
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import images
from lib_iclight.subject.fit import Fit, Placing
from lib_iclight.subject.layers import lay_layers
from lib_iclight.subject.prepared import Subject
from tests.unit.contract import APPLICATION
from tests.unit.test_api import read

WIDE, HIGH = 120, 90
RED, BLUE = (200, 30, 30), (20, 40, 220)


def disc(colour: tuple[int, int, int], around: int = 0, size: tuple[int, int] = (60, 80)) -> Image.Image:
    """A disc with a soft edge; what is transparent around it has its own grey."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    alpha = (24 - np.hypot(x - (width - 1) / 2, y - (height - 1) / 2)).clip(0, 1)
    rgb = np.where(alpha[..., None] > 0, np.array(colour), around)
    return Image.fromarray(np.dstack([rgb, alpha * 255]).round().astype(np.uint8))


def layer(picture: Image.Image, **more: Any) -> dict[str, Any]:
    return {"image": images.to_base64(picture), **more}


def compose(api: TestClient, *subjects: dict[str, Any], path: str = "compose") -> NDArray[np.int64]:
    answer = api.post(f"/ic-light/{path}", json={"width": WIDE, "height": HIGH, "subjects": subjects})
    assert answer.status_code == 200, answer.text
    picture = read(answer.json()["image"])
    assert (picture.mode, picture.size) == ("RGBA", (WIDE, HIGH))
    return np.asarray(picture, int)


@pytest.fixture(scope="module")
def api() -> TestClient:
    return TestClient(APPLICATION)


def make_subject(rgb: images.RGB, alpha: images.Matte) -> Subject:
    return Subject("", rgb, alpha, images.on_grey(rgb, alpha), "mask", rgb)


def test_the_last_lies_on_top(api: TestClient) -> None:
    left = {"foreground_x": 0.4, "foreground_scale": 0.4}
    right = {"foreground_x": 0.55, "foreground_scale": 0.4}
    both = compose(api, layer(disc(RED), **left), layer(disc(BLUE), **right))
    # The discs' radius is 24 * 120 / 60 * 0.4 = 19.2, about 48 and 66 from the left.
    assert both[45, 57].tolist() == [*BLUE, 255]
    assert both[45, 33].tolist() == [*RED, 255]
    assert both[45, 5, 3] == both[5, 57, 3] == 0
    swapped = compose(api, layer(disc(BLUE), **right), layer(disc(RED), **left))
    assert swapped[45, 57].tolist() == [*RED, 255]


@pytest.mark.parametrize("around", [0, 255])
def test_no_edge_takes_the_colour_of_what_is_transparent(api: TestClient, around: int) -> None:
    turned = {"foreground_x": 0.37, "foreground_scale": 0.33, "foreground_rotation": 20}
    under = layer(disc(RED, around), foreground_scale=0.7)
    found = compose(api, under, layer(disc(RED, around), **turned))
    assert 0 < (found[..., 3] < 255).mean() < 1
    assert np.abs(found[..., :3] - RED).max() <= 2, "also where it is transparent: the result is resampled again"


def test_each_lies_where_its_place_says() -> None:
    y, x = np.mgrid[:50, :70]
    rgb = np.dstack([3 * x, 5 * y, 2 * (x + y)]).astype(np.uint8)
    placing = Placing(0.3, 0.7, 0.4, 33)
    subject = make_subject(rgb, np.ones((50, 70), np.float32))
    colours, alpha = lay_layers([(subject, placing)], WIDE, HIGH)
    fit = Fit(placing=placing)
    wanted = fit.apply(np.full((50, 70), 255, np.uint8), WIDE, HIGH, 0)
    assert np.abs(alpha * 255 - wanted).max() < 1.5
    # Nearer to the edge, weights beyond 0 and 1 mix its border into a picture in 8 bit.
    inside = cv2.erode((alpha > 0.999).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert inside.mean() > 0.05
    assert np.abs(colours.astype(int) - fit.apply(rgb, WIDE, HIGH, 0))[inside].max() <= 3


@given(
    st.lists(
        st.builds(Placing, st.floats(0, 1), st.floats(0, 1), st.floats(0.05, 8), st.floats(-180, 180)),
        min_size=1,
        max_size=4,
    )
)
def test_more_layers_never_let_more_through(placings: list[Placing]) -> None:
    """Porter and Duff's over: what is left through is the product of what each lets through."""
    alpha = (np.mgrid[:7, :9][1] / 8).astype(np.float32)
    subject = make_subject(np.full((7, 9, 3), (10, 130, 250), np.uint8), alpha)
    colours, found = lay_layers([(subject, placing) for placing in placings], 12, 10)
    through = np.ones((10, 12))
    for placing in placings:
        through *= 1 - lay_layers([(subject, placing)], 12, 10)[1]
    assert np.abs(found - (1 - through)).max() < 1e-5
    seen = found > 0.02
    assert np.abs(colours.astype(int) - (10, 130, 250))[seen].max(initial=0) <= 2


def test_a_page_names_pictures_by_their_keys(api: TestClient) -> None:
    pictures, place = (disc(RED), disc(BLUE)), {"foreground_x": 0.3, "foreground_scale": 0.5}
    keys = [api.post("/ic-light/vectors", json=layer(picture)).json()["key"] for picture in pictures]
    found = compose(api, place, {}, path=f"compose/{','.join(keys)}")
    assert (found == compose(api, layer(pictures[0], **place), layer(pictures[1]))).all()
    body = {"width": WIDE, "height": HIGH, "subjects": [{}]}
    assert "2 keys" in api.post(f"/ic-light/compose/{','.join(keys)}", json=body).json()["detail"]
    gone = api.post("/ic-light/compose/qqq", json=body)
    assert (gone.status_code, gone.json()["code"]) == (404, "picture_expired")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "width"),
        ({"width": WIDE, "height": 10**9, "subjects": [{}]}, "height"),
        ({"width": WIDE, "height": HIGH}, "subjects"),
        ({"width": WIDE, "height": HIGH, "subjects": []}, "1 to 8"),
        ({"width": WIDE, "height": HIGH, "subjects": [layer(disc(RED))] * 9}, "a list of 9"),
        ({"width": WIDE, "height": HIGH, "subjects": [layer(disc(RED)), 7]}, r"subjects\[1\] is 7"),
        ({"width": WIDE, "height": HIGH, "subjects": [layer(disc(RED)), {}]}, r"subjects\[1\].*no subject"),
        ({"width": WIDE, "height": HIGH, "subjects": [layer(disc(RED), foreground_x=2)]}, r"subjects\[0\].*_x"),
        ({"width": WIDE, "height": HIGH, "subjects": [{"image": "bm8="}]}, r"subjects\[0\]: IC-Light: image begins"),
        ({"width": WIDE, "height": HIGH, "subjects": [layer(disc(RED), light="left")]}, "'light'"),
        ({"width": WIDE, "height": HIGH, "subjects": [layer(disc(RED))], "scale": 1}, "'scale'"),
    ],
)
def test_refused(api: TestClient, body: dict[str, Any], word: str) -> None:
    answer = api.post("/ic-light/compose", json=body)
    assert answer.status_code == 422, answer.text
    assert re.search(word, answer.json()["detail"]), answer.json()["detail"]
