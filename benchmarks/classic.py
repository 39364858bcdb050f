"""What light without a model costs, in either shading: preparing a picture once, each light after that, and all of it.

python benchmarks/classic.py
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lib_iclight import images
from lib_iclight.request.args import build
from lib_iclight.shading import PREPARE, Picture, Working, lighting_of
from lib_iclight.standalone.job import Job
from lib_iclight.standalone.service import Service

ROOT = Path(__file__).parents[1]
PHOTO = ROOT / "docs" / "astronaut.jpg"
SIZES = ((512, 512), (2048, 2048), (6000, 4000))
ROUNDS = 9
FEW = 3
"""Rounds where one takes seconds."""

LAMPS = "side angle 180 color #ffb35c + side color #4060ff + point x 0.3 y 0.2 + point x 0.7 y 0.8 depth -1"

COMMAND = """
import re, sys
from lib_iclight.standalone.cli import main
code = main(sys.argv[1:])
if sys.platform == "linux":
    print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
sys.exit(code)
"""
"""The program, and then the most memory that it had."""


def median(work: Callable[[int], object], rounds: int = ROUNDS) -> float:
    """Milliseconds."""
    times = []
    for n in range(rounds):
        start = time.perf_counter()
        work(n)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def photo(width: int, height: int) -> images.RGB:
    with Image.open(PHOTO) as opened:
        return np.asarray(opened.convert("RGB").resize((width, height), Image.Resampling.LANCZOS))


def measure(width: int, height: int, shading: str) -> list[float]:
    """Preparation, a further light at the picture's own size, and all that a request takes, its PNG left out."""
    rgb = photo(width, height)
    small = images.at_working_size(rgb)
    working = Working(small, images.opaque(small), small)
    prepared, service = PREPARE[shading](working), Service([], "classic")
    picture, given = Picture(rgb, images.opaque(rgb), rgb), images.to_base64(Image.fromarray(rgb))
    rounds = ROUNDS if width * height < 10_000_000 else FEW

    def options(n: int) -> dict[str, Any]:
        return {"shading": shading, "light": "angle", "light_angle": 36.0 * n}

    def generate(n: int) -> object:
        return service.generate(Job([{"foreground": given, "matting": "none", **options(n)}]))

    generate(0)
    return [
        median(lambda n: PREPARE[shading](working)),
        median(lambda n: prepared.relight(picture, lighting_of(build(options(n)))), rounds),
        median(generate, rounds),
    ]


def frame(shading: str) -> float:
    """A picture for the page in the light of four lamps, where the server draws; without its JPEG."""
    with Image.open(PHOTO) as opened:
        request = build({"foreground": images.to_base64(opened), "matting": "none"})
    _, picture = Service([], "classic").live.open(request, nullcontext())
    lighting = lighting_of(build({"lamps": LAMPS, "shading": shading}))
    return median(lambda n: picture.relight(lighting))


def command(shading: str, width: int, height: int) -> tuple[float, float]:
    """Seconds and megabytes of the command line, from nothing to a file."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "photo.jpg", Path(folder) / "result.png"
        Image.fromarray(photo(width, height)).save(source, quality=95)
        asked = ["relight", str(source), "-o", str(result), "--engine", "classic", "--light", "left"]
        start = time.perf_counter()
        run = subprocess.run(
            [sys.executable, "-c", COMMAND, *asked, "--shading", shading],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        taken = time.perf_counter() - start
    most = re.search(r"(\d+)\s*$", run.stdout)
    return taken, int(most[1]) / 1024 if most else float("nan")


def main() -> None:
    print(f"{os.cpu_count()} cores; medians, in milliseconds.\n")
    print("| picture | shading | preparation, once | a further light | from request to picture |")
    print("|---|---|---|---|---|")
    for width, height in SIZES:
        for shading in PREPARE:
            costs = measure(width, height, shading)
            print(f"| {width}x{height} | {shading} | " + " | ".join(f"{cost:.0f}" for cost in costs) + " |")
    print("\n| shading | a frame of four lamps at 512x512 | command, 512x512: s, MB | command, 6000x4000: s, MB |")
    print("|---|---|---|---|")
    for shading in PREPARE:
        told = [f"{seconds:.1f}, {most:.0f}" for seconds, most in (command(shading, *SIZES[n]) for n in (0, -1))]
        print(f"| {shading} | {frame(shading):.0f} ms | " + " | ".join(told) + " |")


if __name__ == "__main__":
    main()
