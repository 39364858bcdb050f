"""Routes as OpenAPI describes them: what they take, what they answer, how they refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI

Schema = dict[str, Any]

IS_3_0 = FastAPI().openapi_version.startswith("3.0")
"""Whether this FastAPI writes OpenAPI 3.0, whose schemas are not JSON Schema yet."""

REFUSALS: Mapping[int, str] = {
    404: "It is not kept, or no longer.",
    408: "The request's body does not go on.",
    413: "The request is too large.",
    422: "The request is at fault: what, which value and what to do.",
    429: "Too many requests wait; `Retry-After` says in how many seconds to ask again.",
    500: "The installation is at fault: what and what to do, in one sentence.",
    503: "The server is being stopped.",
}
"""The status codes of refusals."""

REFUSAL: Schema = {
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "The kind of fault."},
    },
}
"""The schema of their answers."""


def object_schema(properties: Mapping[str, Schema], required: Sequence[str] = (), **more: Any) -> Schema:
    """Of an object with these properties and no others."""
    schema = {"type": "object", "additionalProperties": False, "properties": dict(properties), **more}
    return {**schema, "required": list(required)} if required else schema


def answer_schema(**properties: Schema) -> Schema:
    """Of an answer: all of these properties are there, and one day others."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def or_null(schema: Schema) -> Schema:
    """Of a value that has one type, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def describe_route(
    answer: Schema | None = None,
    *,
    media_types: Sequence[str] = ("application/json",),
    body: Schema | None = None,
    example: Any = None,
    query: Mapping[str, Schema] | None = None,
    refusals: Sequence[int] = (422,),
) -> dict[str, Any]:
    """The keyword arguments of a route's decorator.

    :param answer: of what it answers; bytes where there is none.
    :param body: of the JSON that it takes, if any.
    :param example: a body that it takes.
    :param query: of what its query may name.
    """
    content = {"schema": write(answer or {"type": "string", "format": "binary"})}
    responses: dict[int, Any] = {200: {"description": "Done.", "content": dict.fromkeys(media_types, content)}}
    responses |= describe_refusals(*refusals, *((408, 413) if body is not None else ()))
    extra: dict[str, Any] = {}
    if body is not None:
        content = {"application/json": {"schema": write(body), "example": example}}
        extra["requestBody"] = {"required": True, "content": content}
    if query is not None:
        extra["parameters"] = [{"name": n, "in": "query", "schema": write(s)} for n, s in query.items()]
    # The answer is described here, and not made to fit a model of what a handler is said to return.
    return {"responses": responses, "openapi_extra": extra, "response_model": None}


def describe_refusals(*statuses: int) -> dict[int, Any]:
    """The ``responses`` of a route's decorator that refuse."""
    content = {"application/json": {"schema": write(REFUSAL)}}
    return {status: {"description": REFUSALS[status], "content": content} for status in statuses}


def write(schema: Any, is_3_0: bool = IS_3_0) -> Any:
    """A JSON schema as OpenAPI writes it. 3.0 knows one type for a value, null as a flag, and no conditions."""
    if not is_3_0:
        return schema
    if isinstance(schema, list):
        return [write(part, is_3_0) for part in schema]
    if not isinstance(schema, dict):
        return schema
    written = {key: write(value, is_3_0) for key, value in schema.items() if key not in _NOT_IN_3_0}
    if "contentEncoding" in schema:
        written["format"] = "byte"
    if "const" in schema:
        written["enum"] = [schema["const"]]
    if isinstance(schema.get("type"), list):
        types = [name for name in schema["type"] if name != "null"]
        of_lists = {key: written.pop(key) for key in ("items", "maxItems", "minItems") if key in written}
        each = [{"type": name, **(of_lists if name == "array" else {})} for name in types]
        del written["type"]
        written |= each[0] if len(each) == 1 else {"anyOf": each}
        if "null" in schema["type"]:
            written["nullable"] = True
    if None in schema.get("enum", ()):
        written["nullable"] = True
    return written


_NOT_IN_3_0 = ("allOf", "if", "then", "else", "const", "contentEncoding", "examples", "prefixItems")
