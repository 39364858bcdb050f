"""A light stage in a generation: its one picture is made once for each lamp, all of them of one seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.hosts import generation, memory
from lib_iclight.kinds import CANVAS
from lib_iclight.request.stage_lights import StageLight, split_lights

if TYPE_CHECKING:
    from lib_iclight.request.args import Request


_IDENTIFIED_BY = (
    *("prompt", "negative_prompt", "width", "height", "steps", "cfg_scale", "sampler_name", "scheduler"),
    *("denoising_strength", "enable_hr", "hr_scale", "hr_resize_x", "hr_resize_y"),
)


def lights_of(p: Any, request: Request, own: Sequence[Any] | None) -> tuple[StageLight, ...]:
    """The lamps that a generation makes a picture of each; none where there is no stage.

    :param request: with the model named by its role.
    :param own: the pictures of img2img; None in txt2img.
    :raises ICLightError: more pictures are asked for than one; no lamp would act.
    """
    if request.stage == "off":
        return ()
    lights = split_lights(request)
    asked = max(p.batch_size * p.n_iter, len(own or ()))
    if asked > 1:
        raise ICLightError(
            ErrorCode.FIELDS_CONFLICT,
            f"IC-Light: a {mention('stage')} makes one picture for each of its {len(lights)} lamps, and {asked} "
            "pictures were asked for: set batch size and batch count to 1.",
        )
    if own is not None and request.foreground is not None and request.model_role != "fbc":
        raise ICLightError(
            ErrorCode.FIELDS_CONFLICT,
            f"IC-Light: the img2img picture is where sampling starts, so no lamp of a {mention('stage')} would act: "
            f"give no {mention('foreground')}, or use txt2img.",
        )
    return lights


def identify(p: Any) -> tuple[Any, ...]:
    """What a generation's result depends on beside its request, as far as hosts say it in one way."""
    return tuple(getattr(p, name, None) for name in _IDENTIFIED_BY)


def make_each(p: Any, count: int) -> None:
    """Let a generation make its picture once for each lamp, in one batch where the memory is enough for it."""
    pixels = _pixels(p)
    generation.repeat_first(p, count, min(memory.pictures_at_once(pixels), _most_pixels(p) // pixels))


def _most_pixels(p: Any) -> int:
    """How many may be made at once; WebUIs have no such bound of their own."""
    return int(getattr(p, "most_pixels", CANVAS))


def _pixels(p: Any) -> int:
    """Of a picture in its largest pass."""
    first = int(p.width * p.height)
    if not getattr(p, "enable_hr", False):
        return first
    return max(first, round(first * p.hr_scale**2), p.hr_resize_x * p.hr_resize_y)
