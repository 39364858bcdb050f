"""What ``openapi.json`` shows of the routes: fields, answers and refusals, as they are declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lib_iclight.request.args import OPTIONS
from lib_iclight.standalone import sdapi_fields
from lib_iclight.web.openapi import write
from tests.unit.contract import BODIES, CONTRACT, ROUTES, application, open_kept


def test_every_body_shows_its_fields() -> None:
    assert len(BODIES) == 17
    for path, body in BODIES.items():
        assert body["schema"]["properties"], path
        assert body["schema"]["additionalProperties"] is False, path


OF_A_WEBUI = {"/ic-light/normals"}
"""Routes that take nothing without a WebUI."""


@pytest.mark.parametrize("path", [path for path in BODIES if path not in OF_A_WEBUI])
def test_the_example_is_taken_and_refusals_are_described(path: str) -> None:
    client = TestClient(application())
    asked = path.format(key=open_kept(client, path))
    answer = client.post(asked, json=BODIES[path]["example"])
    assert answer.status_code == 200, answer.text
    refusals = CONTRACT["paths"][path]["post"]["responses"]["422"]["content"]["application/json"]["schema"]
    assert "detail" in refusals["required"]
    assert client.post(asked, json={"qqq": 1}).json().keys() >= {"detail", "code"}


@pytest.mark.parametrize("tab", ["txt2img", "img2img"])
def test_a_generation_shows_the_options_as_they_are_declared(tab: str) -> None:
    fields = BODIES[f"/sdapi/v1/{tab}"]["schema"]["properties"]
    assert (fields["steps"]["minimum"], fields["steps"]["maximum"]) == (1, 150)
    assert "integer" in fields["steps"]["type"]
    assert fields["batch_size"]["maximum"] == 1, "what the classic engine makes"
    script = fields["alwayson_scripts"]["properties"]["IC-Light"]["properties"]["args"]["items"]
    assert script["properties"].keys() == OPTIONS.keys()
    for name, option in OPTIONS.items():
        assert script["properties"][name]["description"] == option.help
    angle = script["properties"]["light_angle"]
    assert (angle["minimum"], angle["maximum"], angle["default"]) == (0, 360, 0)
    lamps = script["properties"]["lamps"]
    point, side = (lamps if "items" in lamps else lamps["anyOf"][0])["items"]["anyOf"]
    assert ("x" in point["properties"], "x" in side["properties"]) == (True, False)


def test_every_field_that_is_taken_is_shown() -> None:
    tables = (sdapi_fields.FIELDS, sdapi_fields.CONTAINERS, sdapi_fields.NEUTRAL, sdapi_fields.IDLE)
    known = {name for table in tables for name in table}
    assert BODIES["/sdapi/v1/img2img"]["schema"]["properties"].keys() == known
    assert BODIES["/sdapi/v1/txt2img"]["schema"]["properties"].keys() == known - {"init_images"}


def test_every_answer_is_described() -> None:
    for path, route in ROUTES:
        for content in route["responses"]["200"]["content"].values():
            assert content["schema"], path


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and all schemas in it."""
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from parts(part)


def test_openapi_3_0_has_no_lists_of_types_and_no_conditions() -> None:
    """As the FastAPI of some WebUIs writes it."""
    written = write(sdapi_fields.body_schema("txt2img", False), is_3_0=True)
    for part in parts(written):
        assert isinstance(part.get("type", ""), (str, dict)), part
        assert not part.keys() & {"if", "const", "contentEncoding"}, part
    fields = written["properties"]
    assert fields["steps"] == {"type": "integer", "nullable": True, "minimum": 1, "maximum": 150}
    assert fields["tiling"]["not"] == {"enum": [True]}
    script = fields["alwayson_scripts"]["properties"]["IC-Light"]["properties"]["args"]["items"]
    assert script["properties"]["foreground_mask"]["format"] == "byte"
    lists, text = script["properties"]["lamps"]["anyOf"]
    assert (lists["maxItems"], lists["items"]["title"], text) == (8, "Lamp", {"type": "string"})
