"""What is shown to the VAE, at any size: subjects, background and light map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lib_iclight import images
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.images import RGB, Matte
from lib_iclight.light import maps
from lib_iclight.request.args import Request
from lib_iclight.subject.fit import Fit


@dataclass(frozen=True)
class Subject:
    """A picture with its matte.

    :ivar name: says what the picture and the matte are made of.
    :ivar method: how it was cut out: mask, alpha, none, or a matting's name.
    """

    name: str
    rgb: RGB
    alpha: Matte
    on_grey: RGB
    method: str


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
class PreparedImages:
    """Everything that a generation shows to the VAE. Built by ``prepare_images``."""

    request: Request
    subjects: tuple[Subject, ...]
    background: tuple[str, RGB] | None
    light_map: tuple[str, RGB] | None

    def foregrounds(self, width: int, height: int, fit: Fit) -> list[ConditionImage]:
        """The foreground condition, one for each subject."""
        if self.request.foreground is not None:
            fit = fit.of_another
        return [
            ConditionImage((s.name, fit, width, height), lambda s=s: fit.apply(s.on_grey, width, height, 127))  # type: ignore[misc]
            for s in self.subjects
        ]

    def aligned(self, index: int, width: int, height: int, fit: Fit) -> Aligned:
        """The subject of a result, as its condition lies on the canvas.

        :param index: of the result in its batch.
        """
        subject = self.subjects[index % len(self.subjects)]
        fit = fit.of_another if self.request.foreground is not None else fit
        levels = (images.to_levels(subject.alpha), np.full_like(subject.rgb[..., 0], 255))
        alpha, shown = (images.to_matte(fit.apply(plane, width, height, 0)) for plane in levels)
        return Aligned(fit.apply(subject.rgb, width, height, 0), alpha, shown)

    def at_own_size(self, index: int, width: int, height: int, fit: Fit) -> Aligned:
        """What of a result's subject lies on the canvas, at the picture's own resolution.

        :param width: of the result.
        """
        subject = self.subjects[index % len(self.subjects)]
        fit = fit.of_another if self.request.foreground is not None else fit
        if fit.crop:
            raise ICLightError(
                ErrorCode.CANNOT_COMBINE,
                f"IC-Light: {mention('own_size')} cannot be combined with inpainting only what is masked: inpaint the "
                f"whole picture, or switch {mention('own_size')} off.",
            )
        box = tuple(map(round, fit.frame(subject.rgb.shape[1::-1], width, height)))
        planes = (subject.rgb, subject.alpha, np.ones_like(subject.alpha))
        return Aligned(*(images.window(plane, *box) for plane in planes))

    def backgrounds(self, width: int, height: int, fit: Fit) -> list[ConditionImage]:
        """The background condition of fbc; empty for the other models."""
        if self.request.model != "fbc":
            return []
        if self.background is None:
            return [self._light(width, height, fit, maps.BACKGROUND)]
        (name, rgb), flip = self.background, self.request.flip_background

        def draw(wide: int, high: int) -> RGB:
            return images.cover(rgb[:, ::-1] if flip else rgb, wide, high, "the background")

        return [_behind((name, flip), draw, width, height, fit)]

    def initial(self, width: int, height: int, fit: Fit) -> list[ConditionImage]:
        """The light map that the sampling starts from, one for each subject or one for all; empty without one."""
        if self.request.model == "fbc" or self.request.light == "none":
            return []
        light = self._light(width, height, fit, maps.INITIAL_LATENT)
        if self.request.reinforce_foreground == "off":
            return [light]
        return [
            ConditionImage((*light.name, s.name, fit), lambda s=s: _lay_over(s, light.draw(), fit))  # type: ignore[misc]
            for s in self.subjects
        ]

    def _light(self, width: int, height: int, fit: Fit, ends: maps.Ends) -> ConditionImage:
        if self.light_map is not None:
            name, rgb = self.light_map

            def fill(wide: int, high: int) -> RGB:
                return images.cover(rgb, wide, high, "the light map")

            return _behind((name,), fill, width, height, fit)
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


def _lay_over(subject: Subject, light: RGB, fit: Fit) -> RGB:
    height, width = light.shape[:2]
    alpha = images.to_levels(subject.alpha)
    return images.over(
        fit.apply(subject.rgb, width, height, 0), images.to_matte(fit.apply(alpha, width, height, 0)), light
    )
