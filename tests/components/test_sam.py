"""Selecting by points gives what transformers' own processor and network give, and sees a picture once."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import SamModel

from lib_iclight import log
from lib_iclight.errors import ICLightError
from lib_iclight.matting.prompt import read_prompt
from lib_iclight.matting.sam import NAME, Selector
from lib_iclight.models.library import Library
from tests.components.small_sam import make_processor, make_sam, save_sam

CPU = torch.device("cpu")
PORTRAIT, LANDSCAPE, SQUARE = (90, 50), (47, 81), (64, 64)
KEEP, DROP = (0.3, 0.25, True), (0.8, 0.6, False)
BOX = (0.1, 0.2, 0.7, 0.9)


def picture(size: tuple[int, int], seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


def stay(network: torch.nn.Module) -> torch.device:
    network.to(CPU)
    return CPU


def selector(folder: Path, place: Any = stay) -> Selector:
    library = Library(lambda: [folder])
    return Selector(lambda: library.pretrained(NAME), place)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_sam(tmp_path_factory.mktemp("models") / "sam-small").parent


the_same = functools.cache(make_sam)
"""The network that is saved."""


@pytest.fixture(scope="module")
def usual(saved: Path) -> Selector:
    return selector(saved)


def expected(
    rgb: NDArray[np.uint8], points: Sequence[tuple[float, float, bool]], box: Sequence[float] | None
) -> NDArray[np.float32]:
    """The best mask by transformers alone, of what its own processor makes of places in pixels."""
    processor, model = make_processor(), the_same()
    height, width = rgb.shape[:2]
    given: dict[str, Any] = {}
    if points:
        given["input_points"] = [[[x * width, y * height] for x, y, _ in points]]
        given["input_labels"] = [[int(keep) for *_, keep in points]]
    if box:
        given["input_boxes"] = [[[box[0] * width, box[1] * height, box[2] * width, box[3] * height]]]
    inputs = processor(Image.fromarray(rgb), return_tensors="pt", **given)
    sizes = inputs.pop("original_sizes"), inputs.pop("reshaped_input_sizes")
    with torch.no_grad():
        found = model(**inputs, multimask_output=len(points) == 1 and not box)
    (masks,) = processor.image_processor.post_process_masks(found.pred_masks, *sizes, binarize=False)
    mask: NDArray[np.float32] = masks[0, found.iou_scores[0, 0].argmax()].sigmoid().numpy()
    return mask


@pytest.mark.parametrize("size", [PORTRAIT, LANDSCAPE, SQUARE, (300, 200)], ids=str)
@pytest.mark.parametrize(
    ("points", "box"),
    [
        ([KEEP], None),
        ([KEEP, DROP], None),
        ([KEEP, (0.0, 1.0, True), DROP], None),
        ([], BOX),
        ([KEEP], BOX),
        ([DROP], BOX),
        ([KEEP, DROP], BOX),
    ],
    ids=str,
)
def test_points_reach_the_network_as_transformers_own_processor_gives_them(
    usual: Selector, size: tuple[int, int], points: Any, box: Any
) -> None:
    rgb = picture(size)
    alpha = usual.select(rgb, read_prompt(points, box))
    assert (alpha.shape, alpha.dtype) == (size, np.float32)
    assert np.ptp(alpha) > 0.05, "a mask that shows something"
    np.testing.assert_allclose(alpha, expected(rgb, points, box), atol=1e-5)


def test_every_part_of_a_prompt_counts(usual: Selector) -> None:
    select, rgb = usual.select, picture(LANDSCAPE)
    prompts = [([KEEP], None), ([KEEP, DROP], None), ([KEEP, (*DROP[:2], True)], None), ([KEEP], BOX), ([], BOX)]
    masks = [select(rgb, read_prompt(*prompt)) for prompt in prompts]
    for i, mask in enumerate(masks):
        assert all(np.abs(mask - other).max() > 1e-3 for other in masks[:i])


def test_a_picture_is_seen_once(saved: Path) -> None:
    made = selector(saved)
    seen: list[Any] = []

    def count(work: str) -> int:
        return log.counts().get(work, 0)

    first = picture(PORTRAIT)
    read, matted = count("read"), count("matting")
    made.select(first, read_prompt([KEEP]))
    (network,) = made._networks.values()
    network.model.vision_encoder.register_forward_hook(lambda *_: seen.append(1))
    made.select(first.copy(), read_prompt([KEEP, DROP]))
    made.select(first, read_prompt([], BOX))
    assert (count("read") - read, count("matting") - matted, seen) == (1, 1, [])
    made.select(picture(PORTRAIT, 1), read_prompt([KEEP]))
    assert (count("read") - read, count("matting") - matted, seen) == (1, 2, [1])


def test_another_file_is_read_and_sees_anew(tmp_path: Path) -> None:
    made, rgb, prompt = selector(tmp_path), picture(SQUARE), read_prompt([KEEP])
    save_sam(tmp_path / "sam")
    one = made.select(rgb, prompt)
    shutil.rmtree(tmp_path / "sam")
    save_sam(tmp_path / "sam", make_sam(seed=1))
    assert np.abs(made.select(rgb, prompt) - one).max() > 1e-3


def test_a_pickle_gives_the_same(usual: Selector, tmp_path: Path) -> None:
    save_sam(tmp_path / "sam", pickled=True)
    rgb, prompt = picture(LANDSCAPE), read_prompt([KEEP, DROP])
    assert (selector(tmp_path).select(rgb, prompt) == usual.select(rgb, prompt)).all()


class Evil:
    def __reduce__(self) -> Any:
        return print, ("run by a pickle",)


def test_a_pickle_runs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = save_sam(tmp_path / "sam", pickled=True)
    torch.save({"weight": Evil()}, folder / "pytorch_model.bin")
    with pytest.raises(ICLightError, match="Segment Anything in sam cannot be used"):
        selector(tmp_path).select(picture(SQUARE), read_prompt([KEEP]))
    assert "run by a pickle" not in capsys.readouterr().out


def test_weights_in_half_precision_run_in_float32(tmp_path: Path) -> None:
    save_sam(tmp_path / "sam", make_sam().half())
    types: set[torch.dtype] = set()

    def place(network: torch.nn.Module) -> torch.device:
        types.update(tensor.dtype for tensor in (*network.parameters(), *network.buffers()))
        return stay(network)

    rgb = picture(PORTRAIT)
    alpha = selector(tmp_path, place).select(rgb, read_prompt([KEEP]))
    assert types == {torch.float32}
    np.testing.assert_allclose(alpha, expected(rgb, [KEEP], None), atol=0.02)


def test_the_hosts_modes_change_nothing(saved: Path) -> None:
    rgb, prompt = picture(PORTRAIT), read_prompt([KEEP])
    placed: list[torch.nn.Module] = []

    def place(network: torch.nn.Module) -> torch.device:
        placed.append(network)
        network.device = CPU  # type: ignore[assignment]
        return stay(network)

    torch.manual_seed(5)
    state = torch.get_rng_state()
    made = selector(saved, place)
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        inside = made.select(rgb, prompt)
    assert (torch.get_rng_state() == state).all(), "a read must not move the random stream"
    placed[0].to(torch.float64).to(torch.float32)
    assert (made.select(rgb, prompt) == inside).all()
    assert len(placed) == 2, "the host may have taken the device back"
    assert (selector(saved).select(rgb, prompt) == inside).all()


def test_a_key_that_the_network_shares_with_itself_may_be_missing(
    usual: Selector, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where A1111 has left transformers' loader bound to the class of all networks."""
    load = SamModel.from_pretrained

    def load_as_any(*args: Any, **options: Any) -> Any:
        model, said = load(*args, **options)
        return model, {**said, "missing_keys": ["prompt_encoder.shared_embedding.positional_embedding"]}

    monkeypatch.setattr(SamModel, "from_pretrained", load_as_any)
    prompt = read_prompt([KEEP], None)
    found = selector(saved).select(picture(LANDSCAPE), prompt)
    assert (found == usual.select(picture(LANDSCAPE), prompt)).all()


def test_the_file_can_change_under_a_network_in_use(tmp_path: Path) -> None:
    weights = save_sam(tmp_path / "sam") / "model.safetensors"
    made = selector(tmp_path)
    made.select(picture(SQUARE), read_prompt([KEEP]))
    (network,) = made._networks.values()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with weights.open("r+b") as out:
        out.write(bytes(weights.stat().st_size))
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_a_folder_may_be_a_link(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "sam").symlink_to(saved / "sam-small", target_is_directory=True)
    assert selector(tmp_path).select(picture(SQUARE), read_prompt([KEEP])).shape == SQUARE


def test_none_is_installed(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "clip"}')
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ICLightError, match="facebook/sam-vit-base") as error:
        selector(tmp_path).select(picture(SQUARE), read_prompt([KEEP]))
    assert (error.value.code, error.value.status_code) == ("matting_model_missing", 422)


def drop_tensor(folder: Path) -> None:
    model = SamModel.from_pretrained(folder)
    state = {key: value for key, value in model.state_dict().items() if "iou_token" not in key}
    model.save_pretrained(folder, state_dict=state, safe_serialization=True)


def cut_off(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])


def change_config(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["vision_config"]["hidden_size"] = 48
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (drop_tensor, "1 of its tensors are missing"),
        (cut_off, "cannot be used"),
        (change_config, "cannot be used"),
        (lambda folder: (folder / "model.safetensors").unlink(), "neither model.safetensors nor pytorch_model.bin"),
        (lambda folder: (folder / "preprocessor_config.json").unlink(), r"has no preprocessor_config\.json"),
        (lambda folder: (folder / "preprocessor_config.json").write_text("{"), "cannot be used"),
    ],
)
def test_a_damaged_folder_is_refused_and_can_be_mended(tmp_path: Path, damage: Any, said: str) -> None:
    made, rgb, prompt = selector(tmp_path), picture(SQUARE), read_prompt([KEEP])
    damage(save_sam(tmp_path / "sam-small"))
    with pytest.raises(ICLightError, match=said) as error:
        made.select(rgb, prompt)
    assert (error.value.code, error.value.status_code) == ("matting_model_unusable", 500)
    assert "sam-small" in str(error.value)
    shutil.rmtree(tmp_path / "sam-small")
    save_sam(tmp_path / "sam-small")
    assert made.select(rgb, prompt).shape == SQUARE


@pytest.mark.parametrize("size", [(1, 20), (3, 3), (20, 3), (4, 80)], ids=str)
def test_a_picture_of_which_too_little_would_be_left(usual: Selector, size: tuple[int, int]) -> None:
    with pytest.raises(ICLightError, match="crop it first") as error:
        usual.select(picture(size), read_prompt([KEEP]))
    assert error.value.code == "picture_too_narrow"


@pytest.mark.parametrize("size", [(4, 4), (4, 64), (64, 4)], ids=str)
def test_a_picture_of_which_enough_is_left(usual: Selector, size: tuple[int, int]) -> None:
    assert usual.select(picture(size), read_prompt([KEEP])).shape == size
