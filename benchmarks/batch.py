"""What pictures that go through the UNet together take, and whether their bytes are those of pictures made alone.

``python benchmarks/batch.py MODELS [--side 256] [--steps 4] [--count 4]``; the folder holds a Stable Diffusion 1.5
checkpoint and IC-Light's fc. Seconds are of the sampling and of all else that a picture takes; the model is loaded
and merged before. First it is said which products of plain layers depend on the batch, of which the engine takes each
picture's apart.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from lib_iclight.standalone.job import Job, Result
from lib_iclight.standalone.service import Service

PHOTO = Path(__file__).parents[1] / "docs" / "astronaut.jpg"
ROWS = (1, 2, 3, 5, 7, 15, 16, 30, 32, 48, 77, 80, 154, 256)


def jobs(count: int, side: int, steps: int) -> list[Job]:
    """Each of another picture, prompt and seed."""
    with Image.open(PHOTO) as photo:
        pixels = np.asarray(photo.convert("RGB").resize((side, side)))
    made = []
    for number in range(count):
        file = io.BytesIO()
        Image.fromarray(np.roll(pixels, 16 * number, axis=1)).save(file, "PNG")
        args = {"foreground": base64.b64encode(file.getvalue()).decode(), "matting": "none", "light": "left"}
        asked: dict[str, Any] = {"width": side, "height": side, "steps": steps, "cfg_scale": 2.0}
        made.append(Job(args=[args], prompt=f"a portrait, {number}", negative_prompt="bad", seed=number, **asked))
    return made


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What comes of some work, its seconds, and those of processors."""
    begun, used = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - begun, time.process_time() - used


def decibels(one: bytes, other: bytes) -> float:
    """Peak signal-to-noise ratio of two pictures' bytes."""
    difference = np.frombuffer(one, np.uint8).astype(float) - np.frombuffer(other, np.uint8)
    return float(10 * np.log10(255**2 / np.mean(difference**2)))


def rounding_otherwise(count: int) -> list[int]:
    """Of how many rows a picture's part of a plain matrix product is not what it is alone, among those in ``ROWS``."""
    found = []
    for rows in ROWS:
        layer, pictures = torch.nn.Linear(768, 1280), torch.randn(count, 2, rows, 768)
        together = layer(pictures.flatten(0, 1)).unflatten(0, (count, 2))
        if not all(torch.equal(one, layer(alone)) for one, alone in zip(together, pictures)):
            found.append(rows)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--count", type=int, default=4)
    given = parser.parse_args()
    service = Service([given.models, *(path for path in given.models.iterdir() if path.is_dir())], "diffusion")
    with torch.inference_mode():
        print(f"Products of plain layers that round otherwise in a batch: of {rounding_otherwise(given.count)} rows.")
    asked = jobs(given.count, given.side, given.steps)
    service.generate_all(jobs(1, given.side, 1))
    print(f"{os.cpu_count()} cores, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f} before.")
    print(f"{given.count} pictures of {given.side}x{given.side}, {given.steps} steps, CFG 2.\n")
    alone, wall, used = timed(lambda: [service.generate(job) for job in asked])
    print(f"one by one: {wall:.1f} s, {used:.1f} s of processors; load {os.getloadavg()[0]:.1f}", flush=True)
    found, wall, used = timed(lambda: service.generate_all(asked))
    print(f"together: {wall:.1f} s, {used:.1f} s of processors; load {os.getloadavg()[0]:.1f}", flush=True)
    for one, other in zip(found, alone, strict=True):
        assert isinstance(one, Result), one
        pair = one.images[0].tobytes(), other.images[0].tobytes()
        print("the same bytes" if pair[0] == pair[1] else f"{decibels(*pair):.1f} dB")


if __name__ == "__main__":
    main()
