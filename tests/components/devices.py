"""A GPU that is not there: tensors that have a device, a type and a shape but no content.

Torch's fake tensors let some operations pass that a real GPU refuses, so each is checked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

CPU = torch.device("cpu")
CUDA = torch.device("cuda", 0)
FP8 = torch.float8_e4m3fn

COPIES = ("_to_copy", "copy_", "to")
"""Operations that take tensors of two devices and types."""

VIEWS = (
    "detach",
    "alias",
    "view",
    "_unsafe_view",
    "slice",
    "clone",
    "empty_like",
    "lift_fresh",
    "to",
    "device",
    *COPIES,
)
"""All that is done with numbers of 8 bits: there is no arithmetic in them."""

PRODUCTS = ("convolution", "mm", "addmm", "bmm", "baddbmm")
"""Operations whose tensors have one type."""


class MixError(RuntimeError):
    """What a real GPU refuses."""


class _Checked(TorchDispatchMode):
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        # A scalar tensor of the CPU goes with any.
        tensors = [t for t in tree_leaves((args, kwargs or {})) if isinstance(t, torch.Tensor) and t.dim()]
        if name not in COPIES and len({t.device for t in tensors}) > 1:
            raise MixError(f"{name} of tensors on {sorted({str(t.device) for t in tensors})}")
        if name in PRODUCTS and len({t.dtype for t in tensors}) > 1:
            raise MixError(f"{name} of {sorted({str(t.dtype) for t in tensors})}")
        if name not in VIEWS and any(t.dtype == FP8 for t in tensors):
            raise MixError(f"{name} of {FP8}")
        return func(*args, **(kwargs or {}))


def _apply(module: torch.nn.Module, function: Callable[[torch.Tensor], torch.Tensor]) -> torch.nn.Module:
    """As ``torch.nn.Module``'s own for real tensors: parameters stay and hold something else."""
    for child in module.children():
        child._apply(function)
    for name, parameter in module._parameters.items():
        if isinstance(parameter, FakeTensor):
            parameter.data = function(parameter.data)
        elif parameter is not None:
            with torch.no_grad():
                module._parameters[name] = torch.nn.Parameter(function(parameter), requires_grad=False)
    for name, buffer in module._buffers.items():
        if buffer is not None:
            module._buffers[name] = function(buffer)
    return module


def _hold(tensor: FakeTensor, other: FakeTensor) -> None:
    torch.Tensor.data.__set__(tensor, other)  # type: ignore[attr-defined]
    tensor.fake_device = other.fake_device


def _numpy(tensor: FakeTensor) -> NDArray[Any]:
    if tensor.device != CPU:
        raise MixError(f"numpy of a tensor on {tensor.device}")
    return np.zeros(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))


def _item(tensor: FakeTensor, index: Any) -> torch.Tensor:
    """A part of a tensor. Torch's own asks for the GPU's driver."""
    shape = torch.Tensor.__getitem__(torch.empty(tensor.shape), index).shape
    return torch.empty(shape, dtype=tensor.dtype, device=tensor.device)


@contextmanager
def fake_gpu() -> Iterator[FakeTensorMode]:
    """``CUDA`` is there. Modules made before come to it by ``to``."""
    held = property(torch.Tensor.data.__get__, _hold)  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeTensor, "data", held, raising=False)
        patch.setattr(FakeTensor, "contiguous", torch.Tensor.clone, raising=False)
        patch.setattr(FakeTensor, "__getitem__", _item, raising=False)
        patch.setattr(FakeTensor, "numpy", _numpy, raising=False)
        patch.setattr(torch.nn.Module, "_apply", _apply)
        mode = FakeTensorMode(allow_non_fake_inputs=True)
        with torch.no_grad(), mode, _Checked():
            yield mode


def where(module: torch.nn.Module) -> set[tuple[torch.device, torch.dtype]]:
    """On which devices, in which types a module's parameters are."""
    return {(parameter.device, parameter.dtype) for parameter in module.parameters()}
