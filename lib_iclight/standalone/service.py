"""Everything that one process works with: engines, prepared pictures, settings, one job at a time."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
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
from lib_iclight.standalone.job import Engine, Job, Result, StopError
from lib_iclight.subject.compose import OWN, plain_colour
from lib_iclight.web.live import LivePictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lib_iclight.standalone.diffusion.model import Models

ENGINES = ("auto", "classic", "diffusion")

DIFFUSION_PACKAGES = ("torch", "diffusers", "transformers", "tokenizers", "safetensors", "torchsde")
"""What the extra ``diffusion`` installs and the diffusion engine imports."""


def stopping() -> ICLightError:
    """The refusal of a service that is closed."""
    return ICLightError(
        ErrorCode.SERVER_STOPPING, "IC-Light: the server is being stopped and begins nothing new: ask again later."
    )


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


@dataclass(frozen=True)
class Stops:
    """What the present job was told, as the WebUIs call it.

    :ivar interrupted: to end.
    :ivar skipped: to leave out the picture that it makes now.
    """

    interrupted: bool = False
    skipped: bool = False


class Service:
    """One process at work.

    :param folders: where model files are, IC-Light's, matting models' and checkpoints.
    :param engine: auto, classic or diffusion. ``auto`` takes the diffusion engine where all that it needs is there.
    :param checkpoint: see ``Settings``.
    :param cached_bytes: how much is kept of pictures and of what is prepared, all together.
    :ivar live: the pictures that the page lights.
    :ivar progress: the share of the present job that is done, 0..1.
    :ivar busy: whether there is a job.
    :ivar stops: what it was told.
    :raises ICLightError: the diffusion engine is asked for and something that it needs is missing.
    """

    def __init__(
        self, folders: Sequence[Path], engine: str = "auto", checkpoint: str = "", cached_bytes: int = CACHED_BYTES
    ) -> None:
        self._folders = folders
        self.library = Library(lambda: folders, FILE_KINDS, rembg.folders)
        self._checkpoints = Checkpoints(lambda: folders)
        self._models: Models | None = None
        self.settings = Settings(checkpoint)
        self.lock = threading.RLock()
        self.progress, self.busy, self.stops = 0.0, False, Stops()
        self._closed = False
        self.missing = ""
        if engine != "classic":
            self.missing = self._why_not_diffusion()
            if self.missing and engine == "diffusion":
                raise ICLightError(
                    ErrorCode.ENGINE_UNAVAILABLE, f"IC-Light: the diffusion engine cannot run: {self.missing}."
                )
        with_diffusion = engine != "classic" and not self.missing
        budget = Budget(cached_bytes)
        self.runtime = Runtime(_diffusers() if with_diffusion else NoHost(), self.library, budget)
        self.live = LivePictures(self.runtime.preparer, budget)
        self.classic = Classic(self.runtime.preparer, self.live, self.runtime.bases)
        self.engine: Engine = self._diffusion() if with_diffusion else self.classic

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

    def _diffusion(self) -> Engine:
        from lib_iclight.standalone.diffusion.engine import Diffusion
        from lib_iclight.standalone.diffusion.model import Models

        self._models = models = Models()
        return Diffusion(self.runtime, lambda: models.of(self._checkpoints.find(self.settings.checkpoint)))

    def unload_checkpoint(self) -> None:
        """Let the checkpoint's model go, once no job needs it; the next one loads it again."""
        if self._models is not None:
            with self.lock:
                self._models.clear()

    def load_checkpoint(self) -> None:
        """Load the checkpoint's model, where the engine has one and it is not loaded.

        :raises ICLightError: it cannot be found or loaded.
        """
        if self._models is not None:
            with self.lock:
                self._models.of(self._checkpoints.find(self.settings.checkpoint))

    @property
    def description(self) -> str:
        """Which engine works, and why not the other, in one sentence."""
        why = f", since the diffusion engine cannot run: {self.missing}" if self.missing else ""
        return f"Engine: {self.engine.name}{why}."

    def checkpoints(self) -> list[tuple[Path, str]]:
        """The checkpoints that are found, each with "ready" or what is wrong with it."""
        return [(file.path, str(file.problem or "ready")) for file in self._checkpoints.files()]

    def change_settings(self, **settings: str) -> None:
        """Change some of the settings for the jobs to come.

        :raises ICLightError: a value that is not allowed.
        """
        if "backdrop" in settings:
            plain_colour(settings["backdrop"])
        if settings.get("checkpoint"):
            self._checkpoints.find(settings["checkpoint"])
        self.settings = replace(self.settings, **settings)

    def check(self, job: Job) -> Job:
        """As ``bounds.check``, for the present engine."""
        return bounds.check(job, self.engine.most_pixels)

    def generate(self, job: Job, progress: Callable[[float], None] = lambda share: None) -> Result:
        """Do one job, after those that wait already.

        :raises ICLightError: it is out of bounds, cannot be done as asked, or the service is closed.
        """
        checked = self.check(job)

        def on_progress(share: float) -> None:
            self.progress = share
            stops = self.stops
            if stops.interrupted or stops.skipped:
                self.stops = replace(stops, skipped=False)
                raise StopError(everything=stops.interrupted)
            progress(share)

        with self.lock:
            if self._closed:
                raise stopping()
            self.busy, self.stops = True, Stops()
            try:
                return self.engine.generate(checked, on_progress)
            finally:
                self.progress, self.busy = 0.0, False

    def close(self) -> None:
        """Begin no further job; the present one goes on."""
        self._closed = True

    def stop(self, *, everything: bool) -> None:
        """Have the present job end, if there is one, at its next step or picture.

        :param everything: else only the picture is left out that it makes now.
        """
        if self.busy:
            self.stops = replace(self.stops, **{"interrupted" if everything else "skipped": True})


def _diffusers() -> Host:
    from lib_iclight.standalone.diffusion.host import Diffusers

    return Diffusers()
