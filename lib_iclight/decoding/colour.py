"""Colours to sRGB, by the ICC profile that a picture carries."""

from __future__ import annotations

import io
import itertools

import numpy as np
from PIL import Image, ImageCms

from lib_iclight import log

MAX_PROFILE = 16 * 1024 * 1024
"""The longest profile that is looked at, in bytes; those of printers have up to a few million."""

RELATIVE_COLORIMETRIC = 1
BLACK_POINT_COMPENSATION = 0x2000
"""Of LittleCMS; Pillow's name for it differs from version to version."""

SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK", "LAB": "Lab"}
"""The colour spaces of profiles that fit a mode."""

LEAST_CONTRAST = 96
"""Between black and white, as a profile renders them: one with less is broken."""


def to_srgb(image: Image.Image, profile: bytes | None, key: str) -> Image.Image:
    """A picture as RGB or RGBA in sRGB: relative colorimetric, with black point compensation.

    A profile that is missing, broken or for other pictures leaves the levels as they are, as if they were sRGB. The
    alpha stays as it is.

    :param image: of mode L, LA, RGB, RGBA, CMYK or LAB.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colours = image.convert(image.mode[:-1]) if alpha else image
    if profile:
        try:
            colours = _convert(colours, profile)
        except (ImageCms.PyCMSError, ImportError, OSError, TypeError, ValueError) as error:
            log.logger.warning("The colour profile of %s is passed over: %s.", key, error)
    if colours.mode == "LAB":
        colours = _apply(colours, _transform(ImageCms.createProfile("LAB"), "LAB"))
    # Not a picture of the caller's: an alpha is about to be put into it.
    result = colours.convert("RGB")
    if alpha:
        result.putalpha(alpha)
    return result


def _transform(source: object, mode: str) -> ImageCms.ImageCmsTransform:
    srgb = ImageCms.createProfile("sRGB")
    # Its types know neither an integer as a flag of old nor a profile that was opened.
    return ImageCms.buildTransform(
        source,  # type: ignore[arg-type]
        srgb,
        mode,
        "RGB",
        renderingIntent=RELATIVE_COLORIMETRIC,  # type: ignore[arg-type]
        flags=BLACK_POINT_COMPENSATION,  # type: ignore[arg-type]
    )


def _apply(colours: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    converted = ImageCms.applyTransform(colours, transform)
    # None is for pictures that are changed in place.
    assert converted is not None
    return converted


def _convert(colours: Image.Image, profile: bytes) -> Image.Image:
    """Colours in sRGB; the picture itself, where the profile is sRGB.

    :raises ValueError: the profile is of no use.
    """
    if len(profile) > MAX_PROFILE:
        raise ValueError(f"it has {len(profile):,} bytes, more than {MAX_PROFILE:,}")
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space.strip()
    if space == "RGB" and colours.mode == "L":
        # Grey photos often keep the profile that they had in colour.
        colours = colours.convert("RGB")
    if SPACES[colours.mode] != space:
        raise ValueError(f"it is for {space or 'no'} colours, and the picture has {SPACES[colours.mode]}")
    transform = _transform(source, colours.mode)
    if colours.mode != "LAB":
        probe = _probe(colours.mode)
        became = np.asarray(_apply(probe, transform)).astype(int)
        was = np.asarray(probe.convert("RGB")).astype(int)
        black, white = was.sum(-1).argmin(), was.sum(-1).argmax()
        if became[0, white].mean() - became[0, black].mean() < LEAST_CONTRAST:
            raise ValueError(f"it turns white into {became[0, white].tolist()}")
        if colours.mode != "CMYK" and abs(became - was).max() <= 1:
            return colours
    return _apply(colours, transform)


def _probe(mode: str) -> Image.Image:
    """Colours from all over a mode's space, in one row."""
    if mode == "L":
        return Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    levels = list(itertools.product(np.linspace(0, 255, 6, dtype=np.uint8), repeat=len(mode)))
    return Image.frombytes(mode, (len(levels), 1), np.asarray(levels, np.uint8).tobytes())
