"""The extension's own routes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.reference import pictures as reference
from tests.webui import samples
from tests.webui.conftest import ROLES, Models
from tests.webui.host import TITLE, Host
from tests.webui.wanted import RELIT

KEYS = [
    "enabled",
    "model",
    "foreground",
    "then_relight",
    "foreground_mask",
    "matting",
    "matte_threshold",
    "matte_grow",
    "matte_feather",
    "matte_lift",
    "foreground_x",
    "foreground_y",
    "foreground_scale",
    "foreground_rotation",
    "despill",
    "background",
    "flip_background",
    "light",
    "light_map",
    "light_angle",
    "light_x",
    "light_y",
    "light_color",
    "ambient_color",
    "light_intensity",
    "light_softness",
    "lamps",
    "panorama",
    "panorama_rotation",
    "panorama_exposure",
    "stage",
    "stage_directions",
    "lowres_denoise",
    "reinforce_foreground",
    "strength",
    "restore_details",
    "keep_color",
    "detail_mode",
    "detail_radius",
    "own_size",
    "shadow",
    "shadow_softness",
    "shadow_color",
    "keep_background",
    "append_images",
    "shading",
    "normal_map",
    "normal_green",
    "roughness",
    "specular",
    "backdrop_light",
]
SUBJECT, MASK = samples.subject(96, 64), samples.mask(96, 64)
PHOTO = Path(__file__).parents[2] / "docs" / "astronaut.jpg"


def test_version(host: Host) -> None:
    version = host.version()
    assert all(isinstance(version[key], str) and version[key] for key in ("version", "host", "host_version", "backend"))


def test_schema(host: Host) -> None:
    """Every key of the contract, with what a client needs to show it."""
    schema = host.get("/ic-light/schema").json()
    assert schema["additionalProperties"] is False
    assert list(schema["properties"]) == KEYS
    for name, option in schema["properties"].items():
        assert {"default", "title", "description", "infotext"} <= option.keys(), name
    assert schema["properties"]["lowres_denoise"]["minimum"] == 0.1
    assert schema["properties"]["lowres_denoise"]["maximum"] == 1


def test_models(host: Host) -> None:
    answer = host.get("/ic-light/models").json()
    found = {model["role"]: model for model in answer["models"]}
    for role in ROLES:
        assert found[role]["spelling"] in ("ldm", "diffusers")
        assert found[role]["size"] > 1_000_000_000
        assert found[role]["state"] == "ready"
    assert any(matting["installed"] for matting in answer["matting"])


def test_a_model_in_a_folder_behind_a_link(own_host: Host, models: Models, tmp_path: Path) -> None:
    """A folder of another disk, with a link back into it."""
    assert own_host.data is not None
    folder: Path = own_host.data / "models" / "ic-light"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "elsewhere"
    link.symlink_to(tmp_path, target_is_directory=True)
    try:
        (tmp_path / "loop").symlink_to(folder, target_is_directory=True)
        (tmp_path / "Ring_Linked.SAFETENSORS").symlink_to(models.file("fc"))
        named = own_host.generate({**RELIT, "model": "Ring_Linked"})
        assert np.array_equal(named[0], own_host.generate(RELIT)[0])
    finally:
        link.unlink()
    answer = own_host.ask({**RELIT, "model": "Ring_Linked"})
    assert answer.status_code in (422, 500)
    assert "Ring_Linked" in answer.json()["detail"]


def test_foreground_with_a_mask(host: Host) -> None:
    answer = host.post("/ic-light/foreground", {"image": samples.b64(SUBJECT), "mask": samples.b64(MASK)})
    assert answer.status_code == 200, answer.text
    cut, alpha = (samples.decoded(answer.json()[key]) for key in ("image", "alpha"))
    assert cut.shape == (64, 96, 4)
    assert np.array_equal(cut[..., :3], SUBJECT)
    assert np.array_equal(cut[..., 3], MASK)
    assert np.array_equal(alpha, MASK)


def test_foreground_matted(host: Host) -> None:
    """By the best that is there, which on a fresh installation is what comes along."""
    answer = host.post("/ic-light/foreground", {"image": samples.b64(PHOTO.read_bytes())})
    assert answer.status_code == 200, answer.text
    installed = [matting["name"] for matting in host.get("/ic-light/models").json()["matting"] if matting["installed"]]
    assert answer.json()["method"] == installed[0]
    alpha = samples.decoded(answer.json()["alpha"])
    assert alpha.shape == (512, 512)
    assert alpha[110, 225] > 240, "the face"
    assert alpha[60, 330] < 15, "the wall"


@pytest.mark.parametrize("light", ["left", "right", "top", "bottom", "ambient"])
@pytest.mark.parametrize(
    ("model", "ends", "ambient"),
    [("fc", reference.FC_RAMP, reference.FC_AMBIENT), ("fbc", reference.FBC_RAMP, reference.FBC_AMBIENT)],
)
def test_light_map(host: Host, model: str, ends: tuple[int, int], ambient: int, light: str) -> None:
    """The authors' ramps to the bit."""
    answer = host.post("/ic-light/light-map", {"model": model, "light": light, "width": 200, "height": 120})
    assert answer.status_code == 200, answer.text
    wanted = reference.light_map(light, 200, 120, ends=ends, ambient=ambient)
    assert np.array_equal(samples.decoded(answer.json()["image"]), wanted)


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("foreground", {}, "image"),
        ("foreground", {"image": "/etc/passwd"}, "image begins"),
        ("foreground", {"image": samples.b64(SUBJECT), "mat": "none"}, "mat"),
        ("light-map", {"light": "behind"}, "behind"),
        ("light-map", {"light": "left", "width": 0}, "width"),
        ("light-map", {"light": "left", "height": 10**9}, "height"),
        ("light-map", {"light": "none"}, "light"),
    ],
)
def test_refused(host: Host, path: str, body: dict[str, Any], word: str) -> None:
    answer = host.post(f"/ic-light/{path}", body)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]


@pytest.mark.parametrize("tab", ["txt2img", "img2img"])
def test_script_info(host: Host, tab: str) -> None:
    """The script has the same title on both tabs, and a control for every option."""
    scripts = host.get("/sdapi/v1/script-info").json()
    (script,) = (s for s in scripts if s["name"].lower() == TITLE.lower() and s["is_img2img"] is (tab == "img2img"))
    assert script["is_alwayson"]
    assert len(script["args"]) == len(host.get("/ic-light/schema").json()["properties"])


def test_infotext(host: Host) -> None:
    """A picture says how it was lit; a plain one says nothing of it."""
    args = {"foreground": samples.b64(SUBJECT), "light": "left", "matting": "none"}
    small = {"width": 64, "height": 64, "steps": 1}
    text = host.ask(args, **small).json()["info"]
    for part in ("IC-Light: True", "IC-Light model: fc", "IC-Light light: left"):
        assert part in text
    assert "IC-Light" not in host.ask(**small).json()["info"]


def test_compose(host: Host) -> None:
    """The second subject lies over the first, where it is put."""
    whole = {"image": samples.b64(SUBJECT), "matting": "none"}
    small = {"image": samples.b64(SUBJECT), "mask": samples.b64(MASK), "foreground_x": 0.3, "foreground_scale": 0.5}
    answer = host.post("/ic-light/compose", {"width": 96, "height": 64, "subjects": [whole, small]})
    assert answer.status_code == 200, answer.text
    found = samples.decoded(answer.json()["image"])
    assert (found[..., 3] == 255).all()
    changed = (found[..., :3] != SUBJECT).any(axis=2)
    assert 0 < changed.mean() < 0.3
    assert not changed[:, 60:].any()
