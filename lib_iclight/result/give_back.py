"""A relit picture with the subject's colours, details, resolution and background, and as much of the new light as is
wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lib_iclight import images
from lib_iclight.blending.details import transfer
from lib_iclight.images import RGB, ROWS, to_levels, to_matte
from lib_iclight.light.environment import Environment
from lib_iclight.light.maps import to_srgb
from lib_iclight.light.tone import decode, encode
from lib_iclight.request.args import Request
from lib_iclight.result.colour import keep_colour
from lib_iclight.result.own_size import lay_on_photo
from lib_iclight.shading.cast_shadow import cast, colour
from lib_iclight.shading.shadow import Shadow, from_relit
from lib_iclight.subject.prepared import Aligned

Backdrop = Callable[[int, int], RGB]


@dataclass(frozen=True)
class Given:
    """A result with what it was given back.

    :ivar shadow: the shadow that was laid onto it, if any.
    """

    picture: RGB
    shadow: Shadow | None = None


def gives_back(request: Request) -> bool:
    """Whether a request asks for anything of this."""
    asked = request.keep_color or request.restore_details or request.own_size or request.shadow
    return bool(asked or request.strength < 1 or keeps_background(request))


def keeps_background(request: Request) -> bool:
    """Whether the subject's own background comes back; fbc's is the background picture."""
    return request.keep_background and request.model_role != "fbc"


def give_back(
    relit: RGB,
    subject: Aligned,
    request: Request,
    own: Aligned | None = None,
    background: Backdrop | None = None,
    environment: Environment | None = None,
) -> Given:
    """A relit picture with what a request wants back of its subject, in this order: colour; details or resolution;
    background; shadow; the photo itself last, by ``strength``.

    :param relit: uint8 [h, w, 3], sRGB.
    :param subject: of the same size.
    :param request: with the model named by its role.
    :param own: the same canvas at the photo's resolution [H, W], where the result is to have that.
    :param background: of fbc, from width and height to the picture.
    :param environment: the panorama that lights, where it does.
    :returns: uint8 [h, w, 3], or [H, W, 3].
    """
    result = to_matte(relit)
    within = (subject.alpha * subject.shown)[..., None]
    if request.keep_color:
        kept = keep_colour(decode(relit), decode(subject.rgb), within * np.float32(request.keep_color))
        result = to_srgb(kept).astype(np.float32)
    if request.restore_details and own is None:
        photo = to_matte(subject.rgb)
        detailed = transfer(result, photo, request.detail_mode, request.detail_radius)
        result += (detailed - result) * within * np.float32(request.restore_details)
    shown = own or subject
    height, width = shown.alpha.shape
    behind = images.stretch(to_levels(result), width, height)
    if keeps_background(request):
        behind = images.over(shown.rgb, shown.shown, behind)
    elif background is not None and request.shadow:
        # What the model has drawn there comes back as the shadow alone.
        behind = background(width, height)
    shadow = _shadow(relit, subject, request, background, environment)
    shadow = shadow and replace(shadow, density=images.scale(shadow.density, width, height))
    if shadow is not None:
        behind = shadow.lay(behind)
    if own is not None:
        lit = lay_on_photo(result, subject, own, behind)
    else:
        lit = to_levels(result + (to_matte(behind) - result) * (1 - within))
    return Given(_mix(lit, shown, request.strength), shadow)


def _shadow(
    relit: RGB, subject: Aligned, request: Request, background: Backdrop | None, environment: Environment | None
) -> Shadow | None:
    """The subject's shadow at the relit picture's size."""
    if not request.shadow:
        return None
    alpha = subject.alpha * subject.shown
    if background is not None:
        before = background(*relit.shape[1::-1])
        return colour(from_relit(relit, before, alpha, request.shadow_softness), request)
    return cast(alpha, request, environment)


def _mix(lit: RGB, photo: Aligned, strength: float) -> RGB:
    """Both lights in linear light: ``strength`` of the new one, and the rest of the photo's own."""
    if strength == 1:
        return lit
    result = lit.copy()
    for top in range(0, len(lit), ROWS):
        rows = slice(top, top + ROWS)
        light = decode(lit[rows])
        share = photo.shown[rows, :, None] * np.float32(1 - strength)
        result[rows] = encode(light + (decode(photo.rgb[rows]) - light) * share)
    return result
