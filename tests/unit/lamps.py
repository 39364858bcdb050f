"""Lamps at random."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lib_iclight.kinds import Number, Switch
from lib_iclight.light.lamps import KINDS, MOST, ONLY, Lamp

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def _lamps(kind: str) -> st.SearchStrategy[Lamp]:
    def values(name: str, of: Any) -> st.SearchStrategy[Any]:
        if isinstance(of, Switch):
            return st.booleans()
        return st.floats(of.low, of.high) if isinstance(of, Number) else COLOURS

    own = {name: of for name, of in KINDS.items() if name != "kind" and ONLY.get(name, kind) == kind}
    return st.builds(Lamp, kind=st.just(kind), **{name: values(name, of) for name, of in own.items()})


A_LAMP = _lamps("point") | _lamps("side")
SOME_LAMPS = st.lists(A_LAMP, max_size=MOST).map(tuple)
