"""IS-Net against a plain second writing of it, with random weights in the spelling of the released file."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

pytest.importorskip("torch")
pytest.importorskip("safetensors")

import torch
from safetensors.torch import save_file
from torch.nn import functional as F  # noqa: N812

from lib_iclight import log, matting
from lib_iclight.errors import ICLightError
from lib_iclight.matting import nested_unet_plan as plan
from lib_iclight.matting import rmbg
from lib_iclight.matting import weights as weights_files
from lib_iclight.matting.nested_unet import NestedUNet
from tests.reference.nested_unet import Weights, random_weights, reference_network


def reference_alpha(w: Weights, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The whole way from a picture to its alpha."""
    height, width, _ = rgb.shape
    k = (256 / (height * width)) ** 0.5
    feed = Image.fromarray(rgb).resize((64 * round(width * k), 64 * round(height * k)), Image.Resampling.LANCZOS)
    x = torch.tensor(np.array(feed), dtype=torch.float32).permute(2, 0, 1)[None] / 127 - 1
    with torch.no_grad():
        result = F.interpolate(reference_network(w, x), (height, width), mode="bilinear")
    alpha: NDArray[np.float32] = result[0, 0].numpy()
    return alpha.clip(0, 1)


def picture(height: int, width: int) -> NDArray[np.uint8]:
    """Noise at two scales: something at every level of the network."""
    random = np.random.default_rng(height * width)
    coarse = Image.fromarray(random.integers(0, 256, (4, 5, 3), np.uint8)).resize((width, height))
    fine = random.integers(-40, 41, (height, width, 3))
    return (np.asarray(coarse) + fine).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def weights() -> Weights:
    return random_weights(0)


@pytest.fixture(scope="module")
def file(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rmbg") / "model.safetensors"
    save_file(weights, path)
    return path


@pytest.fixture(scope="module")
def network(weights: Weights) -> NestedUNet:
    network = NestedUNet(plan.ISNET).eval()
    network.load_state_dict(weights, strict=True)
    return network


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    weights_files.NETWORK.clear()
    yield
    weights_files.NETWORK.clear()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what does not hang on the size: a network run of milliseconds."""
    monkeypatch.setattr(rmbg, "working_size", lambda width, height: (64, 128))


def fake(path: Path, shapes: dict[str, tuple[int, ...]]) -> Path:
    """A file whose header is all there is to read: a hole in place of the numbers."""
    header, end = {}, 0
    for key, shape in shapes.items():
        start, end = end, end + int(np.prod(shape))
        header[key] = {"dtype": "U8", "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    with path.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        out.truncate(8 + len(text) + end)
    return path


def reads() -> int:
    return log.counts().get("read", 0)


def test_the_keys_and_shapes_are_those_of_the_released_file(weights: Weights) -> None:
    expected = {key: tuple(tensor.shape) for key, tensor in weights.items()}
    assert plan.shapes(plan.ISNET) == expected
    with torch.device("meta"):
        state = NestedUNet(plan.ISNET).state_dict()
    assert {key: tuple(tensor.shape) for key, tensor in state.items()} == expected


@pytest.mark.parametrize("size", [(64, 64), (67, 131), (1, 1)])
def test_the_network_gives_what_the_reference_gives(
    weights: Weights, network: NestedUNet, size: tuple[int, int]
) -> None:
    x = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.no_grad():
        alpha, expected = network(x), reference_network(weights, x)
    assert alpha.shape == (2, 1, *size)
    assert (alpha - expected).abs().max() < 1e-5


@pytest.mark.parametrize(("height", "width"), [(61, 97), (301, 201), (7, 50)])
def test_a_picture_gets_the_reference_alpha(file: Path, weights: Weights, height: int, width: int) -> None:
    rgb = picture(height, width)
    alpha = rmbg.alpha(rgb, file)
    assert alpha.dtype == np.float32
    assert alpha.shape == (height, width)
    expected = reference_alpha(weights, rgb)
    assert expected.std() > 0.02, "weights that hide differences"
    assert abs(alpha - expected).max() < 1e-5


def test_a_file_is_read_once_and_again_when_it_changed(file: Path, small: None) -> None:
    before = reads(), log.counts().get("matting", 0)
    files = {"rmbg-1.4": file}
    chosen = matting.choose("auto", files)
    first = matting.compute(chosen, picture(40, 30), files)
    again = matting.compute(chosen, picture(40, 30), files)
    assert (first == again).all()
    assert reads() == before[0] + 1
    assert log.counts()["matting"] == before[1] + 2
    stat = file.stat()
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000_000))
    matting.compute(chosen, picture(40, 30), files)
    assert reads() == before[0] + 2


def test_the_host_places_the_network(file: Path, small: None) -> None:
    placed: list[torch.nn.Module] = []

    def place(module: torch.nn.Module) -> torch.device:
        placed.append(module)
        return torch.device("cpu")

    alpha = rmbg.alpha(picture(40, 30), file, place)
    rmbg.alpha(picture(40, 30), file, place)
    assert len(placed) == 2
    assert placed[0] is placed[1]
    assert isinstance(placed[0], NestedUNet)
    assert not placed[0].training
    assert (alpha == rmbg.alpha(picture(40, 30), file)).all()


def test_the_network_goes_where_the_host_says(file: Path, small: None) -> None:
    # "meta" stands for an accelerator: the picture has to follow the network, and cannot come back from it.
    def place(module: torch.nn.Module) -> torch.device:
        module.to("meta")
        return torch.device("meta")

    with pytest.raises(NotImplementedError, match="meta"):
        rmbg.alpha(picture(40, 30), file, place)


def test_a_file_without_counters_or_in_half_precision_is_taken(weights: Weights, tmp_path: Path, small: None) -> None:
    half = {key: value.half() for key, value in weights.items() if not key.endswith("num_batches_tracked")}
    path = tmp_path / "half.safetensors"
    save_file(half, path)
    dtypes: list[torch.dtype] = []

    def place(module: torch.nn.Module) -> torch.device:
        dtypes.extend(parameter.dtype for parameter in module.parameters())
        return torch.device("cpu")

    assert np.isfinite(rmbg.alpha(picture(40, 30), path, place)).all()
    assert set(dtypes) == {torch.float32}


def test_the_hosts_modes_change_nothing(file: Path, small: None) -> None:
    rgb = picture(40, 30)
    modules: list[torch.nn.Module] = []

    def place(module: torch.nn.Module) -> torch.device:
        modules.append(module)
        return torch.device("cpu")

    torch.manual_seed(5)
    state = torch.get_rng_state()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        inside = rmbg.alpha(rgb, file, place)
    assert (torch.get_rng_state() == state).all(), "a read must not move the random stream"
    modules[0].to(torch.float64).to(torch.float32)
    assert (rmbg.alpha(rgb, file) == inside).all()


def test_the_file_can_change_under_a_network_in_use(file: Path, tmp_path: Path) -> None:
    path = shutil.copyfile(file, tmp_path / "model.safetensors")
    network = weights_files._network(rmbg.FAMILY, path)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with path.open("r+b") as out:
        out.write(bytes(path.stat().st_size))
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_a_truncated_file_is_refused(file: Path, tmp_path: Path) -> None:
    for length in (0, 4, 5000, file.stat().st_size - 1):
        path = tmp_path / f"{length}.safetensors"
        path.write_bytes(file.read_bytes()[:length])
        with pytest.raises(ICLightError, match="cannot be read") as error:
            rmbg.alpha(picture(40, 30), path)
        assert error.value.status_code == 500
        assert path.name in str(error.value)


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ICLightError, match="cannot be read"):
        rmbg.alpha(picture(40, 30), tmp_path / "gone.safetensors")


def test_another_models_file_is_refused(tmp_path: Path) -> None:
    shapes = plan.shapes(plan.ISNET)
    missing = {key: shape for key, shape in shapes.items() if key != "stage3.rebnconv2.conv_s1.bias"}
    wrong = {**shapes, "side1.weight": (2, 64, 3, 3)}
    more = {**shapes, "outconv.weight": (1, 6, 1, 1)}
    other: dict[str, tuple[int, ...]] = {"conv_in.weight": (320, 8, 3, 3)}
    for number, each in enumerate((missing, wrong, more, other)):
        path = fake(tmp_path / f"{number}.safetensors", each)
        with pytest.raises(ICLightError, match=r"does not hold the weights of RMBG-1\.4") as error:
            rmbg.alpha(picture(40, 30), path)
        assert error.value.status_code == 500
        assert "briaai/RMBG-1.4" in str(error.value)


def test_a_refused_file_leaves_nothing_behind(file: Path, tmp_path: Path, small: None) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"not a model")
    with pytest.raises(ICLightError):
        rmbg.alpha(picture(40, 30), path)
    shutil.copyfile(file, path)
    assert rmbg.alpha(picture(40, 30), path).shape == (40, 30)
