"""A panorama as the light of a generation, in a real WebUI."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.unit.panoramas import to_hdr, to_text
from tests.webui import samples
from tests.webui.host import SIDE, Host
from tests.webui.pages import PATIENCE, choose, drop, part, shoot, unfold


def sky() -> np.ndarray:
    """With a sun above the horizon, a quarter to the right of what is behind the subject."""
    light = np.full((32, 64, 3), 0.2, np.float32)
    light[8:12, 46:50] = 60, 45, 25
    return light


PANORAMA = {"light": "panorama", "panorama": to_text(sky()), "panorama_rotation": 30}
SUBJECT = {"foreground": samples.b64(samples.subject()), "foreground_mask": samples.b64(samples.mask())}


@pytest.mark.parametrize("model", ["fc", "fbc"])
def test_it_lights_as_its_light_map_does(host: Host, model: str) -> None:
    found = host.generate({**SUBJECT, **PANORAMA, "model": model})[0]
    asked = {**PANORAMA, "model": model, "width": SIDE, "height": SIDE}
    drawn = host.post("/ic-light/light-map", asked).json()["image"]
    as_picture = {"light": "custom", "light_map": drawn} if model == "fc" else {"background": drawn}
    assert np.array_equal(found, host.generate({**SUBJECT, "model": model, **as_picture})[0])


def test_a_turned_one_lights_otherwise(host: Host) -> None:
    first, second = (host.generate({**SUBJECT, **PANORAMA, "panorama_rotation": turn})[0] for turn in (0, 180))
    assert (first != second).any()


def test_none_is_refused(host: Host) -> None:
    answer = host.ask({**SUBJECT, "light": "panorama"})
    assert answer.status_code == 422
    assert "panorama" in answer.json()["detail"]


def test_the_panel_shows_its_light_map(page: Page) -> None:
    unfold(page)
    drop(page)
    choose(page, "light", "panorama")
    file = {"name": "sky.hdr", "mimeType": "image/vnd.radiance", "buffer": to_hdr(sky())}
    part(page, "panorama").locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    expect(part(page, "preview").locator("img").first).to_be_visible(timeout=PATIENCE)
    expect(part(page, "panorama_rotation")).to_be_visible()
    shoot(page, "panorama")
