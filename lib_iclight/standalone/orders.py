"""What is asked for of one picture, in plain values: another process can be sent it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lib_iclight import images
from lib_iclight.light.lamps import select_shining
from lib_iclight.request import infotext
from lib_iclight.request.args import Request, build
from lib_iclight.standalone.job import Job, Result
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

    def make(self, service: Service, picture: str) -> Result:
        return service.generate(replace(self.job, args=[{**self.values, "foreground": picture}]))

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
