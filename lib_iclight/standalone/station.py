"""Everything that one process works with: engines, prepared pictures, settings, one job at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib_iclight import __version__
from lib_iclight.errors import ICLightError
from lib_iclight.hosts.base import Host, Unsupported
from lib_iclight.prepare import CACHED_BYTES
from lib_iclight.session import Workshop
from lib_iclight.standalone.classic import Classic
from lib_iclight.standalone.job import OWN, Engine, Job, Result
from lib_iclight.weights import Library

if TYPE_CHECKING:
    from collections.abc import Sequence

ENGINES = ("auto", "classic", "diffusion")


class Bare(Unsupported):
    """Stands where a WebUI would: no checkpoint, so nothing but the classic engine."""

    name = "standalone"
    version = __version__
    backend = "classic"

    def refuse(self, p: Any) -> None:
        raise ICLightError(
            "IC-Light: no Stable Diffusion 1.5 checkpoint is loaded: see `python -m lib_iclight models`."
        )


@dataclass(frozen=True)
class Settings:
    """What the WebUIs call options.

    :ivar checkpoint: the name of the checkpoint's file; empty for the first that is found.
    :ivar backdrop: see ``Job``.
    """

    checkpoint: str = ""
    backdrop: str = OWN


class Station:
    """One process at work.

    :param folders: where model files are, IC-Light's, matting models' and checkpoints.
    :param engine: auto, classic or diffusion. ``auto`` takes the diffusion engine where all that it needs is there.
    :param cached_bytes: how much is kept of prepared pictures, for each kind of them.
    :raises ICLightError: the diffusion engine is asked for and something that it needs is missing.
    """

    def __init__(self, folders: Sequence[Path], engine: str = "auto", cached_bytes: int = CACHED_BYTES) -> None:
        self.library = Library(lambda: folders)
        self.settings = Settings()
        self.lock = threading.RLock()
        self.missing = ""
        host: Host = Bare()
        if engine != "classic":
            self.missing = self._why_not_diffusion()
            if not self.missing:
                raise NotImplementedError
            if engine == "diffusion":
                raise ICLightError(f"IC-Light: the diffusion engine cannot run: {self.missing}.", 500)
        self.workshop = Workshop(host, self.library, cached_bytes)
        self.classic = Classic(self.workshop.preparer, cached_bytes)
        self.engine: Engine = self.classic

    def _why_not_diffusion(self) -> str:
        """What the diffusion engine lacks; empty where it can run."""
        return "not built yet"

    def generate(self, job: Job, progress: Callable[[float], None] = lambda share: None) -> Result:
        """Do one job, after those that wait already."""
        with self.lock:
            return self.engine.generate(job, progress)
