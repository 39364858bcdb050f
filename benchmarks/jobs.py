"""What many pictures take: by one process, by one for each core, and by a Ray cluster of two nodes.

``python benchmarks/jobs.py [--count 200] [--side 512]``; the pictures are the README's photograph, shifted, and the
engine is the one without a model, matting included. The results of all ways are compared byte by byte.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from lib_iclight.standalone.executors import count_cores

ROOT = Path(__file__).parents[1]
COMMAND = """
import resource, sys
from lib_iclight.standalone.cli import main
code = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(code)
"""


def write_photos(folder: Path, count: int, side: int) -> None:
    with Image.open(ROOT / "docs" / "astronaut.jpg") as photo:
        pixels = np.asarray(photo.convert("RGB").resize((side, side), Image.Resampling.LANCZOS))
    folder.mkdir()
    for number in range(count):
        Image.fromarray(np.roll(pixels, number, axis=1)).save(folder / f"{number:04}.jpg", quality=92)


def run(folder: Path, out: Path, *flags: str) -> tuple[float, float]:
    """Seconds of a command from start to end, and the most megabytes of its own process."""
    start = time.perf_counter()
    asked = ["relight", str(folder), "-o", str(out), "--engine", "classic", "--light", "left", *flags]
    done = subprocess.run([sys.executable, "-c", COMMAND, *asked], cwd=ROOT, check=True, capture_output=True, text=True)
    taken = time.perf_counter() - start
    most = re.search(r"(\d+)\s*$", done.stdout)
    return taken, int(most[1]) / 1024 if most else float("nan")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--side", type=int, default=512)
    given = parser.parse_args()
    cores = count_cores()
    load = os.getloadavg()[0]
    print(f"{cores} cores, load {load:.1f} before it began; {given.count} pictures of {given.side}x{given.side}.\n")
    print("| way | s | pictures a second | times one process | MB of the process that asked |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "in"
        write_photos(folder, given.count, given.side)
        ways = {"--jobs 1": ["--jobs", "1"], f"--jobs {cores}": ["--jobs", str(cores)]}
        first, expected = 0.0, {}
        for label, flags in ways.items():
            out = Path(name) / label.replace(" ", "")
            seconds, most = run(folder, out, *flags)
            first, expected = first or seconds, expected or contents(out)
            assert contents(out) == expected, label
            assert len(expected) == given.count
            rate, times = given.count / seconds, first / seconds
            print(f"| {label} | {seconds:.1f} | {rate:.2f} | {times:.2f} | {most:.0f} |", flush=True)


if __name__ == "__main__":
    main()
