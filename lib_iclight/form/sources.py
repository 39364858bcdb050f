"""Where normals come from."""

from __future__ import annotations

from lib_iclight.form.from_matte import normals
from lib_iclight.form.normal_map import read_normal_map
from lib_iclight.form.vectors import Normals
from lib_iclight.images import RGB, Matte


def find_normals(rgb: RGB, alpha: Matte, normal_map: RGB | None = None, green: str = "up") -> Normals:
    """The normals of a subject at its picture's size: from the normal map that is given, or else from its matte.

    :param rgb: uint8 [h, w, 3], sRGB.
    :param alpha: float32 [h, w], 0..1.
    :param normal_map: uint8 [H, W, 3] in the picture's proportions; ``green`` is the option ``normal_green``.
    :returns: float32 [h, w, 3].
    :raises ICLightError: the normal map has other proportions.
    """
    if normal_map is None:
        return normals(rgb, alpha)
    return read_normal_map(normal_map, green, alpha.shape[1], alpha.shape[0])
