"""What cutting out a subject costs, with each network at its full size: first, a new picture, the same picture again.

PYTHONPATH=. python benchmarks/matting.py [--onnx FILE ...]

Weights are random, as only their number counts. Times are of one picture of 1024x1024 in seconds; an ONNX file is run
where its name is known and onnxruntime is installed.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from lib_iclight import images
from lib_iclight.matting import isnet, rembg, rmbg, u2net
from lib_iclight.matting.nested_unet import NestedUNet
from lib_iclight.matting.prompt import Prompt, read_prompt
from lib_iclight.matting.sam import Selector
from lib_iclight.matting.weights import Family
from lib_iclight.models.pretrained import Pretrained
from lib_iclight.request.args import build
from lib_iclight.subject.prepare import Preparer
from tests.components.small_sam import make_processor, make_sam

SIDE = 1024
PHOTO = Path(__file__).parents[1] / "docs" / "astronaut.jpg"
FAMILIES = (u2net.GENERAL, isnet.GENERAL, rmbg.FAMILY)


def photos() -> list[images.RGB]:
    """The README's photograph, and it turned about: two pictures."""
    with Image.open(PHOTO) as opened:
        rgb = np.asarray(opened.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    return [rgb, np.ascontiguousarray(rgb[:, ::-1])]


def write_weights(family: Family, folder: Path) -> Path:
    """Random weights of a family, whose answer is nowhere the same."""
    torch.manual_seed(0)
    path = folder / f"{family.source.name}.safetensors"
    network = NestedUNet(family.plan)
    # U^2-Nets whose answer is sure of nothing are refused.
    fused = network.get_submodule("outconv" if family.plan.fused else "side1")
    fused.bias.data.fill_(5.0)
    save_file(network.state_dict(), path)
    return path


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cut(name: str, file: Path | None) -> list[float]:
    """A picture with the network loaded, another, and that again."""
    preparer = Preparer(lambda: {name: file} if file else {}, lambda network: torch.device("cpu"))
    first, second = (build({"foreground": images.to_base64(Image.fromarray(rgb)), "matting": name}) for rgb in photos())
    return [seconds(lambda r=request: preparer.subject(r.foreground, r)) for request in (first, second, second)]  # type: ignore[misc]


def select(folder: Path) -> list[float]:
    make_sam().save_pretrained(folder)
    make_processor().image_processor.save_pretrained(folder)
    weights = folder / "model.safetensors"
    state = weights.stat()
    found = [Pretrained(folder, weights, state.st_size, state.st_mtime_ns, "")]
    selector = Selector(lambda: found, lambda network: torch.device("cpu"))
    first, second = photos()
    prompt: Prompt = read_prompt([[0.5, 0.5, True]])
    return [seconds(lambda rgb=rgb: selector.select(rgb, prompt)) for rgb in (first, second, second)]  # type: ignore[misc]


def measure(folder: Path, onnx: list[Path]) -> Iterator[tuple[str, list[float]]]:
    yield "U^2-Netp", cut("u2netp", None)
    for family in FAMILIES:
        yield family.label, cut(family.source.name, write_weights(family, folder))
    yield "Segment Anything, small, one point", select(folder / "sam")
    for path in onnx:
        known = next((network for network in rembg.NETWORKS if network.recognise({}, path.stem)), None)
        if known is None:
            raise SystemExit(f"{path.name}: no name of {', '.join(network.file for network in rembg.NETWORKS)}")
        yield known.label, cut(known.name, path)


def machine() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} cores{load}; torch {torch.__version__}, {platform.platform()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--onnx", type=Path, nargs="+", default=[], help="files by the names that rembg gives them")
    options = parser.parse_args()
    print(f"{machine()}; {SIDE}x{SIDE}, seconds\n")
    print("| network | first, with loading | another picture | the same again |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, times in measure(Path(folder), options.onnx):
            print(f"| {name} | {' | '.join(f'{time:.2f}' for time in times)} |", flush=True)


if __name__ == "__main__":
    main()
