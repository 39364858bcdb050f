"""The ways to tell a subject from its background. To add one: a file here, and a line in ``MATTINGS``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.matting import grabcut, isnet, rembg, rmbg, u2net, u2netp
from lib_iclight.matting.base import Matting, Place

__all__ = ["FILE_KINDS", "MATTINGS", "Matting", "Place", "choose", "compute"]

# Best first; U^2-Netp comes along, so that there is always one, and what stands below it is taken by name alone.
MATTINGS: tuple[Matting, ...] = (
    *(network.matting() for network in rembg.ANYTHING),
    *(rmbg.MATTING, isnet.ANYTHING, rembg.ISNET.matting(), u2net.ANYTHING, rembg.U2NET.matting()),
    *(u2netp.MATTING, grabcut.MATTING, isnet.DRAWINGS, u2net.PEOPLE),
    *(network.matting() for network in rembg.BY_NAME),
)

FILE_KINDS = tuple(matting.file for matting in MATTINGS if matting.file)
"""What a library of model files has to look for."""


def choose(name: str, files: Mapping[str, Path]) -> Matting:
    """The matting of that name, or for ``auto`` the best that can run.

    :param files: the installed files, by the name of the matting that each is for.
    :raises ICLightError: where there is none of that name, or its file is not installed.
    """
    if name == "auto":
        return next(matting for matting in MATTINGS if matting.can_run(files))
    for matting in MATTINGS:
        if matting.name == name:
            if matting.needs_file and name not in files:
                raise matting.missing()
            return matting
    names = ", ".join(f'"{known}"' for known in ("auto", "none", *(matting.name for matting in MATTINGS)))
    raise ICLightError(ErrorCode.VALUE_NOT_ALLOWED, f'There is no matting "{name}": give one of {names}.')


def compute(
    matting: Matting, rgb: NDArray[np.uint8], files: Mapping[str, Path], place: Place | None = None
) -> NDArray[np.float32]:
    """Tell the subject of a picture from its background.

    :param rgb: uint8 [H, W, 3], sRGB.
    :param files: the installed files, by the name of the matting that each is for.
    :param place: where a network is to run; without, on the CPU.
    :returns: alpha, float32 [H, W] in 0..1.
    """
    log.count("matting")
    return matting.run(rgb, files.get(matting.name), place)
