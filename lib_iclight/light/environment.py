"""A panorama as the light of a picture: what surfaces take of it, the light map that it makes, its brightest light."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight import decoding, log
from lib_iclight.cache import Cache
from lib_iclight.images import split
from lib_iclight.light.lamps import HEIGHT
from lib_iclight.light.maps import LUMINANCE, Ends
from lib_iclight.light.panorama import Light, Panorama, flux, from_light, pixel_directions, read, solid_angles
from lib_iclight.light.prefiltered import TINY, Flux, ggx, irradiance, look_up
from lib_iclight.light.tone import decode

KEPT = 8
"""How many roughnesses a panorama is kept prefiltered for."""

MOST = 4.0
"""The most irradiance that a panorama can give beside its mean: all of its light straight ahead of a surface."""

LOBE = np.cos(np.radians(20))
"""What is no farther than this from the brightest place counts as one light with it."""

SEARCHED = 0.4
COARSE = 16
"""The roughness of the mirror in which the brightest place is found, and the rows of its map: half of its lobe is
within 12 degrees."""


@dataclass(frozen=True)
class Prefiltered:
    """A panorama before its rotation and exposure, summed up once.

    :ivar name: says what it shows: two of one name are the same.
    :ivar cells: its flux.
    """

    name: str
    cells: Flux = field(compare=False, repr=False)
    _glossy: Cache[Light] = field(default_factory=lambda: Cache(KEPT), compare=False, repr=False)

    @property
    def nbytes(self) -> int:
        return 2 * self.cells.nbytes

    @cached_property
    def mean(self) -> float:
        """The luminance of its mean radiance."""
        return float(self.cells.sum(axis=(0, 1)) @ LUMINANCE) / (4 * np.pi)

    @cached_property
    def irradiance(self) -> Light:
        return irradiance(self.cells)

    def ggx(self, roughness: float) -> Light:
        return self._glossy.get(roughness, lambda: ggx(self.cells, roughness))

    @cached_property
    def brightest(self) -> Brightest:
        """Its brightest light above the horizon."""
        shape = self.cells.shape[:2]
        towards, light = _above(pixel_directions(*shape)), _above(self.cells @ LUMINANCE)
        solid = _above(np.broadcast_to(solid_angles(*shape)[:, None], shape))
        horizon = (len(self.cells) + 1) // 2
        mirrored = ggx(np.concatenate([self.cells[:horizon], 0 * self.cells[horizon:]]), SEARCHED, COARSE) @ LUMINANCE
        middle = _above(pixel_directions(*mirrored.shape))[_above(mirrored).argmax()]
        more = np.zeros(1)
        # The middle of what lies around a middle of the coarse map is nearer to the light's.
        for _ in range(2):
            near = towards @ middle > LOBE
            # What lies around it lies there too; only what is more is a light of its own.
            around = light[~near].sum() / max(solid[~near].sum(), TINY)
            more = np.maximum(light[near] - around * solid[near], 0)
            sum_ = more @ towards[near]
            middle = sum_ / np.linalg.norm(sum_) if sum_.any() else middle
        right, up, out = middle.tolist()
        return Brightest((right, up, out), float(more.sum() / max(light.sum(), TINY)))


@dataclass(frozen=True)
class Brightest:
    """The brightest light of a panorama.

    :ivar towards: of length 1: to the right, up, towards the viewer.
    :ivar share: 0..1, of all that comes from above the horizon.
    """

    towards: tuple[float, float, float]
    share: float


@dataclass(frozen=True)
class Environment:
    """A panorama that lights.

    :ivar rotation: degrees, as ``Panorama.rotation``.
    :ivar gain: what its light is multiplied by.
    """

    source: Prefiltered
    rotation: float = 0.0
    gain: float = 1.0

    def irradiance(self, normals: NDArray[np.float32]) -> Light:
        """What white matte surfaces send back by their normals [h, w, 3]: float32 [h, w, 3]."""
        return look_up(self.source.irradiance, normals, self.rotation) * np.float32(self.gain)

    def mirror(self, towards: NDArray[np.float32], roughness: float) -> Light:
        """What a mirror of some roughness, 0..1, shows by the directions that it mirrors: float32 [h, w, 3]."""
        return look_up(self.source.ggx(roughness), towards, self.rotation) * np.float32(self.gain)

    @property
    def brightest(self) -> Brightest:
        """Its brightest light above the horizon, as it is turned."""
        found, turn = self.source.brightest, np.radians(self.rotation)
        right, up, out = found.towards
        # To the right it goes on from behind the subject.
        turned = right * np.cos(turn) - out * np.sin(turn), up, right * np.sin(turn) + out * np.cos(turn)
        return Brightest((float(turned[0]), up, float(turned[2])), found.share)


def _above(values: NDArray[Any]) -> NDArray[Any]:
    """What of an equirectangular map is above the horizon, row by row: [n], or [n, 3]."""
    return values[: (len(values) + 1) // 2].reshape(-1, *values.shape[2:])


def prefilter(value: Any, name: str, key: str) -> Prefiltered:
    """A panorama from outside, summed up.

    :param value: a file in base64, or a picture in sRGB.
    :param name: of its content.
    :raises ICLightError: as ``panorama.read``; it is no base64.
    """
    log.count("panorama")
    if isinstance(value, str):
        found = read(decoding.read_base64(value, key), key)
    else:
        found = from_light(decode(split(decoding.decode(value, key))[0]), key)
    return Prefiltered(name, flux(found))


def as_it_is(panorama: Panorama) -> Environment:
    """A panorama as a light of the exposure that it has."""
    return Environment(Prefiltered("", flux(panorama)), panorama.rotation)


def expose(source: Prefiltered, rotation: float, exposure: float) -> Environment:
    """A panorama as a light. Files have any scale: at exposure 0 an even one leaves a subject as it was photographed,
    and any other gives as much light in all.

    :param rotation: degrees.
    :param exposure: stops.
    """
    return Environment(source, rotation, 2.0**exposure / max(source.mean, TINY))


def place_directions(width: int, height: int) -> NDArray[np.float32]:
    """Where a lamp of depth 1 stands that shines from each pixel, as the middle of the picture sees it: float32
    [height, width, 3], of length 1.

    In the middle of a picture it is the light from the front, at the edges of the short side that of a side.
    """
    half = min(width, height) / 2
    right = ((np.arange(width, dtype=np.float32) + 0.5) - width / 2) / np.float32(half)
    up = (height / 2 - (np.arange(height, dtype=np.float32) + 0.5)) / np.float32(half)
    result = np.empty((height, width, 3), np.float32)
    result[..., 0], result[..., 1], result[..., 2] = right[None], up[:, None], HEIGHT
    result /= np.sqrt(np.square(right)[None] + np.square(up)[:, None] + np.float32(HEIGHT**2))[..., None]
    return result


def draw(environment: Environment, width: int, height: int, ends: Ends) -> NDArray[np.uint8]:
    """The light map of a panorama: each pixel shows what a matte surface takes that faces a lamp which stands there.

    ``dark + (bright - dark) * (E / MOST) ** p`` of what it takes, E: no light is the dark end, an even panorama the
    model's ambient map, and one light alone, straight ahead, the bright end. What is brighter is scaled down, all
    channels alike.

    :return: sRGB, uint8, shape (height, width, 3).
    """
    light = environment.irradiance(place_directions(width, height)) / np.float32(MOST)
    light /= np.maximum(light.max(axis=2, keepdims=True), 1)
    power = np.log((ends.bright - ends.dark) / (ends.ambient - ends.dark)) / np.log(MOST)
    np.power(np.maximum(light, 0), np.float32(power), out=light)
    light *= np.float32(ends.bright - ends.dark)
    light += np.float32(ends.dark)
    return light.round().clip(0, 255).astype(np.uint8)
