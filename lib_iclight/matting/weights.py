"""Files of weights of U^2-Net and IS-Net: told apart, read once, and brought to where they run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.matting.base import NETWORK, Matting, Place, float32
from lib_iclight.matting.nested_unet_plan import COUNTER, Plan, shapes
from lib_iclight.models import pickled
from lib_iclight.models.library import FileKind, Shapes
from lib_iclight.models.sources import Source

if TYPE_CHECKING:
    import torch

    from lib_iclight.matting.nested_unet import NestedUNet


Value = TypeVar("Value")


@dataclass(frozen=True)
class Family:
    """Weights of one training.

    :ivar label: how a person knows them.
    :ivar is_named: tells them by a file's name, without its ending and in small letters, from others of the same plan.
    :ivar prefix: of the network's keys, where a file has other keys too; a file without any is taken as well.
    """

    source: Source
    label: str
    plan: Plan
    is_named: Callable[[str], bool]
    prefix: str = ""

    @property
    def kind(self) -> FileKind:
        return FileKind(self.source, self.recognise)

    @property
    def replace(self) -> str:
        """What to do where a file is not that."""
        return f"put {self.source.file} from {self.source.page} in its place"

    def recognise(self, of: Shapes, stem: str) -> bool:
        """Whether a file with these keys and shapes, of that name, is of this family."""
        return self.holds(of) and (bool(self.prefix and self._is_prefixed(of)) or self.is_named(stem.lower()))

    def holds(self, of: Shapes) -> bool:
        """Whether these keys and shapes are those of its network."""
        expected = shapes(self.plan)
        given = {key: tuple(shape) for key, shape in self.strip(of).items()}
        counters = {key: () for key in expected if key.endswith(f".{COUNTER}")}
        return {**counters, **given} == expected

    def strip(self, of: Mapping[str, Value]) -> dict[str, Value]:
        """What belongs to the network, by its own keys."""
        if not self._is_prefixed(of):
            return dict(of)
        return {key[len(self.prefix) :]: value for key, value in of.items() if key.startswith(self.prefix)}

    def _is_prefixed(self, of: Mapping[str, Value]) -> bool:
        return any(key.startswith(self.prefix) for key in of)


def released(
    name: str,
    repository: str,
    file: str,
    label: str,
    plan: Plan,
    licence: str,
    is_named: Callable[[str], bool],
    prefix: str = "",
) -> Family:
    """Weights whose file keeps the name that it was released by; parameters are those of ``Source`` and ``Family``."""
    return Family(Source(name, repository, file, file, weight_of(plan), licence), label, plan, is_named, prefix)


Cut = Callable[[NDArray[np.uint8], Path, "Place | None"], NDArray[np.float32]]
"""From a picture, uint8 [H, W, 3], its file of weights and a place to alpha, float32 [H, W] in 0..1."""


def matting_of(family: Family, cut: Cut) -> Matting:
    """A matting by weights that have to be installed."""

    def run(rgb: NDArray[np.uint8], path: Path | None, place: Place | None) -> NDArray[np.float32]:
        if path is None:
            raise made.missing()
        return cut(rgb, path, place)

    made = Matting(family.source.name, family.label, family.kind, family.source.licence, run)
    return made


def weight_of(plan: Plan) -> int:
    """The bytes of a file of a plan's weights, but for its header."""
    return 4 * sum(map(math.prod, shapes(plan).values()))


@contextmanager
def running(family: Family, path: Path, place: Place | None) -> Iterator[tuple[NestedUNet, torch.device]]:
    """A network with a file's weights where it is to run, in float32 and without gradients.

    :param place: where; without, on the CPU.
    :raises ICLightError: the file cannot be read, or is of another family.
    """
    import torch

    network = _network(family, path)
    device = (place or _on_cpu)(network)
    with torch.inference_mode(), float32(device):
        yield network, device


def _on_cpu(network: torch.nn.Module) -> torch.device:
    network.to("cpu")
    return next(network.parameters()).device


def _network(family: Family, path: Path) -> NestedUNet:
    """The network with the weights of a file; the last one is kept while its file stays the same."""
    try:
        stat = path.stat()
    except OSError as error:
        raise _unreadable(family, path, error) from error
    identity = family.source.name, str(path.resolve()), stat.st_size, stat.st_mtime_ns
    network: NestedUNet = NETWORK.get(identity, partial(_read, family, path))
    return network


def _read(family: Family, path: Path) -> NestedUNet:
    import torch
    from safetensors import SafetensorError

    from lib_iclight.matting.nested_unet import NestedUNet

    log.count("read")
    # Hosts call under inference_mode, and what is made there cannot be moved outside it.
    with torch.inference_mode(False), torch.no_grad():
        try:
            state = _pickled_state(family, path) if pickled.is_pickled(path) else _state(family, path)
        except (OSError, SafetensorError, pickled.NotWeightsError) as error:
            raise _unreadable(family, path, error) from error
        # On "meta" nothing is drawn from the random stream, which a generation may depend on.
        with torch.device("meta"):
            network = NestedUNet(family.plan)
        # Copied, not mapped, so that the file can be replaced while the WebUI runs.
        network.to_empty(device="cpu")
        # Torch sets counters that a file lacks by itself, and names whatever else does not match.
        network.load_state_dict(state)
    return network.eval().requires_grad_(False)


def _state(family: Family, path: Path) -> Mapping[str, torch.Tensor]:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        names = list(file.keys())
        _refuse_others(family, path, {name: file.get_slice(name).get_shape() for name in names})
        return family.strip({name: file.get_tensor(name) for name in names})


def _pickled_state(family: Family, path: Path) -> Mapping[str, torch.Tensor]:
    state = pickled.read(path)
    _refuse_others(family, path, {name: tensor.shape for name, tensor in state.items()})
    return family.strip(state)


def _refuse_others(family: Family, path: Path, of: Shapes) -> None:
    if not family.holds(of):
        raise ICLightError(
            ErrorCode.MATTING_MODEL_UNUSABLE,
            f"{path.name} does not hold the weights of {family.label}: {family.replace}.",
        )


def _unreadable(family: Family, path: Path, error: Exception) -> ICLightError:
    return ICLightError(ErrorCode.MATTING_MODEL_UNUSABLE, f"{path.name} cannot be read ({error}): {family.replace}.")
