"""A shadow as a layer of its own, which darkens what is behind a subject, and how a relit background shows one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib_iclight.images import LONGEST_SIDE, RGB, ROWS, SHORT_SIDE, Matte, scale, to_levels
from lib_iclight.light import maps
from lib_iclight.light.tone import decode, encode
from lib_iclight.painting import Color

Density = NDArray[np.float32]

OUTSIDE = 0.05
"""The alpha from which a pixel says nothing of the background."""

DARKEST = 1 / 255 / 12.92
"""One level of a black background in linear light: what is darker than that does not tell a shadow."""

FINEST = 1 / 256
SOFTEST = 1 / 32
"""The sigma that a relit background is smoothed with, as a share of the short side, at softness 0, and what 1 adds: a
VAE's grain is no shadow."""


@dataclass(frozen=True)
class Shadow:
    """A shadow that falls on what is behind a subject.

    :ivar density: float32 [H, W], 0..1: how much of the light is taken away, at strength 1.
    :ivar strength: 0..1.
    :ivar color: what white becomes where density and strength are 1; linear light, red, green and blue, 0..1.
    """

    density: Density
    strength: float = 1.0
    color: Color = (0.0, 0.0, 0.0)

    def lay(self, onto: RGB, alpha: Matte | None = None) -> RGB:
        """A picture in the shadow: in linear light, times ``1 - strength * density * (1 - alpha) * (1 - color)``.

        :param onto: uint8 [H, W, 3], sRGB.
        :param alpha: the matte of the subject that the picture shows, float32 [H, W]; what is subject stays as it is.
            None for a bare background, before which the subject comes then: soft edges are exact only so.
        :returns: uint8 [H, W, 3]; the same object at strength 0.
        """
        if self.strength <= 0:
            return onto
        taken = np.float32(self.strength) * (1 - np.array(self.color, np.float32))
        result = np.empty_like(onto)
        for top in range(0, len(onto), ROWS):
            rows = slice(top, top + ROWS)
            share = self.density[rows] if alpha is None else self.density[rows] * (1 - alpha[rows])
            result[rows] = encode(decode(onto[rows]) * (1 - share[..., None] * taken))
        return result

    def to_image(self) -> Image.Image:
        """The shadow alone, RGBA: its colour in sRGB, and as alpha ``1 - sRGB(1 - strength * density)``.

        Programs blend layers in sRGB. So blended it is over white what ``lay`` gives for a black shadow, and over other
        levels close to it, as sRGB is nearly a power of linear light.
        """
        left = maps.to_srgb(1 - self.density * np.float32(self.strength)).astype(np.float32)
        red, green, blue = (255 * maps.to_srgb(np.array(self.color))).round().astype(int).tolist()
        image = Image.new("RGB", self.density.shape[::-1], (red, green, blue))
        image.putalpha(Image.fromarray(to_levels(1 - left)))
        return image


def from_relit(relit: RGB, background: RGB, alpha: Matte, softness: float = 0.0) -> Density:
    """The density of the shadow that a model drew onto a background: ``1 - min(1, relit / background)``.

    Of the luminance in linear light. Both are smoothed before they are divided, so that neither noise nor what is
    nearly black counts as shadow; under the subject the shadow is continued as far as the smoothing reaches.

    :param relit: the background as it came back, with the subject before it: uint8 [H, W, 3], sRGB.
    :param background: what was given, of the same size.
    :param alpha: the subject's matte, float32 [H, W].
    :param softness: 0..1; how much more than the grain is smoothed.
    :returns: float32 [H, W], 0..1; 0 where it is not known.
    """
    height, width = alpha.shape
    size = working_size(width, height)
    weight = (1 - alpha / np.float32(OUTSIDE)).clip(0, 1)
    sigma = min(size) * (FINEST + softness * SOFTEST)
    after, before = (_smooth(scale(_luminance(rgb, weight), *size), sigma) for rgb in (relit, background))
    # Not by the smoothed weight, which both have: what is nothing stays near DARKEST.
    ratio = np.minimum((after + np.float32(DARKEST)) / (before + np.float32(DARKEST)), 1)
    return scale(1 - ratio, width, height)


def working_size(width: int, height: int) -> tuple[int, int]:
    """Where a shadow is worked out, as it is smooth: width and height, at most those of light without a model."""
    part = min(1.0, SHORT_SIDE / min(width, height), LONGEST_SIDE / max(width, height))
    return max(1, round(width * part)), max(1, round(height * part))


def _luminance(rgb: RGB, weight: Density) -> Density:
    """In linear light, times a weight."""
    result = np.empty(rgb.shape[:2], np.float32)
    for top in range(0, len(rgb), ROWS):
        rows = slice(top, top + ROWS)
        result[rows] = decode(rgb[rows]) @ maps.LUMINANCE.astype(np.float32) * weight[rows]
    return result


def _smooth(plane: Density, sigma: float) -> Density:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), max(sigma, 1e-3), borderType=cv2.BORDER_REPLICATE), np.float32)
