"""What a host has to offer, and the choice of the one that is there."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib_iclight.errors import ErrorCode, ICLightError

if TYPE_CHECKING:
    import torch

    from lib_iclight.models.library import Offset

ADAPTERS = (
    ("lib_iclight.hosts.forge", "backend.patcher.base"),
    ("lib_iclight.hosts.neo", "backend.patcher.base"),
    ("lib_iclight.hosts.ldm_patched", "ldm_patched.modules.model_patcher"),
    ("lib_iclight.hosts.a1111", "modules.sd_samplers_common"),
)
"""One line for each family, the most capable first: its file, and the host's module that tells it. The file's
``connect()`` gives the adapter, or None where the host cannot do what it takes."""


class Host(Protocol):
    """A WebUI, as far as relighting needs it. ``p`` is the WebUI's own object for one generation."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def backend(self) -> str: ...

    def refuse(self, p: Any) -> None:
        """Raise ICLightError where the generation's checkpoint or other parts cannot be combined with IC-Light."""
        ...

    def vae(self, p: Any) -> object:
        """What stands for the VAE in a cache of what it encoded: another object where it would encode otherwise."""
        ...

    def encode(self, p: Any, pixels: NDArray[np.float32]) -> torch.Tensor:
        """The mode of the posterior times the model's scale: never a sample, and no use of the random stream.

        :param pixels: shape (count, 3, height, width), in the VAE's own range (-1..1, grey 127 is 0).
        :return: shape (count, 4, height / 8, width / 8).
        """
        ...

    def apply(self, p: Any, offset: Offset, concat: torch.Tensor) -> None:
        """Add the offset and the concat conditions to the UNet of the sampling that is about to begin.

        :param concat: shape (batch, 4 or 8, height / 8, width / 8).
        """
        ...

    def release(self) -> None:
        """Let go of what was kept of a sampling, once it has ended."""
        ...

    def generate_plain(self, p: Any) -> list[Image.Image]:
        """The pictures that a generation's first stage gives without IC-Light, and without any other script.

        :param p: whose seeds and prompts are known, before its ``init``; it is left as it is.
        :return: all of them, ``p.batch_size * p.n_iter``; fewer where somebody interrupted it.
        """
        ...

    def place(self, module: torch.nn.Module) -> torch.device:
        """Bring a network to the device where it shall run, by the host's own memory management."""
        ...


class Unsupported:
    """Stands in where no adapter fits, so that the panel is there and a job is refused with a sentence."""

    name = "unknown"
    version = ""
    backend = ""

    def refuse(self, p: Any) -> None:
        raise ICLightError(
            ErrorCode.HOST_NOT_SUPPORTED,
            "IC-Light does not know this WebUI: it runs in Forge, Forge Classic, reForge, Forge Neo and in "
            "AUTOMATIC1111's Stable Diffusion WebUI from 1.10 on.",
        )

    def vae(self, p: Any) -> object:
        raise NotImplementedError

    def encode(self, p: Any, pixels: NDArray[np.float32]) -> torch.Tensor:
        raise NotImplementedError

    def apply(self, p: Any, offset: Offset, concat: torch.Tensor) -> None:
        raise NotImplementedError

    def release(self) -> None:
        raise NotImplementedError

    def generate_plain(self, p: Any) -> list[Image.Image]:
        raise NotImplementedError

    def place(self, module: torch.nn.Module) -> torch.device:
        return next(module.parameters()).device


def connect() -> Host:
    """The adapter of the host that this process is."""
    for name, needs in ADAPTERS:
        if not (importlib.util.find_spec(needs.partition(".")[0]) and importlib.util.find_spec(needs)):
            continue
        adapter = importlib.import_module(name)
        if host := adapter.connect():
            return host
    return Unsupported()
