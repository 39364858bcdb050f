"""A picture's parameters in the panel of a real WebUI's page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lib_iclight.kinds import Colour, Number, Picture, Switch
from lib_iclight.request import infotext
from lib_iclight.request.args import OPTIONS, build
from tests.webui import samples
from tests.webui.editing import lamps_in
from tests.webui.host import Host
from tests.webui.pages import (
    label,
    part,
    show,
)

EVERY = [
    {
        "light": "lamps",
        "lamps": "side angle 33 size 0.7 color #ff8000 + point x 0.12 y 0.93 intensity 1.5 softness 0.25",
        "ambient_color": "#102030",
        "lowres_denoise": 0.7,
        "matting": "grabcut",
        "reinforce_foreground": "lit",
        "foreground_x": 0.4,
        "foreground_y": 0.6,
        "foreground_scale": 0.8,
        "foreground_rotation": -5,
    },
    {
        "light": "left",
        "strength": 0.9,
        "keep_color": 0.4,
        "restore_details": 0.7,
        "detail_mode": "screen",
        "detail_radius": 2.5,
        "keep_background": True,
    },
    {
        "light": "right",
        "own_size": True,
        "shadow": 0.5,
        "shadow_softness": 0.3,
        "shadow_color": "#102030",
        "despill": "on",
    },
    {"light": "angle", "light_angle": 217, "light_color": "#12ab9f", "light_intensity": 1.3, "light_softness": 0.4},
    {"light": "point", "light_x": 0.21, "light_y": 0.83, "then_relight": True},
    {"model": "fbc", "flip_background": True, "light": "right", "matte_threshold": 0.2},
    {"light": "bottom", "matte_grow": -3, "matte_feather": 2, "matte_lift": 16},
    {"light": "top", "stage": "directions", "stage_directions": 6},
    {"light": "panorama", "panorama_rotation": -90, "panorama_exposure": 1.5},
    {"model": 'an "odd", name: 2.safetensors', "light": "top_left"},
]
"""Values that are not the defaults, of every option that a picture's parameters name."""


def _infotext(values: dict[str, Any]) -> str:
    request = build(values)
    parameters = infotext.write(request, request.model_role or "fc", "0123456789", "txt2img")
    return infotext.format_parameters("a cat", "", {"Steps": 3, "Sampler": "Euler", "Size": "128x128", **parameters})


def _expect_values(page: Page, values: dict[str, Any]) -> None:
    for name, value in values.items():
        kind, control = OPTIONS[name].kind, part(page, name)
        if isinstance(kind, Switch):
            expect(control.locator("input")).to_be_checked(checked=value)
        elif isinstance(kind, Number):
            expect(control.locator("input[type=number]")).to_have_value(f"{value:g}")
        elif isinstance(kind, Colour):
            expect(control.locator("input").first).to_have_value(value)
        else:
            expect(control.locator("textarea, input").first).to_have_value(label(name, str(value)))


def test_every_option_is_meant() -> None:
    named = {name for name, option in OPTIONS.items() if option.infotext_key and option.of_model} - {"enabled"}
    assert set().union(*EVERY) == named
    assert all(not isinstance(OPTIONS[name].kind, Picture) for name in named)


@pytest.mark.parametrize("values", EVERY, ids=lambda values: values.get("model", values["light"])[:6])
def test_a_pictures_parameters_come_back(page: Page, host: Host, values: dict[str, Any]) -> None:
    prompt = page.locator("#txt2img_prompt textarea")
    prompt.fill(_infotext(values))
    page.locator("#txt2img_tools #paste").click()
    # Neo leaves the prompt as it is, whoever wrote the parameters.
    if host.version()["host"] != "Forge Neo":
        expect(prompt).to_have_value("a cat", timeout=20_000)
    expect(part(page, "model")).to_be_visible(timeout=20_000)
    _expect_values(page, values)
    if values["light"] == "lamps":
        expect(lamps_in(page)).to_have_count(2)
        prompt.fill("a cat\nSteps: 3, Sampler: Euler, Size: 128x128")
        page.locator("#txt2img_tools #paste").click()
        expect(part(page, "model")).to_be_hidden(timeout=20_000)


def test_png_info_sends_it_on(page: Page) -> None:
    from PIL import Image, PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", _infotext(EVERY[0]))
    file = samples.png(Image.fromarray(samples.subject(64, 64)), pnginfo=info)
    show(page, "PNG Info")
    picture = {"name": "relit.png", "mimeType": "image/png", "buffer": file}
    page.locator("#pnginfo_image input[type=file]").set_input_files([picture])  # type: ignore[list-item]
    expect(page.locator("#tab_pnginfo")).to_contain_text("IC-Light lamps", timeout=30_000)
    page.locator("#tab_pnginfo").get_by_role("button", name=re.compile("^(Send to )?txt2img$", re.I)).click()
    expect(part(page, "model")).to_be_visible(timeout=30_000)
    _expect_values(page, EVERY[0])
