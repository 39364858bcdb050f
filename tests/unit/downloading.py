"""A small model on a hub on this machine, and what is done with it."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lib_iclight.matting import FILE_KINDS
from lib_iclight.models.download import Downloads
from lib_iclight.models.library import FileKind
from lib_iclight.models.progress import State
from lib_iclight.models.sources import Source
from tests.unit.hub import Hub, hub_at_work

ROOT = Path(__file__).parents[2]
LENGTH = 6_000_000
SHAPES = {"tiny.weight": [LENGTH]}
TINY = Source("tiny", "someone/tiny", "model.safetensors", "Tiny.safetensors", LENGTH, "none")
KINDS = (FileKind(TINY, lambda shapes, stem: dict(shapes) == SHAPES), *FILE_KINDS)
THERE = "someone/tiny/model.safetensors"


def content(shapes: dict[str, list[int]] = SHAPES, seed: int = 0) -> bytes:
    """A safetensors file of bytes."""
    header, end = {}, 0
    for name, shape in shapes.items():
        header[name] = {"dtype": "U8", "shape": shape, "data_offsets": [end, end + shape[0]]}
        end += shape[0]
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + np.random.default_rng(seed).bytes(end)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    # A proxy knows nothing of the hub on this machine.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with hub_at_work() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.files[THERE] = content()
        yield hub


@pytest.fixture
def downloads(hub: Hub) -> Iterator[Downloads]:
    fc = Source("fc", TINY.repository, TINY.file, "fc.safetensors", LENGTH, "none")
    downloads = Downloads(kinds=KINDS, sources=(TINY, fc))
    yield downloads
    hub.go_on.set()
    downloads.cancel()
    end(downloads)


def end(downloads: Downloads) -> State:
    for state in downloads.follow(0.02):
        last = state
    assert not last.running
    return last


def get(downloads: Downloads, folder: Path, name: str = "tiny") -> State:
    downloads.start(name, folder)
    return end(downloads)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def until(condition: object) -> None:
    deadline = time.monotonic() + 30
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)
