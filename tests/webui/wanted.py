"""What most tests of the ring ask for."""

from __future__ import annotations

from tests.webui import samples
from tests.webui.host import SMALL

SAME = {
    "prompt": SMALL["prompt"],
    "negative": SMALL["negative_prompt"],
    "seed": SMALL["seed"],
    "cfg": SMALL["cfg_scale"],
}
"""What ``SMALL`` says to the host, for the reference."""

RELIT = {"foreground": samples.b64(samples.subject()), "light": "left", "matting": "none"}
BACKGROUND = {
    "model": "fbc",
    "foreground": samples.b64(samples.subject()),
    "background": samples.b64(samples.background()),
    "matting": "none",
}
# Every host has the upscaler None, which is Lanczos where nothing else follows.
HIRES = {
    "enable_hr": True,
    "hr_scale": 1.5,
    "hr_upscaler": "None",
    "hr_second_pass_steps": 1,
    "denoising_strength": 0.5,
}
