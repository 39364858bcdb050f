"""Beside other people's extensions, where they are installed: ``ICLIGHT_COMPANY`` names their folders."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.webui import samples
from tests.webui.host import SMALL, TITLE, Host
from tests.webui.samples import same
from tests.webui.wanted import RELIT

pytestmark = pytest.mark.slow


@pytest.fixture
def script(host: Host) -> Callable[[str], str]:
    """``script(part)``: the title of the script that has the part in it."""

    def find(part: str) -> str:
        titles = host.get("/sdapi/v1/scripts").json()["txt2img"]
        found = [title for title in titles if part in title.lower()]
        if not found:
            pytest.skip(f"no script is called {part!r}")
        return found[0]

    return find


def test_dynamic_prompts(host: Host, script: Callable[[str], str]) -> None:
    """Each picture of a batch has its own prompt, and each is relit."""
    title = script("dynamic prompts")
    # Enabled, all combinations once, no other magic, one seed for all.
    company = {title: [True, True, 1, *[False] * 3, 0.9, 1.1, 100, 0.7, True, *[False] * 4, 0, "", ""]}
    pictures = host.generate(RELIT, company=company, prompt="a {cat|dog} portrait", n_iter=2)
    for animal, picture in zip(("cat", "dog"), pictures, strict=True):
        assert np.array_equal(picture, host.generate(RELIT, prompt=f"a {animal} portrait")[0]), animal


def test_agent_scheduler(host: Host) -> None:
    """A queued request gives the picture of the same request now."""
    if host.get("/agent-scheduler/v1/queue").status_code != 200:
        pytest.skip("agent-scheduler is not installed")
    body: dict[str, Any] = {**SMALL, "alwayson_scripts": {TITLE: {"args": [RELIT]}}}
    queued = host.post("/agent-scheduler/v1/queue/txt2img", body)
    assert queued.status_code == 200, queued.text[:1000]
    task = queued.json()["task_id"]
    until = time.monotonic() + 300
    while time.monotonic() < until:
        results = host.get(f"/agent-scheduler/v1/task/{task}/results").json()
        if results["success"]:
            break
        time.sleep(2)
    assert results["success"], results
    picture = samples.decoded(results["data"][0]["image"].rpartition(",")[2])
    assert np.array_equal(picture, host.generate(RELIT)[0])


@pytest.fixture
def detailer(host: Host, script: Callable[[str], str]) -> Callable[[bool], dict[str, list[Any]]]:
    """``detailer(only)``: ADetailer's arguments with a detector that the ring was given.

    :param only: it skips img2img's own work, and only repaints what it finds in the tab's picture.
    """
    title = script("adetailer")
    known = host.get("/adetailer/v1/ad_model").json()["ad_model"]
    found = [name for name in known if name.endswith("_random.pt")]
    if not found:
        pytest.skip("ICLIGHT_MODELS has no detector *_random.pt in adetailer/")

    def arguments(only: bool) -> dict[str, list[Any]]:
        return {title: [True, only, {"ad_model": found[0], "ad_denoising_strength": 0.6}]}

    # The first detection sets how many threads torch has, and with it how all that follows is rounded.
    host.generate(company=arguments(False))
    return arguments


@pytest.fixture(params=[True, False], ids=["selected-scripts", "all-scripts"])
def into_the_detail(request: pytest.FixtureRequest, host: Host) -> Iterator[None]:
    """Whether ADetailer lets only some scripts into its own img2img, which it begins with, or all of them."""
    setting = "ad_only_selected_scripts"
    host.post("/sdapi/v1/options", {setting: request.param})
    # Where a host's API shows the settings of extensions.
    assert host.get("/sdapi/v1/options").json().get(setting, request.param) is request.param
    yield
    host.post("/sdapi/v1/options", {setting: True})


@pytest.mark.usefixtures("into_the_detail")
def test_adetailer(host: Host, detailer: Callable[[bool], dict[str, list[Any]]]) -> None:
    """What it repaints is plain, whichever scripts it lets into its img2img; the rest, and what follows, is relit."""
    alone = host.generate(RELIT, n_iter=2)
    plain = host.generate()
    expected = [
        host.generate(None, "img2img", detailer(True), init_images=[samples.b64(picture)], seed=1 + number)[0]
        for number, picture in enumerate(alone)
    ]
    answer = host.ask({**RELIT, "append_images": True}, company=detailer(False), n_iter=2)
    assert answer.status_code == 200, answer.text[:2000]
    pictures = [samples.decoded(image) for image in answer.json()["images"]]
    assert len(pictures) == 4, "two results, the subject and the light map"
    for picture, wanted, before in zip(pictures[:2], expected, alone, strict=True):
        untouched = (picture == before).all(axis=2)
        assert 0.1 < untouched.mean() < 0.9, "nothing was detected, or everything"
        # Of its picture img2img samples the posterior, from whatever requests before have left of the random stream.
        assert np.abs(picture.astype(int) - wanted).max() <= 1
    assert same(host.generate(), plain)
    assert same(host.generate(RELIT, n_iter=2), alone)


def test_adetailer_in_img2img(host: Host, detailer: Callable[[bool], dict[str, list[Any]]]) -> None:
    """The tab's picture is the subject; what ADetailer repaints of the result is none."""
    args = {"light": "left", "matting": "none"}
    asked = {"init_images": [samples.b64(samples.subject(128, 128))], "denoising_strength": 0.8}
    (alone,) = host.generate(args, "img2img", **asked)
    (picture,) = host.generate(args, "img2img", detailer(False), **asked)
    (wanted,) = host.generate(None, "img2img", detailer(True), init_images=[samples.b64(alone)])
    assert 0.1 < (picture == alone).all(axis=2).mean() < 0.9, "nothing was detected, or everything"
    assert np.abs(picture.astype(int) - wanted).max() <= 1


def _of_tiled_diffusion(method: str) -> list[Any]:
    """Its arguments up to the regions: on, method, sizes of its own, tiles of 64 pixels without overlap, one by one."""
    sizes = [False, True, 1024, 1024]
    return [True, method, *sizes, 8, 8, 0, 1, "None", 2, False, 10, 1, 1, 64, False, False, True, False]


@pytest.mark.parametrize(("method", "sampler"), [("MultiDiffusion", "DDIM"), ("Mixture of Diffusers", "Euler")])
def test_tiled_diffusion(host: Host, script: Callable[[str], str], method: str, sampler: str) -> None:
    """Each of two tiles is shown its part of the subject."""
    company = {script("tiled diffusion"): _of_tiled_diffusion(method)}
    # DDIM takes no step of one.
    asked = {"width": 128, "height": 64, "steps": 2, "sampler_name": sampler}
    subject = samples.subject(128, 64)
    other = subject.copy()
    other[:, 64:] = 255 - other[:, 64:]
    before = host.generate(**asked)

    def relit(picture: np.ndarray) -> np.ndarray:
        args = {"foreground": samples.b64(picture), "matting": "none"}
        return host.generate(args, company=company, **asked)[0].astype(int)

    difference = np.abs(relit(subject) - relit(other)).mean(axis=2)
    there, elsewhere = difference[:, 72:].mean(), difference[:, :56].mean()
    # The VAE's attention spreads a little of it over the whole picture.
    assert there > 4 * elsewhere
    assert there > 1
    assert same(host.generate(**asked), before)


def test_tiled_vae_stays_out_of_other_generations(host: Host, script: Callable[[str], str]) -> None:
    """What it encoded in tiles is not shown to a generation without it."""
    asked = {"width": 128, "height": 192, "steps": 1}
    # Encoder and decoder in small tiles, whose statistics are estimated from the whole.
    company = {script("tiled vae"): [True, 64, 16, False, True, True, False]}
    args = {**RELIT, "foreground": samples.b64(samples.subject(333, 444))}
    tiled = host.generate(args, company=company, **asked)
    (alone,) = host.generate(args, **asked)
    assert samples.psnr(tiled[0], alone) > 25
    host.post("/sdapi/v1/unload-checkpoint").raise_for_status()
    host.post("/sdapi/v1/reload-checkpoint").raise_for_status()
    assert np.array_equal(host.generate(args, **asked)[0], alone)


def test_regional_prompter_by_latents(host: Host, script: Callable[[str], str]) -> None:
    """Two regions side by side, each sampled by itself and then joined."""
    title = "regional prompter"
    script(title)
    # On, no notes, columns of equal width, no base or common prompts, by latents, no LoRA's ratios, no mask.
    modes = ["Matrix", "Columns", "Mask", "Prompt"]
    company = [True, False, *modes, "1,1", "0.2", *[False] * 3, "Latent", [], "0", "0", "0", None, "0", "0", False]
    asked = {"width": 128, "height": 128, "prompt": "a cat BREAK a dog"}
    before = host.generate(**asked)
    relit = host.generate(RELIT, company={title: company}, **asked)
    plain = host.generate(company={title: company}, **asked)
    other = {**RELIT, "foreground": samples.b64(samples.background())}
    assert not same(plain, before), "it had no effect"
    assert samples.psnr(relit[0], plain[0]) < 45, "it was not relit"
    assert samples.psnr(relit[0], host.generate(other, company={title: company}, **asked)[0]) < 45
    assert same(host.generate(**asked), before)
