"""A light stage in a real WebUI over HTTP: one batch, each picture in its own light."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from tests.webui import samples
from tests.webui.host import Host
from tests.webui.wanted import HIRES

SIDES = ("left", "top", "right", "bottom")
ARGS: dict[str, Any] = {
    "foreground": samples.b64(samples.subject()),
    "foreground_mask": samples.b64(samples.mask()),
}


# Between the passes hosts make 8-bit pictures, which a batch rounds here and there to another level.
@pytest.mark.parametrize(
    ("model", "more", "least"), [("fc", {}, 60), ("fbc", {}, 60), ("fc", HIRES, 50)], ids=["fc", "fbc", "hires"]
)
def test_one_batch_is_four_single_runs(
    host: Host, capsys: pytest.CaptureFixture[str], model: str, more: dict[str, Any], least: float
) -> None:
    args = {**ARGS, "model": model}
    singles = [host.generate({**args, "light": light}, **more)[0] for light in SIDES]
    start = time.perf_counter()
    singles = [host.generate({**args, "light": light}, **more)[0] for light in SIDES]
    middle = time.perf_counter()
    found = host.generate({**args, "stage": "directions"}, **more)
    end = time.perf_counter()
    nearest = min(map(samples.psnr, found, singles))
    with capsys.disabled():
        print(f"\n{model}: {nearest:.1f} dB; four runs {middle - start:.1f} s, one batch {end - middle:.1f} s")  # noqa: T201
    assert len(found) == 4
    assert nearest >= least


def test_img2img_and_what_comes_after(host: Host) -> None:
    photo = samples.b64(samples.subject())
    plain = host.generate()[0]
    args = {"foreground_mask": ARGS["foreground_mask"], "stage": "directions"}
    found = host.generate(args, "img2img", init_images=[photo], denoising_strength=0.9)
    single = host.generate(
        {"foreground_mask": ARGS["foreground_mask"], "light": "top"},
        "img2img",
        init_images=[photo],
        denoising_strength=0.9,
    )[0]
    assert samples.psnr(found[1], single) >= 60
    assert np.array_equal(host.generate()[0], plain)


def test_more_pictures_than_one_are_refused(host: Host) -> None:
    answer = host.ask({**ARGS, "stage": "directions"}, batch_size=2)
    assert answer.status_code == 422
    assert "stage" in answer.json()["detail"]
