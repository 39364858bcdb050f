"""Looks through an ONNX file for what may read other files, before anything else reads it.

A tensor can name a file that its values are in, which onnxruntime opens where it likes, and a node of the type
``EPContext`` a compiled network in a file. Source: ``onnx.proto`` (github.com/onnx/onnx) for the fields' numbers, and
protobuf.dev/programming-guides/encoding for the layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

DEEPEST = 100
"""Messages in messages; protobuf itself reads no deeper ones."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

Value = int | memoryview

# By the kind of a message: what kind of message each of its fields is, of those that lead to a tensor or a node.
_MESSAGES: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_GRAPH, _OP_TYPE, _EXTERNAL_DATA, _DATA_LOCATION = 7, 4, 13, 14


class NotAloneError(ValueError):
    """Why a file is no network that is whole by itself, as a part of a sentence."""


def check_alone(data: bytes) -> None:
    """Refuse what is no ONNX model, or needs other files.

    :raises NotAloneError: why.
    """
    if not any(number == _GRAPH for number, _ in _fields(memoryview(data))):
        raise NotAloneError("it is no ONNX file")
    _check("model", memoryview(data), 0)


def _check(kind: str, message: memoryview, depth: int) -> None:
    if depth > DEEPEST:
        raise NotAloneError("it is damaged")
    within = _MESSAGES[kind]
    for number, value in _fields(message):
        if kind == "tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value)):
            raise NotAloneError("it keeps its weights in another file")
        if kind == "node" and number == _OP_TYPE and value == b"EPContext":
            raise NotAloneError("it is compiled for one device")
        if number in within:
            if not isinstance(value, memoryview):
                raise NotAloneError("it is damaged")
            _check(within[number], value, depth + 1)


def _fields(message: memoryview) -> Iterator[tuple[int, Value]]:
    """The fields of a message, each by its number."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise NotAloneError("it is no ONNX file, or is damaged")
        if size > len(message) - at:
            raise NotAloneError("it is no ONNX file, or is cut off")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A whole number of up to ten bytes, seven bits in each, and where it ends."""
    result = 0
    for shift, byte in enumerate(message[at : at + 10]):
        result |= (byte & 127) << 7 * shift
        if byte < 128:
            # As protobuf does, which drops what is above 64 bits.
            return result & (1 << 64) - 1, at + shift + 1
    raise NotAloneError("it is no ONNX file, or is damaged")
