from __future__ import annotations

import pytest

from lib_iclight.cache import Cache


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
