"""What many pictures take: by one process, by one for each core, by Ray on as many nodes, of which one is killed.

``python benchmarks/jobs.py [--count 200] [--side 512] [--ray]``; the pictures are the README's photograph, shifted,
and the engine is the one without a model, matting included. The results of all ways are compared byte by byte.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
FEW = 4
"""So much fewer pictures are made too, for comparison of memory."""


def write_photos(folder: Path, count: int, side: int) -> None:
    with Image.open(ROOT / "docs" / "astronaut.jpg") as photo:
        pixels = np.asarray(photo.convert("RGB").resize((side, side), Image.Resampling.LANCZOS))
    folder.mkdir()
    for number in range(count):
        Image.fromarray(np.roll(pixels, number, axis=1)).save(folder / f"{number:04}.jpg", quality=92)


def stay_on_one_core() -> None:
    """Leave this process one of its cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def run(folder: Path, out: Path, *flags: str, prepare: Callable[[], None] | None = None) -> tuple[float, float, float]:
    """Seconds of a command from start to end, those of processors, and the most megabytes of its own process.

    Those of processors are without Ray's workers, which are no children of the command. Where others are at work on the
    machine, they tell more.

    :param prepare: called in the command's process before it begins.
    """
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    asked = ["relight", str(folder), "-o", str(out), "--engine", "classic", "--light", "left", *flags]
    told: dict[str, Any] = {"cwd": ROOT, "check": True, "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-c", COMMAND, *asked], preexec_fn=prepare, **told)
    taken = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    most = re.search(r"(\d+)\s*$", done.stdout)
    return taken, used, int(most[1]) / 1024 if most else float("nan")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@contextmanager
def machines(count: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """A Ray cluster of nodes with a core each: its address, and what kills the last one."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    last: Any = None
    for _ in range(count - 1):
        last = cluster.add_node(num_cpus=1)
    try:
        yield cluster.address, lambda: cluster.remove_node(last, allow_graceful=False)
    finally:
        cluster.shutdown()


def at_half(out: Path, count: int, do: Callable[[], None]) -> threading.Thread:
    """Does something once half of the results are there."""

    def watch() -> None:
        while len(list(out.glob("[0-9]*.png"))) < count // 2:
            time.sleep(0.02)
        do()

    watching = threading.Thread(target=watch)
    watching.start()
    return watching


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--ray", action="store_true")
    given = parser.parse_args()
    cores, count = count_cores(), given.count
    print(f"{cores} cores, load {os.getloadavg()[0]:.1f} before; pictures of {given.side}x{given.side}.\n")
    print("| way | pictures | s | CPU s | pictures a second | times one core | MB of the process that asks |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder, few, rate = Path(name) / "in", Path(name) / "few", 0.0
        write_photos(folder, count, given.side)
        write_photos(few, count // FEW, given.side)
        expected: dict[str, bytes] = {}

        def show(
            label: str,
            source: Path,
            *flags: str,
            killing: Callable[[], None] | None = None,
            prepare: Callable[[], None] | None = None,
        ) -> None:
            nonlocal rate, expected
            out = Path(tempfile.mkdtemp(dir=name))
            watching = at_half(out, count, killing) if killing else None
            seconds, used, most = run(source, out, *flags, prepare=prepare)
            if watching:
                watching.join()
            made = contents(out)
            expected, rate = expected or made, rate or len(made) / seconds
            # A result tells by a digest from which path it was made.
            assert made == expected if source == folder else len(made) == count // FEW
            times = len(made) / seconds / rate
            speed = f"{seconds:.1f} | {used:.1f} | {len(made) / seconds:.2f} | {times:.2f}"
            print(f"| {label} | {len(made)} | {speed} | {most:.0f} |")
            sys.stdout.flush()

        show("one process on one core", folder, "--jobs", "1", prepare=stay_on_one_core)
        show("one process, whose libraries have all cores", folder, "--jobs", "1")
        show(f"{cores} processes", folder, "--jobs", str(cores))
        if given.ray:
            with machines(cores) as (address, kill):
                show(f"Ray, {cores} nodes of one core", few, "--ray", address)
                show(f"Ray, {cores} nodes of one core", folder, "--ray", address)
                show("Ray, one node killed half-way", folder, "--ray", address, killing=kill)


if __name__ == "__main__":
    main()
