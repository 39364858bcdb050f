"""A model that is missing: said where it is needed, and downloaded by a button, from a hub on this machine."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lib_iclight.matting import nested_unet_plan as plan
from lib_iclight.matting.rmbg import SOURCE
from lib_iclight.models.sources import IC_LIGHT, megabytes
from tests.unit.hub import Hub, hub_at_work
from tests.webui.conftest import Models
from tests.webui.host import OFFLINE, Host
from tests.webui.pages import Watch, choose, part, shoot, unfold

ONLINE = {"HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "0", "NO_PROXY": "127.0.0.1"}
NETWORK = f"{SOURCE.repository}/{SOURCE.file}"


def _zeros() -> bytes:
    """A file of RMBG-1.4's layout."""
    header, end = {}, 0
    for name, shape in plan.shapes(plan.ISNET).items():
        length = 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [end, end + length]}
        end += length
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(end)


@pytest.fixture
def hub(own_host: Host) -> Iterator[Hub]:
    with hub_at_work() as hub:
        hub.files[NETWORK] = _zeros()
        own_host.post("/ring/environment", {**ONLINE, "HF_ENDPOINT": hub.url})
        yield hub
        own_host.post("/ring/environment", {name: OFFLINE[name] for name in ONLINE if name in OFFLINE})


def test_what_is_missing_is_said_and_nothing_is_asked_for(page: Page, watch: Watch, models: Models) -> None:
    """With its size, licence and page; where the network is forbidden, the button says so."""
    (fbc,) = (source for source in IC_LIGHT if source.name == "fbc")
    with models.without("fbc"):
        unfold(page)
        # gradio 3 gives the name of a part with HTML to what is in it too.
        notice = part(page, "missing_model").first
        expect(notice).to_be_hidden()
        choose(page, "model", "fbc")
        for words in (fbc.file, f"{megabytes(fbc.size)} MB", fbc.licence, fbc.page):
            expect(notice).to_contain_text(words)
        shoot(page, "missing")
        part(page, "download_model").click()
        expect(page.locator("body")).to_contain_text("downloads nothing while HF_HUB_OFFLINE is set", timeout=20_000)
        # What gradio tells a person it tells the console too.
        assert len(watch.errors) == 1
        assert "500" in watch.errors.pop()
        choose(page, "model", "fc")
        expect(notice).to_be_hidden()


def test_it_is_downloaded_cancelled_and_gone_on_with(page: Page, own_host: Host, hub: Hub) -> None:
    assert own_host.data is not None
    folder = own_host.data / "models" / "ic-light"
    target = folder / SOURCE.target
    hub.stop_at = 40_000_000
    unfold(page)
    part(page, "more").locator(".label-wrap").first.click()
    notice, download = part(page, "missing_matting").first, part(page, "download_matting")
    # What is chosen without a word comes along, and nothing is missing.
    expect(notice).to_be_hidden()
    choose(page, "matting", SOURCE.name)
    expect(notice).to_contain_text("non-commercial")
    download.click()
    expect(notice).to_contain_text("40 / ", timeout=60_000)
    shoot(page, "downloading")
    part(page, "cancel_matting").click()
    expect(download).to_be_visible(timeout=60_000)
    assert not target.exists()
    hub.go_on.set()
    hub.stop_at = None
    download.click()
    expect(notice).to_be_hidden(timeout=120_000)
    expect(download).to_be_hidden()
    try:
        assert target.read_bytes() == hub.files[NETWORK]
        asked = str(hub.ranges()[-1])
        assert 30_000_000 < int(asked.removeprefix("bytes=").removesuffix("-")) <= 40_000_000, "it went on from there"
        found = own_host.get("/ic-light/models").json()["matting"]
        assert next(matting for matting in found if matting["name"] == SOURCE.name)["installed"]
        assert [path.name for path in Path(folder).iterdir()] == [SOURCE.target]
    finally:
        target.unlink()
