"""Selecting by points and a box with an installed Segment Anything (SAM)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lib_iclight import decoding, log
from lib_iclight.cache import Budget, Cache
from lib_iclight.errors import ErrorCode, ICLightError, missing_packages
from lib_iclight.matting.base import Place, float32
from lib_iclight.matting.prompt import Prompt
from lib_iclight.models.pretrained import CONFIG, PREPROCESSOR, WEIGHTS, Pretrained
from lib_iclight.models.sources import HUB

if TYPE_CHECKING:
    from lib_iclight.matting.sam_network import Encoded, Sam

NAME = "sam"
LABEL = "Segment Anything"
LICENCE = "Apache-2.0"
"""That of the weights that its authors published."""

REPOSITORY = "facebook/sam-vit-base"
GET = (
    f"put {WEIGHTS[0]}, {CONFIG} and {PREPROCESSOR} from {HUB}/{REPOSITORY} ({LICENCE}, 375 MB) into "
    f"models/ic-light/{REPOSITORY.rpartition('/')[2]}"
)


class Selector:
    """Selects what a person points at; keeps the network, and what it saw in the last pictures.

    :param find: gives the folders of SAM that are installed; the first that can be used is.
    :param place: brings the network to the device where it shall run.
    :param budget: for what it saw, in bytes, 4 MB a picture; by default one of its own.
    """

    def __init__(self, find: Callable[[], Sequence[Pretrained]], place: Place, budget: Budget | None = None) -> None:
        self._find = find
        self._place = place
        self._networks: Cache[Sam] = Cache(1)
        self._encoded: Cache[Encoded] = Cache(budget or Budget(), lambda encoded: encoded.nbytes)

    def installed(self) -> Pretrained | None:
        """The folder that is used; None where there is none that can be."""
        return next((found for found in self._find() if not found.problem), None)

    def select(self, rgb: NDArray[np.uint8], prompt: Prompt) -> NDArray[np.float32]:
        """How much each pixel is part of what is pointed at.

        One point alone gives three masks, a thing, a part and a whole, of which the network's own estimate takes the
        best. It is trained by the logistic function of its logits, which is the matte here: soft at the edge, where a
        mask cut at 0 would have steps.

        :param rgb: uint8 [H, W, 3], sRGB.
        :returns: alpha, float32 [H, W] in 0..1.
        :raises ICLightError: no SAM is installed, it cannot be used, or the picture is too narrow.
        """
        model = self._choose()
        try:
            import torch

            from lib_iclight.matting import sam_network
        except ImportError as error:
            raise missing_packages(str(error.name or "transformers"), "diffusion") from None

        def read() -> Sam:
            log.count("read")
            try:
                return sam_network.read(model.folder, model.weights)
            # What transformers and torch raise at a damaged file is of no one kind.
            except Exception as error:
                raise _unusable(model, f"{error!s:.200}") from error

        network = self._networks.get(model.identity, read)

        def encode() -> Encoded:
            log.count("matting")
            return network.encode(rgb, device)

        device = self._place(network)
        # A host that is short of memory moves what it knows how to use in parts, and no parameter outside a layer.
        network.to(device)
        with torch.inference_mode(), float32(device):
            encoded = self._encoded.get((decoding.digest(rgb), model.identity), encode)
            logits = network.decode(encoded, prompt, device)
        return np.asarray(torch.from_numpy(logits).sigmoid().numpy(), np.float32)

    def _choose(self) -> Pretrained:
        if usable := self.installed():
            return usable
        found = self._find()
        for broken in found:
            if broken.is_known:
                raise _unusable(broken, broken.problem)
        closed = ", ".join(folder.folder.name for folder in found)
        raise ICLightError(
            ErrorCode.MATTING_MODEL_MISSING,
            f"To select by points, Segment Anything has to be installed: {GET}"
            f"{closed and f', or see to the permissions of {closed}'}.",
        )


def _unusable(model: Pretrained, why: str) -> ICLightError:
    return ICLightError(
        ErrorCode.MATTING_MODEL_UNUSABLE,
        f"Segment Anything in {model.folder.name} cannot be used: {why.rstrip('.')}; {GET}.",
    )
