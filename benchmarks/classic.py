"""What the classic engine costs: preparing a picture once, and each light after that.

python benchmarks/classic.py
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from lib_iclight import images, painting
from lib_iclight.standalone.job import Job
from lib_iclight.standalone.service import Service

PHOTO = Path(__file__).parents[1] / "docs" / "astronaut.jpg"
SIDES = (512, 2048)
ROUNDS = 9


def median(work: Callable[[int], object]) -> float:
    """Milliseconds."""
    times = []
    for n in range(ROUNDS):
        start = time.perf_counter()
        work(n)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def main() -> None:
    print(f"{os.cpu_count()} cores; medians of {ROUNDS}, in milliseconds.\n")
    print("| picture | preparation, once | a further light | from request to picture |")
    print("|---|---|---|---|")
    for side in SIDES:
        with Image.open(PHOTO) as photo:
            rgb = np.asarray(photo.convert("RGB").resize((side, side), Image.Resampling.LANCZOS))
        prepared = painting.prepare(rgb)
        given = images.to_base64(Image.fromarray(rgb))
        service = Service([], "classic")

        def generate(n: int, given: str = given, service: Service = service) -> object:
            args = {"foreground": given, "matting": "none", "light": "angle", "light_angle": 36.0 * n}
            return service.generate(Job([args]))

        def light(n: int, rgb: images.RGB = rgb, prepared: painting.Prepared = prepared) -> object:
            angle = np.deg2rad(36.0 * n)
            return painting.light(rgb, prepared, [painting.Lamp(painting.Direction(np.cos(angle), -np.sin(angle)))])

        generate(0)
        costs = (median(lambda n, rgb=rgb: painting.prepare(rgb)), median(light), median(generate))
        print(f"| {side}x{side} | " + " | ".join(f"{cost:.0f}" for cost in costs) + " |")


if __name__ == "__main__":
    main()
