"""The contract's formulas of lamps and of how light falls, once more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight.painting import Direction, Lighting, Point
from lib_iclight.painting import Lamp as Shining


def decode(level: Any) -> Any:
    return np.where(level <= 0.04045, level / 12.92, ((np.maximum(level, 0.04045) + 0.055) / 1.055) ** 2.4)


def encode(light: Any) -> Any:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)


def levels(colour: str) -> NDArray[np.float64]:
    return np.array(list(bytes.fromhex(colour[1:]))) / 255


def light_map(some: list[dict[str, Any]], ambient: str, width: int, height: int) -> NDArray[np.float64]:
    """The contract's formulas, once more; not rounded."""
    total = np.broadcast_to(decode(levels(ambient)), (height, width, 3)).copy()
    column, row = np.arange(width)[None, :], np.arange(height)[:, None]
    for lamp in some:
        if not lamp.get("on", True):
            continue
        if lamp["kind"] == "side":
            turn = np.radians(lamp["angle"])
            across = round(np.cos(turn), 12) * max(width - 1, 1)
            down = -round(np.sin(turn), 12) * max(height - 1, 1)
            ends = [((0, 1) if towards > 0 else (1, 0)) for towards in (across, down)]
            parts = abs(across) * np.linspace(*ends[0], width) + abs(down) * np.linspace(*ends[1], height)[:, None]
            share = 1 - (1 - parts / (abs(across) + abs(down))) / lamp["size"]
        else:
            distance = np.hypot(column - lamp["x"] * (width - 1), row - lamp["y"] * (height - 1))
            share = 1 - distance / (lamp["size"] * max(np.hypot(width - 1, height - 1), 1))
        share = np.clip((np.clip(share, 0, 1) - 0.5) / max(lamp["softness"], 1e-6) + 0.5, 0, 1)
        total += lamp["intensity"] * decode(share)[..., None] * decode(levels(lamp["color"]))
    return encode(np.minimum(total, 1)) * 255


def lighting(some: list[dict[str, Any]], ambient: str) -> Lighting:
    """The contract's formulas of the classic engine, once more."""
    placed = []
    for lamp in some:
        if not lamp["on"]:
            continue
        turn, depth = np.radians(lamp.get("angle", 0)), lamp["depth"]
        side = Direction(np.cos(turn), -np.sin(turn), depth)
        source = side if lamp["kind"] == "side" else Point(lamp["x"], lamp["y"], 2 * lamp["size"] * depth)
        placed.append(Shining(source, tuple(levels(lamp["color"])), 0.85 * lamp["intensity"], lamp["softness"]))
    return Lighting(tuple(placed), 1, tuple(0.45 + 0.55 * levels(ambient)))


# Light by form.

UNIT_STEPS = 32767


def form_lighting(some: list[dict[str, Any]], ambient: str, **surface: float) -> dict[str, Any]:
    """The contract's formulas of light by form, once more: what a renderer takes."""
    lamps = []
    for lamp in some:
        if not lamp["on"]:
            continue
        turn, point, reach = np.radians(lamp.get("angle", 0)), lamp["kind"] == "point", lamp["size"]
        lamps.append(
            {
                "point": point,
                "x": lamp["x"] if point else np.cos(turn),
                "y": lamp["y"] if point else -np.sin(turn),
                "height": lamp["depth"] * (0.45 if lamp["depth"] > 0 else 1.2) * (2 * reach if point else 1),
                "reach": 2 * reach if point else reach,
                "size": reach,
                "color": (2.4 * lamp["intensity"] * decode(levels(lamp["color"]))).tolist(),
                "softness": lamp["softness"],
                "front": False,
            }
        )
    return {
        "shading": "form",
        "ambient": (0.08 + 0.92 * decode(levels(ambient))).tolist(),
        "backdrop": surface.get("backdrop_light", 0.5),
        "roughness": surface.get("roughness", 0.5),
        "specular": surface.get("specular", 0.25),
        "lamps": lamps,
    }


@dataclass
class Form:
    """A subject whose light falls by its form, in float64.

    :ivar normals: [h, w, 3], unit length, x to the right, y up, z towards the viewer.
    :ivar gain: [h, w], what its own light is divided out by.
    :ivar behind: [h, w, 3], or nothing; ``rgb`` itself for its own.
    """

    rgb: NDArray[np.uint8]
    alpha: NDArray[Any]
    normals: NDArray[Any]
    gain: NDArray[Any]
    behind: NDArray[np.uint8] | None

    def pack(self) -> bytes:
        height, width = self.alpha.shape
        kind = "nothing" if self.behind is None else "own" if self.behind is self.rgb else "picture"
        head = json.dumps({"width": width, "height": height, "behind": kind, "shading": "form"}).encode()
        head += b" " * (-len(head) % 4)
        across = self.normals[..., :2] / np.sqrt(1 + self.normals[..., 2:])
        vectors = np.dstack([across, self.gain / 8, self.alpha]) * UNIT_STEPS
        parts = [len(head).to_bytes(4, "little"), head, vectors.round().astype("<i2").tobytes(), self.rgb.tobytes()]
        return b"".join([*parts, self.behind.tobytes() if kind == "picture" and self.behind is not None else b""])

    def light(self, lighting: dict[str, Any]) -> NDArray[Any]:
        """The picture in that light, [h, w, 3] or before nothing [h, w, 4]; 8 bit, not composed in linear light."""
        own, ambient = decode(self.rgb / 255), np.array(lighting["ambient"])
        diffuse, sheen, place = np.zeros_like(own), np.zeros_like(own), np.zeros_like(own)
        for lamp in lighting["lamps"]:
            towards, power, share = self._reach(lamp)
            cosine = (self.normals * towards).sum(axis=-1)
            wrap = 0.3 * lamp["softness"] * (1 + towards[..., 2]) / 2
            seen = ((cosine + wrap) / (1 + wrap)).clip(0, 1)
            color = np.array(lamp["color"])
            diffuse += (power * seen)[..., None] * color
            sheen += (power * self._sheen(cosine, towards, lighting))[..., None] * color
            share = np.clip((share.clip(0, 1) - 0.5) / max(lamp["softness"], 1e-6) + 0.5, 0, 1)
            place += decode(share)[..., None] * color
        luminance = (own @ [0.2126, 0.7152, 0.0722])[..., None]
        sheen *= luminance / (luminance + 0.03)
        lit = to_levels(bend(own * self.gain[..., None] * (ambient + diffuse) + sheen))
        if self.behind is None:
            return np.dstack([lit, (self.alpha * 255).round()])
        below = self.behind.astype(float)
        if self.behind is self.rgb and (falls := lighting["backdrop"]):
            below = to_levels((1 - falls) * own + falls * bend(own * (ambient + place)))
        return (below + (lit - below) * self.alpha[..., None]).round()

    def _reach(self, lamp: dict[str, Any]) -> tuple[Any, Any, Any]:
        """Of each pixel: the direction of a lamp, its power and its share as on a light map."""
        height, width = self.alpha.shape
        down, right = np.mgrid[:height, :width]
        if lamp["point"]:
            unit = min(height, width) / 2
            x, y = (right + 0.5 - lamp["x"] * width) / unit, (down + 0.5 - lamp["y"] * height) / unit
            off = np.stack([-x, y, np.full(x.shape, lamp["height"])], axis=-1)
            towards = off / np.maximum(np.linalg.norm(off, axis=-1, keepdims=True), 1e-6)
            away = np.hypot(right - lamp["x"] * (width - 1), down - lamp["y"] * (height - 1))
            share = 1 - away / (lamp["size"] * max(np.hypot(width - 1, height - 1), 1))
            return towards, 1 / (1 + (x * x + y * y) / lamp["reach"] ** 2), share
        towards = np.array([lamp["x"], -lamp["y"], lamp["height"]])
        towards = towards / np.linalg.norm(towards)
        if lamp["front"]:
            return towards, np.ones((height, width)), np.ones((height, width))
        across, along = lamp["x"] * max(width - 1, 1), lamp["y"] * max(height - 1, 1)
        columns, rows = right / max(width - 1, 1), down / max(height - 1, 1)
        slope = abs(across) * (columns if across > 0 else 1 - columns) + abs(along) * (rows if along > 0 else 1 - rows)
        gone = (1 - slope / (abs(across) + abs(along))) / lamp["reach"]
        return towards, 1 / (1 + gone**2), 1 - gone

    def _sheen(self, cosine: Any, towards: Any, lighting: dict[str, Any]) -> Any:
        """pi times GGX, Smith's height-correlated visibility, Schlick's share and the cosine (Cook and Torrance)."""
        rough, z = max(lighting["roughness"], 0.15) ** 2, self.normals[..., 2]
        square, lit, facing = rough * rough, np.maximum(cosine, 0), np.maximum(z, 0.02)
        half = towards + np.array([0, 0, 1])
        half = half / np.maximum(np.linalg.norm(half, axis=-1, keepdims=True), 1e-9)
        top = (self.normals * half).sum(axis=-1)
        lobe = square / (top * top * (square - 1) + 1) ** 2
        hides = [p * np.sqrt(q * q * (1 - square) + square) for p, q in ((lit, facing), (facing, lit))]
        first = 0.08 * lighting["specular"]
        share = first + (min(1, 10 * first) - first) * (1 - half[..., 2]) ** 5
        return lobe * 0.5 / sum(hides) * share * lit


def bend(light: NDArray[Any]) -> NDArray[Any]:
    """The shoulder: above 0.6 towards 1, all channels alike."""
    most = light.max(axis=-1, keepdims=True)
    bent = 0.6 + 0.4 * (most - 0.6) / np.maximum(most - 0.2, 1e-9)
    return np.where(most <= 0.6, light, light * bent / np.maximum(most, 1e-9))


def to_levels(light: NDArray[Any]) -> NDArray[Any]:
    return (encode(light) * 255).round()
