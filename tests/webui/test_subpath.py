"""Behind a reverse proxy: a WebUI that was started with ``--subpath relight``, in ``ICLIGHT_FLAGS``."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.standalone.proxy import PREFIX, Proxy
from tests.webui.editing import LEFT, drag, edit, expect_lamps, lamps_in, preset
from tests.webui.host import Host
from tests.webui.pages import PATIENCE, choose, drop, generate, part, ready, shoot, small

pytestmark = pytest.mark.slow


@pytest.fixture
def outside(own_host: Host) -> Iterator[tuple[str, list[str]]]:
    """The address of the proxy, and what was asked for outside of the prefix."""
    if f"--subpath {PREFIX[1:]}" not in own_host.flags:
        pytest.skip("only for a WebUI with --subpath")
    url = urlsplit(own_host.base_url)
    values = {"behind": (url.hostname, url.port), "missed": []}
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Proxy,), values))
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{proxy.server_port}", values["missed"]
    proxy.shutdown()
    proxy.server_close()


def test_the_panel(outside: tuple[str, list[str]], browser: Browser) -> None:
    """The panel's files, the live picture under the lamps, and a generation."""
    address, missed = outside
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    page.goto(f"{address}{PREFIX}/", wait_until="domcontentloaded")
    ready(page)
    edit(page)
    expect_lamps(page, LEFT)
    drop(page)
    page.wait_for_function("ICLight.getPanel('txt2img').key", timeout=60_000)
    preset(page, "Front")
    drag(page, lamps_in(page).first, 0.2, 0.3)
    expect_lamps(page, re.compile(r"^point x 0\.(19|2|21)\d* y 0\.(29|3|31)"))
    part(page, "more").locator(".label-wrap").first.click()
    choose(page, "matting", "none")
    small(page)
    generate(page)
    expect(page.locator("#html_info_txt2img").first).to_contain_text("IC-Light lamps: point", timeout=PATIENCE)
    shoot(page, "subpath")
    page.close()
    assert [path for path in missed if "light" in path] == []
