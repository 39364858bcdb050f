"""What makes pictures, in whatever process: a picture's file goes in, the files of its results come out."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from PIL import Image

from lib_iclight import images, log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.job import Result, caught
from lib_iclight.standalone.mark import Mark, to_png
from lib_iclight.standalone.orders import Order
from lib_iclight.standalone.service import Service

T = TypeVar("T")


@dataclass(frozen=True)
class Task:
    """A picture to be made.

    :ivar name: of the picture, for the log.
    :ivar picture: in base64.
    """

    name: str
    order: Order
    picture: str
    mark: Mark


@dataclass(frozen=True)
class Made:
    """What came of a task.

    :ivar pngs: the files of its results, whole.
    :ivar seeds: of those that were sampled.
    :ivar seconds: that it took; of what was made together, its share.
    :ivar error: a sentence; empty where there is none.
    :ivar code: the error's.
    :ivar left_out: as ``Result``'s.
    :ivar said: sentences for the log of the one who asked, where it was made elsewhere.
    """

    pngs: tuple[bytes, ...] = ()
    seeds: tuple[int, ...] = ()
    seconds: float = 0.0
    error: str = ""
    code: str = ""
    left_out: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


class Worker:
    """Makes one picture after the other, or some together, with models that stay loaded."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def make(self, tasks: Sequence[Task]) -> list[Made]:
        """Do tasks of one kind together. An error, of whatever kind, is part of what comes of its task."""
        start = time.perf_counter()
        asked = [(task.order, task.picture) for task in tasks]
        found = caught(lambda: tasks[0].order.make_all(self._service, asked))
        results = [found] * len(tasks) if isinstance(found, Exception) else found
        each = (time.perf_counter() - start) / len(tasks)
        return [_made(task, result, each) for task, result in zip(tasks, results, strict=True)]


def _made(task: Task, result: Result | Exception, seconds: float) -> Made:
    """:param seconds: the task's share of what making took."""
    start = time.perf_counter()

    def encode_all() -> Made:
        if isinstance(result, Exception):
            raise result
        pngs = tuple(encode(image, task.mark, text) for image, text in zip(result.images, result.infotexts))
        seeds = tuple(seed for seed in result.seeds if seed >= 0)
        return Made(pngs, seeds, seconds + time.perf_counter() - start, left_out=result.left_out)

    made = attempt(task.name, encode_all)
    return failed(made, seconds) if isinstance(made, ICLightError) else made


def failed(fault: ICLightError, seconds: float = 0.0) -> Made:
    """That nothing was made, and why."""
    return Made(seconds=seconds, error=str(fault), code=fault.code)


def attempt(name: str, do: Callable[[], T]) -> T | ICLightError:
    """Do something for a picture: what comes of it, or what is wrong, of whatever kind.

    :param name: of the picture, for the log.
    """
    try:
        return do()
    except ICLightError as error:
        return error
    # Libraries that decode, cut out and paint raise what they will.
    except Exception as error:  # noqa: BLE001
        log.logger.debug("%s", name, exc_info=True)
        return ICLightError(ErrorCode.INTERNAL_FAULT, f"It cannot be done ({type(error).__name__}: {error}).")


def encode(image: Image.Image, mark: Mark, infotext: str = "") -> bytes:
    """A PNG's file that says how it was made."""
    file = io.BytesIO()
    images.save_png(image, file, to_png(infotext, mark))
    return file.getvalue()
