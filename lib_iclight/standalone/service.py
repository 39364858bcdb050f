"""Everything that one process works with: engines, prepared pictures, settings, and who does the jobs."""

from __future__ import annotations

import importlib.util
import threading
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib_iclight import __version__
from lib_iclight.cache import CACHED_BYTES, Budget
from lib_iclight.errors import ErrorCode, ICLightError, missing_packages
from lib_iclight.hosts.base import Host, Unsupported
from lib_iclight.matting import FILE_KINDS, rembg
from lib_iclight.models.library import ROLES, Library
from lib_iclight.models.sources import PAGE
from lib_iclight.runtime import Runtime
from lib_iclight.standalone import bounds
from lib_iclight.standalone.classic import Classic
from lib_iclight.standalone.diffusion.checkpoint import Checkpoints
from lib_iclight.standalone.job import Engine, Job, Progress, Result, caught
from lib_iclight.standalone.runners import Here, Runner, Running
from lib_iclight.subject.compose import OWN, plain_colour
from lib_iclight.web.live import LivePictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lib_iclight.stage.kept import KeptBases

ENGINES = ("auto", "classic", "diffusion")

DIFFUSION_PACKAGES = ("torch", "diffusers", "transformers", "tokenizers", "safetensors", "torchsde")
"""What the extra ``diffusion`` installs and the diffusion engine imports."""


class NoHost(Unsupported):
    """Stands where a WebUI would: no checkpoint, so nothing but the classic engine."""

    name = "standalone"
    version = __version__
    backend = "classic"

    def refuse(self, p: Any) -> None:
        raise ICLightError(
            ErrorCode.NOT_SD15,
            "IC-Light: no Stable Diffusion 1.5 checkpoint is loaded: see `python -m lib_iclight models`.",
        )


@dataclass(frozen=True)
class Settings:
    """What the WebUIs call options.

    :ivar checkpoint: the name of the checkpoint's file; empty for the first that is found.
    :ivar backdrop: see ``Job``.
    """

    checkpoint: str = ""
    backdrop: str = OWN


class Service:
    """One process at work.

    :param folders: where model files are, IC-Light's, matting models' and checkpoints.
    :param engine: auto, classic or diffusion. ``auto`` takes the diffusion engine where all that it needs is there.
    :param checkpoint: see ``Settings``.
    :param cached_bytes: how much is kept of pictures and of what is prepared, all together.
    :param bases: keeps what stages render; None for a cache of its own.
    :ivar live: the pictures that the page lights.
    :ivar running: the jobs that are being done.
    :ivar runner: who does them: this process, unless it is given another.
    :raises ICLightError: the diffusion engine is asked for and something that it needs is missing.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        engine: str = "auto",
        checkpoint: str = "",
        cached_bytes: int = CACHED_BYTES,
        bases: KeptBases | None = None,
    ) -> None:
        self._folders = folders
        self.library = Library(lambda: folders, FILE_KINDS, rembg.folders)
        self._checkpoints = Checkpoints(lambda: folders)
        self.settings = Settings(checkpoint)
        self.lock = threading.RLock()
        self.running = Running()
        self.missing = ""
        if engine != "classic":
            self.missing = self._why_not_diffusion()
            if self.missing and engine == "diffusion":
                raise ICLightError(
                    ErrorCode.ENGINE_UNAVAILABLE, f"IC-Light: the diffusion engine cannot run: {self.missing}."
                )
        with_diffusion = engine != "classic" and not self.missing
        budget = Budget(cached_bytes)
        self.runtime = Runtime(_diffusers() if with_diffusion else NoHost(), self.library, budget, bases)
        self.live = LivePictures(self.runtime.preparer, budget)
        self.classic = Classic(self.runtime.preparer, self.live, self.runtime.bases)
        here = Here(self.lock, self._checkpoints.find)
        self.engine: Engine = self._diffusion(here) if with_diffusion else self.classic
        here.engine = self.engine
        self._here = here
        self.runner: Runner = here

    def _why_not_diffusion(self) -> str:
        """What the diffusion engine lacks; empty where it can run."""
        if absent := [name for name in DIFFUSION_PACKAGES if importlib.util.find_spec(name) is None]:
            return str(missing_packages(", ".join(absent), "diffusion")).rstrip(".")
        try:
            self._checkpoints.find(self.settings.checkpoint)
        except ICLightError as error:
            return error.detail.removeprefix("IC-Light ").rstrip(".")
        if not any(file.role in ROLES for file in self.library.files()):
            places = " or ".join(map(str, self._folders))
            return f"no IC-Light model file is there: put one from {PAGE} into {places}"
        return ""

    def _diffusion(self, here: Here) -> Engine:
        from lib_iclight.standalone.diffusion.engine import Diffusion
        from lib_iclight.standalone.diffusion.model import Models

        return Diffusion(self.runtime, here.use_models(Models()))

    def unload_checkpoint(self) -> None:
        """As ``Runner.unload_checkpoint``."""
        self.runner.unload_checkpoint()

    def load_checkpoint(self) -> None:
        """As ``Runner.load_checkpoint``, of the settings'."""
        self.runner.load_checkpoint(self.settings.checkpoint)

    @property
    def description(self) -> str:
        """Which engine works, and why not the other, in one sentence."""
        why = f", since the diffusion engine cannot run: {self.missing}" if self.missing else ""
        return f"Engine: {self.engine.name}{why}."

    def checkpoints(self) -> list[tuple[Path, str]]:
        """The checkpoints that are found, each with "ready" or what is wrong with it."""
        return [(file.path, str(file.problem or "ready")) for file in self._checkpoints.files()]

    def changed(self, **settings: str) -> Settings:
        """The settings with some of them changed.

        :raises ICLightError: a value that is not allowed.
        """
        if "backdrop" in settings:
            plain_colour(settings["backdrop"])
        if settings.get("checkpoint"):
            self._checkpoints.find(settings["checkpoint"])
        return replace(self.settings, **settings)

    def change_settings(self, **settings: str) -> None:
        """Change some of the settings for the jobs to come.

        :raises ICLightError: as ``changed``.
        """
        self.settings = self.changed(**settings)

    def check(self, job: Job) -> Job:
        """As ``bounds.check``, for the present engine."""
        return bounds.check(job, self.engine.most_pixels)

    def generate(self, job: Job, progress: Progress = lambda share: None, settings: Settings | None = None) -> Result:
        """Do one job, after those that wait already.

        :param progress: told how far it is; where it raises ``StopError``, the job ends as that says.
        :param settings: of this job, whose backdrop is in it; None for those in force.
        :raises ICLightError: it is out of bounds, cannot be done as asked, or the service is closed.
        """
        in_force = settings or self.settings
        return self.runner.generate(self.check(job), in_force.checkpoint, partial(self.running.job, progress))

    def generate_all(self, jobs: Sequence[Job]) -> list[Result | Exception]:
        """Do several jobs together, in this process; what is raised in one does not touch the others.

        :raises ICLightError: the service is closed.
        """
        found = [caught(partial(self.check, job)) for job in jobs]
        begin = partial(self.running.job, lambda share: None)
        checked = [job for job in found if isinstance(job, Job)]
        made = iter(self._here.generate_all(checked, self.settings.checkpoint, begin))
        return [next(made) if isinstance(job, Job) else job for job in found]


def _diffusers() -> Host:
    from lib_iclight.standalone.diffusion.host import Diffusers

    return Diffusers()
