"""Lamps over HTTP."""

from __future__ import annotations

from typing import Any

from tests.webui import samples
from tests.webui.host import SMALL, Host
from tests.webui.samples import same
from tests.webui.wanted import RELIT

SUBJECT = {key: RELIT[key] for key in ("foreground", "matting")}
LAMPS: list[dict[str, Any]] = [
    {"kind": "side", "angle": 160, "size": 0.8, "color": "#ffb35c"},
    {"x": 0.8, "y": 0.3, "size": 0.5, "color": "#4060ff", "intensity": 0.7},
]


def test_lamps_are_the_light_map_that_they_draw(host: Host) -> None:
    """Named, they shine; and the picture is that of their light map given as a picture."""
    size = {key: SMALL[key] for key in ("width", "height")}
    light = {"lamps": LAMPS, "ambient_color": "#101828"}
    answer = host.post("/ic-light/light-map", {"light": "lamps", **light, **size})
    assert answer.status_code == 200, answer.text
    drawn = answer.json()["image"]
    assert samples.decoded(drawn).shape == (size["height"], size["width"], 3)
    lit = host.generate({**SUBJECT, **light})
    assert same(lit, host.generate({**SUBJECT, "light": "custom", "light_map": drawn}))
    assert not same(lit, host.generate({**SUBJECT, **light, "lamps": LAMPS[:1]}))


def test_a_lamp_that_is_none_is_refused_by_its_place(host: Host) -> None:
    for lamps, words in (([{}, {"x": 7}], "lamps[1].x is 7"), ([{}] * 9, "at most 8 lamps")):
        answer = host.ask({**SUBJECT, "lamps": lamps})
        assert answer.status_code == 422, answer.text[:500]
        assert words in answer.json()["detail"]
    assert host.ask({**SUBJECT, "light": "lamps"}).status_code == 422
