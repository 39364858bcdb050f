"""A subject that is shown to a model as it looks in the light, by the shading without a model."""

from __future__ import annotations

from collections.abc import Callable

from lib_iclight.images import RGB
from lib_iclight.request.args import Request
from lib_iclight.shading.methods import PREPARE, NormalMap, Picture, at_working_size, lighting_of
from lib_iclight.subject.prepare import Preparer
from lib_iclight.subject.prepared import LitAppearance, Subject


def read_normal_map(preparer: Preparer, request: Request) -> NormalMap | None:
    """The normals that a request gives; None for those of the matte.

    :raises ICLightError: the picture cannot be decoded.
    """
    if request.shading != "form" or request.normal_map is None:
        return None
    name, rgb = preparer.picture(request.normal_map, "normal_map")
    return NormalMap(name, rgb, request.normal_green)


def lit_subjects(preparer: Preparer, request: Request) -> LitAppearance | None:
    """How a request's subjects are shown where they are to be lit already; None where they are not.

    :raises ICLightError: a light map of the user's own, which says nothing of a direction; no lamp that shines; a
        normal map that cannot be decoded.
    """
    if request.reinforce_foreground != "lit" or request.light == "none":
        return None
    lighting, normal_map = lighting_of(request, preparer.environment(request)), read_normal_map(preparer, request)
    normals = normal_map and (normal_map.name, normal_map.green)
    return LitAppearance((lighting, request.shading, normals), _draw(request.shading, lighting, normal_map))


def _draw(shading: str, lighting: object, normal_map: NormalMap | None) -> Callable[[Subject], RGB]:
    def draw(subject: Subject) -> RGB:
        lit = PREPARE[shading](at_working_size(subject, normal_map))
        return lit.relight(Picture(subject.foreground, subject.alpha, None), lighting)[..., :3]

    return draw
