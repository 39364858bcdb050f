"""What moving pictures costs alone: read, put into Ray's object store, fetched as results, written; nothing is made.

``python benchmarks/moving.py [--count 100] [--megabytes IN OUT]``; without sizes about those of a photo and its PNG at
512x512, at 2048x2048 and at 24 megapixels.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lib_iclight.standalone import batch, cluster
from lib_iclight.standalone.executors import count_cores
from lib_iclight.standalone.orders import CutOut, Order
from lib_iclight.standalone.remote import ServiceSettings
from lib_iclight.standalone.targets import Item
from lib_iclight.standalone.worker import Made, Task

SIZES = ((0.08, 0.36), (1.0, 6.0), (8.0, 36.0))
"""Megabytes of a photo in JPEG and of its result in PNG."""


class Mover:
    """Gives back so many bytes."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._bytes = np.random.default_rng(0).bytes(int(settings.checkpoint))

    def make_with(self, order: Order, tasks: Sequence[Task]) -> list[Made]:
        return [Made((self._bytes,))] * len(tasks)


def own_megabytes() -> float:
    found = re.search(r"RssAnon:\s*(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def move(folder: Path, count: int, size_in: float, size_out: float) -> tuple[float, float]:
    """Seconds from the first that is read to the last that is written, and the most megabytes of this process' own.

    What it maps of the object store, which other processes share, is not counted.
    """
    content = np.random.default_rng(1).bytes(int(size_in * 1e6))
    order = CutOut("", {})
    placed = []
    for number in range(count):
        photo = folder / f"{number}.jpg"
        photo.write_bytes(content)
        placed.append((Item(photo, lambda: order), (folder / "out" / f"{number}.png",)))
    settings = ServiceSettings((), "classic", str(int(size_out * 1e6)))
    pool = cluster.Cluster(settings)
    # The first wait is for workers to begin.
    while pool.size < count_cores():
        pool.wait()
    report, most = batch.Report(), 0.0

    def on_done(outcome: batch.Outcome) -> None:
        nonlocal most
        report.add(outcome)
        most = max(most, own_megabytes())

    start = time.perf_counter()
    batch.run(placed, True, lambda tasks: pool, on_done)
    taken = time.perf_counter() - start
    assert report.states["made"] == count, report
    return taken, most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--megabytes", type=float, nargs=2)
    given = parser.parse_args()
    cluster.RemoteWorker = Mover  # type: ignore[assignment,misc]
    print(f"{count_cores()} cores, load {os.getloadavg()[0]:.1f} before; {given.count} pictures each.\n")
    print("| photo, MB | result, MB | pictures a second | MB a second | own MB of the process that asks |")
    print("|---|---|---|---|---|")
    for size_in, size_out in [given.megabytes] if given.megabytes else SIZES:
        with tempfile.TemporaryDirectory() as name:
            seconds, most = move(Path(name), given.count, size_in, size_out)
        rate = given.count / seconds
        print(
            f"| {size_in:g} | {size_out:g} | {rate:.1f} | {rate * (size_in + size_out):.0f} | {most:.0f} |", flush=True
        )


if __name__ == "__main__":
    main()
