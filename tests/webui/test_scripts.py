"""With a script chosen in the tab, which makes its result of the pictures that it is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.webui import samples
from tests.webui.host import Host
from tests.webui.samples import same
from tests.webui.wanted import RELIT

SIZE = {"width": 64, "height": 64, "steps": 1}
PICTURE = samples.subject(112, 112)
TILES = {
    **SIZE,
    "script_name": "SD upscale",
    "init_images": [samples.b64(PICTURE)],
    "denoising_strength": 0.9,
}
MATRIX = {
    **SIZE,
    "prompt": "a cat portrait|at night",
    "script_name": "Prompt matrix",
    # At the start, different seeds, prompt, delimiter, margin.
    "script_args": [False, False, "positive", "comma", 0],
}


def _needs(host: Host, tab: str, name: str) -> None:
    if name.lower() not in host.get("/sdapi/v1/scripts").json()[tab]:
        pytest.skip(f"this host has no {name}")


def _tiles(host: Host) -> dict[str, Any]:
    """What SD upscale is asked for: overlap, no upscaler, scale; hosts have a note before them, or more after."""
    _needs(host, "img2img", "SD upscale")
    info = host.get("/sdapi/v1/script-info").json()
    labels = next([a["label"] for a in s["args"]] for s in info if s["name"] == "sd upscale" and s["is_img2img"])
    before = next(at for at, label in enumerate(labels) if "overlap" in label.lower())
    return {**TILES, "script_args": [*[""] * before, 16, "None", 2, *[False] * (len(labels) - before - 3)]}


def test_tiles_are_each_a_part_of_the_subject(host: Host) -> None:
    tiles = _tiles(host)

    def generate(args: dict[str, Any] | None) -> np.ndarray:
        picture = host.generate(args, "img2img", **tiles)[0]
        assert picture.shape[:2] == (112, 112)
        # reForge lays tiles out on a canvas with transparency.
        return picture[..., :3].astype(int)

    first, second = [generate({"matting": "none", "append_images": on}) for on in (True, False)]
    # A host samples the posterior of its own img2img picture: its plain tiles repeat themselves to one level.
    assert np.abs(first - second).max() <= 1, "what is appended is no tile"
    assert samples.psnr(first, generate(None)) < 45


@pytest.mark.parametrize(
    "args",
    [
        RELIT,
        {"light": "left", "matting": "none"},
        {"model": "fbc", "background": samples.b64(samples.background()), "matting": "none"},
        {"foreground_mask": samples.b64(samples.mask())},
    ],
    ids=["subject", "light", "background", "mask"],
)
def test_tiles_are_refused_where_a_part_would_have_to_be_known(host: Host, args: dict[str, Any]) -> None:
    tiles = _tiles(host)
    before = host.generate(**SIZE)
    answer = host.ask(args, "img2img", **tiles)
    assert answer.status_code == 422, answer.text[:2000]
    assert "tiles" in answer.json()["detail"]
    assert same(host.generate(**SIZE), before)


def test_a_script_that_adds_up_results_gets_results_alone(host: Host) -> None:
    _needs(host, "txt2img", "Prompt matrix")
    found = [host.generate({**RELIT, "append_images": on}, **MATRIX) for on in (True, False)]
    count = len(found[1])
    assert count == 3, "a grid and two pictures"
    assert same(found[0][:count], found[1])


@pytest.mark.slow
def test_a_part_of_the_picture_sees_its_part_of_the_subject(host: Host) -> None:
    """Inpainting the masked area only, which is also how some scripts make tiles."""
    mask = np.zeros((128, 128), np.uint8)
    mask[64:, :64] = 255
    asked = {
        **SIZE,
        "init_images": [samples.b64(samples.background(128, 128))],
        "mask": samples.b64(mask),
        "mask_blur": 0,
        "inpaint_full_res": True,
        "inpaint_full_res_padding": 0,
        "inpainting_fill": 1,
        "denoising_strength": 0.9,
    }
    subject = samples.subject(128, 128)
    elsewhere, inside = subject.copy(), subject.copy()
    elsewhere[:64] = 255 - elsewhere[:64]
    inside[64:, :64] = 255 - inside[64:, :64]

    def relit(foreground: np.ndarray) -> np.ndarray:
        args = {"foreground": samples.b64(foreground), "matting": "none"}
        return host.generate(args, "img2img", **asked)[0][64:, :64].astype(int)

    first = relit(subject)
    # Of its own picture img2img samples the posterior.
    assert np.abs(relit(elsewhere) - first).max() <= 1
    assert np.abs(relit(inside) - first).max() > 1
