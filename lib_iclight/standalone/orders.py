"""What is asked for of one picture, in plain values: another process can be sent it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lib_iclight import images
from lib_iclight.light.lamps import select_shining
from lib_iclight.request import infotext
from lib_iclight.request.args import Request, build
from lib_iclight.standalone.job import Job, Result, caught
from lib_iclight.standalone.mark import Mark, digest, place_of

if TYPE_CHECKING:
    from lib_iclight.standalone.service import Service

APPENDED = 2
"""The most pictures that ``append_images`` adds to one: the cut-out, the light map or background."""


@dataclass(frozen=True)
class Order:
    """What is asked for of a picture.

    :cvar by: the command's name.
    :cvar label: added to the name of a result that something else has already.
    :ivar options: a digest of what is asked for besides the picture.
    :ivar values: the options, pictures in base64, but for ``foreground``.
    """

    by: ClassVar[str]
    label: ClassVar[str]

    options: str
    values: Mapping[str, Any]

    def make(self, service: Service, picture: str) -> Result:
        """The results of one picture, given in base64.

        :raises ICLightError: it cannot be done as asked.
        """
        raise NotImplementedError

    @property
    def kind(self) -> Hashable:
        """The same for orders that are best made together; None for one that is made alone."""
        return None

    @staticmethod
    def make_all(service: Service, asked: Sequence[tuple[Order, str]]) -> list[Result | Exception]:
        """The results of orders of one kind, each with its picture; what is raised in one does not touch the others."""
        return [caught(partial(order.make, service, picture)) for order, picture in asked]

    def differences(self, text: str) -> str:
        """What in a result's infotext is not as asked for; empty where nothing is seen."""
        return ""

    def mark(self, source: Path, picture: str) -> Mark:
        """What the results of a picture say."""
        return Mark(self.by, self.options, digest(place_of(source)), digest(picture))


@dataclass(frozen=True)
class Relight(Order):
    """:ivar job: its arguments are ``values``."""

    by = "relight"
    label = "relit"

    job: Job

    @property
    def kind(self) -> Hashable:
        # A stage fills a batch by itself.
        if self.values.get("stage", "off") != "off":
            return None
        return self.values.get("model"), replace(self.job, args=(), prompt="", negative_prompt="", seed=-1)

    def _job_of(self, picture: str) -> Job:
        return replace(self.job, args=[{**self.values, "foreground": picture}])

    @staticmethod
    def make_all(service: Service, asked: Sequence[tuple[Order, str]]) -> list[Result | Exception]:
        return service.generate_all([order._job_of(picture) for order, picture in asked if isinstance(order, Relight)])

    def differences(self, text: str) -> str:
        return infotext.differences(build(self.values), text)


@dataclass(frozen=True)
class CutOut(Order):
    by = "foreground"
    label = "foreground"

    def make(self, service: Service, picture: str) -> Result:
        request = build({**self.values, "foreground": picture})
        subject = service.runtime.preparer.subject(request.foreground, request)
        return Result([images.cut_out(subject.foreground, subject.alpha)], [""])


def count_results(request: Request) -> int:
    """How many results a picture can have."""
    rendered = {"directions": request.stage_directions, "lamps": len(select_shining(request.lamps))}
    return max(rendered.get(request.stage, 1), 1) + APPENDED * request.append_images
