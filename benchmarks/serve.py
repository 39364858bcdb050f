"""The program as a service under many clients: none lost, none failed, its memory, and how long a request takes.

python benchmarks/serve.py [REQUESTS [CLIENTS [QUEUE [SIDE]]]] [--ray]
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import platform
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import requests
from PIL import Image

from lib_iclight.cache import CACHED_BYTES, MEGABYTE
from tests.standalone.served import Served, serving

REQUESTS, CLIENTS, QUEUE, SIDE = 2000, 64, 32, 256
RELIGHT = "/sdapi/v1/txt2img"
MOST_BESIDE = 300 * MEGABYTE
"""What the process may have beside what it keeps."""


def picture(number: int, side: int) -> str:
    """A picture in base64 like no other's: its blocks have colours of their own."""
    blocks = np.random.default_rng(number).integers(0, 255, (8, 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(blocks).resize((side, side), Image.Resampling.BICUBIC).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def ask(served: Served, number: int, side: int) -> tuple[Counter[int], float, float]:
    """One request until it is taken: its statuses, the seconds of the last try, and of all with the time between."""
    options = {"foreground": picture(number, side), "matting": "none", "light": "left"}
    body = {"width": side, "height": side, "alwayson_scripts": {"IC-Light": {"args": [options]}}}
    statuses: Counter[int] = Counter()
    first = time.perf_counter()
    while True:
        begun = time.perf_counter()
        answer = requests.post(served.url + RELIGHT, json=body, timeout=600)
        statuses[answer.status_code] += 1
        if answer.status_code != 429:
            if answer.status_code == 200:
                assert answer.json()["images"]
            return statuses, time.perf_counter() - begun, time.perf_counter() - first
        time.sleep(int(answer.headers["Retry-After"]))


def watch(served: Served, ended: threading.Event, most: list[int]) -> None:
    while not ended.wait(0.2):
        most.append(served.memory)


def told(name: str, seconds: list[float]) -> str:
    found = np.percentile(seconds, (50, 95, 99))
    return f"{name}: " + ", ".join(f"p{at} {second:.2f} s" for at, second in zip((50, 95, 99), found))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name, value in (("requests", REQUESTS), ("clients", CLIENTS), ("queue", QUEUE), ("side", SIDE)):
        parser.add_argument(name, type=int, nargs="?", default=value)
    parser.add_argument("--ray", action="store_true", help="with the workers of a Ray cluster on this machine")
    return parser.parse_args()


def main() -> None:
    given = parse()
    count, clients, queue, side = given.requests, given.clients, given.queue, given.side
    more = ["--ray"] if given.ray else []
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}")
    with serving("--queue", str(queue), *more) as served, ThreadPoolExecutor(clients) as pool:
        workers = os.cpu_count() if given.ray else 1
        while requests.get(f"{served.url}/ic-light/health", timeout=60).json().get("workers") != workers:
            time.sleep(0.1)
        before, most, ended = served.memory, [served.memory], threading.Event()
        watching = threading.Thread(target=watch, args=(served, ended, most))
        watching.start()
        start = time.perf_counter()
        try:
            answers = [*pool.map(lambda number: ask(served, number, side), range(count))]
        finally:
            ended.set()
            watching.join()
        taken = time.perf_counter() - start
    statuses = sum((statuses for statuses, _, _ in answers), Counter())
    rate = count / taken
    print(f"{count} requests of {side}x{side}, {clients} clients, --queue {queue}, {' '.join(more) or 'no --ray'}")
    print(f"{workers} workers: {taken:.0f} s, {rate:.1f} a second")
    print("statuses:", dict(sorted(statuses.items())))
    print(told("of those taken", [seconds for _, seconds, _ in answers]))
    print(told("with asking again", [seconds for _, _, seconds in answers]))
    print(f"memory: {before / MEGABYTE:.0f} MB before, at most {max(most) / MEGABYTE:.0f} MB")
    allowed = CACHED_BYTES + MOST_BESIDE
    print(f"allowed: {allowed / MEGABYTE:.0f} MB")
    if statuses[200] != count or any(status >= 500 for status in statuses) or max(most) > allowed:
        sys.exit("It is not as it must be.")


if __name__ == "__main__":
    main()
