"""What a way of matting says of itself."""

from __future__ import annotations

from collections.abc import Callable, Container
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight.cache import Single
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.models.library import FileKind

if TYPE_CHECKING:
    import torch

Place = Callable[["torch.nn.Module"], "torch.device"]
"""Moves a network to where the host wants it, by the host's own memory management, and says where that is.

The network stays float32.
"""

NETWORK: Single[Any] = Single()
"""The network that cut out last, of whatever kind; its key begins with the name of its weights."""


def float32(device: torch.device) -> AbstractContextManager[object]:
    """Keep a host's autocast out; on other devices torch has none in every version that hosts pin."""
    import torch

    return torch.autocast(device.type, enabled=False) if device.type in ("cpu", "cuda") else nullcontext()


@dataclass(frozen=True)
class Matting:
    """A way to tell a subject from its background.

    :param name: the value of the option ``matting``.
    :param label: what a person reads.
    :param file: the kind of file that has to be installed; ``None`` where all comes along.
    :param licence: that of its weights, said where it is chosen; empty where it has none.
    :param run: from sRGB uint8 [H, W, 3], its file and a place to alpha, float32 [H, W] in 0..1.
    :param package: what has to be importable beside what is needed anyway; empty for nothing.
    """

    name: str
    label: str
    file: FileKind | None
    licence: str
    run: Callable[[NDArray[np.uint8], Path | None, Place | None], NDArray[np.float32]]
    package: str = ""

    def can_run(self, files: Container[str]) -> bool:
        """Whether all that it needs is there.

        :param files: the names of the mattings whose files are installed.
        """
        return (not self.needs_file or self.name in files) and (not self.package or find_spec(self.package) is not None)

    @property
    def needs_file(self) -> bool:
        """Whether it works only where a file of weights is installed."""
        return self.file is not None

    def missing(self) -> ICLightError:
        """The error that its file is not there."""
        source = self.file and self.file.source
        file = f"{source.file} from {source.page} (licence: {self.licence})" if source else "it"
        return ICLightError(
            ErrorCode.MATTING_MODEL_MISSING,
            f"The file for matting {mention('matting', self.name)} is not installed: put {file} into "
            "models/ic-light, or choose another matting.",
        )


def no_subject() -> ICLightError:
    """The error that a matting finds nothing to cut out."""
    return ICLightError(
        ErrorCode.SUBJECT_NOT_FOUND,
        "No subject could be told from the background of the picture: give "
        f"{mention('foreground_mask')}, or set {mention('matting')} to {mention('matting', 'none')}.",
    )


def stretch(answer: NDArray[np.float32]) -> NDArray[np.float32]:
    """The answer of a network, float32 [h, w], from 0 where it is least to 1 where it is most.

    :raises ICLightError: it is the same everywhere, or not a number.
    """
    least, most = answer.min(), answer.max()
    if not least < most:
        raise no_subject()
    result: NDArray[np.float32] = (answer - least) / (most - least)
    return result
