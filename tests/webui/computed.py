"""The reference's pictures, a minute's work each: computed in a process whose memory goes with it, and kept."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from tests import reference


@contextmanager
def computed(kept: Path) -> Iterator[Callable[..., list[np.ndarray]]]:
    """Gives ``compute(kind, checkpoint, offset, **arguments)``, whose pictures stay in a folder.

    A checkpoint and a merged UNet take more memory than a host leaves beside it for long.
    """
    # Where all is kept already it is never started.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:

        def compute(kind: str, checkpoint: Path, offset: Path | None, **arguments: Any) -> list[np.ndarray]:
            in_order = [part for item in sorted(arguments.items()) for part in item]
            path = kept / f"{_name(kind, checkpoint, offset, *in_order)}.npz"
            if not path.exists():
                pictures = process.submit(_compute, kind, checkpoint, offset, arguments).result()
                np.savez_compressed(path, *pictures)
            with np.load(path) as archive:
                return [archive[f"arr_{i}"] for i in range(len(archive.files))]

        yield compute


def _name(*parts: Any) -> str:
    """A digest of arguments, of the reference's source and of the model files."""
    digest = hashlib.sha256()
    for source in sorted(Path(reference.__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype}{part.shape}".encode() + part.tobytes())
        elif isinstance(part, Path):
            state = part.stat()
            digest.update(f"{part} {state.st_size} {state.st_mtime_ns}".encode())
        else:
            digest.update(repr(part).encode())
    return digest.hexdigest()


def _compute(kind: str, checkpoint: Path, offset: Path | None, arguments: dict[str, Any]) -> list[np.ndarray]:
    pictures: list[np.ndarray] = getattr(reference, kind)(_loaded(checkpoint, offset), **arguments)
    return pictures


@lru_cache(maxsize=1)
def _loaded(checkpoint: Path, offset: Path | None) -> reference.Models:
    return reference.load(checkpoint, offset)
