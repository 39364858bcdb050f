"""The registry of mattings, and GrabCut; nothing here needs torch."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lib_iclight import log, matting
from lib_iclight.errors import ICLightError
from lib_iclight.matting import grabcut, rmbg
from lib_iclight.matting import nested_unet_plan as plan

ROOT = Path(__file__).parents[2]
FILES = {"rmbg-1.4": Path("somewhere/model.safetensors")}


def disc(
    height: int, width: int, centre: tuple[float, float] = (0.5, 0.5)
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A red disc with grain on a blue ramp with grain, and where the disc is."""
    rows, columns = np.mgrid[0:height, 0:width]
    y, x = (rows + 0.5) / height - centre[0], (columns + 0.5) / width - centre[1]
    inside = (y * height) ** 2 + (x * width) ** 2 < (0.25 * min(height, width)) ** 2
    ramp = np.stack([columns * 40 / width, 40 + rows * 40 / height, 150 + columns * 60 / width], -1)
    grain = np.random.default_rng(0).normal(0, 6, (height, width, 3))
    picture = np.where(inside[..., None], [190.0, 60.0, 50.0], ramp) + grain
    return picture.clip(0, 255).astype(np.uint8), inside


@pytest.mark.parametrize(
    ("height", "width", "centre"),
    [
        (300, 400, (0.5, 0.5)),
        (301, 173, (0.4, 0.6)),
        (1200, 900, (0.5, 0.3)),
        (64, 48, (0.5, 0.5)),
        (900, 300, (0.3, 0.5)),
        (400, 400, (0.95, 0.5)),
    ],
)
def test_grabcut_finds_a_disc(height: int, width: int, centre: tuple[float, float]) -> None:
    picture, inside = disc(height, width, centre)
    alpha = grabcut.alpha(picture)
    assert alpha.dtype == np.float32
    assert alpha.shape == (height, width)
    assert 0 <= alpha.min() <= alpha.max() <= 1
    assert abs(alpha - inside).mean() < 0.02
    overlap = ((alpha > 0.5) & inside).sum() / ((alpha > 0.5) | inside).sum()
    assert overlap > 0.93


def test_grabcut_is_soft_at_the_edge_and_hard_away_from_it() -> None:
    picture, inside = disc(600, 600)
    alpha = grabcut.alpha(picture)
    rows, columns = np.mgrid[0:600, 0:600]
    distance = abs(np.hypot(rows - 299.5, columns - 299.5) - 150)
    assert (abs(alpha - inside)[distance > 30] < 0.01).all()
    partial = (alpha > 0.05) & (alpha < 0.95)
    assert partial.any()
    assert not partial[distance > 30].any()


def test_grabcut_gives_the_same_bytes_each_time() -> None:
    picture, _ = disc(240, 320)
    first = grabcut.alpha(picture)
    grabcut.alpha(disc(200, 200, (0.4, 0.4))[0])
    assert grabcut.alpha(picture).tobytes() == first.tobytes()


def test_grabcut_leaves_the_picture_as_it_is() -> None:
    picture, _ = disc(240, 320)
    before = picture.copy()
    picture.flags.writeable = False
    grabcut.alpha(picture)
    assert (picture == before).all()


@pytest.mark.parametrize("value", [0, 127, 255])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (8, 8), (300, 200), (3, 4000), (4000, 3), (9, 9000)])
def test_grabcut_refuses_a_uniform_picture_with_a_sentence(size: tuple[int, int], value: int) -> None:
    with pytest.raises(ICLightError) as error:
        grabcut.alpha(np.full((*size, 3), value, np.uint8))
    assert error.value.status_code == 422
    for word in ("No subject", "foreground_mask", "'none'"):
        assert word in str(error.value)


@settings(max_examples=60, deadline=None)
@given(
    height=st.one_of(st.integers(1, 40), st.integers(1, 700)),
    width=st.one_of(st.integers(1, 40), st.integers(1, 700)),
    kind=st.sampled_from(["noise", "two colours", "ramp", "one pixel", "disc"]),
    seed=st.integers(0, 99),
)
def test_grabcut_answers_or_refuses_any_picture(height: int, width: int, kind: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    if kind == "noise":
        picture = random.integers(0, 256, (height, width, 3), np.uint8)
    elif kind == "two colours":
        picture = random.integers(0, 2, (height, width, 1), np.uint8).repeat(3, 2) * np.uint8(255)
    elif kind == "ramp":
        picture = np.linspace(0, 255, height * width * 3).reshape(height, width, 3).astype(np.uint8)
    elif kind == "one pixel":
        picture = np.zeros((height, width, 3), np.uint8)
        picture[height // 2, width // 2] = 255
    else:
        picture, _ = disc(height, width, (random.random(), random.random()))
    try:
        alpha = grabcut.alpha(picture)
    except ICLightError:
        return
    assert alpha.shape == (height, width)
    assert alpha.dtype == np.float32
    assert np.isfinite(alpha).all()
    assert 0 <= alpha.min() <= alpha.max() <= 1
    assert alpha.max() > 0.5


@settings(max_examples=200, deadline=None)
@given(width=st.integers(1, 20000), height=st.integers(1, 20000))
def test_the_network_sees_multiples_of_64(width: int, height: int) -> None:
    size = rmbg.working_size(width, height)
    assert all(side % 64 == 0 and side >= 64 for side in size)
    if max(width, height) <= 4 * min(width, height):
        assert 0.85 < size[0] * size[1] / 1024**2 < 1.15


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    # 64 * round(width * k), k = sqrt(256 / (height * width)), worked out by hand.
    [
        (512, 512, (1024, 1024)),
        (512, 768, (832, 1280)),
        (768, 1536, (704, 1472)),
        (1, 1, (1024, 1024)),
        (4000, 3, (37376, 64)),
    ],
)
def test_the_network_sees_the_authors_size(width: int, height: int, expected: tuple[int, int]) -> None:
    assert rmbg.working_size(width, height) == expected


def test_auto_takes_the_best_that_can_run() -> None:
    assert matting.choose("auto", FILES).name == "rmbg-1.4"
    assert matting.choose("auto", {}).name == "u2netp"


def test_a_name_takes_that_matting() -> None:
    assert matting.choose("rmbg-1.4", FILES).name == "rmbg-1.4"
    assert matting.choose("u2netp", FILES).name == "u2netp"
    assert matting.choose("grabcut", FILES).name == "grabcut"


def test_a_missing_file_is_said_with_what_to_do_and_the_licence() -> None:
    with pytest.raises(ICLightError) as error:
        matting.choose("rmbg-1.4", {})
    for word in ("rmbg-1.4", "model.safetensors", "briaai/RMBG-1.4", "models/ic-light", "non-commercial"):
        assert word in str(error.value)
    with pytest.raises(ICLightError, match="not installed"):
        matting.compute(matting.MATTINGS[0], disc(64, 64)[0], {})


@pytest.mark.parametrize("name", ["", "none", "RMBG-1.4", "u2"])
def test_another_name_is_refused_with_the_names_there_are(name: str) -> None:
    with pytest.raises(ICLightError, match=r'"auto", "none", .*"rmbg-1\.4", "isnet-general-use", .*"u2net"') as error:
        matting.choose(name, FILES)
    assert f'"{name}"' in str(error.value)


def test_the_registry_is_in_order() -> None:
    names = [each.name for each in matting.MATTINGS]
    assert len(set(names)) == len(names)
    assert any(not each.needs_file for each in matting.MATTINGS)
    for each in matting.MATTINGS:
        assert each.label
        assert each.needs_file == (each.file is not None)
    assert "non-commercial" in matting.choose("rmbg-1.4", FILES).licence


def test_compute_counts_and_gives_what_the_matting_gives() -> None:
    picture, _ = disc(100, 120)
    before = log.counts().get("matting", 0)
    alpha = matting.compute(matting.choose("grabcut", {}), picture, {})
    assert (alpha == grabcut.alpha(picture)).all()
    assert log.counts()["matting"] == before + 1


def test_rmbg_is_told_by_its_keys_and_shapes() -> None:
    shapes = plan.shapes(plan.ISNET)
    assert len(shapes) == 798
    assert sum(int(np.prod(shape)) for shape in shapes.values()) == 44_075_702
    without = {key: shape for key, shape in shapes.items() if not key.endswith("num_batches_tracked")}
    assert len(without) == 798 - 112
    assert rmbg.FAMILY.recognise(shapes, "model")
    assert rmbg.FAMILY.recognise({key: list(shape) for key, shape in without.items()}, "model")


def test_nothing_else_is_taken_for_rmbg() -> None:
    shapes = plan.shapes(plan.ISNET)
    assert not rmbg.FAMILY.recognise({}, "model")
    assert not rmbg.FAMILY.recognise({"conv_in.weight": (320, 8, 3, 3)}, "model")
    assert not rmbg.FAMILY.recognise({**shapes, "one.more": (1,)}, "model")
    assert not rmbg.FAMILY.recognise({**shapes, "conv_in.weight": (64, 4, 3, 3)}, "model")
    assert not rmbg.FAMILY.recognise({key: shape for key, shape in shapes.items() if key != "side6.bias"}, "model")
    key = "stage1.rebnconvin.bn_s1.num_batches_tracked"
    assert not rmbg.FAMILY.recognise({**shapes, key: (1,)}, "model")


def test_the_registry_works_without_torch() -> None:
    code = textwrap.dedent("""
        import sys

        class Blocked:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in ("torch", "safetensors"):
                    raise ImportError(f"{name} is blocked")

        sys.meta_path.insert(0, Blocked())
        from lib_iclight import matting
        from lib_iclight.matting import nested_unet_plan as plan

        best = matting.choose("rmbg-1.4", {"rmbg-1.4": None})
        assert best.file.recognise(plan.shapes(plan.ISNET), "model") and not best.file.recognise({"a": [1]}, "a")
        assert matting.choose("auto", {}).name == "u2netp"
        assert "torch" not in sys.modules
    """)
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)
