"""The light editor in a page, and what a person does there."""

from __future__ import annotations

import dataclasses
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page

from lib_iclight.light import temperature
from lib_iclight.light.gels import GELS
from lib_iclight.light.presets import PRESETS
from lib_iclight.request import setups
from lib_iclight.request.args import OPTIONS, build
from lib_iclight.shading.cast_shadow import CAST_BY
from lib_iclight.subject.compose import OWN
from lib_iclight.web.live import SURFACE
from tests.standalone.gestures import Frames, Keyboard, Pointer, settle
from tests.standalone.pictures import disc, pixels, still_life

if TYPE_CHECKING:
    from tests.standalone.conftest import Server

MAKE = """([presets, place, gels, temperatures, setups]) => {
    window.changes = [];
    window.messages = [];
    window.mattes = [];
    window.editor = new ICLight.Editor(document.getElementById(place), {
        presets, gels, temperatures, setups, outputs: {},
        onChange: (values) => changes.push(values),
        onMessage: (sentence) => messages.push(sentence),
        onMatte: (picture) => mattes.push(picture),
    });
}"""

THREE = "side angle 180 color #ff8000 + point x 0.3 y 0.2 size 0.5 + point x 0.7 y 0.6 color #4060ff softness 0.3"

OPEN_FOLDS = """document.querySelectorAll("#place details").forEach((fold) => { fold.open = true; })"""


class Editor:
    """The one that ``make`` made last in a page: ``editor`` of its JavaScript.

    :ivar page: of the fixtures in ``conftest``.
    """

    def __init__(self, page: Page, text: str = "", place: str = "place") -> None:
        self.page = page
        self.pointer = Pointer(page, Frames(page))
        self.keyboard = Keyboard(page, Frames(page))
        self.make(text, place)

    def make(self, text: str = "", place: str = "place") -> None:
        presets, gels = ([dataclasses.asdict(one) for one in every] for every in (PRESETS, GELS))
        self.page.evaluate(MAKE, [presets, place, gels, temperature.table(), setups.describe()])
        if text:
            self.set(text)

    def set(self, *values: str) -> None:
        self.page.evaluate("(values) => editor.set(...values)", list(values))

    def set_surface(self, **values: Any) -> None:
        """How light falls, where that is not the options' default."""
        surface = {name: OPTIONS[name].default for name in (*SURFACE, *CAST_BY)}
        self.page.evaluate("(surface) => editor.setSurface(surface)", {**surface, **values})

    def open(self, key: str) -> None:
        assert self.page.evaluate("(key) => editor.open('ic-light/', key)", key)
        settle(self.page)

    @property
    def lamps(self) -> list[dict[str, Any]]:
        return self.page.evaluate("editor.lamps")

    @property
    def values(self) -> dict[str, str]:
        return self.page.evaluate("editor.values")

    @property
    def changes(self) -> list[dict[str, str]]:
        """What was set by hand."""
        return self.page.evaluate("changes")

    def forget_changes(self) -> None:
        self.page.evaluate("changes.length = 0")

    @property
    def messages(self) -> list[str]:
        return self.page.evaluate("messages")

    def find(self, query: str) -> Locator:
        return self.page.locator(f"#place {query}")

    @property
    def switch(self) -> Locator:
        """Whether the selected lamp shines."""
        return self.find(".ic-light-switch input")

    def handle(self, index: int) -> Locator:
        return self.find(".ic-light-handle").nth(index)

    def button(self, title: str) -> Locator:
        return self.find(f"button[title^='{title}']")

    def locate(self, across: float, down: float) -> tuple[float, float]:
        """A place of the picture, both 0..1, on the page."""
        picture = self.find(".ic-light-picture")
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box is not None
        return box["x"] + box["width"] * across, box["y"] + box["height"] * down

    def drag(self, what: Locator, to: tuple[float, float]) -> None:
        """Nothing is set before it ends."""
        self.pointer.down(what)
        self.pointer.move(to, moves=8)
        assert self.changes == []
        self.pointer.up()

    def read(self) -> NDArray[np.int64]:
        """The lit picture, [h, w, 3]."""
        return pixels(self.page, "() => (editor.renderer.draw(), editor.renderer.canvas)")[..., :3].astype(int)


def key_of(server: Server, backdrop: str = OWN, **options: Any) -> str:
    """Under which the still life is kept."""
    request = build({"foreground": Image.fromarray(still_life()), "matting": "none", **options})
    return server.service.live.open(request, nullcontext(), backdrop)[0]


def key_of_disc(server: Server) -> str:
    """Of a disc on its own."""
    inside = disc()[..., 0] > 0
    mask = Image.fromarray(np.where(inside, 255, 0).astype(np.uint8))
    return key_of(server, foreground=Image.fromarray(disc()), foreground_mask=mask)
