"""A relit picture with the subject's colours, details, resolution and background, and as much of the new light as is
wanted."""

from __future__ import annotations

import numpy as np

from lib_iclight.blending.colour import keep_colour
from lib_iclight.blending.details import transfer
from lib_iclight.images import RGB, ROWS, to_levels, to_matte
from lib_iclight.light.maps import to_srgb
from lib_iclight.request.args import Request
from lib_iclight.result.own_size import lay_on_photo
from lib_iclight.shading.tone import decode, encode
from lib_iclight.subject.prepared import Aligned


def gives_back(request: Request) -> bool:
    """Whether a request asks for anything of this."""
    asked = request.keep_color or request.restore_details or request.own_size or request.strength < 1
    return bool(asked or keeps_background(request))


def keeps_background(request: Request) -> bool:
    """Whether the subject's own background comes back; fbc's is the background picture."""
    return request.keep_background and request.model_role != "fbc"


def give_back(relit: RGB, subject: Aligned, request: Request, own: Aligned | None = None) -> RGB:
    """A relit picture with what a request wants back of its subject, in this order: colour, details or resolution,
    background; the photo itself last, by ``strength``.

    :param relit: uint8 [h, w, 3], sRGB.
    :param subject: of the same size.
    :param request: with the model named by its role.
    :param own: the same canvas at the photo's resolution [H, W], where the result is to have that.
    :returns: uint8 [h, w, 3], or [H, W, 3].
    """
    result = to_matte(relit)
    within = (subject.alpha * subject.shown)[..., None]
    if request.keep_color:
        kept = keep_colour(decode(relit), decode(subject.rgb), within * np.float32(request.keep_color))
        result = to_srgb(kept).astype(np.float32)
    if own is not None:
        laid = lay_on_photo(result, subject, own, keeps_background(request))
        return _mix(laid, own, request.strength)
    photo = to_matte(subject.rgb)
    if request.restore_details:
        detailed = transfer(result, photo, request.detail_mode, request.detail_radius)
        result += (detailed - result) * within * np.float32(request.restore_details)
    if keeps_background(request):
        result += (photo - result) * (subject.shown[..., None] - within)
    return _mix(to_levels(result), subject, request.strength)


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
