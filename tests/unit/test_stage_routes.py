"""The light stage over HTTP, without a model."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from lib_iclight import images
from lib_iclight.light.gels import colour_tables
from lib_iclight.light.tone import decode, encode
from lib_iclight.request import infotext
from lib_iclight.stage import mix
from lib_iclight.standalone.job import Job
from lib_iclight.standalone.service import Service
from tests.unit.contract import application
from tests.unit.forms import photo

ROUTE = "/ic-light/stage"


@pytest.fixture(scope="module")
def api() -> TestClient:
    return TestClient(application())


@pytest.fixture(scope="module")
def opened(api: TestClient) -> dict[str, Any]:
    """A basis of four directions."""
    alpha = np.zeros((72, 96), np.uint8)
    cv2.circle(alpha, (48, 36), 28, 255, -1)
    subject = Image.fromarray(np.dstack([photo(96, 72), alpha]))
    answer = api.post(ROUTE, json={"image": images.to_base64(subject), "stage": "directions"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def give(api: TestClient, opened: dict[str, Any], **asked: Any) -> dict[str, Any]:
    answer = api.post(f"{ROUTE}/{opened['key']}", json=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def shown(text: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))


def test_a_mixer_elsewhere_gets_each_lamps_picture(api: TestClient, opened: dict[str, Any]) -> None:
    packed = api.get(f"{ROUTE}/{opened['key']}").content
    length = int.from_bytes(packed[:4], "little")
    head = json.loads(packed[4 : 4 + length])
    assert {**opened, "white": head["white"], **colour_tables()} == {**head, "key": opened["key"]}
    assert [lamp["light"].get("angle", 0) for lamp in head["lamps"]] == [180, 90, 0, 270]
    pictures = np.frombuffer(packed[4 + length :], np.uint8).reshape(4, head["height"], head["width"], 3)
    for at, picture in enumerate(pictures):
        alone = {"lamps": [{"on": lamp == at, "intensity": 1} for lamp in range(4)]}
        found = shown(give(api, opened, mix=alone)["image"]).astype(int)
        assert np.abs(found - encode(decode(picture) * np.float32(head["white"]))).max() <= 2


def test_a_mix_is_in_the_pictures_parameters(api: TestClient, opened: dict[str, Any]) -> None:
    settings = {**opened["mix"], "exposure": 1.5, "curve": "filmic"}
    answer = give(api, opened, mix=settings)
    with Image.open(io.BytesIO(base64.b64decode(answer["image"]))) as picture:
        told = infotext.parse_parameters(picture.info["parameters"])
    assert json.loads(told["IC-Light stage mix"]) == settings
    assert answer["mix"] == settings


def test_its_file_opens_again_with_its_mix(api: TestClient, opened: dict[str, Any]) -> None:
    settings = {**opened["mix"], "white_tint": 0.25}
    text = give(api, opened, give="basis", mix=settings)["file"]
    answer = api.post("/ic-light/stage-file", json={"file": text})
    assert answer.status_code == 200, answer.text
    again = answer.json()
    assert again["mix"] == settings
    before, after = shown(give(api, opened, mix=settings)["image"]), shown(give(api, again)["image"])
    assert np.abs(before.astype(int) - after).max() <= 1


def test_what_is_given(api: TestClient, opened: dict[str, Any]) -> None:
    for method in ("authors", "least_squares"):
        normals = give(api, opened, give="normals", normals=method)
        pixels = cv2.imdecode(np.frombuffer(base64.b64decode(normals["image"]), np.uint8), cv2.IMREAD_UNCHANGED)
        assert pixels.dtype == np.uint16
    layers = zipfile.ZipFile(io.BytesIO(base64.b64decode(give(api, opened, give="layers")["file"])))
    assert layers.namelist()[0] == "mimetype"
    moving = Image.open(
        io.BytesIO(base64.b64decode(give(api, opened, give="sweep", frames=6, animation="gif")["file"]))
    )
    assert moving.n_frames == 6


def test_a_panorama_drives_the_lamps(api: TestClient, opened: dict[str, Any]) -> None:
    """Bright at its right half: the lamp from the right is brighter than the one from the left."""
    sky = np.zeros((32, 64, 3), np.uint8)
    sky[:, 32:] = 255
    asked = {"panorama": images.to_base64(Image.fromarray(sky))}
    by_angle = {
        lamp["light"].get("angle", 0): mixed["intensity"]
        for lamp, mixed in zip(opened["lamps"], give(api, opened, **asked)["mix"]["lamps"])
    }
    assert by_angle[0] > 1.5 * by_angle[180]
    turned = give(api, opened, **asked, panorama_rotation=180)["mix"]["lamps"]
    assert turned[0]["intensity"] == pytest.approx(by_angle[0], rel=0.02)


def test_a_mixer_elsewhere_gets_a_panorama(api: TestClient, opened: dict[str, Any]) -> None:
    """Its flux, whatever it is turned or exposed by, and where the lamps are."""
    sky = np.zeros((32, 64, 3), np.uint8)
    sky[:, 32:] = 255
    asked = {"give": "panorama", "panorama": images.to_base64(Image.fromarray(sky))}
    answer = give(api, opened, **asked, panorama_exposure=2, panorama_rotation=90)
    flux = np.frombuffer(base64.b64decode(answer["flux"]), "<f4").reshape(-1, answer["columns"], 3)
    assert flux.sum(axis=(0, 1)) == pytest.approx([2 * np.pi] * 3, rel=1e-5)
    assert not flux[:, :32].any()
    assert answer["towards"][2] == pytest.approx([np.cos(np.radians(45)), 0, np.sin(np.radians(45))], abs=0.5)
    seen = shown(answer["image"])
    assert (seen[:, :32] == 0).all()
    assert (seen[:, 32:] > 100).all()


def test_light_from_normals(api: TestClient, opened: dict[str, Any]) -> None:
    """By the lamps, by a panorama; beside the subject it is the mix."""
    mixed = shown(give(api, opened)["image"]).astype(int)
    sky = np.zeros((32, 64, 3), np.uint8)
    sky[:, 32:] = 255
    by_lamps = shown(give(api, opened, give="relit")["image"]).astype(int)
    assert (by_lamps[0, 0] == mixed[0, 0]).all()
    height, width = mixed.shape[:2]
    middle = slice(height // 3, height * 2 // 3)
    assert np.abs(by_lamps - mixed)[middle, width * 2 // 5 : width * 3 // 5].mean() > 1
    asked = {"give": "relit", "panorama": images.to_base64(Image.fromarray(sky)), "roughness": 0.3}
    matte, glossy = (shown(give(api, opened, **asked, specular=specular)["image"]).astype(int) for specular in (0, 1))
    left, right = (matte[middle, at - 20 : at + 20].mean() for at in (width * 3 // 10, width * 7 // 10))
    assert right > left + 10
    assert glossy.sum() > matte.sum()


def test_a_turning_panorama_keeps_the_mixs_white(api: TestClient, opened: dict[str, Any]) -> None:
    """However bright it is: its weights have no bound."""
    asked = {"panorama": images.to_base64(Image.fromarray(np.full((32, 64, 3), 255, np.uint8))), "panorama_exposure": 3}
    settings = {**opened["mix"], "white_kelvin": 3200}
    still = shown(give(api, opened, mix=settings, **asked)["image"]).astype(int)
    asked |= {"give": "sweep", "sweep": "panorama", "frames": 2, "animation": "gif"}
    moving = Image.open(io.BytesIO(base64.b64decode(give(api, opened, mix=settings, **asked)["file"])))
    assert np.abs(np.asarray(moving.convert("RGB")).astype(int) - still).mean() < 6


@pytest.mark.parametrize(
    ("asked", "status", "word"),
    [
        ({"mix": {"lamps": [{}]}}, 422, "the mix has 1 lamps but the basis has 4"),
        ({"give": "film"}, 422, "one of mix, normals"),
        ({"gives": "mix"}, 422, "knows no field 'gives'"),
        ({"give": "sweep", "sweep": "panorama"}, 422, "there is no panorama"),
        ({"give": "panorama"}, 422, "there is no panorama"),
        ({"give": "relit", "roughness": 2}, 422, "from 0 to 1"),
        ({"panorama": "/etc/passwd"}, 422, "no picture in base64"),
    ],
)
def test_it_is_refused(api: TestClient, opened: dict[str, Any], asked: dict[str, Any], status: int, word: str) -> None:
    answer = api.post(f"{ROUTE}/{opened['key']}", json=asked)
    assert answer.status_code == status
    assert word in answer.json()["detail"]


def test_a_key_that_is_none(api: TestClient) -> None:
    answer = api.post(f"{ROUTE}/{'0' * 32}", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "picture_expired")
    assert mix.start(["a", "b"]).lamps[0].intensity == 0.5


def test_the_classic_engine_renders_a_basis(tmp_path: Path) -> None:
    service = Service([tmp_path], "classic")
    job = Job(
        [{"foreground": Image.fromarray(photo(64, 64)), "matting": "none", "stage": "directions", "light": "left"}]
    )
    found = service.generate(job)
    assert len(found.images) == 4
    told = infotext.parse_parameters(found.infotexts[0])
    assert (told["IC-Light stage"], told["IC-Light stage directions"]) == ("directions", "4")
    basis = service.runtime.bases.basis(told[infotext.BASIS_KEY])
    assert basis.size == found.images[0].size
