"""What is shown to the VAE, at any size: subjects, background and light map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from lib_iclight import images
from lib_iclight.decoding.sizes import MAX_PIXELS
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.images import RGB, Matte
from lib_iclight.light import environment, maps
from lib_iclight.light.environment import Environment
from lib_iclight.request.args import Request
from lib_iclight.subject.fit import PLACED_BY, Fit, Placing


@dataclass(frozen=True)
class Subject:
    """A picture with its matte.

    :ivar name: says what the picture and the matte are made of.
    :ivar foreground: the subject's colours: ``rgb`` itself, or what is despilled of it.
    :ivar method: how it was cut out: mask, alpha, none, or a matting's name.
    """

    name: str
    rgb: RGB
    alpha: Matte
    on_grey: RGB
    method: str
    foreground: RGB

    @property
    def nbytes(self) -> int:
        own = self.foreground.nbytes if self.foreground is not self.rgb else 0
        return self.rgb.nbytes + self.alpha.nbytes + self.on_grey.nbytes + own


@dataclass(frozen=True)
class Aligned:
    """A subject as it lies on a canvas [h, w].

    :ivar alpha: its matte.
    :ivar shown: where the canvas shows its picture: nowhere else there is anything of it.
    """

    rgb: RGB
    alpha: Matte
    shown: Matte


@dataclass(frozen=True)
class ConditionImage:
    """A picture that the VAE is to encode: named by its content, drawn only when it is needed."""

    name: tuple[Any, ...]
    draw: Callable[[], RGB]


@dataclass(frozen=True)
class LitAppearance:
    """How a subject is shown that is lit already.

    :ivar name: says by what light.
    :ivar draw: from a subject to its lit picture, of its size.
    """

    name: Any
    draw: Callable[[Subject], RGB]


AS_IT_IS = LitAppearance("", lambda subject: subject.foreground)


def placing_of(request: Request) -> Placing:
    """Where a request's subject lies."""
    return Placing(*(getattr(request, name) for name in PLACED_BY))


@dataclass(frozen=True)
class PreparedImages:
    """Everything that a generation shows to the VAE. Built by ``prepare_images``.

    :ivar environment: the panorama that lights, where it does.
    :ivar lit: for ``reinforce_foreground`` = lit.
    """

    request: Request
    subjects: tuple[Subject, ...]
    background: tuple[str, RGB] | None
    light_map: tuple[str, RGB] | None
    environment: Environment | None = None
    lit: LitAppearance | None = None

    def foregrounds(self, width: int, height: int, fit: Fit) -> list[ConditionImage]:
        """The foreground condition, one for each subject."""
        fit = self._fit_of_subject(fit)
        return [
            ConditionImage((s.name, fit, width, height), lambda s=s: fit.apply(s.on_grey, width, height, 127))  # type: ignore[misc]
            for s in self.subjects
        ]

    def background_on(self, fit: Fit) -> Callable[[int, int], RGB] | None:
        """The background picture of fbc, from a canvas' width and height; None where there is none."""
        if self.background is None:
            return None
        return cache(lambda width, height: self.backgrounds(width, height, fit)[0].draw())

    def aligned(self, index: int, width: int, height: int, fit: Fit) -> Aligned:
        """The subject of a result, as its condition lies on the canvas.

        :param index: of the result in its batch.
        """
        subject = self.subjects[index % len(self.subjects)]
        fit = self._fit_of_subject(fit)
        return _align(subject, lambda plane: fit.apply(plane, width, height, 0))

    def at_own_size(self, index: int, width: int, height: int, fit: Fit) -> Aligned:
        """What of a result's subject lies on the canvas, at the picture's own resolution.

        :param width: of the result.
        :param fit: of the whole picture, not of a part that is cropped first.
        :raises ICLightError: the canvas would become too large.
        """
        subject = self.subjects[index % len(self.subjects)]
        fit = self._fit_of_subject(fit)
        size = subject.rgb.shape[1::-1]
        if fit.placing == Placing():
            box = tuple(map(round, fit.frame(size, width, height)))
            return _align(subject, lambda plane: images.window(plane, *box))
        larger = 1 / (max(fit.scales(size, width, height)) * fit.placing.scale)
        canvas = max(round(width * larger), 1), max(round(height * larger), 1)
        if canvas[0] * canvas[1] > MAX_PIXELS:
            raise ICLightError(
                ErrorCode.PICTURE_TOO_LARGE,
                f"IC-Light: at the photo's own size the result would have {canvas[0]}x{canvas[1]} pixels: switch "
                f"{mention('own_size')} off, or raise {mention('foreground_scale')}.",
            )
        return _align(subject, lambda plane: fit.apply(plane, *canvas, 0))

    def _fit_of_subject(self, fit: Fit) -> Fit:
        """How a subject lies on the canvas, where the host brought its own picture onto it in some way."""
        request = self.request
        fit = fit.of_another if request.foreground is not None else fit
        return replace(fit, placing=placing_of(self.request))

    def backgrounds(self, width: int, height: int, fit: Fit) -> list[ConditionImage]:
        """The background condition of fbc; empty for the other models."""
        if self.request.model != "fbc":
            return []
        if self.background is None:
            light = self._light(width, height, fit, maps.BACKGROUND)
            return [light] if self.request.light == "none" else self._reinforce(light, fit)
        (name, rgb), flip = self.background, self.request.flip_background

        def draw(wide: int, high: int) -> RGB:
            return images.cover(rgb[:, ::-1] if flip else rgb, wide, high, "the background")

        return [_behind((name, flip), draw, width, height, fit)]

    def initial(self, width: int, height: int, fit: Fit) -> list[ConditionImage]:
        """The light map that the sampling starts from, one for each subject or one for all; empty without one."""
        if self.request.model == "fbc" or self.request.light == "none":
            return []
        return self._reinforce(self._light(width, height, fit, maps.INITIAL_LATENT), fit)

    def _reinforce(self, light: ConditionImage, fit: Fit) -> list[ConditionImage]:
        """The light map with each subject laid over it, as it is or already lit; alone where that is not wanted."""
        if self.request.reinforce_foreground == "off":
            return [light]
        draw = self.lit or AS_IT_IS
        fit = replace(fit, placing=placing_of(self.request))

        def over(subject: Subject) -> RGB:
            return _lay_over(draw.draw(subject), subject.alpha, light.draw(), fit)

        return [
            ConditionImage((*light.name, draw.name, s.name, fit), lambda s=s: over(s))  # type: ignore[misc]
            for s in self.subjects
        ]

    def _light(self, width: int, height: int, fit: Fit, ends: maps.Ends) -> ConditionImage:
        if self.light_map is not None:
            name, rgb = self.light_map

            def fill(wide: int, high: int) -> RGB:
                return images.cover(rgb, wide, high, "the light map")

            return _behind((name,), fill, width, height, fit)
        if self.environment is not None:
            surroundings = self.environment

            def draw_around(wide: int, high: int) -> RGB:
                return environment.draw(surroundings, wide, high, ends)

            return _behind((ends, surroundings), draw_around, width, height, fit)
        light = self.request.light_options

        def draw(wide: int, high: int) -> RGB:
            return maps.draw(light, wide, high, ends)

        return _behind((ends, light), draw, width, height, fit)


def _behind(
    name: tuple[Any, ...], draw: Callable[[int, int], RGB], width: int, height: int, fit: Fit
) -> ConditionImage:
    """What is drawn at any size: over the canvas, or over the picture of which the canvas is a part."""
    if fit.crop is None:
        return ConditionImage((*name, width, height), lambda: draw(width, height))
    return ConditionImage((*name, fit, width, height), lambda: fit.apply(draw(*fit.of), width, height, 127))


def _align(subject: Subject, lay: Callable[[RGB], RGB]) -> Aligned:
    """A subject as each of its planes is laid onto a canvas."""
    planes = (images.to_levels(subject.alpha), np.full_like(subject.rgb[..., 0], 255))
    alpha, shown = (images.to_matte(lay(plane)) for plane in planes)
    return Aligned(lay(subject.rgb), alpha, shown)


def _lay_over(rgb: RGB, alpha: Matte, light: RGB, fit: Fit) -> RGB:
    height, width = light.shape[:2]
    shown = images.to_matte(fit.apply(images.to_levels(alpha), width, height, 0))
    return images.over(fit.apply(rgb, width, height, 0), shown, light)
