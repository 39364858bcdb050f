"""Model files told apart by their headers. The files are sparse: full-size, without content."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lib_iclight import log
from lib_iclight.errors import ICLightError
from lib_iclight.matting import FILE_KINDS
from lib_iclight.matting import nested_unet_plan as plan
from lib_iclight.models import sources
from lib_iclight.models.library import Library, _extent
from lib_iclight.models.unet_keys import FIRST_CONVOLUTION, TENSORS

Shapes = dict[str, tuple[int, ...]]


def offset_shapes(channels: int, spelling: str = "ldm") -> Shapes:
    return {
        getattr(t, spelling): (t.shape[0], channels, *t.shape[2:]) if t.ldm == FIRST_CONVOLUTION else t.shape
        for t in TENSORS
    }


def write(path: Path, shapes: Shapes, dtype: str = "F16", cut: int = 0) -> Path:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        size = _extent({"shape": shape, "data_offsets": [], "dtype": dtype})[0]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    os.truncate(path, 8 + len(text) + end - cut)
    return path


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(lambda: [tmp_path, tmp_path / "missing"], FILE_KINDS)


@pytest.mark.parametrize("spelling", ["ldm", "diffusers"])
@pytest.mark.parametrize(
    ("name", "channels", "role"),
    [
        ("a.safetensors", 8, "fc"),
        ("my fcon one.safetensors", 8, "fcon"),
        ("fc.safetensors", 12, "fbc"),
        ("fcon.safetensors", 12, "fbc"),
    ],
)
def test_the_role_is_in_the_file(
    library: Library, tmp_path: Path, spelling: str, name: str, channels: int, role: str
) -> None:
    write(tmp_path / name, offset_shapes(channels, spelling))
    (file,) = library.files()
    assert (file.role, file.spelling, file.problem) == (role, spelling, None)
    assert library.find(role) == library.find(name) == library.find(Path(name).stem) == file


def test_fc_is_not_found_inside_fcon(library: Library, tmp_path: Path) -> None:
    write(tmp_path / "iclight_sd15_fcon.safetensors", offset_shapes(8))
    with pytest.raises(ICLightError, match="finds no model 'fc'"):
        library.find("fc")


def lacking(path: Path) -> None:
    shapes = offset_shapes(8)
    del shapes["out.2.bias"]
    write(path, shapes)


def foreign_shape(path: Path) -> None:
    write(path, {**offset_shapes(8), "out.2.bias": (5,)})


def extra(path: Path) -> None:
    write(path, {**offset_shapes(8), "zzz": (5,)})


def overlapping(path: Path) -> None:
    header = {n: {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]} for n in ("a", "b")}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"\0\0")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: write(p, offset_shapes(8), cut=100), "fetch it again"),
        (lambda p: write(p, offset_shapes(4)), "first convolution has 4 input channels"),
        (lambda p: write(p, offset_shapes(8), dtype="I64"), "not a float"),
        (lacking, "it lacks the tensor out.2.bias"),
        (foreign_shape, "its tensor out.2.bias has the shape [5]"),
        (extra, "it has the tensor zzz"),
        (lambda p: write(p, {"lora.weight": (4, 4)}), "its tensors are not those of IC-Light"),
        (lambda p: p.write_bytes(b""), "no safetensors file"),
        (lambda p: p.write_bytes(b"PK\3\4 a pickle in a zip"), "no safetensors file"),
        (lambda p: p.write_bytes(struct.pack("<Q", 2**62) + b"{}"), "no safetensors file"),
        (lambda p: p.write_bytes(struct.pack("<Q", 9) + b"[1, 2, 3]"), "header is damaged"),
        (lambda p: p.write_bytes(struct.pack("<Q", 10) + b'{"a": "b"}'), "header is damaged"),
        (overlapping, "header is damaged"),
    ],
)
def test_a_file_that_cannot_be_used_is_listed_with_why_and_never_chosen(
    library: Library, tmp_path: Path, make: Callable[[Path], Any], said: str
) -> None:
    make(tmp_path / "iclight_sd15_fc.safetensors")
    (file,) = library.files()
    assert file.role is None
    assert said in str(file.problem)
    for name in ("fc", "iclight_sd15_fc.safetensors"):
        with pytest.raises(ICLightError) as caught:
            library.find(name)
        assert said in str(caught.value)
        assert caught.value.status_code == 500


def test_a_broken_file_does_not_hide_a_whole_one(library: Library, tmp_path: Path) -> None:
    write(tmp_path / "a.safetensors", offset_shapes(8), cut=1)
    whole = write(tmp_path / "b.safetensors", offset_shapes(8))
    assert library.find("fc").path == whole


def test_a_matting_model_is_told_by_its_keys(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path / "model.safetensors", plan.shapes(plan.ISNET), "F32")
    assert library.files()[0].role == "rmbg-1.4"
    assert library.files_by_kind() == {"rmbg-1.4": path}
    with pytest.raises(ICLightError, match="finds no model"):
        library.find("model.safetensors")


def test_headers_are_read_once_and_again_when_the_file_changed(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path / "x.safetensors", offset_shapes(8))
    assert library.find("fc")
    before = log.counts()["read"]
    assert library.find("fc")
    assert log.counts()["read"] == before
    write(path, offset_shapes(12))
    assert library.files()[0].role == "fbc"
    assert log.counts()["read"] == before + 1


def test_sub_folders_are_looked_into(library: Library, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub" / "x.safetensors", offset_shapes(8))
    assert library.find("fc")


def test_nothing_at_all_says_where_to_put_it(library: Library, tmp_path: Path) -> None:
    with pytest.raises(ICLightError) as caught:
        library.find("fbc")
    assert str(tmp_path) in str(caught.value)
    assert sources.PAGE in str(caught.value)
