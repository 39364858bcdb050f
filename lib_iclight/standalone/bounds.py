"""What a job may ask for. It is checked before a picture is decoded and before memory is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.kinds import CANVAS, SIDE, Kind, Number, Text, Whole, check_canvas, check_value
from lib_iclight.standalone.job import Hires, Job

FIELDS: Mapping[str, Kind] = {
    "prompt": Text(),
    "negative_prompt": Text(),
    "seed": Whole(-1, 2**32 - 1),
    "steps": Whole(1, 150),
    "cfg_scale": Number(1, 30),
    "batch_size": Whole(1, 64),
    "n_iter": Whole(1, 1000),
    "denoising_strength": Number(0, 1),
    "resize_mode": Whole(0, 2),
}
"""Those of ``Job`` that are plain values."""

SCALE = Number(1, 8)

HIRES: Mapping[str, Kind] = {
    "scale": SCALE,
    "width": Whole(0, SIDE.high),
    "height": Whole(0, SIDE.high),
    "steps": Whole(0, 150),
    "denoising_strength": FIELDS["denoising_strength"],
}
"""Those of ``Hires``."""

ALTOGETHER = 16 * CANVAS
"""The most pixels of all pictures of a job: they are kept until the last one is made."""


def check(job: Job, most: int = CANVAS) -> Job:
    """The job with its values as they are kept.

    :param most: see ``check_sizes``.
    :raises ICLightError: a value that is not allowed, or more than is made.
    """
    plain = {name: check_value(kind, getattr(job, name), name) for name, kind in FIELDS.items()}
    given = [name for name in ("width", "height") if getattr(job, name) is not None]
    sides = {name: check_value(SIDE, getattr(job, name), name) for name in given}
    checked = replace(job, **plain, **sides, hires=job.hires and _check_hires(job.hires))
    if len(sides) == 2:
        check_sizes(checked, **sides, most=most)
    return checked


def _check_hires(hires: Hires) -> Hires:
    values = {name: check_value(kind, getattr(hires, name), f"Hires. fix: {name}") for name, kind in HIRES.items()}
    return replace(hires, **values)


def check_sizes(job: Job, width: int, height: int, most: int = CANVAS) -> tuple[int, int]:
    """The size of a job's pictures, from that of its first stage.

    :param most: how many pixels may be made at once.
    :raises ICLightError: one of the stages is out of bounds.
    """
    at_once, count = job.batch_size, max(job.batch_size, len(job.init_images or ())) * job.n_iter
    sides = check_canvas(width, height, "", at_once, most)
    if job.hires is not None:
        sides = check_canvas(*job.hires.size(*sides), "Hires. fix: ", at_once, most)
    if sides[0] * sides[1] * count > ALTOGETHER:
        raise ICLightError(
            ErrorCode.CANVAS_TOO_LARGE,
            f"IC-Light: {count} pictures of {sides[0]}x{sides[1]} pixels are asked for, more than "
            f"{ALTOGETHER:,} pixels in all: ask for fewer at a time.",
        )
    return sides
