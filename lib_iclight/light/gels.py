"""Gels: the filters before a lamp that photographers know by name."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lib_iclight.light.temperature import shifted, table


@dataclass(frozen=True)
class Gel:
    """A filter.

    :ivar number: the manufacturer's.
    :ivar color: what it makes of a white lamp, #rrggbb.
    """

    name: str
    label: str
    number: str
    color: str


def _conversion(name: str, label: str, number: str, mireds: float) -> Gel:
    """A filter that converts colour temperatures, by the mireds that Lee Filters publishes for it."""
    return Gel(name, label, f"Lee {number}", shifted(mireds))


def _colour(name: str, label: str, number: str, color: str) -> Gel:
    """A filter of some colour, as Rosco shows those of its E-Colour+."""
    return Gel(name, label, f"Rosco E-Colour+ {number}", color)


GELS = (
    _conversion("full_cto", "Full CTO", "204", 159),
    _conversion("half_cto", "1/2 CTO", "205", 109),
    _conversion("quarter_cto", "1/4 CTO", "206", 64),
    _conversion("quarter_ctb", "1/4 CTB", "203", -35),
    _conversion("half_ctb", "1/2 CTB", "202", -78),
    _conversion("full_ctb", "Full CTB", "201", -137),
    _colour("straw", "Straw", "103", "#ffe7c4"),
    _colour("full_cts", "Full CT straw", "441", "#f7bf4f"),
    _colour("bastard_amber", "Bastard amber", "162", "#ffcfa8"),
    _colour("orange", "Orange", "105", "#ff760d"),
    _colour("primary_red", "Primary red", "106", "#de0000"),
    _colour("bright_pink", "Bright pink", "128", "#ff177f"),
    _colour("lavender", "Lavender", "058", "#9235fd"),
    _colour("congo_blue", "Congo blue", "181", "#29007a"),
    _colour("steel_blue", "Steel blue", "117", "#a3e2ff"),
    _colour("moonlight_blue", "Moonlight blue", "183", "#00baf2"),
    _colour("peacock_blue", "Peacock blue", "115", "#00c9bf"),
    _colour("primary_green", "Primary green", "139", "#009107"),
)
"""All gels, in the order of the panel. Those that convert shift white light of 6,504 K."""


def colour_tables() -> dict[str, Any]:
    """What a page gives lamps their colours by: gels, and light by its temperature (``temperature.table``)."""
    return {"gels": [asdict(gel) for gel in GELS], "temperatures": table()}
