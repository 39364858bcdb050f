"""U^2-Net and the other weights of IS-Net, with random numbers in the spellings in which they are released."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch")
pytest.importorskip("safetensors")

import torch
from safetensors.torch import save_file
from torch.nn import functional as F  # noqa: N812

from lib_iclight import log, matting
from lib_iclight.errors import ICLightError
from lib_iclight.matting import isnet, rmbg, u2net, weights
from lib_iclight.matting import nested_unet_plan as plan
from lib_iclight.models.library import Library
from tests.components.test_isnet import picture
from tests.reference.nested_unet import Weights, random_weights, reference_network

ISNET_SIDE, U2NET_SIDE = 64, 64
"""In place of 1024 and 320, so that a run takes little."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(isnet, "SIDE", ISNET_SIDE)
    monkeypatch.setattr("lib_iclight.matting.u2netp.SIDE", U2NET_SIDE)
    # Random weights are sure of nothing.
    monkeypatch.setattr("lib_iclight.matting.u2netp.SUBJECT_FROM", 0.0)
    weights.NETWORK.clear()
    yield
    weights.NETWORK.clear()


@pytest.fixture(scope="module")
def isnet_weights() -> Weights:
    return random_weights(3)


@pytest.fixture(scope="module")
def u2net_weights() -> Weights:
    return random_weights(4, u2net=True)


def of_isnet_general(w: Weights, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``Inference.py`` of DIS, at another side."""
    x = torch.tensor(rgb, dtype=torch.float32).permute(2, 0, 1)
    x = F.interpolate(x[None], [ISNET_SIDE, ISNET_SIDE], mode="bilinear").type(torch.uint8)
    x = (x / 255.0 - 0.5) / 1.0
    with torch.no_grad():
        result = F.interpolate(reference_network(w, x), rgb.shape[:2], mode="bilinear")[0]
    result = (result - result.min()) / (result.max() - result.min())
    return result[0].numpy()


def of_isnet_anime(w: Weights, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``get_mask`` of anime-segmentation, at another side."""
    s = ISNET_SIDE
    h0, w0 = h, width = rgb.shape[0], rgb.shape[1]
    h, width = (s, int(s * w0 / h0)) if h0 > w0 else (int(s * h0 / w0), s)
    ph, pw = s - h, s - width
    feed = np.zeros([s, s, 3], dtype=np.float32)
    feed[ph // 2 : ph // 2 + h, pw // 2 : pw // 2 + width] = cv2.resize((rgb / 255).astype(np.float32), (width, h))
    x = torch.from_numpy(feed.transpose((2, 0, 1))).unsqueeze(0).type(torch.FloatTensor)
    with torch.no_grad():
        found = reference_network(w, x)[0, :, ph // 2 : ph // 2 + h, pw // 2 : pw // 2 + width]
    return cv2.resize(found.numpy().transpose((1, 2, 0)), (w0, h0))


def of_u2net(w: Weights, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``u2net_test.py`` of U-2-Net, at another side: its picture is resized as for U^2-Netp."""
    from lib_iclight.matting.u2netp import feed

    with torch.no_grad():
        found = reference_network(w, torch.from_numpy(feed(rgb)))[0, 0].numpy()
    found = (found - found.min()) / (found.max() - found.min())
    return cv2.resize(found, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def save_pth(of: Weights, path: Path) -> Path:
    torch.save(of, path)
    return path


def save_old_pth(of: Weights, path: Path) -> Path:
    """As PyTorch before 1.6 wrote it, in 2020."""
    torch.save(of, path, _use_new_zipfile_serialization=False)
    return path


def save_safetensors(of: Weights, path: Path) -> Path:
    save_file(of, path)
    return path


def save_lightning(of: Weights, path: Path) -> Path:
    """With the second network that guided the training, and what Lightning keeps beside."""
    state = {f"net.{key}": value for key, value in of.items()}
    state |= {f"gt_encoder.{key}": value.clone() for key, value in list(of.items())[:9]}
    torch.save({"epoch": 3, "global_step": 5, "state_dict": state, "pytorch-lightning_version": "1.7.0"}, path)
    return path


Save = Callable[[Weights, Path], Path]
CASES: list[tuple[str, str, Save, Callable[..., Any]]] = [
    ("isnet-general-use", "isnet-general-use.pth", save_pth, of_isnet_general),
    ("isnet-general-use", "isnet-general-use.safetensors", save_safetensors, of_isnet_general),
    ("isnet-anime", "isnetis.ckpt", save_lightning, of_isnet_anime),
    ("isnet-anime", "anime.safetensors", save_safetensors, of_isnet_anime),
    ("u2net", "u2net.pth", save_old_pth, of_u2net),
    ("u2net-human", "u2net_human_seg.pth", save_pth, of_u2net),
]


@pytest.mark.parametrize(("name", "file", "save", "reference"), CASES, ids=lambda value: str(value)[:24])
def test_a_released_file_is_told_and_gives_the_reference_alpha(
    name: str,
    file: str,
    save: Save,
    reference: Callable[..., Any],
    tmp_path: Path,
    isnet_weights: Weights,
    u2net_weights: Weights,
) -> None:
    of = u2net_weights if name.startswith("u2net") else isnet_weights
    save(of, tmp_path / file)
    library = Library(lambda: [tmp_path], matting.FILE_KINDS)
    files = library.files_by_kind()
    assert list(files) == [name]
    rgb = picture(61, 97) if save is save_pth else picture(90, 50)
    found = matting.compute(matting.choose(name, files), rgb, files)
    expected = reference(of, rgb)
    assert found.dtype == np.float32
    assert expected.std() > 0.02, "weights that hide differences"
    assert np.abs(found - expected).max() < 1e-5


def test_a_header_is_read_once_and_the_weights_once(tmp_path: Path, u2net_weights: Weights) -> None:
    save_pth(u2net_weights, tmp_path / "u2net.pth")
    library = Library(lambda: [tmp_path], matting.FILE_KINDS)
    before = log.counts().get("read", 0)
    files = library.files_by_kind()
    assert library.files_by_kind() == files
    assert log.counts()["read"] == before + 1
    for _ in range(2):
        matting.compute(matting.choose("auto", files), picture(20, 20), files)
    assert log.counts()["read"] == before + 2


def test_best_first(tmp_path: Path, isnet_weights: Weights, u2net_weights: Weights) -> None:
    """People and drawings are special: weights for them are taken by name alone."""
    library = Library(lambda: [tmp_path], matting.FILE_KINDS)
    save_lightning(isnet_weights, tmp_path / "isnetis.ckpt")
    assert matting.choose("auto", library.files_by_kind()).name == "u2netp"
    save_pth(u2net_weights, tmp_path / "u2net.pth")
    assert matting.choose("auto", library.files_by_kind()).name == "u2net"
    save_pth(isnet_weights, tmp_path / "isnet.pth")
    assert matting.choose("auto", library.files_by_kind()).name == "isnet-general-use"
    save_safetensors(isnet_weights, tmp_path / "model.safetensors")
    assert matting.choose("auto", library.files_by_kind()).name == "rmbg-1.4"


def test_a_file_of_another_family_is_refused_by_its_name(
    tmp_path: Path, isnet_weights: Weights, u2net_weights: Weights
) -> None:
    u2, isn = save_pth(u2net_weights, tmp_path / "u2.pth"), save_pth(isnet_weights, tmp_path / "isn.pth")
    for cut, path, label, page in (
        (isnet.cut_anything, u2, "IS-Net general use", "github.com/xuebinqin/DIS"),
        (isnet.cut_drawing, u2, "IS-Net anime", "isnetis.ckpt from https://huggingface.co/skytnt/anime-seg"),
        (rmbg.alpha, u2, "RMBG-1.4", "briaai"),
        (
            u2net._cut(u2net.HUMAN),
            isn,
            "U^2-Net human",
            "u2net_human_seg.pth from https://github.com/xuebinqin/U-2-Net",
        ),
    ):
        with pytest.raises(ICLightError) as caught:
            cut(picture(20, 20), path)
        assert f"{path.name} does not hold the weights of {label}" in str(caught.value)
        assert page in str(caught.value)


class Harmful:
    """What a pickle from a stranger may hold."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("ran"),))


@pytest.mark.parametrize("make", ["pickle", "torch", "text", "empty", "list", "cut"])
def test_nothing_in_a_file_is_run_and_what_it_is_not_is_said(
    make: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, u2net_weights: Weights
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "u2net.pth"
    if make == "pickle":
        path.write_bytes(pickle.dumps(Harmful()))
    elif make == "torch":
        torch.save({"state_dict": {"a": torch.zeros(1)}, "hyper_parameters": Harmful()}, path)
    elif make == "cut":
        save_pth(u2net_weights, path)
        path.write_bytes(path.read_bytes()[: 1 << 20])
    elif make == "list":
        torch.save([torch.zeros(1)], path)
    else:
        path.write_bytes(b"no weights" if make == "text" else b"")
    (file,) = Library(lambda: [tmp_path], matting.FILE_KINDS).files()
    assert file.role is None
    assert "it holds" in str(file.problem)
    with pytest.raises(ICLightError, match=r"u2net\.pth cannot be read"):
        u2net._cut(u2net.GENERAL)(picture(20, 20), path)
    assert not (tmp_path / "ran").exists()


def test_large_checkpoints_are_not_looked_into(tmp_path: Path) -> None:
    with (tmp_path / "v1-5-pruned.ckpt").open("wb") as out:
        out.truncate(1 << 30)
    assert Library(lambda: [tmp_path], matting.FILE_KINDS).files() == []


def test_the_shapes_are_the_released_ones(u2net_weights: Weights) -> None:
    assert plan.shapes(plan.U2NET) == {key: tuple(value.shape) for key, value in u2net_weights.items()}
    # As counted of the released file, which has 176.3 MB.
    counted = sum(value.numel() for key, value in u2net_weights.items() if "running" not in key and "num_b" not in key)
    assert counted == 44_009_869
