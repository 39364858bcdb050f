"""Any request that ``openapi.json`` allows is taken: schemathesis makes them up."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from lib_iclight import images
from tests.unit.contract import APPLICATION, BODIES, CONTRACT, open_kept

# Of the extra dev: beside the packages that a host pins it does not fit.
schemathesis = pytest.importorskip("schemathesis")

CANNOT_BE_SAID: Mapping[str, str] = {
    r"IC-Light: lamps.* in a line of text": "what grammar a line of text has",
    r"IC-Light: light is 'lamps' but there is no lamp.* in a line of text": "what grammar a line of text has",
    r"IC-Light: hr_cfg is .* must be cfg_scale's value": "two fields have one value",
    r"IC-Light: box is .* with left below right": "that a number is below another",
    r"IC-Light finds no checkpoint": "which files are there",
    r"The file for matting .* is not installed": "which files are there",
    r"IC-Light: nothing of the (foreground|image) is left": "what is to be seen in a picture",
    r"IC-Light: panorama has .* twice as wide as high": "what proportions a picture has",
    r"No subject could be told from the background": "what is to be seen in a picture",
    r"IC-Light: without a model a subject is placed only before another": "what alpha a picture has of its own",
}
"""The beginnings of refusals that no schema foresees, each with what it would have to say. That a text is a picture, of
a size that is allowed, is said by nothing either: pictures are given here."""

NOT_TRIED = {
    "/ic-light/normals": "which networks the WebUI has",
    "/ic-light/stage-file": "which bytes are a file that IC-Light wrote",
    "/ic-light/compose/{key}": "how many keys the path has, of which each subject has one",
    "/ic-light/stage/{key}": "how many lamps the basis has, of which a mix has as many",
}
"""Routes most of whose bodies are refused for what no schema says."""

LARGEST = 96
"""Sides are brought down to it: large pictures take their time, and are not what is tried here."""


def _pictures() -> list[str]:
    photo = Image.linear_gradient("L").resize((48, 32)).convert("RGB")
    ImageDraw.Draw(photo).ellipse((14, 6, 34, 28), "red")
    matte = Image.new("L", photo.size)
    ImageDraw.Draw(matte).ellipse((14, 6, 34, 28), 255)
    return [images.to_base64(picture) for picture in (photo, matte, Image.merge("RGBA", (*photo.split(), matte)))]


PICTURES = _pictures()


def _tried() -> dict[str, Any]:
    """The routes to try, by path."""
    schemathesis.openapi.format("picture", st.sampled_from(PICTURES))
    text = json.dumps(CONTRACT).replace('"contentEncoding": "base64"', '"format": "picture"')
    contract = schemathesis.openapi.from_dict(json.loads(text))
    contract.app = APPLICATION
    return {route.path: route for route in (found.ok() for found in contract.get_all_operations())}


TRIED = _tried()


def smaller(value: Any) -> Any:
    """The same with sides that are quickly drawn."""
    if not isinstance(value, dict):
        return value
    sides = {key: value.get(key) or 0 for key in ("width", "height", "hr_resize_x", "hr_resize_y")}
    small = {key: (side - 1) % LARGEST + 1 for key, side in sides.items() if side > 0}
    return {**value, **small, **({"hr_scale": min(value["hr_scale"], 2)} if value.get("hr_scale") else {})}


def lamps_of(body: dict[str, Any]) -> Any:
    """The lamps of a body, in itself or among the script's arguments; they may be a list, or a line of text."""
    (options,) = body.get("alwayson_scripts", {}).get("IC-Light", {"args": [body]})["args"]
    return options.get("lamps")


@pytest.mark.parametrize("path", [path for path in BODIES if path not in NOT_TRIED])
def test_what_the_schema_allows_is_taken(path: str) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks as of_schema

    checks = [not_a_server_error, of_schema.status_code_conformance]
    checks += [of_schema.content_type_conformance, of_schema.response_schema_conformance]
    taken, key = 0, open_kept(TestClient(APPLICATION), path)

    @given(TRIED[path].as_strategy())
    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        nonlocal taken
        case.body = smaller(case.body)
        if case.path_parameters:
            case.path_parameters = {"key": key}
        answer = case.call()
        case.validate_response(answer, checks=checks)
        if answer.status_code == 422:
            sentence = answer.json()["detail"] + (" in a line of text" if isinstance(lamps_of(case.body), str) else "")
            sentence = re.sub(r"^In subjects\[\d+\]: ", "", sentence)
            assert any(re.match(known, sentence, re.DOTALL) for known in CANNOT_BE_SAID), sentence
        else:
            taken += 1

    ask()
    assert taken >= 15
