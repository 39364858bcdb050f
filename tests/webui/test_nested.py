"""A generation inside another, as detailers run it: neither disturbs the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.webui import samples
from tests.webui.host import SMALL, Host
from tests.webui.wanted import RELIT

INSIDE = {
    **{
        key: SMALL[key]
        for key in ("prompt", "negative_prompt", "steps", "cfg_scale", "width", "height", "sampler_name")
    },
    "seed": 5,
    "denoising_strength": 0.6,
}


@pytest.mark.slow
@pytest.mark.parametrize("inner", [{"light": "right", "matting": "none"}, {"enabled": False}], ids=["relit", "plain"])
def test_nested(own_host: Host, inner: dict[str, Any]) -> None:
    alone = own_host.generate(RELIT, n_iter=2)
    expected = [
        own_host.generate(inner, "img2img", **{**INSIDE, "scheduler": "Automatic"}, init_images=[samples.b64(picture)])[
            0
        ]
        for picture in alone
    ]
    found = own_host.generate(RELIT, company={"Ring nested": [{"generation": INSIDE, "args": inner}]}, n_iter=2)
    assert len(found) == 2
    for ours, theirs in zip(found, expected, strict=True):
        # A host samples the posterior of its own img2img picture from whatever the requests before have left of the
        # random stream: its plain img2img repeats itself to one level.
        assert np.abs(ours.astype(int) - theirs).max() <= 1
