"""How far a download is."""

from __future__ import annotations

from dataclasses import dataclass

RUNNING = ("asking", "fetching", "checking")


@dataclass(frozen=True)
class State:
    """How far a download is.

    :ivar name: that of the source; empty before the first download.
    :ivar phase: idle, asking, fetching, checking; at the end done, cancelled or failed.
    :ivar done: bytes that are there, those of an earlier try included.
    :ivar total: bytes of the whole file; 0 until the hub has said it.
    :ivar sentence: the same for a person.
    """

    name: str = ""
    phase: str = "idle"
    done: int = 0
    total: int = 0
    sentence: str = ""

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self.phase in RUNNING

    @property
    def share(self) -> float:
        """What is done of it, 0..1."""
        return self.done / self.total if self.total else 0.0
