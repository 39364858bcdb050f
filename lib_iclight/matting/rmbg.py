"""RMBG-1.4 (briaai/RMBG-1.4, non-commercial licence): IS-Net, fed as IC-Light's authors feed it."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.matting import isnet_plan
from lib_iclight.matting.base import Matting, Place, float32
from lib_iclight.models.library import FileKind
from lib_iclight.models.sources import Source

if TYPE_CHECKING:
    import torch

    from lib_iclight.matting.isnet import ISNet

SOURCE = Source(
    name="rmbg-1.4",
    repository="briaai/RMBG-1.4",
    file="model.safetensors",
    target="RMBG-1.4.safetensors",
    size=4 * sum(map(math.prod, isnet_plan.shapes().values())),
    licence="non-commercial use only",
)

REPLACE = f"put {SOURCE.file} from {SOURCE.page} in its place"


def is_rmbg(keys_to_shapes: Mapping[str, Sequence[int]]) -> bool:
    """Whether a safetensors header with these keys and shapes is that of RMBG-1.4."""
    expected = isnet_plan.shapes()
    given = {key: tuple(shape) for key, shape in keys_to_shapes.items()}
    counters = {key: () for key in expected if key.endswith(f".{isnet_plan.COUNTER}")}
    return {**counters, **given} == expected


def working_size(width: int, height: int) -> tuple[int, int]:
    """The width and height at which the network sees a picture: multiples of 64, about 1024 x 1024 in all."""
    k: float = (256 / (width * height)) ** 0.5
    return 64 * max(1, round(width * k)), 64 * max(1, round(height * k))


def alpha(rgb: NDArray[np.uint8], path: Path, place: Place | None = None) -> NDArray[np.float32]:
    """Tell the subject from the background (``gradio_demo.py``, ``run_rmbg``).

    :param rgb: uint8 [H, W, 3], sRGB.
    :param path: the file of weights; read once for as long as it stays the same.
    :param place: where the network is to run; without, on the CPU.
    :returns: float32 [H, W] in 0..1.
    :raises ICLightError: where the file cannot be read, or is another model's.
    """
    import torch

    height, width = rgb.shape[:2]
    network = _network(path)
    device = (place or _on_cpu)(network)
    resized = Image.fromarray(rgb).resize(working_size(width, height), Image.Resampling.LANCZOS)
    with torch.inference_mode(), float32(device):
        # A batch first, its axes moved then: torch picks kernels by the layout in memory, here the authors'.
        feed = torch.from_numpy(np.array(resized)[None]).float() / 127.0 - 1.0
        answer = network(feed.movedim(-1, 1).to(device))
        answer = torch.nn.functional.interpolate(answer, size=(height, width), mode="bilinear")
        result: NDArray[np.float32] = answer[0, 0].cpu().numpy()
    return result.clip(0, 1)


def _on_cpu(network: torch.nn.Module) -> torch.device:
    network.to("cpu")
    return next(network.parameters()).device


_lock = threading.Lock()
_kept: tuple[tuple[str, int, int], ISNet] | None = None


def _network(path: Path) -> ISNet:
    """The network with the weights of a file; the last one is kept while its file stays the same."""
    global _kept
    try:
        stat = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    identity = str(path.resolve()), stat.st_size, stat.st_mtime_ns
    with _lock:
        if _kept is None or _kept[0] != identity:
            _kept = None
            _kept = identity, _read(path)
        return _kept[1]


def _read(path: Path) -> ISNet:
    import torch
    from safetensors import SafetensorError, safe_open

    from lib_iclight.matting.isnet import ISNet

    log.count("read")
    # Hosts call under inference_mode, and what is made there cannot be moved outside it.
    with torch.inference_mode(False), torch.no_grad():
        # On "meta" nothing is drawn from the random stream, which a generation may depend on.
        with torch.device("meta"):
            network = ISNet()
        try:
            with safe_open(path, framework="pt") as file:
                if not is_rmbg({key: file.get_slice(key).get_shape() for key in file.keys()}):  # noqa: SIM118
                    raise ICLightError(
                        ErrorCode.MATTING_MODEL_UNUSABLE,
                        f"{path.name} does not hold the weights of RMBG-1.4: {REPLACE}.",
                    )
                # Copied, not mapped, so that the file can be replaced while the WebUI runs.
                network.to_empty(device="cpu")
                # Torch sets counters that a file lacks by itself, and names whatever else does not match.
                network.load_state_dict({key: file.get_tensor(key) for key in file.keys()})  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise _unreadable(path, error) from error
    return network.eval().requires_grad_(False)


def _unreadable(path: Path, error: Exception) -> ICLightError:
    return ICLightError(ErrorCode.MATTING_MODEL_UNUSABLE, f"{path.name} cannot be read ({error}): {REPLACE}.")


def _run(rgb: NDArray[np.uint8], path: Path | None, place: Place | None) -> NDArray[np.float32]:
    if path is None:
        raise MATTING.missing()
    return alpha(rgb, path, place)


MATTING = Matting(
    name=SOURCE.name,
    label="RMBG-1.4",
    file=FileKind(SOURCE, is_rmbg),
    licence=SOURCE.licence,
    run=_run,
)
