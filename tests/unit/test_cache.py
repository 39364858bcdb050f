from __future__ import annotations

import gc
import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_iclight.cache import Budget, Cache


def test_a_value_is_made_once_while_it_is_kept() -> None:
    made: list[str] = []
    cache: Cache[str] = Cache(2)
    for key in ("a", "b", "a", "c", "a", "b"):
        cache.get(key, lambda key=key: made.append(key) or key)  # type: ignore[misc]
    assert made == ["a", "b", "c", "b"], "b was used longest ago when c came"


def test_the_sum_of_sizes_is_bounded_and_the_newest_always_kept() -> None:
    cache: Cache[bytes] = Cache(10, len)
    cache.get("a", lambda: b"x" * 8)
    cache.get("b", lambda: b"x" * 80)
    cache.get("b", lambda: pytest.fail("it was kept"))
    cache.get("c", lambda: b"x")
    with pytest.raises(ZeroDivisionError):
        cache.get("b", lambda: b"x" * (1 // 0))


def test_what_fails_is_not_kept() -> None:
    cache: Cache[int] = Cache(2)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.get("a", lambda: 7) == 7


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 12)), max_size=60),
    st.integers(0, 30),
)
def test_caches_share_what_is_kept(asked: Sequence[tuple[int, int, int]], limit: int) -> None:
    """By a model that knows the order of use: kept is what was used last, and the newest of each cache."""
    budget = Budget(limit)
    caches: list[Cache[bytes]] = [Cache(budget, len) for _ in range(3)]
    used: list[tuple[int, int]] = []
    sizes: dict[tuple[int, int], int] = {}
    for cache, key, size in asked:
        place = cache, key
        known = key in caches[cache]
        assert known == (place in sizes)
        value = caches[cache].get(key, lambda size=size: bytes(size))  # type: ignore[misc]
        assert len(value) == sizes.setdefault(place, size)
        used = [other for other in used if other != place] + [place]
        newest = {max((at, other) for at, other in enumerate(used) if other[0] == c)[1] for c, _ in used}
        for other in list(used):
            if known or sum(sizes.values()) <= limit:
                break
            if other not in newest:
                used.remove(other)
                del sizes[other]
        assert budget.used == sum(sizes.values())
    assert {(c, key) for c in range(3) for key in range(6) if key in caches[c]} == set(sizes)


def test_what_a_cache_had_goes_with_it() -> None:
    budget = Budget(100)
    first, second = Cache[bytes](budget, len), Cache[bytes](budget, len)
    first.get("a", lambda: bytes(30))
    second.get("a", lambda: bytes(20))
    assert budget.used == 50
    del first
    gc.collect()
    assert budget.used == 20


def test_a_value_in_place_of_another() -> None:
    budget = Budget(100)
    cache = Cache[bytes](budget, len)
    cache.put("a", bytes(30))
    cache.put("a", bytes(10))
    assert budget.used == 10
    assert cache.get("a", lambda: b"") == bytes(10)


def test_threads_make_each_value_once_and_wait_for_no_other_cache() -> None:
    """One cache's value is made of another's while a third thread asks for both."""
    budget = Budget(10_000)
    inner, outer = Cache[int](budget, lambda _: 1), Cache[int](budget, lambda _: 1)
    made: list[int] = []
    start = threading.Barrier(8)

    def ask(seed: int) -> None:
        start.wait(10)
        for step in range(200):
            key = (seed * 7 + step) % 50
            part = inner.get(key, lambda key=key: made.append(key) or key)  # type: ignore[misc]
            assert outer.get(key, lambda key=key: inner.get(key, lambda: -1) * 2) == part * 2  # type: ignore[misc]

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert sorted(made) == list(range(50))
