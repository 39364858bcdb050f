"""The published method, computed once more and independently: diffusers, transformers, float32, CPU.

Nothing of ``lib_iclight`` and nothing of a WebUI is imported here. Sources: the authors' demos
(lllyasviel/IC-Light, ``gradio_demo.py`` and ``gradio_demo_bg.py``) for what is conditioned on what; the
WebUI for what it does with sampler, noise and pixels.
"""

from __future__ import annotations

from tests.reference.models import Models, load, random_offset, tiny
from tests.reference.relight import Hires, img2img, plain, relight

__all__ = ["Hires", "Models", "img2img", "load", "plain", "random_offset", "relight", "tiny"]
