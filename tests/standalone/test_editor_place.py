"""The light editor in its place: beside others, in hosts' pages, in size and speed.

Screenshots are left in the folder of ICLIGHT_SCREENSHOTS.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from lib_iclight.light.presets import PRESETS
from tests.standalone.conftest import ROOT, SCRIPTS, NewPage, Server
from tests.standalone.editing import OPEN_FOLDS, THREE, Editor, key_of
from tests.standalone.gestures import middle, settle
from tests.standalone.pictures import pixels, soft_mask


def test_two_editors_do_not_disturb_one_another(editor: Editor, server: Server) -> None:
    editor.open(key_of(server))
    editor.page.evaluate("window.first = editor")
    before = editor.read()
    editor.make("side", "other")
    editor.page.locator("#other .ic-light-handle").focus()
    editor.keyboard.press("ArrowUp")
    editor.page.locator("#other").get_by_text("Ring", exact=True).click()
    assert len(editor.changes) == 2
    editor.page.evaluate("[editor, window.editor] = [editor, first]")
    assert editor.values["lamps"] == THREE
    assert (editor.read() == before).all()
    editor.find(".ic-light-handle").first.focus()
    editor.keyboard.press("z", "Control")
    assert editor.values["lamps"] == ""
    (ring,) = (preset.lamps for preset in PRESETS if preset.name == "ring")
    assert editor.page.locator("#other .ic-light-handle").count() == ring.count("+") + 1


def test_made_while_hidden(editor: Editor, server: Server) -> None:
    editor.page.evaluate("document.getElementById('other').style.display = 'none'")
    editor.make(THREE, "other")
    editor.open(key_of(server))
    editor.page.evaluate("document.getElementById('other').style.display = ''")
    settle(editor.page)
    stage = editor.page.locator("#other .ic-light-picture").bounding_box()
    assert stage is not None
    expected = stage["x"] + 0.3 * stage["width"], stage["y"] + 0.2 * stage["height"]
    assert middle(editor.page.locator("#other .ic-light-handle").nth(1)) == pytest.approx(expected, abs=1)
    assert editor.read().shape == (512, 640, 3)


def test_disposed_it_is_gone_and_another_takes_its_place(editor: Editor, server: Server) -> None:
    editor.open(key_of(server))
    editor.page.evaluate("window.gl = editor.renderer.canvas.getContext('webgl2'); editor.dispose()")
    assert editor.page.evaluate("gl.isContextLost()")
    assert editor.page.evaluate("document.getElementById('place').childElementCount") == 0
    editor.make("side")
    editor.open(key_of(server))
    assert editor.page.evaluate("editor.backend") == "webgl2"
    assert editor.messages == []


def test_loading_only_defines(browser: Browser, new_page: NewPage) -> None:
    page = new_page(browser, scripts=False)
    before = set(page.evaluate("Object.getOwnPropertyNames(window)"))
    content = page.content()
    for path in SCRIPTS:
        page.add_script_tag(content=f"{{ {path.read_text('utf-8')} }}")
    assert set(page.evaluate("Object.getOwnPropertyNames(window)")) - before == {"ICLight"}
    assert re.sub(r"<script.*?</script>", "", page.content(), flags=re.S) == content


def test_words_and_numbers_stand_apart(editor: Editor) -> None:
    """Hosts translate whole texts."""
    script = """() => {
        const walker = document.createTreeWalker(document.getElementById("place"), NodeFilter.SHOW_TEXT);
        const texts = [];
        while (walker.nextNode()) texts.push(walker.currentNode.data);
        return [...texts, ...[...document.querySelectorAll("#place [title]")].map((element) => element.title)];
    }"""
    texts = editor.page.evaluate(script)
    assert {"Lamp", "Point", "Light map", "Undo (Ctrl+Z)", "Golden hour"} <= set(texts)
    assert not [text for text in texts if re.search(r"\d", text) and re.search(r"[a-z]", text)]
    assert editor.find("button:not([title]):not(.ic-light-handle, .ic-light-crosshair)").count() == 0


def test_the_style_sheet_styles_nothing_else() -> None:
    style = re.sub(r"/\*.*?\*/", "", (ROOT / "style.css").read_text("utf-8"), flags=re.S)
    selectors = [part.strip() for part in re.findall(r"([^{}]+)\{", style) if not part.strip().startswith("@")]
    assert len(selectors) > 40
    for selector in selectors:
        for one in re.split(r",(?![^(]*\))", selector):
            assert re.search(r"\.ic-light-|_ic_light_", one), one
    names = {name for name in re.findall(r"\.[a-z][\w-]*", " ".join(selectors)) if not name.startswith(".ic-light-")}
    # What gradio puts around ours, and how it hides them.
    assert names <= {".block", ".padded", ".styler", ".hidden", ".hide"}


# Speed and looks.


FOUR = (
    "side angle 180 color #ff8000 + point x 0.3 y 0.2 size 0.5 + point x 0.7 y 0.6 color #4060ff softness 0.3 + "
    "side angle 40 depth -0.5"
)


@pytest.mark.timed
@pytest.mark.parametrize("shading", ["form", "strokes"])
def test_dragging_redraws_fast(
    editor: Editor, server: Server, shading: str, capsys: pytest.CaptureFixture[str]
) -> None:
    editor.set(FOUR)
    editor.set_surface(shading=shading)
    asked: list[str] = []
    editor.open(key_of(server, foreground_mask=Image.fromarray(soft_mask()), shading=shading))
    editor.page.on("request", lambda request: asked.append(request.url))
    for view in ("The subject in the light", "What the model starts from"):
        editor.button(view).click()
        found = max(rate(editor) for _ in range(3))
        with capsys.disabled():
            name = editor.page.locator(".ic-light-views [aria-pressed=true]").inner_text()
            said = f"{name} by {shading}, four lamps, 640x512: {found:.0f} pictures a second while dragging"
            print(f"\n{said} (WebGL2 in software)")  # noqa: T201
        # 30 and more are wanted, and reported: they say what the machine gives, which may have other work. What holds
        # on every machine, that one lamp alone is drawn as it moves, is asserted of each picture's time by
        # test_live_form.
        assert found >= 12
    assert asked == []
    frames = editor.page.evaluate("editor.frames")
    editor.page.wait_for_timeout(300)
    assert editor.page.evaluate("editor.frames") <= frames + 1


def rate(editor: Editor, seconds: float = 2) -> float:
    """Drags a lamp in circles, and says how many pictures a second were drawn."""
    editor.pointer.down(editor.handle(1))
    before, begun, turn = editor.page.evaluate("editor.frames"), time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        turn += 1
        editor.pointer.move(editor.locate(0.5 + 0.4 * np.cos(turn), 0.5 + 0.4 * np.sin(turn)), moves=20)
    # What was asked of the graphics is drawn when it can be read.
    pixels(editor.page, "() => editor.renderer.canvas")
    frames = editor.page.evaluate("editor.frames") - before
    took = time.perf_counter() - begun
    editor.pointer.up()
    return frames / took


@pytest.mark.parametrize("theme", ["", "dark"])
@pytest.mark.parametrize(("screen", "width"), [(1280, 640), (390, 374), (336, 320)])
def test_it_fits(browser: Browser, new_page: NewPage, server: Server, theme: str, screen: int, width: int) -> None:
    look = {"width": width, "theme": theme}
    editor = Editor(new_page(browser, look=look, viewport={"width": screen, "height": 1000}), THREE)
    for name, act in {
        "empty": lambda: None,
        "lit": lambda: editor.open(key_of(server)),
        "map": lambda: editor.button("What the model starts from").click(),
        "point": lambda: editor.handle(1).focus(),
        "help": lambda: editor.page.keyboard.press("?"),
    }.items():
        act()
        settle(editor.page)
        if folder := os.environ.get("ICLIGHT_SCREENSHOTS"):
            editor.page.screenshot(path=Path(folder) / f"editor-{name}-{screen}-{theme or 'light'}.png")
        assert editor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    editor.page.evaluate(OPEN_FOLDS)
    for target in editor.find("button:not(.ic-light-crosshair)").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
