"""The route that lights a picture without a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from lib_iclight import images
from lib_iclight.request.args import OPTIONS
from lib_iclight.web.contract import RELIGHT_FIELDS
from tests.unit.panoramas import lobe, noise, to_text
from tests.unit.strange import photo
from tests.unit.test_api import client, read


@pytest.fixture
def api(tmp_path: Path) -> TestClient:
    return client(tmp_path)


WIDE, HIGH = 700, 530
RGB = np.asarray(photo(WIDE, HIGH).convert("RGB"))
MASK = np.zeros((HIGH, WIDE), np.uint8)
MASK[100:430, 200:500] = 255
BODY = {"image": images.to_base64(Image.fromarray(RGB)), "mask": images.to_base64(Image.fromarray(MASK))}


def relight(api: TestClient, **fields: Any) -> np.ndarray[Any, Any]:
    answer = api.post("/ic-light/relight", json={**BODY, **fields})
    assert answer.status_code == 200, answer.text
    return np.asarray(read(answer.json()["image"]), int)


def test_the_picture_comes_back_lit_at_its_own_size(api: TestClient) -> None:
    left, right = relight(api, light="left"), relight(api, light="right")
    assert left.shape == right.shape == RGB.shape
    assert left[200:330, 210:260].mean() > right[200:330, 210:260].mean() + 10
    assert right[200:330, 440:490].mean() > left[200:330, 440:490].mean() + 10


def test_every_shading_option_acts(api: TestClient) -> None:
    plain = relight(api, light="left")
    normals = images.to_base64(Image.new("RGB", (WIDE, HIGH), (200, 60, 160)))
    given = {"normal_map": normals}
    down = relight(api, light="top", **given, normal_green="down")
    assert (down != relight(api, light="top", **given)).any()
    changes: list[dict[str, Any]] = [given, {"shading": "strokes"}, {"roughness": 0.2, "specular": 1}]
    for change in (*changes, {"specular": 0}, {"backdrop_light": 1}, {"lamps": [{"kind": "side", "depth": -1}]}):
        assert (relight(api, **{"light": "lamps" if "lamps" in change else "left", **change}) != plain).any(), change


def test_a_shadow_falls_on_the_background_that_is_given(api: TestClient) -> None:
    grey = images.to_base64(Image.new("RGB", (WIDE, HIGH), (200, 200, 200)))
    background = {"background": grey, "light": "angle", "light_angle": 150}
    bare, cast = relight(api, **background), relight(api, **background, shadow=0.8, shadow_color="#202000")
    assert (cast <= bare).all()
    assert (bare - cast)[380:, 520:].max() > 20


def test_a_panorama_lights_from_where_it_is_bright(api: TestClient) -> None:
    around = {"light": "panorama", "panorama": to_text(lobe((1, 0.2, 0.4)))}
    still, turned = relight(api, **around), relight(api, **around, panorama_rotation=180)
    assert still[200:330, 440:490].mean() > turned[200:330, 440:490].mean() + 10
    assert turned[200:330, 210:220].mean() > still[200:330, 210:220].mean() + 10
    drawn = api.post("/ic-light/light-map", json={**around, "width": 64, "height": 64}).json()["image"]
    light_map = np.asarray(read(drawn), int)
    assert light_map[:, -16:].mean() > light_map[:, :16].mean() + 60


def test_its_fields_are_those_of_the_light_and_of_the_shading() -> None:
    shading = {name for name, option in OPTIONS.items() if not option.of_model}
    assert shading == {"shading", "normal_map", "normal_green", "roughness", "specular", "backdrop_light"}
    assert shading | {"light", "lamps", "image", "mask", "matting"} <= RELIGHT_FIELDS.keys()


def test_a_picture_with_its_own_transparency_keeps_it(api: TestClient) -> None:
    cut = Image.fromarray(np.dstack([RGB, MASK]))
    answer = api.post("/ic-light/relight", json={"image": images.to_base64(cut), "light": "top"})
    lit = np.asarray(read(answer.json()["image"]))
    assert (lit[..., 3] == MASK).all()


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"image": None}, 422, "image"),
        ({"light": "custom"}, 422, "light"),
        ({"light": "lamps", "lamps": []}, 422, "no lamp"),
        ({"light": "panorama"}, 422, "panorama is missing"),
        ({"light": "panorama", "panorama": images.to_base64(Image.new("RGB", (50, 10)))}, 422, "50x10"),
        ({"light": "panorama", "panorama": to_text(noise(0)), "shading": "strokes"}, 422, "strokes"),
        ({"roughness": 2}, 422, "roughness"),
        ({"model": "fc"}, 422, "model"),
        ({"normal_map": images.to_base64(Image.new("RGB", (50, 10)))}, 422, "50x10"),
    ],
)
def test_what_cannot_be_lit_is_refused(api: TestClient, fields: dict[str, Any], status: int, sentence: str) -> None:
    answer = api.post("/ic-light/relight", json={**BODY, "light": "left", **fields})
    assert answer.status_code == status
    assert sentence in answer.json()["detail"]
