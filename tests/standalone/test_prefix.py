"""Behind a reverse proxy that has the program under a path of its own, and takes that away."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser, expect

from lib_iclight.errors import ICLightError
from lib_iclight.standalone import app, live_light
from lib_iclight.standalone.prefix import check_prefix
from lib_iclight.standalone.service import Service
from tests.standalone.conftest import Watch
from tests.standalone.pictures import png, still_life
from tests.standalone.proxy import PREFIX, Proxy
from tests.standalone.served import serve

PATIENCE = 60_000


@pytest.fixture(scope="module", params=["takes the prefix away", "leaves the prefix"])
def outside(request: pytest.FixtureRequest) -> Iterator[tuple[str, list[str]]]:
    """The address of the proxy, and what was asked for outside of the prefix."""
    with serve(app.build(Service([], "classic"), root_path=PREFIX)) as url:
        where = urlsplit(url)
        behind = (where.hostname, where.port)
        values = {"behind": behind, "strips": request.param != "leaves the prefix", "missed": []}
        proxy = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Proxy,), values))
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_port}", values["missed"]
        proxy.shutdown()
        proxy.server_close()


def test_the_page(
    outside: tuple[str, list[str]], browser: Browser, watched: Callable[[Any], Watch], tmp_path: Path
) -> None:
    """The page, the picture on its canvas, and the gallery's pictures."""
    address, missed = outside
    missed.clear()
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}{PREFIX}/", wait_until="domcontentloaded")
    expect(page.locator(".ic-message")).to_have_text(live_light.ASK, timeout=PATIENCE)
    page.wait_for_timeout(1500)
    picture = {"name": "subject.png", "mimeType": "image/png", "buffer": png(still_life())}
    page.locator("#ic_light_open input[type=file]").set_input_files([picture])
    page.wait_for_function("ICLight.getPanel('txt2img').key", timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as saved:
        page.locator("#ic_light_save").click()
    assert saved.value.suggested_filename == "ic-light.png"
    relit = page.locator("#ic_light_gallery img").first
    expect(relit).to_be_visible(timeout=PATIENCE)
    # The gallery may put another element in its place while that is waited for.
    loaded = "(place) => [...document.querySelectorAll(place)].some((i) => i.complete && i.naturalWidth > 0)"
    page.wait_for_function(loaded, arg="#ic_light_gallery img", timeout=PATIENCE)
    assert relit.get_attribute("src").startswith(f"{address}{PREFIX}/")
    page.screenshot(path=Path(os.environ.get("ICLIGHT_SCREENSHOTS", tmp_path)) / "behind-a-proxy.png", full_page=True)
    page.close()
    assert [path for path in missed if path != "/favicon.ico"] == []


def test_the_contract(outside: tuple[str, list[str]]) -> None:
    address, missed = outside
    missed.clear()
    contract = requests.get(f"{address}{PREFIX}/openapi.json", timeout=10).json()
    assert contract["servers"] == [{"url": PREFIX}]
    docs = requests.get(f"{address}{PREFIX}/docs", timeout=10).text
    assert f"{PREFIX}/openapi.json" in docs
    scripts = [part.split('"')[0] for part in docs.replace('href="', 'src="').split('src="')[1:]]
    assert scripts
    for script in scripts:
        assert requests.get(address + script, timeout=10).status_code == 200, script
    path = contract["servers"][0]["url"] + "/sdapi/v1/options"
    assert requests.get(address + path, timeout=10).json()["ic_light_backdrop"] == "own"
    assert missed == []


def test_without_the_slash(outside: tuple[str, list[str]]) -> None:
    address, _ = outside
    answer = requests.get(address + PREFIX, timeout=10)
    assert answer.status_code == 200
    assert "IC-Light" in answer.text


def test_prefixes() -> None:
    assert [check_prefix(text) for text in ("", "/", "/a", "/a/", "/a/b-c.d~1_")] == ["", "", "/a", "/a", "/a/b-c.d~1_"]
    for text in ("relight", "/a b", "/a?b", "//", "http://a/b", "/ä", "/a//b"):
        if text == "//":
            assert check_prefix(text) == ""
            continue
        with pytest.raises(ICLightError, match="--root-path is"):
            check_prefix(text)
