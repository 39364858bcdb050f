"""Normals that a network of the host estimates: stand-ins of the two kinds of ControlNet, which know what they see."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import form, images
from lib_iclight.errors import ICLightError
from lib_iclight.hosts import annotators
from tests.unit.contract import application
from tests.unit.forms import photo

FORGE = "modules_forge.shared"
EXTENSION = "scripts.supported_preprocessor"
LEVELS = 127.5


def ball(height: int, width: int) -> NDArray[np.float64]:
    """The normals of an egg that fills the picture: right, up, towards the viewer."""
    across, down = np.meshgrid(np.linspace(-0.7, 0.7, width), np.linspace(-0.7, 0.7, height))
    return np.stack([across, -down, np.sqrt(1 - across**2 - down**2)], axis=-1)


class Processor:
    """Sees an egg in every picture, and says it as the network of its name would.

    Source of the two: ControlNet 1.1 (blue is front, red is left, green is top), and its ``annotator/midas``.
    """

    def __init__(self, name: str) -> None:
        self.backwards = "midas" in name
        self.slider_1 = SimpleNamespace(gradio_update_kwargs={"value": 0.4})
        self.asked: list[Any] = []

    def __call__(self, image: NDArray[np.uint8], resolution: int, slider_1: Any = None, **more: Any) -> Any:
        self.asked.append((image.shape, resolution, slider_1))
        right, up, front = np.moveaxis(ball(resolution, round(resolution * image.shape[1] / image.shape[0])), -1, 0)
        said = [front, up, -right] if self.backwards else [-right, up, front]
        return np.round(np.stack(said, axis=-1) * LEVELS + LEVELS).astype(np.uint8)


@pytest.fixture(params=[FORGE, EXTENSION])
def networks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, Processor]:
    found = {name: Processor(name) for name in ("normal_midas", "canny", "normal_dsine", "normalbae")}
    kinds = {
        FORGE: SimpleNamespace(supported_preprocessors=found),
        EXTENSION: SimpleNamespace(Preprocessor=SimpleNamespace(all_processors=found)),
    }
    monkeypatch.setitem(annotators.sys.modules, request.param, kinds[request.param])
    return found


def test_none_is_there_without_a_host() -> None:
    assert annotators.installed() == ()
    with pytest.raises(ICLightError, match="there: none") as refused:
        annotators.estimate_normals(np.zeros((8, 8, 3), np.uint8), "normalbae")
    assert refused.value.code == "annotator_not_found"


def test_those_whose_colours_are_known_are_there(networks: dict[str, Processor]) -> None:
    assert annotators.installed() == ("normalbae", "normal_dsine", "normal_midas")
    with pytest.raises(ICLightError, match="annotator is 'canny'"):
        annotators.estimate_normals(np.zeros((8, 8, 3), np.uint8), "canny")


@pytest.mark.parametrize("name", ["normalbae", "normal_dsine", "normal_midas"])
def test_each_ones_colours_are_brought_to_right_up_and_front(networks: dict[str, Processor], name: str) -> None:
    found = annotators.estimate_normals(np.zeros((600, 400, 3), np.uint8), name)
    height, width = found.shape[:2]
    assert (height, width) == (768, 512)
    assert networks[name].asked == [((768, 512, 3), 512, 0.4)]
    read = form.read_normal_map(found, "up", width, height)
    cosine = (read * ball(height, width)).sum(axis=-1)
    assert np.degrees(np.arccos(cosine.clip(-1, 1))).max() < 2


def test_what_fails_in_the_host_is_said_in_a_sentence(
    networks: dict[str, Processor], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **more: Any) -> None:
        raise OSError("no network")

    monkeypatch.setattr(Processor, "__call__", fail)
    with pytest.raises(ICLightError, match=r"normalbae failed \(OSError: no network\)") as refused:
        annotators.estimate_normals(np.zeros((8, 8, 3), np.uint8), "normalbae")
    assert refused.value.code == "annotator_failed"


def test_programs_ask_for_a_normal_map(networks: dict[str, Processor]) -> None:
    api = TestClient(application())
    assert api.get("/ic-light/models").json()["annotators"] == list(annotators.installed())
    body = {"image": images.to_base64(Image.fromarray(photo(96, 64)))}
    first, named = (api.post("/ic-light/normals", json={**body, **more}).json() for more in ({}, {"annotator": ""}))
    assert first == named
    assert first["annotator"] == "normalbae"
    lit = {**body, "matting": "none", "light": "lamps", "lamps": "side angle 0", "normal_map": first["image"]}
    assert api.post("/ic-light/relight", json=lit).status_code == 200
    refused = api.post("/ic-light/normals", json={**body, "annotator": "canny"})
    assert refused.status_code == 422
    assert refused.json()["code"] == "annotator_not_found"
