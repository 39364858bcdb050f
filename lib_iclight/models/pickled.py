"""Files of weights that PyTorch has pickled: read without letting them run anything."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

ENDINGS = (".pth", ".pt", ".ckpt")

LARGEST = 1 << 29
"""In bytes; what is larger is a checkpoint of another kind, and is not looked into."""

TYPES = {"float32": "F32", "float16": "F16", "bfloat16": "BF16", "float64": "F64", "int64": "I64", "int32": "I32"}
"""The types of tensors, as safetensors calls them."""


def is_pickled(path: Path) -> bool:
    """Whether a file is PyTorch's own, by its ending."""
    return path.suffix.lower() in ENDINGS


class NotWeightsError(ValueError):
    """Why a file is not taken, as a part of a sentence."""


def read(path: Path, device: str = "cpu") -> Mapping[str, torch.Tensor]:
    """The tensors of a file, by name: of the whole, or of what Lightning calls ``state_dict``.

    :param device: "meta" for their names and shapes alone.
    :raises NotWeightsError: it holds anything but tensors and plain values, is damaged, or PyTorch is not there.
    :raises OSError: it cannot be read.
    """
    try:
        import torch
    except ImportError:
        raise NotWeightsError("it is a file of PyTorch, which is not installed here") from None
    try:
        with warnings.catch_warnings():
            # It says what it may not understand, and then what it did not.
            warnings.simplefilter("ignore")
            found = torch.load(path, map_location=device, weights_only=True)
    except (pickle.UnpicklingError, EOFError, RuntimeError, ValueError, KeyError, AttributeError, IndexError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NotWeightsError(f"it holds more than weights, or is damaged: {first:.120}") from error
    state: Any = found.get("state_dict", found) if isinstance(found, Mapping) else None
    if not isinstance(state, Mapping) or not all(_is_plain(value) for value in state.values()):
        raise NotWeightsError("it holds no table of plain weights")
    return {str(name): tensor for name, tensor in state.items()}


def _is_plain(value: Any) -> bool:
    """Whether it is a dense tensor of numbers that safetensors has too."""
    import torch

    return isinstance(value, torch.Tensor) and value.layout == torch.strided and _type_of(value) in TYPES


def _type_of(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def read_header(path: Path) -> dict[str, Any]:
    """The names, types and shapes in a file, as ``library.read_header`` gives those of safetensors.

    :raises NotWeightsError: as ``read``.
    """
    return {
        name: {"shape": list(tensor.shape), "dtype": TYPES[_type_of(tensor)]}
        for name, tensor in read(path, "meta").items()
    }
