"""Bounded caches whose keys say what the value is made of."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """Keeps the values used last, up to a sum of sizes.

    :param limit: the largest sum of sizes that is kept.
    :param size: the size of a value, in the limit's unit.
    """

    def __init__(self, limit: int, size: Callable[[Value], int] = lambda value: 1) -> None:
        self._limit = limit
        self._size = size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = threading.RLock()

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._values

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of the key, made at most once while it is kept. What ``make`` raises is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            value = self._values[key] = make()
            while len(self._values) > 1 and sum(map(self._size, self._values.values())) > self._limit:
                self._values.popitem(last=False)
            return value

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a value in place of the key's old one, if there is any."""
        with self._lock:
            self._values.pop(key, None)
            self.get(key, lambda: value)


class Single(Generic[Value]):
    """Keeps the value used last, and lets go of it before another is made: two networks may not fit into memory."""

    def __init__(self) -> None:
        self._kept: tuple[Hashable, Value] | None = None
        self._lock = threading.RLock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of the key, made anew where another was asked for last. What ``make`` raises is not kept."""
        with self._lock:
            if self._kept is None or self._kept[0] != key:
                self._kept = None
                self._kept = key, make()
            return self._kept[1]

    def clear(self) -> None:
        """Let go of what is kept."""
        with self._lock:
            self._kept = None
