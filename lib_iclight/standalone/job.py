"""What an engine is asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from PIL import Image, PngImagePlugin

from lib_iclight.subject.compose import OWN

T = TypeVar("T")

Progress = Callable[[float], None]
"""Told the share of a job that is done, 0..1."""


class StopError(Exception):
    """Raised where progress is told, for an engine to catch.

    :ivar everything: whether the job ends; else the picture that is being made is left out.
    """

    def __init__(self, everything: bool) -> None:
        super().__init__()
        self.everything = everything


@dataclass(frozen=True)
class Hires:
    """The second stage, as the WebUIs' Hires. fix names it.

    :ivar scale: of both sides; where ``width`` or ``height`` is not 0, they decide.
    :ivar steps: 0 = as many as the first stage.
    :ivar denoising_strength: 0..1.
    """

    scale: float = 1.5
    width: int = 0
    height: int = 0
    steps: int = 0
    denoising_strength: float = 0.5
    upscaler: str = "Lanczos"

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The width and height of the second stage; a side that is 0 follows the first stage."""
        if not self.width and not self.height:
            return int(width * self.scale), int(height * self.scale)
        return self.width or self.height * width // height, self.height or self.width * height // width


@dataclass(frozen=True)
class Job:
    """One request for pictures.

    :ivar args: the arguments of the script ``IC-Light``, as ``script_args.parse`` takes them.
    :ivar width: of the picture in pixels; None leaves it to the engine.
    :ivar init_images: the pictures of img2img in base64; None in txt2img.
    :ivar denoising_strength: of img2img.
    :ivar backdrop: of the classic engine, where no background picture is given: ``own`` or #rrggbb.
    """

    args: Sequence[Any]
    prompt: str = ""
    negative_prompt: str = ""
    seed: int = -1
    steps: int = 20
    cfg_scale: float = 7.0
    width: int | None = None
    height: int | None = None
    sampler: str = "Euler"
    scheduler: str = "Automatic"
    batch_size: int = 1
    n_iter: int = 1
    hires: Hires | None = None
    init_images: tuple[Any, ...] | None = None
    denoising_strength: float = 0.75
    resize_mode: int = 0
    backdrop: str = OWN

    @property
    def tab(self) -> str:
        """The WebUI's tab that would do this."""
        return "txt2img" if self.init_images is None else "img2img"


@dataclass(frozen=True)
class Result:
    """Pictures with their infotexts.

    :ivar images: the relit ones, then what ``append_images`` asks for.
    :ivar infotexts: one for each picture.
    :ivar seeds: one for each relit picture.
    :ivar left_out: what was asked for, by name, and has no part in the pictures.
    """

    images: list[Image.Image]
    infotexts: list[str]
    seeds: list[int] = field(default_factory=lambda: [-1])
    left_out: tuple[str, ...] = ()


class Engine(Protocol):
    """Something that relights."""

    @property
    def name(self) -> str:
        """As it is called wherever its result appears."""
        ...

    @property
    def samplers(self) -> Mapping[str, str]:
        """The samplers' names, each with its scheduler class or other origin; empty where nothing is sampled."""
        ...

    @property
    def schedulers(self) -> Sequence[str]:
        """The schedule types; empty where nothing is sampled."""
        ...

    @property
    def most_pixels(self) -> int:
        """How many pixels can be made at once."""
        ...

    @property
    def together(self) -> int:
        """How many jobs of one kind are best done together, where each comes as it does alone."""
        ...

    def generate(self, job: Job, progress: Progress) -> Result:
        """Do a job. Where it is ``StopError``, what is made so far is the result.

        :raises ICLightError: it cannot be done as asked.
        """
        ...

    def generate_all(self, jobs: Sequence[Job], progress: Progress) -> list[Result | Exception]:
        """As ``generate``, of several; what is raised in one does not touch the others."""
        ...


def caught(do: Callable[[], T]) -> T | Exception:
    """What comes of something, or what is raised in it."""
    try:
        return do()
    # Libraries that decode, cut out and paint raise what they will.
    except Exception as error:  # noqa: BLE001
        return error


def png_info(infotext: str) -> PngImagePlugin.PngInfo:
    """The infotext as the WebUIs keep it in a PNG."""
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", infotext)
    return info
