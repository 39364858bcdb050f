"""U^2-Net, the large one, with the weights for anything and with those for people: ``u2net`` and ``u2net-human``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lib_iclight.matting.base import Place
from lib_iclight.matting.nested_unet_plan import U2NET
from lib_iclight.matting.u2netp import feed, finish
from lib_iclight.matting.weights import Cut, Family, matting_of, released, running

_released = partial(released, repository="https://github.com/xuebinqin/U-2-Net", plan=U2NET, licence="Apache-2.0")
GENERAL = _released(name="u2net", file="u2net.pth", label="U^2-Net", is_named=lambda stem: "human" not in stem)
HUMAN = _released(
    name="u2net-human", file="u2net_human_seg.pth", label="U^2-Net human", is_named=lambda stem: "human" in stem
)


def _cut(family: Family) -> Cut:
    def alpha(rgb: NDArray[np.uint8], path: Path, place: Place | None = None) -> NDArray[np.float32]:
        """As ``u2netp.alpha``, by a file of weights.

        :param path: the file; read once for as long as it stays the same.
        :param place: where the network is to run; without, on the CPU.
        :raises ICLightError: where the file cannot be read, or is another model's; where no subject is found.
        """
        import torch

        with running(family, path, place) as (network, device):
            answer = network(torch.from_numpy(feed(rgb)).to(device))[0, 0].cpu().numpy()
        return finish(answer, *rgb.shape[1::-1])

    return alpha


ANYTHING, PEOPLE = (matting_of(family, _cut(family)) for family in (GENERAL, HUMAN))
