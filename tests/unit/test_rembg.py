"""Mattings by ONNX files: what they give, which are found, and what is refused."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lib_iclight import log, matting
from lib_iclight.errors import ICLightError
from lib_iclight.matting import onnx_session, rembg
from lib_iclight.matting.base import NETWORK
from lib_iclight.models import onnx_graph
from lib_iclight.models.library import Library
from tests.unit import onnx_files

BY_NAME = {network.name: network for network in rembg.NETWORKS}
WEIGHTS = (3.0, -2.0, 4.0)
SMALL = 48


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    NETWORK.clear()
    yield
    NETWORK.clear()


@pytest.fixture
def rgb() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def expected(rgb: np.ndarray, name: str, finish: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Computed in float64 from the figures of rembg's sessions."""
    mean, deviation = {
        "birefnet-general": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        "isnet-general-use-onnx": ((0.5, 0.5, 0.5), (1, 1, 1)),
        "isnet-anime-onnx": ((0.485, 0.456, 0.406), (1, 1, 1)),
    }[name]
    small = np.asarray(Image.fromarray(rgb).resize((SMALL, SMALL), Image.Resampling.LANCZOS), float)
    answer = ((small / small.max() - mean) / deviation) @ WEIGHTS + 0.25
    return cv2.resize(finish(answer), rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize(
    ("name", "finish"),
    [
        ("birefnet-general", lambda x: 1 / (1 + np.exp(-x))),
        ("isnet-general-use-onnx", lambda x: (x - x.min()) / (x.max() - x.min())),
        ("isnet-anime-onnx", lambda x: (x - x.min()) / (x.max() - x.min())),
    ],
)
def test_alpha_is_what_the_table_says(
    name: str, finish: Callable[[np.ndarray], np.ndarray], tmp_path: Path, rgb: np.ndarray
) -> None:
    pytest.importorskip("onnxruntime")
    path = write(tmp_path / "any.onnx", onnx_files.network(WEIGHTS, 0.25))
    small = replace(BY_NAME[name], side=SMALL)
    before = log.counts().get("read", 0)
    alpha = small.alpha(rgb, path)
    assert (alpha.dtype, alpha.shape) == (np.float32, (40, 30))
    assert np.abs(alpha - expected(rgb, name, finish)).max() < 1e-5
    assert (small.alpha(rgb, path) == alpha).all()
    assert log.counts()["read"] == before + 1


def test_a_network_that_is_sure_of_nothing_finds_no_subject(tmp_path: Path, rgb: np.ndarray) -> None:
    pytest.importorskip("onnxruntime")
    path = write(tmp_path / "u2net.onnx", onnx_files.network((0.01, 0, 0), finish="Sigmoid"))
    with pytest.raises(ICLightError, match="No subject"):
        matting.compute(matting.choose("u2net-onnx", {"u2net-onnx": path}), rgb, {"u2net-onnx": path})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no ONNX file"),
        (b"\x80" * 200, "no ONNX file"),
        (onnx_files.network(WEIGHTS)[:-20], "cut off"),
        (onnx_files.network(WEIGHTS, beside="../../etc/passwd"), "weights in another file"),
        (onnx_files.network(WEIGHTS, finish="EPContext"), "compiled for one device"),
        (onnx_files.network(WEIGHTS, finish="NoSuchNode"), "cannot be loaded"),
        (onnx_files.network((1, 1, 1, 1), channels=4), r"takes .*4.*not one tensor\(float\) \[1, 3, 1024"),
        (onnx_files.network((float("nan"), 0, 0)), "not one finite plane"),
    ],
)
def test_a_file_that_is_no_such_network_is_refused_by_its_name(
    data: bytes, said: str, tmp_path: Path, rgb: np.ndarray
) -> None:
    pytest.importorskip("onnxruntime")
    path = write(tmp_path / "birefnet-dis.onnx", data)
    with pytest.raises(ICLightError, match=rf"birefnet-dis\.onnx .*{said}") as error:
        BY_NAME["birefnet-dis"].alpha(rgb, path)
    assert error.value.code == "matting_model_unusable"


def test_a_file_that_is_too_large_or_gone_is_refused(
    tmp_path: Path, rgb: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(onnx_session, "LARGEST", 100)
    with pytest.raises(ICLightError, match="more than 100 bytes"):
        BY_NAME["silueta"].alpha(rgb, write(tmp_path / "silueta.onnx", onnx_files.network(WEIGHTS)))
    with pytest.raises(ICLightError, match=r"gone\.onnx cannot be read"):
        BY_NAME["silueta"].alpha(rgb, tmp_path / "gone.onnx")


@given(st.binary(max_size=400), st.integers(0, 200))
def test_whatever_is_in_a_file_it_is_taken_or_refused(noise: bytes, at: int) -> None:
    whole = onnx_files.network(WEIGHTS)
    for data in (noise, whole[:at] + noise + whole[at:]):
        # Any other error would end the test.
        with suppress(onnx_graph.NotAloneError):
            onnx_graph.check_alone(data)


def test_a_tensor_outside_is_found_however_deep_it_lies() -> None:
    tensor = onnx_files.tensor("w", (1,), [], beside="w.bin")
    inner = onnx_files.part(5, tensor)
    for _ in range(3):
        # A graph in an attribute of a node, as a loop has.
        inner = onnx_files.part(1, onnx_files.part(5, onnx_files.part(6, inner)))
    with pytest.raises(onnx_graph.NotAloneError, match="another file"):
        onnx_graph.check_alone(onnx_files.part(7, inner))
    for _ in range(60):
        inner = onnx_files.part(1, onnx_files.part(5, onnx_files.part(6, inner)))
    with pytest.raises(onnx_graph.NotAloneError, match="damaged"):
        onnx_graph.check_alone(onnx_files.part(7, inner))


def test_files_of_known_names_are_found_also_where_rembg_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, rembgs = tmp_path / "own", tmp_path / "rembg"
    own.mkdir(), rembgs.mkdir()
    monkeypatch.setenv("U2NET_HOME", str(rembgs))
    for path in (own / "BiRefNet-general-epoch_244.onnx", own / "other.onnx", rembgs / "silueta.onnx"):
        path.write_bytes(b"x")
    (rembgs / "iclight_sd15_fc.safetensors").write_bytes(b"x")
    library = Library(lambda: [own], matting.FILE_KINDS, rembg.folders)
    assert library.files_by_kind() == {
        "birefnet-general": own / "BiRefNet-general-epoch_244.onnx",
        "silueta": rembgs / "silueta.onnx",
    }
    assert not [file for file in library.files() if file.problem]
    monkeypatch.delenv("U2NET_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert rembg.folders() == [tmp_path / ".u2net"]


def test_without_onnxruntime_it_is_said_by_name_and_auto_takes_another(
    tmp_path: Path, rgb: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"birefnet-general": write(tmp_path / "birefnet-general.onnx", onnx_files.network(WEIGHTS))}
    monkeypatch.setattr("lib_iclight.matting.base.find_spec", lambda name: object())
    assert matting.choose("auto", files).name == "birefnet-general"
    monkeypatch.setattr("lib_iclight.matting.base.find_spec", lambda name: None)
    assert matting.choose("auto", files).name == "u2netp"
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ICLightError, match=r"needs the Python package onnxruntime.*install it") as error:
        matting.compute(matting.choose("birefnet-general", files), rgb, files)
    assert error.value.code == "matting_model_missing"


def test_what_compiles_for_minutes_or_sends_pictures_away_runs_nothing() -> None:
    available = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "AzureExecutionProvider", "CPUExecutionProvider"]
    assert onnx_session.providers_of(available) == ["CUDAExecutionProvider", "CPUExecutionProvider"]


def test_an_unchanged_configuration_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "sam"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "sam"}')
    (folder / "model.safetensors").write_bytes(b"x")
    opened: list[str] = []

    def note(path: Path, *args: Any, **kwargs: Any) -> Any:
        opened.append(path.name)
        return builtins.open(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", note)
    library = Library(lambda: [tmp_path], matting.FILE_KINDS)
    for _ in range(2):
        assert library.files() == []
        assert len(library.pretrained("sam")) == 1
    assert opened == ["config.json"]
    (folder / "config.json").write_text('{"model_type": "another"}')
    assert library.pretrained("sam") == []
