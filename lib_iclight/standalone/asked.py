"""What a run of ``relight`` is asked for: by its command line, and by the lines of tables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.kinds import Picture
from lib_iclight.request.args import OPTIONS, build
from lib_iclight.standalone import inputs, table
from lib_iclight.standalone.job import Hires, Job
from lib_iclight.standalone.mark import digest, place_of
from lib_iclight.standalone.orders import Relight, count_results
from lib_iclight.standalone.service import Service
from lib_iclight.standalone.table import Line
from lib_iclight.standalone.targets import Item, Refused
from lib_iclight.subject.compose import plain_colour


@dataclass(frozen=True)
class Asked:
    """What is asked for of pictures, its files read: options, and the rest by the names of its flags."""

    service: Service
    options: Mapping[str, Any]
    generation: Mapping[str, Any]
    checkpoint: str

    def with_line(self, values: Mapping[str, Any]) -> Asked:
        """With what a line of a table says instead."""
        options = {name: value for name, value in values.items() if name in OPTIONS}
        # A line's lamps are to shine, whatever the light of the others.
        before = {k: v for k, v in self.options.items() if k != "light" or "lamps" not in options}
        generation = {name: value for name, value in values.items() if name in table.GENERATION}
        return replace(self, options={**before, **options}, generation={**self.generation, **generation})

    def order(self) -> Relight:
        """:raises ICLightError: a value that is not allowed."""
        job = self.service.check(_make_job(self.options, self.generation))
        plain_colour(job.backdrop)
        parts = [self.service.engine.name, self.checkpoint, build(self.options), replace(job, args=())]
        return Relight(digest(parts), self.options, job)


def _make_job(options: Mapping[str, Any], generation: Mapping[str, Any]) -> Job:
    plain = dict(generation)
    scale, strength = plain.pop("hires_scale"), plain.pop("hires_denoise")
    return Job([options], hires=None if scale is None else Hires(scale, denoising_strength=strength), **plain)


@dataclass
class Run:
    """The pictures of a run.

    :ivar count: how many results a picture can have.
    :ivar read_too: files that are read beside the pictures.
    :ivar said: what is said before.
    :ivar refused: lines of tables that cannot be done.
    """

    count: int
    read_too: list[Path]
    said: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def add_table(self, path: Path, asked: Asked) -> None:
        """What a table asks for.

        :raises ICLightError: none of it can be read.
        """
        self.read_too.append(path)
        unnamed = {place_of(item.source): item.at or "the command line" for item in self.items if not item.name}
        for line in table.read(path):
            if isinstance(line, Refused):
                self.refused.append(line)
                continue
            try:
                self._add_line(line, path.parent, asked, unnamed)
            except ICLightError as error:
                self.refused.append(Refused(line.at, str(line.photo), error))

    def _add_line(self, line: Line, folder: Path, asked: Asked, unnamed: dict[str, str]) -> None:
        """:param unnamed: the pictures whose results have names of their own, each with where it was asked for."""
        if not os.path.isfile(line.photo):
            raise ICLightError(
                ErrorCode.FILE_UNREADABLE, f"{line.photo} does not exist, or is no file: give a picture."
            )
        files = {name: folder / value for name, value in line.values.items() if _is_file(name, value)}
        own = asked.with_line(line.values)
        # Pictures are read when their turn comes; whether all else is allowed is said at once.
        own.order()
        place = place_of(line.photo)
        if not line.name and place in unnamed:
            raise table.fault(f"{line.photo.name} is in {unnamed[place]} too: give each result a {table.NAME}")

        def ask() -> Relight:
            return own.with_line({name: inputs.read(file) for name, file in files.items()}).order()

        self.count = max(self.count, count_results(build(own.options)))
        self.read_too += files.values()
        self.items.append(Item(line.photo, ask, name=line.name, at=line.at))
        if not line.name:
            unnamed[place] = line.at


def _is_file(name: str, value: Any) -> bool:
    return name in OPTIONS and isinstance(OPTIONS[name].kind, Picture) and isinstance(value, str)
