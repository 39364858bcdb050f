"""How many pictures a host's device can sample at once."""

from __future__ import annotations

import importlib.util

BYTES_PER_PIXEL = 6400
"""What a guided picture takes in the UNet in float32, per pixel of the picture: both halves of the guidance, each with
some 800 bytes at the first level, of which several stand beside each other."""


def pictures_at_once(pixels: int) -> int:
    """How many pictures of a size go through the UNet together in the memory that is free; at least one.

    :param pixels: of one picture, in its largest pass.
    """
    import torch

    if torch.cuda.is_available():
        return max(_free_on_cuda() // (pixels * BYTES_PER_PIXEL // 2), 1)
    return max(_free_in_system() // (pixels * BYTES_PER_PIXEL), 1)


def _free_on_cuda() -> int:
    """What no one has, and what torch has taken and does not use."""
    import torch

    unused = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
    return torch.cuda.mem_get_info()[0] + unused


def _free_in_system() -> int:
    """What programs can have without swapping; 0 where nothing tells, as where a WebUI has no ``psutil``."""
    if importlib.util.find_spec("psutil") is None:
        return 0
    import psutil

    return int(psutil.virtual_memory().available)
