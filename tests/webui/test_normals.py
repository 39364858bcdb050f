"""Normals by a network of the WebUI's ControlNet: Forge and its kin bring ControlNet along, A1111 may have it."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.webui import samples
from tests.webui.host import Host
from tests.webui.pages import PATIENCE, drop, part, shoot, unfold


@pytest.fixture(scope="module")
def annotators(host: Host) -> list[str]:
    found: list[str] = host.get("/ic-light/models").json()["annotators"]
    if not found:
        pytest.skip("this WebUI has no ControlNet")
    return found


@pytest.fixture(scope="module")
def egg(host: Host) -> str:
    """The name of a network in small that sees an egg in every picture: tests/webui/ring_extension has it."""
    answer = host.get("/ring/egg")
    if answer.status_code != 200:
        pytest.skip("the ring's own network is not in this WebUI")
    return str(answer.json())


def test_a_network_of_the_host_gives_right_up_and_front(host: Host, egg: str) -> None:
    asked = {"image": samples.b64(samples.subject()), "annotator": egg}
    answer = host.post("/ic-light/normals", asked)
    assert answer.status_code == 200, answer.text[:500]
    found = samples.decoded(answer.json()["image"]).astype(float) / 127.5 - 1
    height, width = found.shape[:2]
    assert width / height == pytest.approx(samples.subject().shape[1] / samples.subject().shape[0], rel=0.01)
    assert found[height // 2, :, 0] == pytest.approx(np.linspace(-0.7, 0.7, width), abs=0.02)
    assert found[:, width // 2, 1] == pytest.approx(np.linspace(0.7, -0.7, height), abs=0.02)
    assert found[height // 2, width // 2, 2] == pytest.approx(1, abs=0.02)


@pytest.mark.slow
def test_each_network_answers_or_says_why_not(host: Host, annotators: list[str]) -> None:
    for name in annotators:
        answer = host.post("/ic-light/normals", {"image": samples.b64(samples.subject()), "annotator": name})
        if answer.status_code == 200:
            assert samples.decoded(answer.json()["image"]).shape[2] == 3
            continue
        # Without a network their files cannot be downloaded.
        assert answer.status_code == 500, answer.text[:500]
        assert answer.json()["code"] == "annotator_failed"
        assert name in answer.json()["detail"]


def test_what_is_no_network_is_refused(host: Host) -> None:
    answer = host.post("/ic-light/normals", {"image": samples.b64(samples.subject()), "annotator": "canny"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "annotator_not_found"


def test_the_button_fills_the_normal_map(page: Page, egg: str) -> None:
    unfold(page)
    drop(page)
    part(page, "more").locator(".label-wrap").first.click()
    box = part(page, "annotator").locator("input").first
    box.click()
    page.locator(f'ul.options li[aria-label="{egg}"]').click()
    part(page, "estimate_normals").click()
    expect(part(page, "normal_map").locator("img").first).to_be_visible(timeout=PATIENCE)
    shoot(page, "normals")
