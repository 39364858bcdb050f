"""The light stage over HTTP: how a basis is opened, kept, and given to a mixer elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import numpy as np

from lib_iclight.decoding import exr
from lib_iclight.light.gels import colour_tables
from lib_iclight.light.tone import encode
from lib_iclight.request.args import Request
from lib_iclight.request.stage_lights import split_lights
from lib_iclight.shading.lighting import lighting
from lib_iclight.shading.lit_subject import read_normal_map
from lib_iclight.stage import exr_file, files
from lib_iclight.stage.basis import Basis
from lib_iclight.stage.kept import KeptBases
from lib_iclight.stage.mix import to_plain
from lib_iclight.stage.model_free import render
from lib_iclight.stage.rendered import MIX, first_mix, mix_of
from lib_iclight.subject.prepare import Preparer, prepare_subjects
from lib_iclight.web.packed import pack_head


def render_model_free(
    preparer: Preparer,
    request: Request,
    own_pictures: Sequence[Any] = (),
    lock: AbstractContextManager[Any] | None = None,
) -> Basis:
    """A basis of a request's subject without a model, lit by the directions or lamps of its stage.

    :param own_pictures: the pictures of img2img, of which the first is the subject where ``foreground`` is none.
    :param lock: in which a matting network waits for its turn on the device.
    :raises ICLightError: as ``split_lights``, ``prepare_subjects`` and ``render``.
    """
    request = replace(request, stage="directions" if request.stage == "off" else request.stage)
    lights = [light for light in split_lights(request) if light.lamp is not None]
    lamps = tuple(light.lamp for light in lights if light.lamp is not None)
    first = lighting(replace(request, light="lamps", lamps=lamps[:1], ambient_color="#000000", shading="form"))
    # A stage has more of them than the lamps' option.
    lit = replace(first, lamps=tuple(replace(first.lamps[0], placed=lamp) for lamp in lamps))
    with lock if lock is not None and preparer.needs_device(request) else nullcontext():
        subject, *_ = prepare_subjects(preparer, request, own_pictures)
    basis = render(subject, lit, read_normal_map(preparer, request))
    told = {**basis.meta, MIX: to_plain(first_mix(lights))}
    return replace(
        basis,
        lamps=tuple(replace(lamp, name=light.name) for lamp, light in zip(basis.lamps, lights)),
        meta=told,
    )


def open_file(data: bytes) -> Basis:
    """A basis of a file that ``give`` = basis has given.

    :raises ICLightError: as ``files.unpack`` and ``exr_file.unpack``.
    """
    return exr_file.unpack(data) if data.startswith(exr.SIGNATURE) else files.unpack(data)


def keep(bases: KeptBases, basis: Basis) -> dict[str, Any]:
    """The answer of a route that opens a basis: the name by which it is kept, and what a page shows of it."""
    name = bases.name(basis.name)
    bases.keep(name, basis)
    return {"key": name, **_describe(basis)}


def pack(basis: Basis) -> bytes:
    """Everything for a mixer elsewhere.

    A little-endian uint32 says how long the JSON is that follows it (``width``, ``height``, ``lamps``, ``mix``,
    ``white``, and for lamps' colours ``gels`` and ``temperatures``; padded with spaces to four bytes). Then each
    picture, uint8 [h, w, 3]: sRGB of its light over ``white``, which is 1 where nothing is brighter.
    """
    white = max(1.0, float(basis.pictures.max()))
    pictures = (encode(picture / np.float32(white)).tobytes() for picture in basis.pictures)
    return b"".join([pack_head({**_describe(basis), "white": white, **colour_tables()}), *pictures])


def _describe(basis: Basis) -> dict[str, Any]:
    settings = mix_of(basis)
    lamps = [
        {"name": lamp.name, "light": dict(lamp.light), "color": mixed.color, "intensity": mixed.intensity}
        for lamp, mixed in zip(basis.lamps, settings.lamps)
    ]
    width, height = basis.size
    return {"width": width, "height": height, "lamps": lamps, "mix": to_plain(settings)}
