"""Lamps to begin with: light set-ups that photographers know by name."""

from __future__ import annotations

from dataclasses import dataclass

DARK = "#000000"


@dataclass(frozen=True)
class Preset:
    """Lamps as text, and the ambient colour that goes with them."""

    name: str
    label: str
    lamps: str
    ambient: str = DARK


def _ring() -> str:
    """Six lamps around the middle, as a ring light's reflection in an eye."""
    places = ((0.5, 0.1), (0.85, 0.3), (0.85, 0.7), (0.5, 0.9), (0.15, 0.7), (0.15, 0.3))
    return " + ".join(f"point x {x:g} y {y:g} size 0.35 intensity 0.3" for x, y in places)


PRESETS = (
    Preset("left", "Left", "side angle 180"),
    Preset("right", "Right", "side"),
    Preset("top", "Top", "side angle 90"),
    Preset("bottom", "Bottom", "side angle 270"),
    Preset("top_left", "Top left", "side angle 135"),
    Preset("top_right", "Top right", "side angle 45"),
    Preset("bottom_left", "Bottom left", "side angle 225"),
    Preset("bottom_right", "Bottom right", "side angle 315"),
    Preset("front", "Front", "point x 0.5 y 0.45 size 0.7", "#202020"),
    Preset("rembrandt", "Rembrandt", "side angle 140 size 0.8 depth 0.5", "#0c0a08"),
    Preset("loop", "Loop", "point x 0.25 y 0.15 size 0.6 depth 0.8 intensity 0.8", "#1c1c1c"),
    Preset("butterfly", "Butterfly", "point x 0.5 y 0.02 size 0.6 depth 0.6 intensity 0.9", "#161616"),
    Preset(
        "clamshell",
        "Clamshell",
        "point x 0.5 y 0.02 size 0.6 depth 0.6 intensity 0.8 + point x 0.5 y 1 size 0.5 depth 0.6 intensity 0.4",
        "#181818",
    ),
    Preset("split", "Split", "side angle 180 size 0.6 intensity 1.1 depth 0.05"),
    Preset(
        "rim",
        "Rim",
        "side angle 160 size 0.35 intensity 1.4 depth -0.7 + side angle 20 size 0.35 intensity 1.4 depth -0.7",
    ),
    Preset("silhouette", "Silhouette", "point y 0.45 size 0.6 intensity 1.5 depth -1"),
    Preset("ring", "Ring", _ring(), "#101010"),
    Preset(
        "window",
        "Window",
        "point x 0.1 y 0.3 size 0.55 color #eaf2ff intensity 0.7 softness 0.6 + side angle 180 intensity 0.4",
        "#14161a",
    ),
    Preset(
        "golden_hour",
        "Golden hour",
        "side angle 200 color #ffcf9a intensity 0.75 + point x 0 y 0.75 size 0.6 color #ffa263 intensity 0.35",
        "#2a3654",
    ),
    Preset(
        "blue_hour",
        "Blue hour",
        "side angle 90 color #7fa4e8 intensity 0.6 + point x 0.92 y 0.7 size 0.4 color #ffb46b intensity 0.5",
        "#26365c",
    ),
    Preset(
        "neon_pair",
        "Neon pair",
        "side angle 180 size 0.8 color #ff2bd6 + side size 0.8 color #1fd8ff",
        "#0a0614",
    ),
)
"""All presets, in the order of the panel."""
