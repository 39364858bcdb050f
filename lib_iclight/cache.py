"""Bounded caches whose keys say what the value is made of, and the memory that several of them share."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")

MEGABYTE = 1024 * 1024

CACHED_BYTES = 512 * MEGABYTE
"""How much a process keeps of what it has prepared, where nothing else is asked for."""

_Place = tuple[int, Hashable]
"""A cache's number, and the key in it."""


class Budget:
    """The largest sum of sizes that caches keep together: what was used longest ago goes first, whichever has it.

    Each cache keeps the value that it was asked for last, however large it is.

    :param limit: the sum of sizes.
    :ivar reserved: how much of it something else has.
    """

    def __init__(self, limit: int = CACHED_BYTES) -> None:
        self.limit = limit
        self._kept: OrderedDict[_Place, tuple[Any, int]] = OrderedDict()
        self._sum = self.reserved = 0
        self._newest: dict[int, Hashable] = {}
        self._count = 0
        # Whatever thread collects garbage tells of a cache that is gone, in the midst of anything.
        self._gone: deque[int] = deque()
        self._lock = threading.RLock()

    @property
    def used(self) -> int:
        """The sum of sizes that is kept."""
        with self._lock:
            self._forget_gone()
            return self._sum

    def register(self, cache: object) -> int:
        """A number for a cache; what it has is let go with it."""
        with self._lock:
            self._count += 1
            weakref.finalize(cache, self._gone.append, self._count).atexit = False
            return self._count

    def has(self, place: _Place) -> bool:
        with self._lock:
            return place in self._kept

    def find(self, place: _Place) -> tuple[Any] | None:
        """What is kept there, as used now."""
        with self._lock:
            if place not in self._kept:
                return None
            self._use(place)
            return self._kept[place][:1]

    def keep(self, place: _Place, value: Any, size: int) -> None:
        """Keep a value, in place of what is there."""
        with self._lock:
            self._forget_gone()
            self._drop(place)
            self._kept[place] = value, size
            self._sum += size
            self._use(place)
            self._shrink()

    def reserve(self, size: int) -> None:
        """Leave so much to something else, or take so much back where it is negative."""
        with self._lock:
            self.reserved += size
            self._forget_gone()
            self._shrink()

    def _shrink(self) -> None:
        most = self.limit - self.reserved
        # The newest of each is passed over, which is few of them.
        oldest = iter(list(self._kept)) if self._sum > most else iter(())
        while self._sum > most and (other := next(oldest, None)) is not None:
            if self._newest[other[0]] != other[1]:
                self._drop(other)

    def values(self, number: int) -> list[Any]:
        """What a cache has, the one used longest ago first."""
        with self._lock:
            return [value for place, (value, _) in self._kept.items() if place[0] == number]

    def _use(self, place: _Place) -> None:
        self._kept.move_to_end(place)
        self._newest[place[0]] = place[1]

    def _drop(self, place: _Place) -> None:
        self._sum -= self._kept.pop(place, (None, 0))[1]

    def _forget_gone(self) -> None:
        while self._gone:
            number = self._gone.popleft()
            self._newest.pop(number, None)
            for place in [place for place in self._kept if place[0] == number]:
                self._drop(place)


class Cache(Generic[Value]):
    """Keeps the values used last, up to a sum of sizes.

    :param limit: the largest sum of sizes that is kept; a budget that is shared with other caches.
    :param size: the size of a value, in the limit's unit.
    """

    def __init__(self, limit: int | Budget, size: Callable[[Value], int] = lambda value: 1) -> None:
        self._budget = limit if isinstance(limit, Budget) else Budget(limit)
        self._number = self._budget.register(self)
        self._size = size
        self._making = threading.RLock()

    def __contains__(self, key: Hashable) -> bool:
        return self._budget.has((self._number, key))

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of the key, made at most once while it is kept. What ``make`` raises is not kept."""
        with self._making:
            found: tuple[Value] | None = self._budget.find((self._number, key))
            if found is not None:
                return found[0]
            value = make()
            self.put(key, value)
            return value

    def values(self) -> list[Value]:
        """What is kept, the one used longest ago first."""
        return self._budget.values(self._number)

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a value in place of the key's old one, if there is any."""
        self._budget.keep((self._number, key), value, self._size(value))


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
