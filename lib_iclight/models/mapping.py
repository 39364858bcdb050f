"""Files of weights mapped into memory: one map a file for as long as anything uses a tensor of it, whoever does.

Where private maps count as committed memory, a second map of the same file costs as much as the file is long. Hosts
keep tensors in patchers that they let go late, so that what is kept here is no measure of what is mapped.
"""

from __future__ import annotations

import mmap
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    import torch

Identity = tuple[Path, int, int]
"""What a file is while it is unchanged: its path, its size in bytes, when it was changed in nanoseconds."""


class MappedFiles:
    """Maps safetensors files, each once while a tensor of it lives."""

    def __init__(self) -> None:
        self._maps: WeakValueDictionary[Identity, mmap.mmap] = WeakValueDictionary()
        self._lock = threading.Lock()

    def tensors(self, identity: Identity, header: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """The tensors of a file, in its own float types.

        :param header: the checked one of ``library.read_header``, of F32, F16 and BF16 alone.
        """
        import torch

        dtypes = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
        with self._lock:
            mapped = self._maps.get(identity)
            if mapped is None:
                mapped = self._maps[identity] = _open(identity[0])
        start = 8 + int.from_bytes(mapped[:8], "little")
        return {
            name: torch.frombuffer(
                mapped,
                dtype=dtypes[entry["dtype"]],
                offset=start + entry["data_offsets"][0],
                count=(entry["data_offsets"][1] - entry["data_offsets"][0]) // dtypes[entry["dtype"]].itemsize,
            ).view(entry["shape"])
            for name, entry in header.items()
        }


def _open(path: Path) -> mmap.mmap:
    with path.open("rb") as stream:
        # What is written there stays with this process; torch warns of memory that cannot be written.
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY)
