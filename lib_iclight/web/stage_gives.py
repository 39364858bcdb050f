"""What is handed out of a basis: a mix, normals, layers, an animation, or its file."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from lib_iclight import decoding, images
from lib_iclight.decoding import exr
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.form import Normals
from lib_iclight.kinds import Choice, Kind, Number, Picture, Whole, check_value
from lib_iclight.light import environment, panorama
from lib_iclight.light.tone import encode
from lib_iclight.request import infotext
from lib_iclight.request.args import OPTIONS
from lib_iclight.stage import animation, exr_file, files, normals, openraster, psd, sweep
from lib_iclight.stage.basis import Basis
from lib_iclight.stage.directions import of_lights
from lib_iclight.stage.from_normals import relight
from lib_iclight.stage.layers import layers_of
from lib_iclight.stage.mix import Mix, balance, from_plain, from_weights, to_plain, weights
from lib_iclight.stage.mixing import combine
from lib_iclight.stage.mixing import mix as mix_lamps
from lib_iclight.stage.panorama import thumbnail
from lib_iclight.stage.panorama import weights as weights_of
from lib_iclight.stage.rendered import MIX, mix_of
from lib_iclight.web.bodies import refuse_unknown

SURFACE = ("roughness", "specular")

GIVE: Mapping[str, Kind] = {
    "give": Choice(("mix", "normals", "layers", "basis", "sweep", "panorama", "relit")),
    "panorama": Picture(),
    "panorama_rotation": panorama.ROTATION,
    "panorama_exposure": panorama.EXPOSURE,
    "normals": Choice(("authors", "least_squares")),
    "normal_green": Choice(("up", "down")),
    "layers": Choice(("ora", "exr", "psd")),
    "basis": Choice(("zip", "exr")),
    "sweep": Choice(("orbit", "panorama")),
    "frames": Whole(2, 240),
    "elevation": Number(-90, 90),
    "animation": animation.FORM,
    **{name: OPTIONS[name].kind for name in SURFACE},
}
"""What may be asked of a basis beside its mix."""

DEFAULTS: Mapping[str, Any] = {
    "give": "mix",
    "panorama": None,
    "panorama_rotation": 0.0,
    "panorama_exposure": 0.0,
    "normals": "least_squares",
    "normal_green": "up",
    "layers": "ora",
    "basis": "zip",
    "sweep": "orbit",
    "frames": 48,
    "elevation": 20.0,
    "animation": "webp",
    **{name: OPTIONS[name].default for name in SURFACE},
}
FIELDS = ("mix", *GIVE)

SIDES = {"left": (-1, 0), "right": (1, 0), "bottom": (0, -1), "top": (0, 1)}
"""What the authors' normals are made of, in the order of ``four_sides``: to the right, up."""


def answer(basis: Basis, body: Mapping[str, Any]) -> dict[str, Any]:
    """What a body asks for of a basis, with the mix by which it was made.

    :raises ICLightError: a field that is not known or not allowed; a format whose package is not installed.
    """
    asked = _read(body)
    settings, light = _mix(basis, body.get("mix"), asked)
    return {**GIVES[asked["give"]](basis, settings, light, asked), "mix": to_plain(settings)}


def _read(body: Mapping[str, Any]) -> dict[str, Any]:
    refuse_unknown(body, FIELDS)
    given = {name: check_value(GIVE[name], value, name) for name, value in body.items() if name in GIVE}
    return {**DEFAULTS, **given}


def _mix(basis: Basis, plain: Any, asked: Mapping[str, Any]) -> tuple[Mix, panorama.Panorama | None]:
    """The mix of a body; where it has a panorama, the lamps' light is that one's."""
    settings = mix_of(basis) if plain is None else from_plain(plain)
    if len(settings.lamps) != len(basis.lamps):
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"IC-Light: the mix has {len(settings.lamps)} lamps but the basis has {len(basis.lamps)}: give as many.",
        )
    if asked["panorama"] is None:
        return settings, None
    read = panorama.read(decoding.read_base64(asked["panorama"], "the panorama"))
    light = read.turned(asked["panorama_rotation"]).exposed(asked["panorama_exposure"])
    driven = from_weights(
        weights_of(light, of_lights(lamp.light for lamp in basis.lamps)), [m.name for m in settings.lamps]
    )
    return replace(settings, lamps=driven.lamps, exposure=driven.exposure), light


Give = Callable[[Basis, Mix, "panorama.Panorama | None", Mapping[str, Any]], dict[str, Any]]


def _give_mix(basis: Basis, settings: Mix, light: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    told = {**basis.meta.get("parameters", {}), infotext.MIX_KEY: json.dumps(to_plain(settings))}
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", infotext.format_parameters("", "", told))
    return {"name": "mix.png", "image": images.to_base64(Image.fromarray(mix_lamps(basis, settings)), info)}


def _give_normals(basis: Basis, settings: Mix, light: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    found = _find_normals(basis, asked)
    return {"name": "normals.png", "image": _base64(normals.to_png(found, asked["normal_green"]))}


def _find_normals(basis: Basis, asked: Mapping[str, Any]) -> Normals:
    towards = of_lights(lamp.light for lamp in basis.lamps)
    alpha = np.ones(basis.pictures.shape[1:3], np.float32) if basis.alpha is None else basis.alpha
    if asked["normals"] == "least_squares":
        return normals.least_squares(basis.pictures, towards, alpha)
    left, right, bottom, top = (encode(basis.pictures[at]) for at in _find_sides(towards))
    return normals.four_sides(left, right, bottom, top, alpha)


def _find_sides(towards: Any) -> list[int]:
    """Which lamps are the authors' four sides."""
    across = towards[:, :2] / np.maximum(np.linalg.norm(towards[:, :2], axis=1, keepdims=True), 1e-9)
    found = []
    for name, side in SIDES.items():
        near = np.flatnonzero(across @ np.array(side) > 1 - 1e-6)
        if not len(near):
            raise ICLightError(
                ErrorCode.VALUE_NOT_ALLOWED,
                f"IC-Light: the authors' normals need a lamp from the {name}, and the basis has none: take "
                "least_squares, or render four directions.",
            )
        found.append(int(near[0]))
    return found


def _give_layers(basis: Basis, settings: Mix, light: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    form = asked["layers"]
    if form == "exr":
        parts = {lamp.name: picture for lamp, picture in zip(basis.lamps, basis.pictures)}
        data = exr.write({"ambient": basis.ambient, **parts})
    else:
        data = {"ora": openraster, "psd": psd}[form].write(layers_of(basis))
    return {"name": f"layers.{form}", "file": _base64(data)}


def _give_basis(basis: Basis, settings: Mix, light: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    told = replace(basis, meta={**basis.meta, MIX: to_plain(settings)})
    form = asked["basis"]
    return {"name": f"basis.{form}", "file": _base64({"zip": files, "exr": exr_file}[form].pack(told))}


def _give_sweep(basis: Basis, settings: Mix, light: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    towards = of_lights(lamp.light for lamp in basis.lamps)
    if asked["sweep"] == "orbit":
        each = sweep.along(sweep.orbit(asked["frames"], asked["elevation"]), towards)
        exposure = settings.exposure
    else:
        # Its weights have no bound: what the mix gives to its exposure is in them.
        each, exposure = sweep.turning(_needed(light, "sweep"), towards, asked["frames"]), 0.0
    white = balance(settings.white_kelvin, settings.white_tint)
    frames = list(sweep.frames(basis, (part * white for part in each), settings.curve, exposure))
    form = asked["animation"]
    return {"name": f"sweep.{form}", "file": _base64(animation.write(frames, form))}


def _give_panorama(basis: Basis, settings: Mix, light: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a mixer elsewhere turns it by: its flux before rotation and exposure, and where the lamps are."""
    cells = panorama.flux(replace(_needed(light, "give"), exposure=0.0))
    return {
        "name": "panorama.png",
        "image": images.to_base64(Image.fromarray(thumbnail(light))),
        "flux": _base64(cells.astype("<f4").tobytes()),
        "columns": cells.shape[1],
        "towards": of_lights(lamp.light for lamp in basis.lamps).tolist(),
    }


def _give_relit(basis: Basis, settings: Mix, light: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The subject lit from its normals, by the panorama or else the lamps, before the mix: a light map."""
    driven = weights(settings)
    if light is not None:
        gains = balance(settings.white_kelvin, settings.white_tint)
        light = replace(light, light=(light.light * gains).astype(np.float32))
    behind = combine(basis, driven, settings.curve)
    surface = {name: asked[name] for name in SURFACE}
    given = driven if light is None else environment.as_it_is(light)
    found = relight(basis, _find_normals(basis, asked), given, behind, **surface)
    return {"name": "relit.png", "image": images.to_base64(Image.fromarray(found))}


def _needed(light: panorama.Panorama | None, key: str) -> panorama.Panorama:
    if light is None:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED, f"IC-Light: {key} is 'panorama' but there is no panorama: give one."
        )
    return light


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


GIVES: Mapping[str, Give] = {
    "mix": _give_mix,
    "normals": _give_normals,
    "layers": _give_layers,
    "basis": _give_basis,
    "sweep": _give_sweep,
    "panorama": _give_panorama,
    "relit": _give_relit,
}
