"""Generations that ask the UNet at the same time are answered by one call of it.

A generation is a generator function that yields what it asks and is sent the answer. Whatever else belongs to a
picture, such as its conditions, its seed's random stream and its sampler, stays in a generation of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import torch

from lib_iclight import log
from lib_iclight.hosts import memory

GRID = 8
"""Pixels of a picture on each side of one of its latent's."""

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Question:
    """What a generation asks a UNet.

    :ivar latents: with their conditions, shape (rows, 4 to 12, height / 8, width / 8).
    :ivar timestep: a scalar.
    :ivar text: shape (rows, tokens, width).
    """

    unet: Any
    latents: torch.Tensor
    timestep: torch.Tensor
    text: torch.Tensor

    @property
    def kind(self) -> tuple[Any, ...]:
        """The same for what one call can answer."""
        return id(self.unet), self.latents.shape[1:], self.text.shape[1:]

    @property
    def pixels(self) -> int:
        """Of all its pictures, each of which has two rows by its guidance."""
        rows, _, high, wide = self.latents.shape
        return max(rows // 2, 1) * high * GRID * wide * GRID


Generation = Generator[Question, torch.Tensor, T]
"""Yields questions, is sent the noise predicted for each (as float32, shape (rows, 4, height / 8, width / 8)), and
returns what was asked for."""


def run(generations: Sequence[Generation[T]], most_pixels: int) -> list[T | Exception]:
    """What comes of some generations, or what is raised in them: one that fails does not touch the others.

    :param most_pixels: how many are made at once; fewer where memory is less.
    """
    found: dict[int, T | Exception] = {}
    waiting: dict[int, Question] = {}
    unet = _Unet(most_pixels)

    def go_on(number: int, step: Callable[[], Question]) -> None:
        try:
            waiting[number] = step()
        except StopIteration as end:
            found[number] = end.value
        # Libraries that decode, cut out and sample raise what they will.
        except Exception as error:  # noqa: BLE001
            found[number] = error

    try:
        for number, generation in enumerate(generations):
            go_on(number, partial(next, generation))
        while waiting:
            asked, waiting = waiting, {}
            for number, answer in unet.answer(asked):
                generation = generations[number]
                failed = isinstance(answer, Exception)
                go_on(number, partial(generation.throw if failed else generation.send, answer))  # type: ignore[arg-type]
    finally:
        for generation in generations:
            generation.close()
    return [found[number] for number in range(len(generations))]


def run_alone(generation: Generation[T], most_pixels: int) -> T:
    """What comes of one generation; what is raised in it is raised."""
    (found,) = run([generation], most_pixels)
    if isinstance(found, Exception):
        raise found
    return found


class _Unet:
    """Answers questions, as many of one kind in a call as memory is there for.

    :param most_pixels: of pictures that are in a call.
    """

    def __init__(self, most_pixels: int) -> None:
        self._most_pixels = most_pixels

    def answer(self, asked: dict[int, Question]) -> Iterator[tuple[int, torch.Tensor | Exception]]:
        """The answers by number, or what is raised by a question alone."""
        kinds: dict[Any, list[int]] = {}
        for number, question in asked.items():
            kinds.setdefault(question.kind, []).append(number)
        for numbers in kinds.values():
            yield from zip(numbers, self._answer_all([asked[number] for number in numbers]), strict=True)

    def _answer_all(self, questions: Sequence[Question]) -> list[torch.Tensor | Exception]:
        """The answers to questions of one kind."""
        count = self._fitting(questions)
        if len(questions) <= count:
            try:
                return _ask(questions)
            # Memory that is not there is an error of no kind of its own on the CPU.
            except Exception as error:  # noqa: BLE001
                if len(questions) == 1:
                    return [error]
                said = f"{type(error).__name__}: {error}".partition("\n")[0]
            count = len(questions) // 2
            self._most_pixels = questions[0].pixels * count
            log.logger.warning(
                "%d pictures do not go through the UNet together (%s); %d do from now on.", len(questions), said, count
            )
        starts = range(0, len(questions), count)
        return [answer for start in starts for answer in self._answer_all(questions[start : start + count])]

    def _fitting(self, questions: Sequence[Question]) -> int:
        """How many of these questions a call may answer; at least one."""
        pixels = questions[0].pixels
        if len(questions) == 1 or self._most_pixels < 2 * pixels:
            return 1
        return min(memory.pictures_at_once(pixels), self._most_pixels // pixels)


def _ask(questions: Sequence[Question]) -> list[torch.Tensor | Exception]:
    latents = torch.cat([question.latents for question in questions])
    # Generations of different samplers, or that begin at different lights, are at different timesteps.
    timesteps = torch.cat([question.timestep.expand(len(question.latents)) for question in questions])
    text = torch.cat([question.text for question in questions])
    predicted = questions[0].unet(latents, timesteps.to(latents.device), encoder_hidden_states=text).sample
    return list(predicted.float().split([len(question.latents) for question in questions]))
