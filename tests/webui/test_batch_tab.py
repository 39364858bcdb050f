"""img2img's batch tab: a folder of pictures, one after the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.webui import samples
from tests.webui.host import SMALL, Host

ASKED = {key: SMALL[key] for key in ("prompt", "negative_prompt", "seed", "cfg_scale", "sampler_name")}


def test_a_picture_that_cannot_be_relit_does_not_end_the_batch(own_host: Host, tmp_path: Path) -> None:
    Image.fromarray(samples.subject(64, 64)).save(tmp_path / "1.png")
    # Nothing is left of it.
    Image.new("RGBA", (64, 64), (200, 90, 30, 0)).save(tmp_path / "2.png")
    Image.fromarray(samples.background(64, 64)).save(tmp_path / "3.png")
    # That it would have to be too large to cover the canvas is known only once that is.
    Image.new("RGB", (1, 24000), (90, 200, 30)).save(tmp_path / "4.png")
    generation = {**ASKED, "width": 64, "height": 64, "steps": 1, "denoising_strength": 0.9, "resize_mode": 1}
    args = {"light": "left", "matting": "none", "append_images": False}
    answer = own_host.post("/ring/batch", {"folder": str(tmp_path), "generation": generation, "args": args})
    assert answer.status_code == 200, answer.text[:2000]
    pictures = [samples.decoded(picture) for picture in answer.json()["images"]]
    assert len(pictures) == answer.json()["infotexts"] == 2
    # Neo makes it 0 wide before.
    for word in ("give a Mask", "x24000"):
        assert word in answer.json()["comments"], "the person is told"
    alone = [
        own_host.generate(args, "img2img", **generation, init_images=[samples.b64(picture)])[0]
        for picture in (samples.subject(64, 64), samples.background(64, 64))
    ]
    for picture, wanted in zip(pictures, alone, strict=True):
        assert np.abs(picture.astype(int) - wanted).max() <= 1
