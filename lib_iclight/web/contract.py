"""The fields that the routes under ``/ic-light`` take, and their answers, drawn from the declared options."""

from __future__ import annotations

from collections.abc import Mapping

from PIL import Image

from lib_iclight import images, log
from lib_iclight.kinds import SIDE, Picture
from lib_iclight.light.lamps import Lamps
from lib_iclight.light.maps import DRAWN_BY
from lib_iclight.light.panorama import GIVEN_BY
from lib_iclight.matting.prompt import BOX, POINTS
from lib_iclight.request.args import OPTIONS
from lib_iclight.request.option import TITLE
from lib_iclight.subject.fit import PLACED_BY
from lib_iclight.subject.layers import MOST_LAYERS
from lib_iclight.subject.prepare import CUT_BY
from lib_iclight.web import normals
from lib_iclight.web.live import LIT_BY, SHAPED_BY
from lib_iclight.web.openapi import Schema, answer_schema, describe_route, object_schema, or_null

Names = Mapping[str, str]
"""A route's fields, each with the option that it stands for."""

CUT_FIELDS: Names = {"mask" if name == "foreground_mask" else name: name for name in CUT_BY}
FOREGROUND_FIELDS: Names = {"image": "foreground", **CUT_FIELDS}
PLACE_FIELDS: Names = {name: name for name in PLACED_BY}
LAYER_FIELDS: Names = {**FOREGROUND_FIELDS, **PLACE_FIELDS}
SELECT_FIELDS: Names = {"image": "foreground"}
NORMALS_FIELDS: Names = {"image": "foreground"}
KEPT_LIGHT_FIELDS: Names = {name: name for name in LIT_BY}
KEPT_SHADOW_FIELDS: Names = {"shadow_softness": "shadow_softness"}
LIGHT_MAP_FIELDS: Names = {"model": "model", **{name: name for name in (*DRAWN_BY, "light_map", *GIVEN_BY)}}
LAMPS_FIELDS: Names = {"image": "background"}


def find_names(path: str) -> Names:
    """The fields of a route that are called otherwise than their options."""
    return LAMPS_FIELDS if path.endswith("/lamps") else FOREGROUND_FIELDS


VECTORS_FIELDS: Names = {
    **FOREGROUND_FIELDS,
    **{name: name for name in ("background", "flip_background", *SHAPED_BY, "panorama")},
}
RELIGHT_FIELDS: Names = {**VECTORS_FIELDS, **KEPT_LIGHT_FIELDS, **PLACE_FIELDS}
SIZE = ("width", "height")
PROMPT = ("points", "box")
DEFAULT_SIDE = 512

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SWITCH: Schema = {"type": "boolean"}
A_PICTURE: Schema = {**Picture().schema(), "type": "string", "minLength": 1}
"""A picture that is there."""

EXAMPLE_PICTURE = images.to_base64(Image.linear_gradient("L").resize((16, 16)))


def options_schema(names: Names, needed: tuple[str, ...] = ()) -> dict[str, Schema]:
    """The schemas of fields that stand for options.

    :param needed: those that have to be pictures, and not null.
    """
    found = {field: OPTIONS[name].schema() for field, name in names.items()}
    for field in needed:
        del found[field]["default"]
        found[field] |= A_PICTURE
    return found


def _needs(value: str, key: str, schema: Schema, option: str = "light") -> Schema:
    named = {"properties": {option: {"const": value}}, "required": [option]}
    return {"if": named, "then": {"properties": {key: schema}, "required": [key]}}


_SOME_LAMP_ON = {"minItems": 1, "minLength": 1, "contains": {"properties": {"on": {"const": True}}}}


def lamps_need(option: str) -> Schema:
    """What ``lamps`` as an option's value needs beside it: one that is on."""
    return _needs("lamps", "lamps", _SOME_LAMP_ON, option)


_LAMPS_NEED = lamps_need("light")
_PANORAMA_NEEDS = _needs("panorama", "panorama", A_PICTURE)
LIGHT_NEEDS = [_needs("custom", "light_map", A_PICTURE), _PANORAMA_NEEDS, _LAMPS_NEED]
"""What some values of light need beside them."""


def generation_schema() -> Schema:
    """Of the object that a generation takes as the script's first argument."""
    needs = [*LIGHT_NEEDS, lamps_need("stage")]
    return object_schema(options_schema({name: name for name in OPTIONS}), title=TITLE, allOf=needs)


def _without(schema: Schema, choice: str) -> Schema:
    """The schema of a choice that one value is no part of."""
    return {**schema, "enum": [name for name in schema["enum"] if name != choice]}


def _relight_schema() -> Schema:
    fields = options_schema(RELIGHT_FIELDS, ("image",))
    fields["light"] = _without(fields["light"], "custom")
    return object_schema(fields, ["image"], allOf=[_PANORAMA_NEEDS, _LAMPS_NEED])


def _light_map_schema() -> Schema:
    fields = options_schema(LIGHT_MAP_FIELDS)
    fields["light"] = _without(fields["light"], "none")
    del fields["light"]["default"]
    sides = {name: {**SIDE.schema(), "default": DEFAULT_SIDE} for name in SIZE}
    return object_schema({**fields, **sides}, ["light"], allOf=LIGHT_NEEDS)


_SOURCE = dict.fromkeys(("name", "repository", "file", "target", "licence", "page"), TEXT)

_CUTS_OUT = answer_schema(
    name=TEXT, label=TEXT, licence=TEXT, installed=SWITCH, file=or_null(TEXT), size=or_null(COUNT)
)

VERSION = describe_route(
    answer_schema(
        **dict.fromkeys(("version", "host", "host_version", "backend"), TEXT),
        workers=COUNT,
        counts=answer_schema(**dict.fromkeys(log.COSTLY, COUNT)),
    ),
    refusals=(),
)
SCHEMA = describe_route({"type": "object"}, refusals=())
MODELS = describe_route(
    answer_schema(
        models={
            "type": "array",
            "items": answer_schema(name=TEXT, role=or_null(TEXT), spelling=or_null(TEXT), size=COUNT, state=TEXT),
        },
        matting={"type": "array", "items": _CUTS_OUT},
        selecting={"type": "array", "items": _CUTS_OUT},
        annotators={"type": "array", "items": TEXT},
        missing={"type": "array", "items": answer_schema(**_SOURCE, size=COUNT)},
    ),
    refusals=(),
)
FOREGROUND = describe_route(
    answer_schema(image=A_PICTURE, alpha=A_PICTURE, method=TEXT),
    body=object_schema(options_schema(FOREGROUND_FIELDS, ("image",)), ["image"]),
    example={"image": EXAMPLE_PICTURE, "matting": "none"},
    refusals=(422, 500),
)


def _select_schema(names: Names) -> Schema:
    fields = {**options_schema(names, (*names,)), **dict(zip(PROMPT, (POINTS.schema(), BOX.schema())))}
    some_kept = {"contains": {"prefixItems": [{}, {}, {"const": True}]}}
    points, box = {"points": {**some_kept, "minItems": 1}}, {"box": {"type": "array"}}
    given = [{"properties": points, "required": ["points"]}, {"properties": box, "required": ["box"]}]
    return object_schema(fields, list(names), allOf=[{"anyOf": given}])


_SELECTED = answer_schema(mask=A_PICTURE, width=COUNT, height=COUNT)
_POINTED = {"points": [[0.5, 0.4, True], [0.9, 0.9, False]], "box": None}
SELECT = describe_route(
    _SELECTED,
    body=_select_schema(SELECT_FIELDS),
    example={"image": EXAMPLE_PICTURE, **_POINTED},
    refusals=(422, 500),
)
KEPT_SELECT = describe_route(_SELECTED, body=_select_schema({}), example=_POINTED, refusals=(404, 422, 500))


def _compose_schema(names: Names, needed: tuple[str, ...] = ()) -> Schema:
    layer = object_schema(options_schema(names, needed), list(needed))
    subjects = {"type": "array", "items": layer, "minItems": 1, "maxItems": MOST_LAYERS}
    return object_schema({**dict.fromkeys(SIZE, SIDE.schema()), "subjects": subjects}, [*SIZE, "subjects"])


_PLACED = {"foreground_x": 0.3, "foreground_scale": 0.5}
COMPOSE = describe_route(
    answer_schema(image=A_PICTURE),
    body=_compose_schema(LAYER_FIELDS, ("image",)),
    example={"width": 512, "height": 640, "subjects": [{"image": EXAMPLE_PICTURE, "matting": "none", **_PLACED}]},
    refusals=(422, 500),
)
KEPT_COMPOSE = describe_route(
    answer_schema(image=A_PICTURE),
    body=_compose_schema(PLACE_FIELDS),
    example={"width": 512, "height": 640, "subjects": [_PLACED]},
    refusals=(404, 422, 500),
)
NORMALS = describe_route(
    answer_schema(image=A_PICTURE, annotator=TEXT),
    body=object_schema(
        {**options_schema(NORMALS_FIELDS, ("image",)), normals.FIELD: {**normals.NAME.schema(), "default": ""}},
        ["image"],
    ),
    example={"image": EXAMPLE_PICTURE, "annotator": "normalbae"},
    refusals=(422, 500),
)
LIGHT_MAP = describe_route(
    answer_schema(image=A_PICTURE),
    body=_light_map_schema(),
    example={"light": "angle", "light_angle": 135, "light_color": "#ffb35c", "width": 512, "height": 640},
)
LAMPS = describe_route(
    answer_schema(
        lamps={"type": "array", "items": Lamps().schema()["items"]},
        ambient_color=OPTIONS["ambient_color"].kind.schema(),
    ),
    body=object_schema(options_schema(LAMPS_FIELDS, ("image",)), ["image"]),
    example={"image": EXAMPLE_PICTURE},
)
VECTORS = describe_route(
    answer_schema(key=TEXT, width=COUNT, height=COUNT),
    body=object_schema(options_schema(VECTORS_FIELDS, ("image",)), ["image"]),
    example={"image": EXAMPLE_PICTURE, "matting": "none"},
    refusals=(422, 500),
)
RELIGHT = describe_route(
    answer_schema(image=A_PICTURE),
    body=_relight_schema(),
    example={"image": EXAMPLE_PICTURE, "matting": "none", "light": "left"},
    refusals=(422, 500),
)
DOWNLOAD = describe_route(
    answer_schema(name=TEXT, phase=TEXT, done=COUNT, total=COUNT, sentence=TEXT, share=NUMBER, running=SWITCH),
    refusals=(),
)
KEPT_VECTORS = describe_route(media_types=["application/octet-stream"], refusals=(404,))


def _in_query(name: str) -> Schema:
    """Of an option in a query: lamps are one line of text there."""
    schema = OPTIONS[name].schema()
    return {key: schema[key] for key in ("title", "description")} | TEXT if name == "lamps" else schema


KEPT_SHADOW = describe_route(
    media_types=["application/octet-stream"],
    query={name: _in_query(name) for name in KEPT_SHADOW_FIELDS},
    refusals=(404, 422),
)
KEPT_LIGHT = describe_route(
    media_types=["image/jpeg", "image/png"],
    query={name: _in_query(name) for name in KEPT_LIGHT_FIELDS},
    refusals=(404, 422),
)
