"""The mixer of a light stage, in a tab as hosts have it."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from lib_iclight.light import panorama
from lib_iclight.light.maps import LUMINANCE, linear_colour
from lib_iclight.request.args import build
from lib_iclight.stage import mix as mixes
from lib_iclight.stage.basis import Basis
from lib_iclight.stage.directions import of_lights
from lib_iclight.stage.mixing import mix
from lib_iclight.stage.panorama import weights
from lib_iclight.stage.rendered import FROM_THE_VIEWER
from lib_iclight.standalone.service import Service
from lib_iclight.web import stage
from tests.standalone import host_page
from tests.standalone.accessibility import find_faults
from tests.standalone.pictures import soft_mask, still_life

TAB = "txt2img"
PANEL = f"ICLight.getPanel('{TAB}')"
MIXER = f"{PANEL}.stage.mixer"
PATIENCE = 20_000
READ = f"""async () => {{ const blob = await {MIXER}.toBlob(); const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = ""; for (const byte of bytes) text += String.fromCharCode(byte); return btoa(text); }}"""


@pytest.fixture(scope="module")
def service() -> Service:
    return Service([], "classic")


@pytest.fixture(scope="module")
def basis(service: Service) -> tuple[str, Basis]:
    subject = Image.fromarray(np.dstack([still_life(), soft_mask()]))
    found = stage.render_model_free(service.runtime.preparer, build({"foreground": subject}))
    return stage.keep(service.runtime.bases, found)["key"], found


@contextmanager
def opened(browser: Browser, service: Service, key: str) -> Iterator[Page]:
    """A tab whose result names the basis."""
    with host_page.served(TAB, service) as address:
        page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
        host_page.load(page, address)
        page.wait_for_timeout(1500)
        part(page, "enabled").locator("input[type=checkbox]").check()
        part(page, "light_stage").locator(".label-wrap").first.click()
        info = f"IC-Light stage: directions, IC-Light stage basis: {key}, IC-Light version: 0.1.0"
        page.evaluate(
            "(text) => document.body.append(Object.assign(document.createElement('p'),"
            f" {{id: 'html_info_{TAB}', textContent: text}}))",
            info,
        )
        page.wait_for_function(f"{MIXER}?.rows.rows.length === 4", timeout=PATIENCE)
        yield page
        page.context.close()


@pytest.fixture(scope="module")
def tab(browser: Browser, service: Service, basis: tuple[str, Basis]) -> Iterator[Page]:
    with opened(browser, service, basis[0]) as page:
        yield page


def part(page: Page, name: str) -> Locator:
    return page.locator(f"#script_{TAB}_ic_light_{name}")


def button(page: Page, name: str, at: int = 0) -> Locator:
    return part(page, "stage_mixer").get_by_role("button", name=name, exact=True).nth(at)


@pytest.fixture
def mixer(tab: Page) -> Page:
    """As it was opened."""
    tab.evaluate(f"{MIXER}.set({MIXER}.first)")
    return tab


def shown(page: Page) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(page.evaluate(READ)))).convert("RGB")).astype(int)


def settled(page: Page) -> dict[str, Any]:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return dict(page.evaluate(f"{MIXER}.mix"))


CHANGES: list[dict[str, Any]] = [
    {},
    {"exposure": 1.3, "curve": "filmic"},
    {"white_kelvin": 3200, "white_tint": 0.3},
    {"lamps": [{"color": "#ff8000", "intensity": 0.8}, {"gel": "full_ctb"}, {"kelvin": 2700}, {"on": False}]},
    {"lamps": [{"solo": True, "intensity": 0.7}, {}, {"solo": True, "on": False}, {}]},
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: "-".join(changes) or "first")
def test_the_browser_mixes_as_the_server_does(mixer: Page, basis: tuple[str, Basis], changes: dict[str, Any]) -> None:
    check_mix(mixer, basis[1], changes)


def test_without_webgl_it_does_too(browser_without_webgl: Browser, service: Service, basis: tuple[str, Basis]) -> None:
    with opened(browser_without_webgl, service, basis[0]) as page:
        assert page.evaluate(f"{MIXER}.canvas.gl") is None
        for changes in CHANGES[1:4]:
            page.evaluate(f"{MIXER}.set({MIXER}.first)")
            check_mix(page, basis[1], changes)


def check_mix(mixer: Page, basis: Basis, changes: dict[str, Any]) -> None:
    plain = settled(mixer)
    wanted = {**plain, **changes}
    wanted["lamps"] = [{**one, **other} for one, other in zip(plain["lamps"], changes.get("lamps", [{}] * 4))]
    mixer.evaluate(f"(mix) => {MIXER}.set(mix)", wanted)
    expected = mix(basis, mixes.from_plain(wanted)).astype(int)
    # The browser has each lamp's picture in 8 bit, which a stop more makes twice as coarse in the dark.
    found = shown(mixer)
    assert np.abs(found - expected).mean() < 0.6
    assert np.percentile(np.abs(found - expected), 99.9) <= 3


@pytest.mark.timed
def test_one_picture_is_mixed_fast(mixer: Page, capsys: pytest.CaptureFixture[str]) -> None:
    draw = f"""() => {{
        const start = performance.now();
        for (let i = 0; i < 5; i++) {{
            {MIXER}.draw({MIXER}.mix);
            {MIXER}.canvas.gl.readPixels(0, 0, 1, 1, 6408, 5121, new Uint8Array(4));
        }}
        return (performance.now() - start) / 5;
    }}"""
    took = mixer.evaluate(draw)
    with capsys.disabled():
        print(f"\na mix of four lamps at 640x512: {took:.1f} ms (WebGL2 in software)")  # noqa: T201
    # A renderer in software beside other work: what is wanted is printed, another way of working would take seconds.
    assert took < 1000


def test_rows_change_lamps_and_undo_goes_back(mixer: Page) -> None:
    before = shown(mixer)
    part(mixer, "stage_mixer").get_by_role("slider", name="Intensity").first.fill("1.5")
    assert settled(mixer)["lamps"][0]["intensity"] == 1.5
    assert (shown(mixer) != before).any()
    button(mixer, "Solo").click()
    assert settled(mixer)["lamps"][0]["solo"] is True
    button(mixer, "Lock", 1).click()
    button(mixer, "All off").click()
    assert [lamp["on"] for lamp in settled(mixer)["lamps"]] == [False, True, False, False]
    groups = part(mixer, "stage_mixer").get_by_label("Group: lamps that change together")
    for at in (2, 3):
        groups.nth(at).fill("back")
        groups.nth(at).press("Enter")
    button(mixer, "On", 2).click()
    assert [lamp["on"] for lamp in settled(mixer)["lamps"]] == [False, True, True, True]
    for _ in range(7):
        button(mixer, "Undo").click()
    assert np.array_equal(shown(mixer), before)


def test_snapshots_are_kept_renamed_and_taken(mixer: Page) -> None:
    button(mixer, "All off").click()
    button(mixer, "Snapshot").click()
    name = part(mixer, "stage_mixer").get_by_label("Name of the snapshot")
    name.fill("dark")
    name.press("Enter")
    button(mixer, "Reset").click()
    assert settled(mixer)["lamps"][0]["on"] is True
    part(mixer, "stage_mixer").get_by_role("button", name="dark", exact=True).click()
    assert settled(mixer)["lamps"][0]["on"] is False
    with mixer.expect_download() as saved:
        button(mixer, "Export").click()
    button(mixer, "Remove dark").click()
    expect(name).to_have_count(0)
    # In another page of the same browser there are the same.
    for data, count in ((b"[{}]", 0), (saved.value.path().read_bytes(), 1)):
        with mixer.expect_file_chooser() as chosen:
            button(mixer, "Import").click()
        chosen.value.set_files({"name": "mixes.json", "mimeType": "application/json", "buffer": data})
        expect(name).to_have_count(count)
    assert '"dark"' in mixer.evaluate("localStorage.getItem('ic-light-stage-snapshots')")
    button(mixer, "Remove dark").click()


def test_the_mix_becomes_lamps(mixer: Page) -> None:
    """With exposure and white; what they cannot carry is said."""
    lamps = [{**lamp, "intensity": 0.2 * at} for at, lamp in enumerate(settled(mixer)["lamps"])]
    wanted = {**settled(mixer), "lamps": lamps, "exposure": 1, "white_kelvin": 4000, "curve": "filmic"}
    mixer.evaluate(f"(mix) => {MIXER}.set(mix)", wanted)
    button(mixer, "To lamps").click()
    said = part(mixer, "stage_mixer").locator(".ic-light-message")
    expect(said).to_contain_text("Brighter in the mix than a lamp can be: Bottom; now 2. The filmic curve is left out")
    mixer.wait_for_function(f"{PANEL}.editor?.values.lamps.includes('intensity 2')", timeout=PATIENCE)
    found = build({"lamps": mixer.evaluate(f"{PANEL}.editor.values.lamps")}).lamps
    expected = mixes.weights(mixes.from_plain(wanted))
    assert [lamp.angle for lamp in found] == [270, 0, 90]
    for lamp, weight in zip(found, expected[:0:-1]):
        share = min(2 / weight.max(), 1)
        assert lamp.intensity * linear_colour(lamp.color) == pytest.approx(weight * share, abs=0.02)


def test_lights_that_are_directions_become_lamps(mixer: Page) -> None:
    lights = [
        {"angle": -30, "elevation": 20},
        {"angle": 200, "elevation": -40},
        {"angle": 10, "elevation": 60},
        FROM_THE_VIEWER,
    ]
    given = f"(lights) => ICLight.toLamps({MIXER}.first, lights, {MIXER}.tables)"
    found = mixer.evaluate(given, lights)
    towards, wanted = of_lights(found["lamps"]), of_lights(lights)
    assert np.abs(towards[:2] - wanted[:2]).max() < 0.01
    assert towards[2][2] < wanted[2][2]
    assert found["lost"] == ["Nearer to the picture's plane than in the mix: Right."]
    assert linear_colour(found["ambient"]) == pytest.approx([0.25] * 3, abs=0.01)


def test_the_mix_becomes_the_subject_and_img2imgs_picture(mixer: Page) -> None:
    button(mixer, "To img2img").click()
    expect(part(mixer, "stage_mixer").locator(".ic-light-message")).to_contain_text("no img2img")
    mixer.evaluate("""() => { const place = Object.assign(document.createElement('div'), { id: 'img2img_image' });
        place.append(Object.assign(document.createElement('input'), { type: 'file' }));
        document.body.append(place); }""")
    button(mixer, "To img2img").click()
    mixer.wait_for_function("document.querySelector('#img2img_image input').files.length === 1")
    button(mixer, "To subject").click()
    expect(part(mixer, "foreground").locator("img").first).to_be_visible(timeout=PATIENCE)


def test_light_from_normals_and_normals_become_the_panels(mixer: Page) -> None:
    button(mixer, "To light map").click()
    expect(part(mixer, "light_map").locator("img")).to_be_visible(timeout=PATIENCE)
    assert part(mixer, "light").locator("input").input_value() == "My own light map"
    button(mixer, "To normal map").click()
    expect(part(mixer, "stage_mixer").locator(".ic-light-message")).to_contain_text("normal map now", timeout=PATIENCE)
    part(mixer, "more").locator(".label-wrap").first.click()
    expect(part(mixer, "normal_map").locator("img")).to_be_visible(timeout=PATIENCE)
    # The light map that was one's own has none.
    assert part(mixer, "light").locator("input").input_value() == "Lamps"


def test_the_mix_becomes_files(mixer: Page) -> None:
    for name, file in (
        ("Save", "mix.png"),
        ("Normals", "normals.png"),
        ("Layers", "layers.ora"),
        ("Basis", "basis.zip"),
    ):
        with mixer.expect_download(timeout=PATIENCE) as saved:
            button(mixer, name).click()
        assert saved.value.suggested_filename == file
        assert saved.value.path().stat().st_size > 1000


def test_a_saved_basis_opens_again(mixer: Page) -> None:
    """With the mix that it was saved in, though the result names another."""
    button(mixer, "Solo", 1).click()
    wanted, key = settled(mixer), mixer.evaluate(f"{PANEL}.stage.key")
    with mixer.expect_download(timeout=PATIENCE) as saved:
        button(mixer, "Basis").click()
    picture = shown(mixer)
    for data, said in ((b"none", "not a zip file"), (saved.value.path().read_bytes(), "")):
        with mixer.expect_file_chooser() as chosen:
            button(mixer, "Open").click()
        chosen.value.set_files({"name": "basis.zip", "mimeType": "application/zip", "buffer": data})
        if said:
            expect(part(mixer, "stage_mixer").locator(".ic-light-message")).to_contain_text(said, timeout=PATIENCE)
    mixer.wait_for_function(
        f"(key) => {PANEL}.stage.key !== key && {MIXER}.first.lamps[1].solo", arg=key, timeout=PATIENCE
    )
    mixer.wait_for_timeout(1000)
    assert settled(mixer) == wanted
    assert np.abs(shown(mixer) - picture).max() <= 1
    mixer.evaluate(f"(key) => {PANEL}.stage.open(key)", key)
    mixer.wait_for_function(f"() => !{MIXER}.first.lamps[1].solo", timeout=PATIENCE)


def sky() -> np.ndarray:
    """Warm at its right, blue above, and noise, uint8 [64, 128, 3]."""
    pixels = np.random.default_rng(5).integers(0, 40, (64, 128, 3), np.uint8)
    pixels[20:40, 90:110] = (255, 190, 90)
    pixels[:16] += np.array([20, 60, 160], np.uint8)
    return pixels


def lit(settings: dict[str, Any]) -> np.ndarray:
    return mixes.weights(mixes.from_plain(settings))


def test_a_panorama_is_turned_by_dragging_and_by_key(mixer: Page, basis: tuple[str, Basis]) -> None:
    data = io.BytesIO()
    Image.fromarray(sky()).save(data, "PNG")
    given = panorama.read(data.getvalue())
    towards = of_lights(lamp.light for lamp in basis[1].lamps)

    def expected(turn: float, stops: float = 0) -> np.ndarray:
        return weights(given.turned(turn).exposed(stops), towards)

    with mixer.expect_file_chooser() as chosen:
        button(mixer, "Panorama").click()
    chosen.value.set_files({"name": "sky.png", "mimeType": "image/png", "buffer": data.getvalue()})
    shown_one = part(mixer, "stage_mixer").get_by_role("img", name="The panorama")
    expect(shown_one).to_be_visible(timeout=PATIENCE)
    # Its colours are in 8 bit.
    turned = mixer.evaluate(f"{MIXER}.panorama.turn")
    assert np.abs(lit(settled(mixer)) - expected(0, turned["exposure"])).max() < 2e-2
    assert (lit(settled(mixer)) @ LUMINANCE).sum() == pytest.approx(1, abs=0.05)
    part(mixer, "stage_mixer").get_by_role("slider", name="Brightness").fill("0")
    box = shown_one.bounding_box()
    assert box is not None
    mixer.mouse.move(box["x"] + 20, box["y"] + 20)
    mixer.mouse.down()
    mixer.mouse.move(box["x"] + 20 + box["width"] / 2, box["y"] + 30, steps=4)
    mixer.mouse.up()
    turn = mixer.evaluate(f"{MIXER}.panorama.turn.rotation")
    assert turn == pytest.approx(180, abs=1) or turn == pytest.approx(-180, abs=1)
    assert np.abs(lit(settled(mixer)) - expected(turn)).max() < 2e-3
    rotation = part(mixer, "stage_mixer").get_by_role("slider", name="Rotation")
    rotation.focus()
    rotation.press("Home")
    rotation.press("ArrowRight")
    part(mixer, "stage_mixer").get_by_role("slider", name="Brightness").fill("4")
    settings = settled(mixer)
    assert lit(settings) == pytest.approx(expected(-179, 4), rel=0.02, abs=5e-3)
    for _ in range(3):
        button(mixer, "Undo").click()
    settled(mixer)
    assert mixer.evaluate(f"{MIXER}.panorama.turn.rotation") == turn
    with mixer.expect_download(timeout=PATIENCE) as saved:
        button(mixer, "Sweep").click()
    assert saved.value.suggested_filename == "sweep.webp"


def test_axe_finds_nothing_of_ours(mixer: Page) -> None:
    assert [fault for fault in find_faults(mixer, is_own_page=False) if fault.ours] == []
