"""What the bytes that a page draws from have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 32767
"""Vectors travel as 16-bit whole numbers, which stand for -1..1. Half floats would be as short and 16 times coarser
near 1, which a hard edge of light shows: it divides by the softness."""


def pack_head(told: Mapping[str, Any]) -> bytes:
    """What says how the bytes after it are laid out: a little-endian uint32, the length of the JSON that follows, which
    is padded with spaces to four bytes."""
    head = json.dumps(told).encode()
    head += b" " * (-len(head) % 4)
    return len(head).to_bytes(4, "little") + head


def quantize(*planes: NDArray[np.float32]) -> bytes:
    """Planes of -1..1, pixel by pixel, in steps of 1 / ``STEPS``: int16, little-endian."""
    return (np.stack(planes, axis=-1) * STEPS).round().astype("<i2").tobytes()
