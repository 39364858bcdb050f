"""Full-size offsets mapped from their files. The files are sparse, but for the tensors that are looked at."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import torch  # noqa: F401 - so that its own memory is not counted below

from lib_iclight import log
from lib_iclight.models.library import Library
from lib_iclight.models.unet_keys import TENSORS
from tests.unit.test_library import offset_shapes, write


def put(path: Path, name: str, values: np.ndarray) -> None:
    with path.open("r+b") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        begin, end = json.loads(stream.read(length))[name]["data_offsets"]
        assert end - begin == values.nbytes
        stream.seek(8 + length + begin)
        stream.write(values.tobytes())


def anonymous_memory() -> int:
    """What the process holds in memory that is no file's, in bytes."""
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("only Linux tells")
    return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("RssAnon"))


@pytest.mark.parametrize("spelling", ["ldm", "diffusers"])
def test_an_offset_is_mapped_under_ldm_names(tmp_path: Path, spelling: str) -> None:
    path = write(tmp_path / "x.safetensors", offset_shapes(8, spelling))
    last = next(t for t in TENSORS if t.ldm == "out.2.bias")
    put(path, getattr(last, spelling), np.arange(4, dtype=np.float16))
    library = Library(lambda: [tmp_path])
    before = anonymous_memory()
    offset = library.load(library.find("fc"))
    assert anonymous_memory() - before < 100e6, "it is mapped, not copied"
    assert offset.tensors.keys() == {t.ldm for t in TENSORS}
    assert offset.tensors["out.2.bias"].tolist() == [0, 1, 2, 3]
    assert offset.tensors["input_blocks.0.0.weight"].shape == (320, 8, 3, 3)
    with path.open("rb") as stream:
        digest = hashlib.sha256()
        while block := stream.read(1 << 24):
            digest.update(block)
    assert offset.sha256 == digest.hexdigest()
    assert offset.short_hash == offset.sha256[:10]


def test_a_file_is_read_once_and_again_when_it_was_replaced(tmp_path: Path) -> None:
    path = write(tmp_path / "x.safetensors", offset_shapes(8))
    library = Library(lambda: [tmp_path])
    first = library.load(library.find("fc"))
    before = log.counts()
    assert library.load(library.find("fc")) is first
    assert log.counts() == before
    fresh = write(tmp_path / "y", offset_shapes(8))
    put(fresh, "out.2.bias", np.ones(4, np.float16))
    os.replace(fresh, path)
    again = library.load(library.find("fc"))
    assert again.sha256 != first.sha256
    assert again.tensors["out.2.bias"].tolist() == [1, 1, 1, 1]


def maps_of(path: Path) -> int:
    """How often this process has a file mapped."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("only Linux tells")
    return sum(line.rstrip().endswith(str(path)) for line in maps.read_text().splitlines())


def test_one_map_a_file_while_anything_uses_it(tmp_path: Path) -> None:
    """A host keeps tensors in patchers, and not the offset that they came with."""
    fc, fbc = (
        write(tmp_path / "fc.safetensors", offset_shapes(8)),
        write(tmp_path / "fbc.safetensors", offset_shapes(12)),
    )
    library = Library(lambda: [tmp_path])
    held = []
    gc.disable()
    try:
        for _ in range(4):
            for role in ("fc", "fbc"):
                held.append(library.load(library.find(role)).tensors["out.2.bias"])
        assert (maps_of(fc), maps_of(fbc)) == (1, 1)
        held.clear()
        assert (maps_of(fc), maps_of(fbc)) == (0, 1), "the one that is kept"
    finally:
        gc.enable()


def test_what_is_written_into_a_mapped_tensor_is_not_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "x.safetensors", offset_shapes(8))
    library = Library(lambda: [tmp_path])
    library.load(library.find("fc")).tensors["out.2.bias"].fill_(7)
    fresh = Library(lambda: [tmp_path])
    assert fresh.load(fresh.find("fc")).tensors["out.2.bias"].tolist() == [0, 0, 0, 0]
    assert path.is_file()
