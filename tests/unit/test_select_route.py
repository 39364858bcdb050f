"""The routes that select in a picture: what they take, what they answer, and what they say where they cannot."""

from __future__ import annotations

import base64
import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from lib_iclight import images
from lib_iclight.errors import ICLightError
from lib_iclight.hosts.base import Unsupported
from lib_iclight.matting.prompt import MOST_POINTS, Box, Point, read_prompt
from lib_iclight.matting.sam import Selector
from lib_iclight.models.library import Library
from lib_iclight.models.pretrained import Pretrained
from lib_iclight.runtime import Runtime
from lib_iclight.standalone.model_files import describe
from lib_iclight.standalone.service import Service
from lib_iclight.web.api import page_router, router
from lib_iclight.web.live import LivePictures
from lib_iclight.web.select import make_select
from tests.unit.selecting import BoxSelector

WIDTH, HEIGHT = 24, 16
PHOTO = images.to_base64(Image.linear_gradient("L").resize((WIDTH, HEIGHT)).convert("RGB"))
POINT = [0.5, 0.25, True]


def client(folder: Path, installed: bool) -> TestClient:
    runtime = Runtime(Unsupported(), Library(lambda: [folder]))
    if installed:
        runtime.selector = BoxSelector()
    live, lock = LivePictures(runtime.preparer), threading.Lock()
    app = FastAPI()
    app.include_router(router(lambda: runtime, lambda: live, lock, "me:secret"))
    app.include_router(page_router(lambda: live, select=make_select(lambda: runtime, lock)))
    return TestClient(app)


@pytest.fixture
def api(tmp_path: Path) -> TestClient:
    return client(tmp_path, installed=True)


def select(api: TestClient, **body: Any) -> Any:
    return api.post("/ic-light/select", json={"image": PHOTO, **body}, auth=("me", "secret"))


def read(answer: dict[str, Any]) -> Any:
    image = Image.open(io.BytesIO(base64.b64decode(answer["mask"])))
    assert (image.mode, image.size) == ("L", (answer["width"], answer["height"]))
    return np.asarray(image)


def test_the_mask_has_the_pictures_size_and_is_white_on_what_is_selected(api: TestClient) -> None:
    answer = select(api, points=[POINT]).json()
    assert (answer["width"], answer["height"]) == (WIDTH, HEIGHT)
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[4] = 255
    assert (read(answer) == expected).all()
    boxed = read(select(api, box=[0.25, 0.5, 0.75, 1]).json())
    assert boxed[8:, 6:18].all()
    assert boxed.sum() == 8 * 12 * 255


def test_a_page_selects_in_a_kept_picture_and_sends_none(api: TestClient) -> None:
    opened = api.post("/ic-light/vectors", json={"image": PHOTO, "matting": "none"}, auth=("me", "secret")).json()
    answer = api.post(f"/ic-light/select/{opened['key']}", json={"points": [POINT]})
    assert answer.status_code == 200, answer.text
    found = read(answer.json())
    assert found.shape == (opened["height"], opened["width"])
    assert found[len(found) // 4].all()
    image = api.post(f"/ic-light/select/{opened['key']}", json={"image": PHOTO, "points": [POINT]})
    assert (image.status_code, image.json()["code"]) == (422, "unknown_field")
    gone = api.post("/ic-light/select/0123", json={"points": [POINT]})
    assert (gone.status_code, gone.json()["code"]) == (404, "picture_expired")


def test_the_password_is_asked_for_where_a_picture_is_given(api: TestClient) -> None:
    assert api.post("/ic-light/select", json={"image": PHOTO, "points": [POINT]}).status_code == 401


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "points has 0 points and none to keep, and there is no box"),
        ({"points": [[0.5, 0.5, False]]}, "points has 1 points and none to keep"),
        ({"points": [[1.5, 0.5, True]]}, r"points[0][0] is 1.5 but must be a number from 0 to 1"),
        ({"points": [POINT, [0.5, -0.1, True]]}, "points[1][1] is -0.1"),
        ({"points": [[0.5, 0.5, 1]]}, "points[0][2] is 1 but must be true or false"),
        ({"points": [[0.5, 0.5]]}, "points[0] is [0.5, 0.5] but must be a list [x, y, keep]"),
        ({"points": [{"x": 0.5}]}, "points[0] is {'x': 0.5}"),
        ({"points": None}, "points is None but must be a list of at most"),
        ({"points": [POINT] * (MOST_POINTS + 1)}, f"must be a list of at most {MOST_POINTS} points"),
        ({"box": [0.5, 0, 0.5, 1]}, "with left below right"),
        ({"box": [0, 0.9, 1, 0.1]}, "with left below right and top below bottom"),
        ({"box": [0, 0, 1]}, "box is [0, 0, 1]"),
        ({"box": [0, 0, 1, 2]}, "box[3] is 2 but must be a number from 0 to 1"),
        ({"points": [POINT], "mask": PHOTO}, "knows no field 'mask' here: it knows image, points, box"),
        ({"image": None, "points": [POINT]}, "no subject"),
        ({"image": "/etc/passwd", "points": [POINT]}, "no picture in base64"),
    ],
)
def test_what_is_no_prompt_is_refused_with_a_sentence(api: TestClient, body: dict[str, Any], said: str) -> None:
    answer = select(api, **body)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_a_prompt_is_kept_as_it_was_given() -> None:
    prompt = read_prompt([(0, 1, True), [0.25, 0.5, False]], (0, 0.25, 0.5, 1))
    assert prompt.points == (Point(0.0, 1.0, True), Point(0.25, 0.5, False))
    assert prompt.box == Box(0.0, 0.25, 0.5, 1.0)
    assert not prompt.is_ambiguous
    assert read_prompt([POINT]).is_ambiguous
    assert not read_prompt([POINT], (0, 0, 1, 1)).is_ambiguous


def test_where_none_is_installed_it_is_said_what_to_put_where(tmp_path: Path) -> None:
    answer = select(client(tmp_path, installed=False), points=[POINT])
    assert (answer.status_code, answer.json()["code"]) == (422, "matting_model_missing")
    for said in ("facebook/sam-vit-base", "Apache-2.0", "375 MB", "models/ic-light/sam-vit-base"):
        assert said in answer.json()["detail"]


def test_a_folder_that_cannot_be_looked_into_may_be_one(tmp_path: Path) -> None:
    closed = Pretrained(tmp_path / "closed", tmp_path, 0, 0, "it cannot be read (Permission denied)", is_known=False)
    selector = Selector(lambda: [closed], Unsupported().place)
    assert selector.installed() is None
    with pytest.raises(ICLightError, match="or see to the permissions of closed") as error:
        selector.select(np.zeros((8, 8, 3), np.uint8), read_prompt([POINT]))
    assert error.value.code == "matting_model_missing"


def test_the_command_line_lists_it(tmp_path: Path) -> None:
    folder = tmp_path / "sam-vit-base"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "sam"}')
    (folder / "model.safetensors").touch()
    lines = describe(Service([tmp_path], "classic"))
    assert f"{folder}: it has no preprocessor_config.json" in lines
    (folder / "preprocessor_config.json").touch()
    assert f"{folder}: ready, sam" in describe(Service([tmp_path], "classic"))


def models(api: TestClient) -> dict[str, Any]:
    return api.get("/ic-light/models", auth=("me", "secret")).json()


def test_the_list_of_models_names_it_as_a_whole(tmp_path: Path) -> None:
    api, folder = client(tmp_path, installed=False), tmp_path / "sam-vit-base"
    none = {"name": "sam", "label": "Segment Anything", "licence": "Apache-2.0"}
    assert models(api)["selecting"] == [{**none, "installed": False, "file": None, "size": None}]
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "sam"}')
    unusable = select(api, points=[POINT])
    assert (unusable.status_code, unusable.json()["code"]) == (500, "matting_model_unusable")
    assert "sam-vit-base cannot be used: it has neither model.safetensors" in unusable.json()["detail"]
    (folder / "preprocessor_config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"12345")
    (tmp_path / "model.safetensors").write_bytes(b"x")
    listed = models(api)
    assert listed["selecting"] == [{**none, "installed": True, "file": "sam-vit-base", "size": 5}]
    assert len(listed["models"]) == 1, "its weights are no model file of their own"
