"""What a relit generation costs beside a plain one, on a WebUI that is running.

    python benchmarks/bench.py http://127.0.0.1:7860 --pid PID

Plain and relit generations in turn, so that whatever else the machine does falls on both. Needs psutil and requests.
"""

from __future__ import annotations

import argparse
import base64
import os
import platform
import statistics
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

LIMIT = 3600.0
COUNTS = ("read", "decode", "matting", "encode", "merge")


def png(width: int, height: int, colour: Callable[[int, int], tuple[int, int, int]]) -> str:
    """A picture in base64, 8-bit RGB, by the colour of each pixel."""
    rows = b"".join(b"\0" + bytes(c for x in range(width) for c in colour(x, y)) for y in range(height))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    packed = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(packed)).decode()


SUBJECT = png(320, 400, lambda x, y: (x * 255 // 320, y * 255 // 400, (x ^ y) & 255))
BACKGROUND = png(300, 256, lambda x, y: (200 * x // 300, 128, 255 - 200 * x // 300))
HIRES = {
    "enable_hr": True,
    "hr_scale": 1.5,
    "hr_upscaler": "Lanczos",
    "denoising_strength": 0.5,
    "hr_additional_modules": ["Use same choices"],
}
RELIT: dict[str, dict[str, Any]] = {
    "fc": {"model": "fc"},
    "fc-left": {"model": "fc", "light": "left"},
    "fbc": {"model": "fbc", "background": BACKGROUND},
}


@dataclass(frozen=True)
class Cost:
    """Of one generation: CPU and wall seconds, peak resident bytes."""

    cpu: float
    wall: float
    peak: int


@dataclass
class Row:
    """The generations of one kind, and what the extension did in each."""

    name: str
    plain: str
    costs: list[Cost] = field(default_factory=list)
    work: list[dict[str, int]] = field(default_factory=list)


class Meter:
    """Measures a process with its children.

    Where the kernel lets the peak be reset (Linux, the process' own user), it is that of one generation; else that
    since the process' start.
    """

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)

    def _all(self) -> Iterator[psutil.Process]:
        yield self._root
        yield from self._root.children(recursive=True)

    def _cpu(self) -> float:
        return sum(t.user + t.system for t in (process.cpu_times() for process in self._all()))

    def _peak(self) -> int:
        total = 0
        for process in self._all():
            try:
                status = Path(f"/proc/{process.pid}/status").read_text("ascii", "replace")
                total += next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM"))
            except (OSError, StopIteration):
                memory = process.memory_info()
                total += getattr(memory, "peak_wset", memory.rss)
        return total

    def _reset_peak(self) -> None:
        for process in self._all():
            try:
                Path(f"/proc/{process.pid}/clear_refs").write_text("5", "ascii")
            except OSError:
                continue

    def measure(self, work: Callable[[], object]) -> Cost:
        self._reset_peak()
        cpu, wall = self._cpu(), time.perf_counter()
        work()
        return Cost(self._cpu() - cpu, time.perf_counter() - wall, self._peak())


class Bench:
    """Generations on one WebUI."""

    def __init__(self, url: str, meter: Meter, body: dict[str, Any]) -> None:
        self._url = url.rstrip("/")
        self._meter = meter
        self._body = body

    def version(self) -> dict[str, Any]:
        return self._checked(requests.get(f"{self._url}/ic-light/version", timeout=LIMIT)).json()

    def generate(self, row: Row, changes: dict[str, Any], args: dict[str, Any] | None) -> None:
        """One generation, measured into its row."""
        body = {**self._body, **changes}
        if args is not None:
            body["alwayson_scripts"] = {"IC-Light": {"args": [{"foreground": SUBJECT, "matting": "none", **args}]}}
        before = self.version()["counts"]
        url = f"{self._url}/sdapi/v1/txt2img"
        row.costs.append(self._meter.measure(lambda: self._checked(requests.post(url, json=body, timeout=LIMIT))))
        after = self.version()["counts"]
        row.work.append({name: after.get(name, 0) - before.get(name, 0) for name in COUNTS})

    @staticmethod
    def _checked(answer: requests.Response) -> requests.Response:
        if not answer.ok:
            raise SystemExit(f"{answer.url} answered {answer.status_code}: {answer.text[:500]}")
        return answer


def measure(bench: Bench, rounds: int, kinds: list[str], hires: bool) -> list[Row]:
    """Rounds of one plain generation and two of each kind, at the first size and with Hires. fix.

    The first of the two follows another kind, so that the weights have to change; the second finds all in place.
    """
    rows = []
    for suffix, changes in (("", {}), (" + hires", HIRES))[: 1 + hires]:
        plain = Row(f"plain{suffix}", f"plain{suffix}")
        relit = {kind: [Row(kind + suffix + which, plain.name) for which in ("", ", again")] for kind in kinds}
        # The first generation of all loads the checkpoint: not the extension's cost, so not counted.
        bench.generate(Row("", ""), changes, None)
        for _ in range(rounds):
            bench.generate(plain, changes, None)
            for kind, pair in relit.items():
                for row in pair:
                    bench.generate(row, changes, RELIT[kind])
        rows += [plain, *(row for pair in relit.values() for row in pair)]
    return rows


def _median(costs: list[Cost], what: str) -> float:
    return statistics.median(getattr(cost, what) for cost in costs)


def table(rows: list[Row]) -> str:
    """Markdown: the first generation of each row, the median of the others, and their ratios to plain ones."""
    head = (
        "| generation | CPU s, first | CPU s | ratio | wall s | ratio | peak GB, first | peak GB "
        "| work, first | work, last |"
    )
    lines = [head, "|" + "---|" * (head.count("|") - 1)]
    warm = {row.name: row.costs[1:] or row.costs for row in rows}
    for row in rows:
        own, plain = warm[row.name], warm[row.plain]
        cpu, wall = (_median(own, what) for what in ("cpu", "wall"))
        cells = (
            row.name,
            f"{row.costs[0].cpu:.1f}",
            f"{cpu:.1f}",
            f"{cpu / _median(plain, 'cpu'):.2f}",
            f"{wall:.1f}",
            f"{wall / _median(plain, 'wall'):.2f}",
            f"{row.costs[0].peak / 1e9:.2f}",
            f"{_median(own, 'peak') / 1e9:.2f}",
            *(
                ", ".join(f"{n} {name}" for name, n in work.items() if n) or "none"
                for work in (row.work[0], row.work[-1])
            ),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def machine() -> str:
    """The processor's name, the cores and the system."""
    name = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = name or platform.machine()
    memory = psutil.virtual_memory().total / 1e9
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.platform()}"


def allocator(pid: int) -> str:
    """What hands a process its memory: the hosts' start scripts for Linux preload TCMalloc where it is installed."""
    try:
        mapped = Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")
    except OSError:
        return "allocator unknown"
    return next((name for name in ("tcmalloc", "jemalloc", "mimalloc") if name in mapped), "the system's allocator")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="the address of a WebUI with --api")
    parser.add_argument("--pid", type=int, required=True, help="the WebUI's process, on this machine")
    parser.add_argument("--rounds", type=int, default=4, help="generations of each kind; the first is the cold one")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--kinds", nargs="+", choices=tuple(RELIT), default=list(RELIT))
    parser.add_argument("--hires", action="store_true", help="with Hires. fix too")
    options = parser.parse_args()
    body = {
        "prompt": "a cat portrait",
        "negative_prompt": "bad dog",
        "seed": 1,
        "steps": options.steps,
        "cfg_scale": 2,
        "width": options.size,
        "height": options.size,
        "sampler_name": "Euler",
        "scheduler": "Automatic",
        "hr_cfg": 2,
    }
    bench = Bench(options.url, Meter(options.pid), body)
    version = bench.version()
    rows = measure(bench, options.rounds, options.kinds, options.hires)
    print(f"{machine()}, {allocator(options.pid)};")
    print(f"{version['host']} {version['host_version']}, IC-Light {version['version']};")
    print(f"{options.size}x{options.size}, {options.steps} steps, CFG 2, Euler; {options.rounds} rounds in turn.\n")
    print(table(rows))


if __name__ == "__main__":
    main()
