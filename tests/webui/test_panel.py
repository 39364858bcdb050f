"""The light panel as a person uses it, in a real WebUI's page. What needs no generation comes first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lib_iclight.kinds import Colour, Picture
from lib_iclight.light.lamps import Lamps
from lib_iclight.light.presets import PRESETS
from lib_iclight.request.args import OPTIONS
from lib_iclight.request.recommended import BACKGROUND, LIGHTS, PHOTON, TEXT
from tests.webui import samples
from tests.webui.editing import LEFT, drag, edit, expect_lamps, lamps_in, preset
from tests.webui.host import Host
from tests.webui.pages import (
    PATIENCE,
    Watch,
    choose,
    drop,
    field,
    generate,
    label,
    load,
    part,
    shoot,
    show,
    small,
    text_of,
    unfold,
)


def test_a_closed_panel_costs_nothing(page: Page, watch: Watch) -> None:
    """Its files are loaded, and that is all: nothing is asked of the server, and no editor is there."""
    own = [url for url in watch.asked if "ic-light" in url or "ic_light" in url]
    assert own, "the files were not seen"
    assert [url for url in own if not re.search(r"/(ic_light_\w+\.js|style\.css)", url)] == []
    assert page.evaluate("document.querySelectorAll('.ic-light-frame').length") == 0
    took = page.evaluate(
        "performance.getEntriesByType('resource').filter(e => e.name.includes('ic_light_')).map(e => e.decodedBodySize)"
    )
    # 330,000 on 2026-11-26, with placing and the mixer.
    assert sum(took) < 400_000, "bytes of JavaScript"


def test_lamps_are_dragged_over_the_subject(page: Page, watch: Watch) -> None:
    edit(page)
    expect_lamps(page, LEFT)
    drop(page)
    page.wait_for_function("ICLight.getPanel('txt2img').key", timeout=60_000)
    preset(page, "Front")
    expect_lamps(page, re.compile("^point"))
    asked = len(watch.asked)
    drag(page, lamps_in(page).first, 0.2, 0.3)
    expect_lamps(page, re.compile(r"^point x 0\.(19|2|21)\d* y 0\.(29|3|31)"))
    assert [url for url in watch.asked[asked:] if "ic-light" in url] == [], "the server was asked for a picture"
    shoot(page, "editor-front")
    page.set_viewport_size({"width": 390, "height": 1400})
    part(page, "editor").scroll_into_view_if_needed()
    expect(lamps_in(page).first).to_be_visible()
    shoot(page, "editor-390")


def test_the_keyboard_moves_and_undoes(page: Page) -> None:
    edit(page)
    lamps_in(page).first.focus()
    page.keyboard.press("ArrowRight")
    expect_lamps(page, re.compile(r"^side angle (?!180)\d+"))
    page.keyboard.press("Control+z")
    expect_lamps(page, LEFT)
    page.keyboard.press("d")
    expect(lamps_in(page)).to_have_count(2)
    page.keyboard.press("Delete")
    expect(lamps_in(page)).to_have_count(1)
    expect_lamps(page, LEFT)


def test_presets_and_the_text_say_the_same(page: Page) -> None:
    edit(page)
    for known in PRESETS:
        preset(page, known.label)
        expect_lamps(page, Lamps().to_text(Lamps().check(known.lamps)))
        expect(part(page, "ambient_color").locator("input").first).to_have_value(known.ambient)
    page.locator("#script_txt2img_ic_light_lamps_text .label-wrap").click()
    box = part(page, "lamps").locator("textarea, input").first
    box.fill("point x 0.1 y 0.9 + side angle 45 color #ff0000 + point")
    box.blur()
    expect(lamps_in(page)).to_have_count(3)
    box.fill("point x 7")
    box.blur()
    expect(part(page, "editor").locator(".ic-light-message")).to_contain_text("lamps[0].x is")
    expect(lamps_in(page)).to_have_count(3)


def test_buttons_of_a_kind_are_of_a_size(page: Page) -> None:
    """Hosts' own styles are for what they put there themselves."""
    edit(page)
    for kind in ("chips", "views"):
        buttons = part(page, "editor").locator(f".ic-light-{kind} .ic-light-button")
        heights = buttons.evaluate_all("(all) => all.map((button) => button.getBoundingClientRect().height)")
        assert len(heights) > 1
        assert len(set(heights)) == 1


def test_both_tabs_have_their_own(page: Page) -> None:
    edit(page)
    preset(page, "Neon pair")
    expect(lamps_in(page)).to_have_count(2)
    show(page, "img2img")
    edit(page, "img2img")
    expect_lamps(page, LEFT, "img2img")
    ring = next(len(Lamps().check(known.lamps)) for known in PRESETS if known.label == "Ring")
    preset(page, "Ring", "img2img")
    expect(lamps_in(page, "img2img")).to_have_count(ring)
    show(page, "txt2img")
    expect(lamps_in(page)).to_have_count(2)
    expect_lamps(page, re.compile("ff2bd6"))
    drag(page, lamps_in(page).first, 0.5, 0.1)
    expect_lamps(page, re.compile(r"^side angle (8\d|9\d)"))
    expect(lamps_in(page, "img2img")).to_have_count(ring)


def test_another_light_and_back(page: Page) -> None:
    """gradio takes the editor's place away and draws it anew."""
    edit(page)
    preset(page, "Rim")
    choose(page, "light", "left")
    expect(part(page, "editor")).to_be_hidden()
    expect(part(page, "preview").locator("img")).to_be_visible()
    choose(page, "light", "lamps")
    expect(lamps_in(page)).to_have_count(2)
    expect(part(page, "preview")).to_be_hidden()


def test_light_from_a_picture(page: Page) -> None:
    edit(page)
    picture = {"name": "sky.png", "mimeType": "image/png", "buffer": samples.png(samples.background())}
    with page.expect_file_chooser() as chooser:
        part(page, "from_picture").click()
    chooser.value.set_files([picture])  # type: ignore[list-item]
    expect_lamps(page, re.compile(r"color #"))


def test_light_from_the_background_takes_its_place(page: Page) -> None:
    unfold(page)
    choose(page, "model", "fbc")
    drop(page, "background")
    part(page, "from_background").click()
    expect_lamps(page, re.compile(r"color #"))
    expect(part(page, "background").locator("img")).to_have_count(0)
    expect(part(page, "light").locator("input")).to_have_value(label("light", "lamps"))


@pytest.mark.parametrize(
    ("model", "button", "wanted"),
    [("fc", "recommended", TEXT), ("fbc", "recommended", BACKGROUND), ("fc", "photon", PHOTON)],
    ids=["fc", "fbc", "photon"],
)
def test_recommended_settings(page: Page, host: Host, model: str, button: str, wanted: Any) -> None:
    """What the host has is set; what it has not is said."""
    unfold(page)
    choose(page, "model", model)
    page.locator("#txt2img_prompt textarea").fill("a cat")
    part(page, button).click()
    expect(field(page, "cfg_scale")).to_have_value(f"{wanted.cfg_scale:g}", timeout=20_000)
    expect(field(page, "steps")).to_have_value(str(wanted.steps))
    expect(field(page, "width")).to_have_value(str(wanted.width))
    expect(field(page, "height")).to_have_value(str(wanted.height))
    expect(field(page, "hr_scale")).to_have_value(f"{wanted.hires_scale:g}")
    expect(field(page, "hires_steps")).to_have_value(str(wanted.hires_steps))
    expect(field(page, "denoising_strength")).to_have_value(f"{wanted.hires_denoise:g}")
    if page.locator("#txt2img_scheduler").count():
        expect(page.locator("#txt2img_sampling input")).to_have_value(wanted.sampler)
        expect(page.locator("#txt2img_scheduler input")).to_have_value(wanted.scheduler)
    else:
        expect(page.locator("#txt2img_sampling input")).to_have_value(f"{wanted.sampler} {wanted.scheduler}")
    # gradio 3.41 gives an HTML's id to two elements, one within the other.
    left = part(page, "left").first
    if wanted.hires_upscaler in [upscaler["name"] for upscaler in host.get("/sdapi/v1/upscalers").json()]:
        expect(left).to_be_hidden()
    else:
        expect(left).to_contain_text(f": {wanted.hires_upscaler}")
        left.scroll_into_view_if_needed()
        shoot(page, f"left-{model}-{button}")
    expect(page.locator("#txt2img_neg_prompt textarea")).to_have_value(wanted.negative_prompt)
    expect(page.locator("#txt2img_prompt textarea")).to_have_value(", ".join(filter(None, ("a cat", wanted.prompt))))
    expect(page.locator("#txt2img_hr-checkbox input, #txt2img_hr input[type=checkbox]").first).to_be_checked()


def test_size_from_the_subject_and_words_for_the_prompt(page: Page) -> None:
    unfold(page)
    drop(page)
    part(page, "size_from_subject").click()
    expect(field(page, "height")).to_have_value("640", timeout=20_000)
    expect(field(page, "width")).to_have_value("512")
    part(page, "words").locator(".label-wrap").first.click()
    chips = part(page, "words").locator(".ic-light-chip")
    chips.nth(0).click()
    chips.nth(1).click()
    prompt = page.locator("#txt2img_prompt textarea")
    expect(prompt).to_have_value(f"{LIGHTS[0]}, {LIGHTS[1]}")
    chips.nth(0).click()
    expect(prompt).to_have_value(LIGHTS[1])


@pytest.mark.slow
def test_a_plot_over_a_lamps_angle(page: Page, host: Host) -> None:
    edit(page)
    drop(page)
    small(page)
    page.locator("#txt2img_script_container #script_list input").first.click()
    page.locator('ul.options [aria-label="X/Y/Z plot" i]').click()
    axis = page.locator(
        "#script_txt2img_xyz_plot_x_type input, #script_xyz_plot_x_type input, [id$=x_type] input"
    ).first
    axis.click()
    axis.fill("[IC-Light] Lamp angle")
    page.locator('ul.options [aria-label="[IC-Light] Lamp angle"]').click()
    # The host empties the values of the axis that was there before.
    page.wait_for_timeout(3000)
    values = page.locator("[id$=x_values] textarea").first
    values.fill("0, 90")
    values.blur()
    generate(page)
    # Two cells beside one another, and the legend; before them a host may show a preview of one.
    page.wait_for_function(
        "() => { const grid = document.querySelector('#txt2img_gallery img'); "
        "return grid !== null && grid.naturalWidth > grid.naturalHeight; }",
        timeout=PATIENCE,
    )
    shoot(page, "plot")


@pytest.mark.slow
def test_results_become_subjects(page: Page) -> None:
    unfold(page)
    part(page, "enabled").locator("input[type=checkbox]").first.uncheck()
    small(page)
    generate(page)
    # Before the picture a host may show a preview of it.
    expect(page.locator("#html_info_txt2img").first).to_contain_text("Steps: ", timeout=PATIENCE)
    page.locator("#txt2img_send_to_ic_light").click()
    expect(part(page, "foreground").locator("img")).to_be_visible(timeout=20_000)
    expect(part(page, "model")).to_be_visible()
    first = part(page, "foreground").locator("img").get_attribute("src")
    choose(page, "light", "lamps")
    expect(lamps_in(page)).to_have_count(1, timeout=30_000)
    # There is no telling what the random model's picture shows.
    part(page, "more").locator(".label-wrap").first.click()
    choose(page, "matting", "none")
    generate(page)
    expect(page.locator("#html_info_txt2img").first).to_contain_text("IC-Light lamps: side angle 180", timeout=PATIENCE)
    part(page, "again").click()
    expect(part(page, "foreground").locator("img")).not_to_have_attribute("src", first or "", timeout=20_000)
    shoot(page, "again")


@pytest.fixture
def defaults(page: Page, watch: Watch, own_host: Host) -> Iterator[dict[str, Any]]:
    """The host's own file of controls' defaults, put back afterwards, also in its page."""
    assert own_host.data is not None
    file = own_host.data / "ui-config.json"
    before = file.read_text("utf-8")
    yield json.loads(before)
    file.write_text(before, "utf-8")
    reload_ui(page, watch, own_host)


def reload_ui(page: Page, watch: Watch, host: Host) -> None:
    """What "Reload UI" below every page does; the page that is left complains."""
    page.evaluate("document.getElementById('settings_restart_gradio').click()")
    host.wait_for_restart()
    page.goto("about:blank")
    watch.errors.clear()


@pytest.mark.slow
def test_defaults_are_the_persons_own(page: Page, watch: Watch, own_host: Host, defaults: dict[str, Any]) -> None:
    """Controls are in ui-config under their labels, but for colours, which hosts do not keep; what is written there is
    where they begin."""
    mine = {key.rpartition("/txt2img/")[2]: key for key in defaults if re.search(r"ic_light\.py/txt2img/", key)}
    for option in OPTIONS.values():
        if not isinstance(option.kind, (Colour, Picture)) and option.name != "enabled":
            assert f"{option.label}/value" in mine, option.label
    changed = {mine["Lamps/value"]: "side angle 45 + point x 0.1", mine["Light/value"]: "lamps"}
    assert own_host.data is not None
    (own_host.data / "ui-config.json").write_text(json.dumps({**defaults, **changed}), "utf-8")
    reload_ui(page, watch, own_host)
    load(page, own_host)
    unfold(page)
    expect(lamps_in(page)).to_have_count(2, timeout=30_000)
    assert text_of(page, "lamps") == changed[mine["Lamps/value"]]
