"""What a way of matting says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lib_iclight.errors import ICLightError
from lib_iclight.sources import Source

if TYPE_CHECKING:
    import torch

Place = Callable[["torch.nn.Module"], "torch.device"]
"""Moves a network to where the host wants it, by the host's own memory management, and says where that is.

The network stays float32.
"""


@dataclass(frozen=True)
class Matting:
    """A way to tell a subject from its background.

    :param name: the value of the option ``matting``.
    :param label: what a person reads.
    :param source: the file that it needs and where that comes from; ``None`` where it needs none.
    :param recognise: tells its file by a safetensors header's keys and shapes; ``None`` where it needs none.
    :param run: from sRGB uint8 [H, W, 3], its file and a place to alpha, float32 [H, W] in 0..1.
    """

    name: str
    label: str
    source: Source | None
    recognise: Callable[[Mapping[str, Sequence[int]]], bool] | None
    run: Callable[[NDArray[np.uint8], Path | None, Place | None], NDArray[np.float32]]

    @property
    def needs_file(self) -> bool:
        """Whether it works only with a file of weights."""
        return self.recognise is not None

    @property
    def licence(self) -> str:
        """Under which it comes, said where it is chosen; empty where there is nothing to say."""
        return f"licence: {self.source.licence}" if self.source else ""

    def missing(self) -> ICLightError:
        """The error that its file is not there."""
        file = f"{self.source.file} from {self.source.page} ({self.licence})" if self.source else "it"
        return ICLightError(
            f'The file for matting "{self.name}" is not installed: put {file} '
            "into models/ic-light, or choose another matting."
        )
