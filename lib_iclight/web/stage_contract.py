"""The fields that the light stage's routes take, and their answers."""

from __future__ import annotations

import base64

import numpy as np

from lib_iclight.light.gels import GELS
from lib_iclight.stage import files, mix
from lib_iclight.stage.basis import MOST, Basis, BasisLamp
from lib_iclight.web.contract import (
    A_PICTURE,
    COUNT,
    EXAMPLE_PICTURE,
    FOREGROUND_FIELDS,
    TEXT,
    Names,
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

_LAMP = object_schema(
    {name: kind.schema() for name, kind in mix.LAMP_KINDS.items() if name not in ("gel", "kelvin")},
    title="Lamp of a mix",
)
_LAMP["properties"] |= {
    "gel": {"type": "string", "enum": ["none", *(gel.name for gel in GELS)]},
    "kelvin": mix.LAMP_KINDS["kelvin"].schema(),
}
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


def _open_schema() -> Schema:
    fields = options_schema(OPEN_FIELDS, ("image",))
    lit = {"properties": {"stage": {"const": "lamps"}}, "required": ["stage"]}
    some_on = {"minItems": 1, "minLength": 1, "contains": {"properties": {"on": {"const": True}}}}
    needs = {"if": lit, "then": {"properties": {"lamps": some_on}, "required": ["lamps"]}}
    return object_schema(fields, ["image"], allOf=[needs])


OPEN = describe_route(
    _OPENED,
    body=_open_schema(),
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
GIVEN = describe_route(
    {
        "type": "object",
        "properties": {"name": TEXT, "image": A_PICTURE, "file": A_PICTURE, "mix": {"type": "object"}},
        "required": ["name", "mix"],
    },
    body=object_schema(
        {"mix": MIX, **{name: {**kind.schema(), "default": DEFAULTS[name]} for name, kind in GIVE.items()}}
    ),
    example={"give": "normals", "normals": "least_squares"},
    refusals=(404, 422, 500),
)
