"""A subject lit anew from its normals: Lambert's law and GGX, by lamps or by all of a panorama."""

from __future__ import annotations

import numpy as np

from lib_iclight.form import Normals
from lib_iclight.images import RGB
from lib_iclight.light.environment import Environment
from lib_iclight.light.tone import compress, decode, encode
from lib_iclight.shading.by_panorama import shade_by_panorama
from lib_iclight.shading.lighting import LAMP, Lighting
from lib_iclight.shading.surface import add_light, surface
from lib_iclight.stage.basis import Basis
from lib_iclight.stage.directions import lamp_of
from lib_iclight.stage.mix import Weights
from lib_iclight.subject.compose import compose


def relight(
    basis: Basis,
    normals: Normals,
    light: Weights | Environment,
    behind: RGB,
    roughness: float = 0.5,
    specular: float = 0.25,
) -> RGB:
    """The subject of a basis in light that its pictures need not have, uint8 [h, w, 3], sRGB.

    Its colours are those of the picture as it was given, or of the ambient picture where the basis has none.

    :param normals: of the basis' size, as ``normals.least_squares`` gives them.
    :param light: a panorama, or what each of the basis' lamps gives, linear, [n, 3].
    :param behind: what is seen beside the subject, uint8 [h, w, 3].
    :param roughness: 0..1.
    :param specular: 0..1.
    """
    rgb = encode(np.minimum(basis.ambient, 1)) if basis.unlit is None else basis.unlit
    alpha = np.ones(rgb.shape[:2], np.float32) if basis.alpha is None else basis.alpha
    form = surface(rgb, alpha, normals)
    if isinstance(light, Environment):
        shade = shade_by_panorama(form, light, roughness, specular)
    else:
        shade = form.shade(_lighting(basis, light, roughness, specular))
    return compose(encode(compress(add_light(decode(rgb), shade))), alpha, behind)


def _lighting(basis: Basis, given: Weights, roughness: float, specular: float) -> Lighting:
    lamps = []
    for at, (lamp, weight) in enumerate(zip(basis.lamps, given)):
        red, green, blue = (LAMP * weight).tolist()
        lamps.append(lamp_of(lamp.light, f"lamps[{at}].light", (red, green, blue)))
    return Lighting(tuple(lamps), (0.0, 0.0, 0.0), 0.0, roughness, specular)
