"""The program without a WebUI makes the WebUI's picture of the same request."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.webui import samples
from tests.webui.conftest import Models
from tests.webui.host import EXTENSION, Host
from tests.webui.wanted import RELIT

logger = logging.getLogger(__name__)

ASKED = {"prompt": "a cat portrait", "negative_prompt": "bad dog", "seed": 1, "steps": 4, "cfg_scale": 2}
SIZE = {"width": 256, "height": 256}


@pytest.mark.slow
def test_the_same_picture(host: Host, models: Models, tmp_path: Path) -> None:
    folder, photo, out = tmp_path / "models", tmp_path / "photo.png", tmp_path / "relit.png"
    folder.mkdir()
    for source in (models.checkpoint, models.file("fc")):
        (folder / source.name).symlink_to(source)
    Image.fromarray(samples.subject()).save(photo)
    flags = {**ASKED, **SIZE, "sampler": "Euler", "scheduler": "Automatic", "light": "left", "matting": "none"}
    named = [part for name, value in flags.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    command = ["relight", str(photo), "-o", str(out), "--engine", "diffusion", "--models-path", str(folder), *named]
    subprocess.run([sys.executable, "-m", "lib_iclight", *command], cwd=EXTENSION, check=True)
    with Image.open(out) as relit:
        (theirs,) = host.generate(RELIT, **ASKED, **SIZE)
        decibels = samples.psnr(np.asarray(relit), theirs)
    logger.info("%.1f dB", decibels)
    assert decibels >= 60
