"""Settings that spoil the light are said once, in a page whose controls stand where gradio's would."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from lib_iclight.request.recommended import fitting
from lib_iclight.ui import advice
from tests.standalone.pictures import base64_png

TAB = "txt2img"
GIVE = """(html) => {
    document.getElementById("place").innerHTML = `<div id="script_txt2img_ic_light_advice">${html}</div>
        <button id="script_txt2img_ic_light_set_cfg"></button>
        <button id="script_txt2img_ic_light_size_from_subject"></button>`;
    window.pressed = [];
    for (const name of ["set_cfg", "size_from_subject"]) {
        document.getElementById(`script_txt2img_ic_light_${name}`).onclick = () => pressed.push(name);
    }
    window.look = (...values) => ICLight.getPanel("txt2img").advice.look(...values);
}"""


def picture(width: int, height: int) -> str:
    return "data:image/png;base64," + base64_png(np.zeros((height, width, 3), np.uint8))


PORTRAIT = picture(64, 96)


@dataclass
class Advised:
    page: Page

    def look(
        self,
        model: str = "fc",
        foreground: object = None,
        cfg: float = 2,
        size: tuple[int, int] = (512, 640),
        on: bool = True,
    ) -> None:
        self.page.evaluate("(values) => look(...values)", [on, model, foreground, cfg, *size])

    def sentence(self, name: str) -> Locator:
        return self.page.locator(f"[data-advice={name}]")

    def shown(self) -> list[str]:
        return [name for name in ("cfg", "size") if self.sentence(name).is_visible()]


@pytest.fixture
def advised(page: Page) -> Advised:
    with gr.Blocks() as built:
        advice.place(TAB)
    html = next(part.value for part in built.blocks.values() if isinstance(part, gr.HTML))
    page.evaluate(GIVE, html)
    return Advised(page)


@pytest.mark.parametrize(
    ("model", "cfg", "on", "shown"),
    [
        ("fc", 7, True, ["cfg"]),
        ("fcon", 3.5, True, ["cfg"]),
        ("fc", 3, True, []),
        ("fbc", 7, True, []),
        ("fc", 7, False, []),
    ],
)
def test_a_high_cfg_scale_is_said(advised: Advised, model: str, cfg: float, on: bool, shown: list[str]) -> None:
    advised.look(model, cfg=cfg, on=on)
    assert advised.shown() == shown


@pytest.mark.parametrize("as_file", [False, True])
@pytest.mark.parametrize(
    ("size", "shown"),
    [((512, 512), ["size"]), ((768, 512), ["size"]), ((512, 768), []), ((512, 704), []), ((448, 704), [])],
)
def test_a_size_far_from_the_subjects_is_said(
    advised: Advised, size: tuple[int, int], shown: list[str], as_file: bool
) -> None:
    advised.look(foreground={"path": "x", "url": PORTRAIT} if as_file else PORTRAIT, size=size)
    assert advised.shown() == shown


@pytest.mark.parametrize("proportion", [(1, 1), (2, 3), (9, 16), (16, 9), (3, 4), (21, 9), (1, 3)])
def test_what_its_button_sets_is_near_enough(advised: Advised, proportion: tuple[int, int]) -> None:
    width, height = (side * 40 for side in proportion)
    advised.look(foreground=picture(width, height), size=fitting(width, height))
    assert advised.shown() == []


def test_each_has_a_button_that_mends_it(advised: Advised) -> None:
    advised.look(foreground=PORTRAIT, cfg=7, size=(640, 512))
    advised.page.get_by_role("button", name="Set CFG scale to 2").click()
    advised.page.get_by_role("button", name="Size from subject").click()
    assert advised.page.evaluate("pressed") == ["set_cfg", "size_from_subject"]
    advised.look(foreground=PORTRAIT, size=(448, 704))
    assert advised.shown() == []


def test_it_is_said_once(advised: Advised) -> None:
    wide = picture(96, 64)
    for mend in (lambda: advised.sentence("size").get_by_role("button", name="Leave it").click(), lambda: None):
        advised.look(foreground=PORTRAIT, cfg=7, size=(640, 512))
        mend()
    expect(advised.sentence("size")).to_be_hidden()
    advised.look(foreground=PORTRAIT, cfg=2, size=(640, 512))
    advised.look(foreground=PORTRAIT, cfg=9, size=(768, 512))
    assert advised.shown() == []
    # Of another subject it is news.
    advised.look(foreground=wide, size=(512, 640))
    assert advised.shown() == ["size"]
    advised.look(foreground=PORTRAIT, size=(512, 768))
    assert advised.shown() == []


def test_a_picture_that_the_browser_cannot_show_is_passed_over(advised: Advised) -> None:
    advised.look(foreground="data:image/heic;base64,AAAA", cfg=7, size=(640, 512))
    assert advised.shown() == ["cfg"]
    advised.look(foreground={"path": "x"}, cfg=7)
    assert advised.shown() == ["cfg"]
