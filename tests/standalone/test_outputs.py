"""What the light of a panel becomes elsewhere, with controls that stand where gradio's would."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lib_iclight.light.presets import PRESETS
from lib_iclight.request import reference, setups
from lib_iclight.request.args import OPTIONS, build
from lib_iclight.request.script_args import parse
from tests.standalone.conftest import NewPage
from tests.standalone.test_localisation import CHINESE, HOST
from tests.standalone.test_requests import parsed

GIVEN = {
    "presets": [asdict(preset) for preset in PRESETS],
    "setups": setups.describe(),
    "declared": reference.declared(),
}

PANEL = """([given, names, values, lamps]) => {
    document.getElementById("place").innerHTML = `
        <div id="script_txt2img_ic_light_editor">
            <div class="ic-light-place"></div><p class="ic-light-message"></p>
        </div>
        <button id="script_txt2img_ic_light_picked" hidden></button>
        <button id="script_txt2img_ic_light_asked" hidden></button>
        <div id="script_txt2img_ic_light_open_setup"><input type="file" hidden></div>
        <div id="script_txt2img_ic_light_foreground"><input type="file" hidden></div>`;
    document.querySelector(".ic-light-place").dataset.given = JSON.stringify(given);
    window.panel = ICLight.getPanel("txt2img");
    document.getElementById("script_txt2img_ic_light_asked").onclick = () => panel.outputs.write(names, values);
    window.chosen = {};
    for (const name of ["open_setup", "foreground"]) {
        panel.findIn(name, "input").onchange = ({target}) => { chosen[name] = target.files[0].name; };
    }
    panel.show("lamps", lamps, "#000000", "form", 0.5, 0.25, 0.5);
}"""
PROMPT = """(text) => {
    document.body.insertAdjacentHTML("beforeend", '<div id="txt2img_prompt"><textarea></textarea></div>');
    document.querySelector("#txt2img_prompt textarea").value = text;
}"""
COUNT = "() => { window.told = 0; document.querySelector('#txt2img_prompt').oninput = () => { told++; }; }"
REFUSE = "() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError')); }"
DROP = """([query, name, type]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["x"], name, {type}));
    const given = {bubbles: true, cancelable: true, dataTransfer: transfer};
    document.querySelector(query).dispatchEvent(new DragEvent("drop", given));
}"""

LAMPS = "side angle 180 color #ff8000"
SETTINGS = {
    ("prompt", "prompt"): "a cat, sunset",
    ("negative_prompt", "negative_prompt"): "",
    ("sampler", "sampler_name"): "DPM++ 2M SDE",
    ("steps", "steps"): 25,
    ("cfg_scale", "cfg_scale"): 2,
    ("width", "width"): 512,
    ("seed", "seed"): -1,
    ("hires", "enable_hr"): False,
    ("hires_scale", "hr_scale"): 1.5,
}


@dataclass
class Tried:
    """The panel in a page."""

    page: Page

    def start(self, values: dict[str, Any] | None = None, settings: dict[tuple[str, str], Any] = SETTINGS) -> None:
        names = {"options": [*OPTIONS], "settings": list(settings), "keys": {"matting": {"Automatic": "auto"}}}
        chosen = {name: option.panel for name, option in OPTIONS.items()} | (values or {})
        told = [chosen[name] for name in OPTIONS] + [*settings.values()]
        self.page.evaluate(PANEL, [GIVEN, names, told, LAMPS])
        expect(self.page.locator(".ic-light-handle")).to_have_count(1)
        self.page.locator(".ic-light-outputs summary").click()

    def press(self, name: str) -> None:
        self.page.locator(".ic-light-outputs").get_by_role("button").filter(has_text=name).first.click()

    @property
    def prompt(self) -> Locator:
        return self.page.locator("#txt2img_prompt textarea")

    @property
    def note(self) -> Locator:
        return self.page.locator(".ic-light-message")

    def copied(self) -> str:
        return self.page.evaluate("navigator.clipboard.readText()")


@pytest.fixture
def tried(browser: Browser, new_page: NewPage) -> Tried:
    page = new_page(browser, permissions=["clipboard-read", "clipboard-write"])
    return Tried(page)


def test_words_are_put_into_the_prompt_and_then_replaced(tried: Tried) -> None:
    tried.start()
    tried.page.evaluate(PROMPT, "a cat, masterpiece")
    tried.page.evaluate(COUNT)
    tried.press("Words")
    expect(tried.prompt).to_have_value("a cat, masterpiece, bright orange light from the left")
    tried.press("Words")
    expect(tried.prompt).to_have_value("a cat, masterpiece, bright orange light from the left")
    assert tried.page.evaluate("told") == 2
    tried.page.evaluate("panel.editor.set('side angle 90 color #4060ff')")
    tried.prompt.fill("a cat, bright orange light from the left, at dusk")
    tried.press("Words")
    expect(tried.prompt).to_have_value("a cat, bright blue light from above, at dusk")
    tried.page.evaluate("panel.editor.set('side on false')")
    tried.press("Words")
    expect(tried.prompt).to_have_value("a cat, at dusk")
    expect(tried.note).to_have_text("IC-Light: no lamp shines: switch one on, or add one.")


def test_words_that_a_person_took_out_are_added_anew(tried: Tried) -> None:
    tried.start()
    tried.page.evaluate(PROMPT, "")
    tried.press("Words")
    tried.prompt.fill("a dog")
    tried.press("Words")
    expect(tried.prompt).to_have_value("a dog, bright orange light from the left")


def test_in_a_chinese_page_the_words_are_chinese(tried: Tried) -> None:
    tried.page.evaluate(HOST, CHINESE)
    tried.start()
    tried.page.evaluate(PROMPT, "猫")
    tried.press(CHINESE["Words"])
    expect(tried.prompt).to_have_value("猫, 来自左侧的明亮的橙色光")


def test_without_a_prompt_the_words_are_copied(tried: Tried) -> None:
    tried.start()
    tried.press("Words")
    expect(tried.note).to_have_text("Copied: the light in words.")
    assert tried.copied() == "bright orange light from the left"


def test_the_command_asks_for_what_the_panel_has(tried: Tried) -> None:
    values = {"foreground": {"path": "x"}, "shading": "strokes", "ambient_color": "rgba(16, 32.4, 255, 1)"}
    settings = {**SETTINGS, ("scheduler", "scheduler"): "Automatic"}
    tried.start({"light": "none", "lamps": "", "matting": "Automatic", **values}, settings)
    tried.press("Copy as command")
    expect(tried.note).to_have_text("Copied: a command for a terminal.")
    line = tried.copied()
    found = parsed(line)
    assert found.pop("prompt") == "a cat, sunset"
    assert found["shading"] == "strokes"
    assert found["ambient_color"] == "#1020ff"
    assert "'--sampler=DPM++ 2M SDE'" in line
    assert "--width=512" in line
    assert "--scheduler=Automatic" in line
    assert "matting" not in line
    assert "hires" not in line
    assert "negative" not in line
    tried.press("Copy as line")
    expect(tried.note).to_have_text("Copied: a line for a table of pictures.")
    told = json.loads(tried.copied())
    assert told.items() >= {"photo": "photo.png", "name": "relit.png", "prompt": "a cat, sunset", "width": 512}.items()


def test_the_editors_lamps_are_those_of_the_request_at_once(tried: Tried) -> None:
    """Its controls may not have followed yet."""
    tried.start({"lamps": "side", "light": "lamps"}, {**SETTINGS, ("hires", "enable_hr"): True})
    tried.press("Copy as API request")
    expect(tried.note).to_have_text("Copied: the body of a request to /sdapi/v1/txt2img.")
    body = json.loads(tried.copied())
    request = parse(body.pop("alwayson_scripts")["IC-Light"]["args"])
    assert request is not None
    assert request.lamps == build({"lamps": LAMPS}).lamps
    assert body == {
        **{"prompt": "a cat, sunset", "sampler_name": "DPM++ 2M SDE", "steps": 25, "cfg_scale": 2, "width": 512},
        **{"seed": -1, "enable_hr": True, "hr_scale": 1.5},
    }


@pytest.mark.parametrize("tab", ["txt2img", "img2img"])
def test_what_belongs_to_a_second_stage_is_said_where_there_is_one(page: Page, tab: str) -> None:
    """img2img has a denoising strength too, and no second stage."""
    read = "([names, values]) => ICLight.requests.readSettings(names, values)"
    hires = {("hires", "enable_hr"): False} if tab == "txt2img" else {}
    given = {**hires, ("hires_denoise", "denoising_strength"): 0.5, ("steps", "steps"): 20}
    found = page.evaluate(read, [[*given], [*given.values()]])
    assert found["flags"] == {"steps": 20}
    assert found["fields"] == ({"enable_hr": False} if hires else {"denoising_strength": 0.5}) | {"steps": 20}


def test_a_plain_backdrop_is_in_command_and_request(tried: Tried) -> None:
    backdrop = {("backdrop", "backdrop"): "plain", ("colour", "colour"): "rgba(255, 0, 0, 1)", ("width", "width"): 0}
    tried.start({}, backdrop)
    tried.press("Copy as command")
    expect(tried.note).to_have_text("Copied: a command for a terminal.")
    assert tried.copied().endswith("'--backdrop=#ff0000'")
    tried.press("Copy as API request")
    expect(tried.note).to_contain_text("Copied: the body")
    body = json.loads(tried.copied())
    del body["alwayson_scripts"]
    assert body == {"override_settings": {"ic_light_backdrop": "#ff0000"}}


def test_where_the_clipboard_is_refused_the_text_is_there_selected(tried: Tried) -> None:
    tried.start()
    tried.page.evaluate(REFUSE)
    tried.press("Copy as command")
    shown = tried.page.get_by_role("dialog")
    expect(shown).to_be_visible()
    assert tried.page.evaluate("getSelection().toString()").startswith("ic-light relight photo.png")
    tried.page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    # On a slow machine what stood for the copied text goes a moment later.
    expect(tried.page.locator(".ic-light-place > *")).to_have_count(1)


def test_a_set_up_is_saved_as_the_program_reads_it(tried: Tried) -> None:
    tried.start()
    tried.page.evaluate("panel.show('lamps', 'side angle 45', '#102030', 'strokes', 0.5, 0.25, 0.5)")
    with tried.page.expect_download() as saved:
        tried.press("Save set-up")
    assert saved.value.suggested_filename == "ic-light-setup.json"
    (setup,) = setups.read(saved.value.path().read_bytes())
    assert setup == setups.Setup("Light", "side angle 45", "#102030", "strokes")
    tried.page.get_by_role("button", name="Golden hour", exact=True).click()
    with tried.page.expect_download() as saved:
        tried.press("Save set-up")
    assert setups.read(saved.value.path().read_bytes())[0].name == "Golden hour"


@pytest.mark.parametrize(("name", "kind"), [("light.json", "application/json"), ("relit.png", "image/png")])
def test_a_file_that_is_dropped_on_the_canvas_is_opened(tried: Tried, name: str, kind: str) -> None:
    tried.start()
    tried.page.evaluate(DROP, [".ic-light-picture", name, kind])
    assert tried.page.evaluate("chosen") == {"open_setup": name}
    tried.page.evaluate("panel.outputs.take(JSON.stringify({message: 'IC-Light: no.', isUnlit: false}))")
    expect(tried.note).to_have_text("IC-Light: no.")
    assert tried.page.evaluate("chosen") == {"open_setup": name}


def test_a_photo_that_is_dropped_on_the_canvas_is_the_subject(tried: Tried) -> None:
    tried.start()
    tried.page.evaluate(DROP, [".ic-light-picture", "photo.jpg", "image/jpeg"])
    tried.page.evaluate("panel.outputs.take(JSON.stringify({message: 'IC-Light: no.', isUnlit: true}))")
    tried.page.wait_for_function("chosen.foreground === 'subject.png'")
    expect(tried.note).to_have_text("")
    # One that is chosen as a set-up is not.
    tried.page.evaluate("panel.outputs.openSetup(); delete chosen.foreground")
    tried.page.evaluate("panel.outputs.take(JSON.stringify({message: 'IC-Light: no.', isUnlit: true}))")
    expect(tried.note).to_have_text("IC-Light: no.")
    assert tried.page.evaluate("chosen.foreground === undefined")
