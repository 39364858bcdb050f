"""The fields that the light stage's routes take, and their answers."""

from __future__ import annotations

import base64

import numpy as np

from lib_iclight.stage import files, mix
from lib_iclight.stage.basis import MOST, Basis, BasisLamp
from lib_iclight.web.contract import (
    A_PICTURE,
    COUNT,
    EXAMPLE_PICTURE,
    FOREGROUND_FIELDS,
    TEXT,
    Names,
    lamps_need,
    options_schema,
)
from lib_iclight.web.openapi import Schema, answer_schema, describe_route, object_schema
from lib_iclight.web.stage_gives import DEFAULTS, GIVE

OPEN_FIELDS: Names = {
    **FOREGROUND_FIELDS,
    **{name: name for name in ("stage", "stage_directions", "lamps", "normal_map", "normal_green")},
    **{name: name for name in ("roughness", "specular", "backdrop_light")},
}
FILE_FIELDS = ("file",)

_LAMP = object_schema({name: kind.schema() for name, kind in mix.LAMP_KINDS.items()}, title="Lamp of a mix")
MIX: Schema = object_schema(
    {
        "lamps": {"type": "array", "minItems": 1, "maxItems": MOST, "items": _LAMP},
        **{name: kind.schema() for name, kind in mix.KINDS.items()},
    },
    ["lamps"],
    title="Mix",
)
_OPENED = answer_schema(
    key=TEXT, width=COUNT, height=COUNT, lamps={"type": "array", "items": {"type": "object"}}, mix={"type": "object"}
)


OPEN = describe_route(
    _OPENED,
    body=object_schema(options_schema(OPEN_FIELDS, ("image",)), ["image"], allOf=[lamps_need("stage")]),
    example={"image": EXAMPLE_PICTURE, "matting": "none", "stage": "directions"},
    refusals=(422, 500),
)


def _example_file() -> str:
    """A basis of two lamps and four pixels."""
    light = np.ones((2, 2, 2, 3), np.float32)
    lamps = tuple(BasisLamp(name, {"kind": "side", "angle": angle}) for name, angle in (("Left", 180), ("Right", 0)))
    return base64.b64encode(files.pack(Basis(light, lamps))).decode()


FILE = describe_route(_OPENED, body=object_schema({"file": A_PICTURE}, ["file"]), example={"file": _example_file()})
PACKED = describe_route(media_types=["application/octet-stream"], refusals=(404,))
_PANORAMA: Schema = {
    "flux": TEXT,
    "columns": COUNT,
    "towards": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
}
GIVEN = describe_route(
    {
        "type": "object",
        "properties": {"name": TEXT, "image": A_PICTURE, "file": A_PICTURE, "mix": {"type": "object"}, **_PANORAMA},
        "required": ["name", "mix"],
    },
    body=object_schema(
        {"mix": MIX, **{name: {**kind.schema(), "default": DEFAULTS[name]} for name, kind in GIVE.items()}}
    ),
    example={"give": "normals", "normals": "least_squares"},
    refusals=(404, 422, 500),
)
