"""The extension's logger and its counters: what was done, and how often."""

from __future__ import annotations

import collections
import logging
import threading

logger = logging.getLogger("ic-light")

COSTLY = ("read", "decode", "matting", "encode", "merge", "prepare", "despill", "panorama")
"""What is counted: model files read, pictures decoded, subjects cut out, pictures encoded, weights merged, pictures
prepared for lighting without a model, edges despilled, panoramas summed up."""

_lock = threading.Lock()
_counts: collections.Counter[str] = collections.Counter()


def count(what: str, times: int = 1) -> None:
    """Note costly work, one of ``COSTLY``."""
    with _lock:
        _counts[what] += times


def counts() -> dict[str, int]:
    """How often each kind of costly work was done since the start of the process."""
    with _lock:
        return dict(_counts)
