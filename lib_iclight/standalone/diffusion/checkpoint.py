"""Stable Diffusion 1.5 checkpoints in single files: found, and told from others by what is in them. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lib_iclight import log
from lib_iclight.cache import Cache
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.models.folders import find_files
from lib_iclight.models.library import FLOATS, FileError, read_header
from lib_iclight.models.unet_keys import FIRST_CONVOLUTION, LATENT, TENSORS

UNET = "model.diffusion_model."
VAE = "first_stage_model."
TEXT = "cond_stage_model.transformer."
SUFFIXES = (".safetensors", ".ckpt")


@dataclass(frozen=True)
class CheckpointFile:
    """A file that looks like a checkpoint. ``problem`` is why it cannot be used; None where it can."""

    path: Path
    size: int
    changed: int
    problem: FileError | None


class Checkpoints:
    """The checkpoints of some folders.

    :param folders: gives the folders, first wins; those that do not exist are passed over.
    """

    def __init__(self, folders: Callable[[], Sequence[Path]]) -> None:
        self._folders = folders
        self._known: Cache[CheckpointFile | None] = Cache(1000)

    def files(self) -> list[CheckpointFile]:
        """All checkpoints, usable or not, and folders that cannot be read, in the order of their names."""
        found = []
        for path, size, changed, unreadable in find_files(self._folders(), SUFFIXES):
            identity = (path, size, changed)
            if unreadable:
                found.append(CheckpointFile(*identity, _unreadable(unreadable)))
            elif file := self._known.get(identity, partial(_identify, *identity)):
                found.append(file)
        return found

    def find(self, name: str = "") -> CheckpointFile:
        """The checkpoint of that file name, with or without its suffix; the first usable one where it is empty.

        :raises ICLightError: there is none, or it cannot be used.
        """
        files = self.files()
        wanted = name.rpartition(" [")[0] or name
        for file in files:
            if wanted in (file.path.name, file.path.stem):
                if file.problem:
                    raise ICLightError(file.problem.code, f"IC-Light: {file.path.name} cannot be used: {file.problem}.")
                return file
            if not name and not file.problem:
                return file
        places = " or ".join(map(str, self._folders()))
        what = f"finds no checkpoint {name!r}" if name else "finds no checkpoint"
        usable = ", ".join(file.path.name for file in files if not file.problem) or "none"
        broken = "".join(f"; {file.path.name}: {file.problem}" for file in files if file.problem)
        raise ICLightError(
            ErrorCode.CHECKPOINT_UNKNOWN if name else ErrorCode.CHECKPOINT_MISSING,
            f"IC-Light {what} (usable: {usable}{broken}): put a Stable Diffusion 1.5 checkpoint (.safetensors) into "
            f"{places}.",
        )


def _identify(path: Path, size: int, changed: int) -> CheckpointFile | None:
    """The file as its header describes it; None where it is something else, such as an IC-Light model."""
    log.count("read")
    try:
        if path.suffix.lower() == ".ckpt":
            raise FileError(
                ErrorCode.CHECKPOINT_UNUSABLE, "a pickle can run code when it is read: convert it to .safetensors"
            )
        header = _read_header(path, size)
        if not any(name.startswith(UNET) for name in header):
            return None
        _check(header)
    except FileError as problem:
        return CheckpointFile(path, size, changed, problem.with_traceback(None))
    return CheckpointFile(path, size, changed, None)


def _read_header(path: Path, size: int) -> Mapping[str, Any]:
    try:
        return read_header(path, size)
    except FileError as problem:
        raise FileError(ErrorCode.CHECKPOINT_UNUSABLE, str(problem)) from None
    except OSError as error:
        raise _unreadable(error.strerror or type(error).__name__) from None


def _unreadable(why: str) -> FileError:
    return FileError(ErrorCode.CHECKPOINT_UNUSABLE, f"it cannot be read ({why})")


def _check(header: Mapping[str, Any]) -> None:
    """:raises FileError: why a checkpoint with this header cannot be used."""
    if any(name.startswith("conditioner.") for name in header):
        raise FileError(
            ErrorCode.NOT_SD15,
            "it is a Stable Diffusion XL checkpoint, and IC-Light's models are for Stable Diffusion 1.5",
        )
    first = header.get(UNET + FIRST_CONVOLUTION, {}).get("shape", ())
    if len(first) == 4 and first[1] != LATENT:
        raise FileError(
            ErrorCode.INPAINTING_CHECKPOINT,
            f"its first convolution has {first[1]} input channels, as those for inpainting have, and not {LATENT}",
        )
    for tensor in TENSORS:
        name = UNET + tensor.ldm
        if name not in header:
            raise FileError(ErrorCode.NOT_SD15, f"it lacks the tensor {name} of Stable Diffusion 1.5")
        if tuple(header[name]["shape"]) != tensor.shape:
            shape = header[name]["shape"]
            raise FileError(
                ErrorCode.NOT_SD15,
                f"its tensor {name} has the shape {shape}, which is not that of Stable Diffusion 1.5",
            )
        if header[name]["dtype"] not in FLOATS:
            raise FileError(
                ErrorCode.CHECKPOINT_UNUSABLE,
                f"its tensor {name} is {header[name]['dtype']}, and not one of {', '.join(FLOATS)}",
            )
    for prefix, part in ((VAE, "VAE"), (TEXT, "text encoder")):
        if not any(name.startswith(prefix) for name in header):
            raise FileError(ErrorCode.CHECKPOINT_UNUSABLE, f"it has no {part}: take the full checkpoint")
