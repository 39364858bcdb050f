"""Models as HuggingFace's transformers saves them: folders of weights, with the files that say how to use them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lib_iclight.cache import Cache
from lib_iclight.models.folders import find_files

CONFIG = "config.json"
PREPROCESSOR = "preprocessor_config.json"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
"""Best first: a pickle can be refused by what reads it."""

LONGEST_CONFIG = 1_000_000
"""Of a configuration, in bytes."""


@dataclass(frozen=True)
class Pretrained:
    """A folder of a model; or one that cannot be looked into, and may be one.

    :ivar is_known: whether it is one.
    :ivar weights: its file of weights; the folder where there is none.
    :ivar size: of that file, in bytes.
    :ivar changed: the time of its last change in nanoseconds.
    :ivar problem: why it cannot be used, as the end of a sentence; empty where nothing is known against it.
    """

    folder: Path
    weights: Path
    size: int
    changed: int
    problem: str
    is_known: bool = True

    @property
    def identity(self) -> tuple[str, int, int]:
        """What a cache of its weights is to be keyed by."""
        return str(self.weights.resolve()), self.size, self.changed


def find_pretrained(folders: Sequence[Path], model_type: str, types: Cache[str | None]) -> list[Pretrained]:
    """The models of a type in some folders and all below, links followed, in the order of their paths.

    :param model_type: that of the configuration, such as ``sam``.
    :param types: see ``read_model_type``.
    """
    found = []
    for path, _, _, unreadable in find_files(folders, (".json",)):
        if unreadable:
            found.append(Pretrained(path, path, 0, 0, f"it cannot be read ({unreadable})", is_known=False))
        elif path.name == CONFIG and read_model_type(path.parent, types) == model_type:
            found.append(_look_into(path.parent))
    return found


def read_model_type(folder: Path, types: Cache[str | None]) -> str | None:
    """The type in a folder's configuration; None where it has none.

    :param types: of the configurations that were read, each kept while its file stays the same.
    """
    path = folder / CONFIG
    try:
        state = path.stat()
        return types.get((path, state.st_size, state.st_mtime_ns), lambda: _read_type(path))
    except OSError:
        return None


def _read_type(path: Path) -> str | None:
    with path.open("rb") as stream:
        text = stream.read(LONGEST_CONFIG)
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        return None
    kind = config.get("model_type") if isinstance(config, dict) else None
    return kind if isinstance(kind, str) else None


def _look_into(folder: Path) -> Pretrained:
    weights = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if weights is None:
        return _unusable(folder, f"it has neither {' nor '.join(WEIGHTS)}")
    if not (folder / PREPROCESSOR).is_file():
        return _unusable(folder, f"it has no {PREPROCESSOR}")
    state = weights.stat()
    return Pretrained(folder, weights, state.st_size, state.st_mtime_ns, "")


def _unusable(folder: Path, problem: str) -> Pretrained:
    return Pretrained(folder, folder, 0, 0, problem)
