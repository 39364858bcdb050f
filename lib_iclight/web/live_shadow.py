"""The shadow of a live picture, for a renderer that moves its lamps."""

from __future__ import annotations

import numpy as np

from lib_iclight.images import Matte
from lib_iclight.shading.cast_shadow import stand
from lib_iclight.web.packed import pack_head, quantize


def pack_shadow(alpha: Matte, softness: float) -> bytes:
    """What no lamp changes of a subject's shadow: ``cast_shadow.Standing`` of a matte at the working size [h, w].

    After the head of ``pack_head`` (``width``, ``height``, ``pad``, ``foot`` and ``middle``, a row and a column) int16
    [height, width] the soft matte, which is ``pad`` pixels wider on every side and 0 at its edge, and int16 [h, w] how
    near the ground is, both in steps of 1 / 32767. Where there is no subject: a head with the width 0, and no more.

    :param softness: 0..1.
    """
    standing = stand(alpha, softness)
    if standing is None:
        return pack_head({"width": 0, "height": 0, "pad": 0, "foot": 0, "middle": [0, 0]})
    soft, pad = standing.soft
    height, width = soft.shape
    # There is nothing beyond it, and a renderer goes on with what is there.
    framed = np.pad(soft[1:-1, 1:-1], 1)
    told = {"width": width, "height": height, "pad": pad, "foot": standing.foot, "middle": standing.middle}
    return b"".join([pack_head(told), quantize(framed), quantize(standing.contact())])
