"""Small ONNX files, written by hand (``onnx.proto``): one 1x1 convolution from R, G, B to one plane."""

from __future__ import annotations

import struct
from collections.abc import Sequence

FLOAT = 1


def number(field: int, value: int) -> bytes:
    """A field that is a whole number."""
    return _varint(field << 3) + _varint(value)


def part(field: int, value: bytes | str) -> bytes:
    """A field that is text, bytes or a message."""
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    result = b""
    while value > 127:
        result, value = result + bytes([value & 127 | 128]), value >> 7
    return result + bytes([value])


def tensor(name: str, shape: Sequence[int], values: Sequence[float], beside: str = "") -> bytes:
    """A tensor; its values in another file where that is named."""
    head = b"".join(number(1, side) for side in shape) + number(2, FLOAT) + part(8, name)
    if beside:
        return head + part(13, part(1, "location") + part(2, beside)) + number(14, 1)
    return head + part(9, struct.pack(f"<{len(values)}f", *values))


def described(name: str, shape: Sequence[int | str]) -> bytes:
    """An input or an output."""
    sides = b"".join(part(1, number(1, side) if isinstance(side, int) else part(2, side)) for side in shape)
    return part(1, name) + part(2, part(1, number(1, FLOAT) + part(2, sides)))


def network(
    weights: Sequence[float], bias: float = 0.0, *, channels: int = 3, finish: str = "Identity", beside: str = ""
) -> bytes:
    """A whole file: the convolution, then one more node of the type ``finish``."""
    nodes = [
        part(1, "picture") + part(1, "weights") + part(1, "bias") + part(2, "plane") + part(4, "Conv"),
        part(1, "plane") + part(2, "answer") + part(4, finish),
    ]
    graph = b"".join(part(1, node) for node in nodes) + part(2, "small")
    graph += part(5, tensor("weights", (1, channels, 1, 1), weights, beside)) + part(5, tensor("bias", (1,), [bias]))
    graph += part(11, described("picture", (1, channels, "h", "w"))) + part(12, described("answer", (1, 1, "h", "w")))
    return number(1, 8) + part(7, graph) + part(8, number(2, 13))
