"""A basis as one OpenEXR file, in which it keeps all of its light: a part for each lamp, and one for each plane.

Its header's ``comments`` are the JSON of ``files``, with ``exr`` as its coding, and parts in place of files.
"""

from __future__ import annotations

import json

import numpy as np

from lib_iclight.decoding import exr
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import RGB
from lib_iclight.light.tone import decode, encode
from lib_iclight.stage import files
from lib_iclight.stage.basis import MAX_PIXELS, Basis, BasisLamp, Light

CODING = "exr"


def pack(basis: Basis) -> bytes:
    """A basis as an OpenEXR file.

    :raises ICLightError: the package is not installed.
    """
    parts = {f"lamp{i}": picture for i, picture in enumerate(basis.pictures)}
    told = files.describe(basis, [*parts], {name: name for name in files.PLANES}, CODING)
    for name in files.PLANES:
        if (plane := getattr(basis, name)) is not None:
            parts[name] = plane if plane.ndim == 2 else decode(plane)
    return exr.write(parts, json.dumps(told))


def unpack(data: bytes) -> Basis:
    """A basis of an OpenEXR file.

    :raises ICLightError: the package is not installed; the file is none of a basis, or damaged or too large.
    """
    # The planes are as large as pictures of lamps.
    found = exr.read(data, 2 * MAX_PIXELS, files.KEY)
    told = files.parse(found.comments[: files.MAX_JSON].encode(), CODING)
    size = told["height"], told["width"]

    def take(name: str, channels: int) -> Light:
        pixels = found.parts.get(name)
        if pixels is None or pixels.shape != (*size, channels):
            wanted = f"{size[1]}x{size[0]} pixels and {channels} channels"
            raise ICLightError(
                ErrorCode.BASIS_NOT_READABLE,
                f"IC-Light: {files.KEY} needs a part {name} of {wanted}: give one that IC-Light wrote.",
            )
        return pixels

    def take_picture(name: str) -> RGB | None:
        return None if told.get(name) is None else encode(take(told[name], 3))

    alpha = None if told.get("alpha") is None else take(told["alpha"], 1)[..., 0].clip(0, 1)
    return Basis(
        np.stack([take(lamp["file"], 3) for lamp in told["lamps"]]),
        tuple(BasisLamp(lamp["name"], lamp["light"]) for lamp in told["lamps"]),
        alpha=alpha,
        unlit=take_picture("unlit"),
        background=take_picture("background"),
        meta=told["meta"],
    )
