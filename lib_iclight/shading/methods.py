"""The ways in which light without a model falls, behind one interface: on the form, and along the strokes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_iclight import form, images, painting
from lib_iclight.decoding.mask import fits
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.form import Normals
from lib_iclight.images import RGB, Matte
from lib_iclight.light import maps
from lib_iclight.light.environment import Environment, place_directions
from lib_iclight.light.tone import compress, decode, encode
from lib_iclight.painting import Prepared
from lib_iclight.painting.vectors import vectors
from lib_iclight.request.args import Request
from lib_iclight.shading.by_panorama import shade_by_panorama
from lib_iclight.shading.lighting import Lighting, lighting
from lib_iclight.shading.own_size import Field, GuidedField
from lib_iclight.shading.surface import Shade, Surface, add_light, surface
from lib_iclight.subject.compose import compose
from lib_iclight.subject.fit import Fit, Placing
from lib_iclight.subject.layers import placed_name
from lib_iclight.subject.prepared import Subject

AnyLighting = Lighting | painting.Lighting


@dataclass(frozen=True)
class Picture:
    """A subject before what is behind it, at any size [h, w].

    :ivar behind: None for its own transparency; ``rgb`` itself for its own background.
    """

    rgb: RGB
    alpha: Matte
    behind: RGB | None


@dataclass(frozen=True)
class Working:
    """A subject at the working size.

    :ivar strokes: the picture whose strokes count: what lies under a picture's own transparency is anything.
    :ivar normals: those that are given, at the working size; None for those of its matte.
    """

    rgb: RGB
    alpha: Matte
    strokes: RGB
    normals: Normals | None = None


@dataclass(frozen=True)
class NormalMap:
    """Normals that are given.

    :ivar name: of its content.
    :ivar green: where green points, up or down.
    """

    name: str
    rgb: RGB
    green: str


def place_normal_map(normal_map: NormalMap, subject: Subject, placing: Placing, width: int, height: int) -> NormalMap:
    """The normals of a subject as they are where it lies on a canvas, turned as it is.

    :param subject: before it was placed.
    :raises ICLightError: a normal map of other proportions.
    """
    _require_fit(normal_map, subject)
    # Stretched first: fitting within a pixel is not lying as its picture does.
    rgb = images.stretch(normal_map.rgb, *subject.rgb.shape[1::-1])
    laid = Fit(placing=placing).apply(rgb, width, height, form.UNKNOWN)
    name = placed_name(normal_map.name, placing, width, height)
    return replace(normal_map, name=name, rgb=form.turn_normal_map(laid, normal_map.green, placing.rotation))


def _require_fit(normal_map: NormalMap, subject: Subject) -> None:
    given, own = normal_map.rgb.shape[1::-1], subject.rgb.shape[1::-1]
    if not fits(given, own):
        raise ICLightError(
            ErrorCode.NORMAL_MAP_DOES_NOT_FIT,
            f"IC-Light: {mention('normal_map')} has {given[0]}x{given[1]} pixels and its picture {own[0]}x{own[1]}: "
            "give one in the picture's proportions.",
        )


def at_working_size(subject: Subject, normal_map: NormalMap | None = None) -> Working:
    """A subject as it is prepared.

    :raises ICLightError: a normal map of other proportions.
    """
    rgb = images.at_working_size(subject.rgb)
    strokes = images.at_working_size(subject.on_grey) if subject.method == "alpha" else rgb
    working = Working(rgb, images.scale(subject.alpha, *rgb.shape[1::-1]), strokes)
    if normal_map is None:
        return working
    _require_fit(normal_map, subject)
    return replace(working, normals=form.read_normal_map(normal_map.rgb, normal_map.green, *rgb.shape[1::-1]))


@dataclass(frozen=True)
class Strokes:
    """A subject whose strokes take the light (PaintingLight); its lighting is ``painting.Lighting``."""

    prepared: Prepared

    @property
    def nbytes(self) -> int:
        return self.prepared.density.nbytes * 7

    def relight(self, picture: Picture, lighting: Any) -> NDArray[np.uint8]:
        return compose(painting.light(picture.rgb, self.prepared, *lighting), picture.alpha, picture.behind)


@dataclass(frozen=True)
class Form:
    """A subject whose form takes the light; its lighting is ``Lighting``."""

    working: Working
    surface: Surface

    @property
    def nbytes(self) -> int:
        return self.working.rgb.nbytes + self.working.alpha.nbytes + self.surface.nbytes

    def radiance(self, lighting: Lighting) -> NDArray[np.float32]:
        """The lit subject at the working size in linear light, float32 [h, w, 3], without a bound above."""
        return add_light(decode(self.working.rgb), self._shade(lighting))

    def _shade(self, lighting: Lighting) -> Shade:
        if lighting.environment is None:
            return self.surface.shade(lighting)
        return shade_by_panorama(self.surface, lighting.environment, lighting.roughness, lighting.specular)

    def relight(self, picture: Picture, lighting: Any) -> NDArray[np.uint8]:
        rgb, height, width = picture.rgb, *picture.alpha.shape
        factor, highlight = self._shade(lighting)
        factors = GuidedField(factor, self.working.rgb, self.working.alpha, rgb)
        highlights = Field(highlight, width, height)
        own = picture.behind is rgb and lighting.backdrop > 0
        place = Field(_radiance(lighting, *self.working.rgb.shape[1::-1]), width, height) if own else None
        result = np.empty((height, width, 4 if picture.behind is None else 3), np.uint8)
        for top in range(0, height, images.ROWS):
            rows = slice(top, min(top + images.ROWS, height))
            light = decode(rgb[rows])
            lit = encode(compress(add_light(light, Shade(factors.rows(rows), highlights.rows(rows)))))
            behind = None if picture.behind is None else picture.behind[rows]
            if place is not None:
                shone = compress(light * place.rows(rows))
                behind = encode((1 - lighting.backdrop) * light + lighting.backdrop * shone)
            result[rows] = compose(lit, picture.alpha[rows], behind)
        return result


def _radiance(lighting: Lighting, width: int, height: int) -> NDArray[np.float32]:
    """What falls on the place around the subject, float32 [h, w, 3]: as the light map shows it, and ambient light."""
    if lighting.environment is not None:
        return lighting.environment.irradiance(place_directions(width, height))
    total = np.broadcast_to(np.array(lighting.ambient, np.float32), (height, width, 3)).copy()
    for lamp in lighting.lamps:
        share = np.ones((1, 1)) if lamp.front else maps.share(lamp.placed, width, height)
        total += share[..., None].astype(np.float32) * np.array(lamp.color, np.float32)
    return total


def _prepare_form(working: Working) -> Form:
    normals = form.normals(working.rgb, working.alpha) if working.normals is None else working.normals
    return Form(working, surface(working.rgb, working.alpha, normals))


Lit = Form | Strokes
"""A subject that is prepared for light. ``relight`` gives a picture of it, of any size, in some light: uint8 [h, w, 3],
or [h, w, 4] before nothing."""

PREPARE: Mapping[str, Callable[[Working], Lit]] = {
    "form": _prepare_form,
    "strokes": lambda working: Strokes(vectors(working.strokes)),
}
"""By the values of the option ``shading``."""


def lighting_of(request: Request, environment: Environment | None = None) -> AnyLighting:
    """Everything that shines, for the shading that a request names.

    :param environment: the request's own, where its light is a panorama: ``Preparer.environment``.
    :raises ICLightError: a light map of the user's own; no lamp where light is lamps; a panorama along strokes.
    """
    return lighting(request, environment) if request.shading == "form" else painting.lighting(request.light_options)
