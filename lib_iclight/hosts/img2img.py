"""What img2img has beyond txt2img in the WebUIs' object for one generation: pictures of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.hosts import options
from lib_iclight.hosts.generation import runs_script
from lib_iclight.subject.fit import Fit

if TYPE_CHECKING:
    from lib_iclight.request.args import Request

RESIZE_MODES = {0: "stretch", 1: "cover", 2: "contain", 3: "stretch"}
"""img2img's own ways to bring its picture onto the canvas, by ``p.resize_mode``."""

_KNOWN = "ic_light_known_pictures"
_VIEW = (16, 16)
_SAME_VIEW = 4.0
"""How many levels small copies of a picture may differ by on average, and still show the same."""


def own_pictures(p: Any) -> list[Any] | None:
    """The pictures of img2img; None in txt2img."""
    return list(p.init_images or []) if hasattr(p, "init_images") else None


def fit(p: Any) -> Fit:
    """How img2img brings its pictures onto the canvas. Known once ``p.init`` has run."""
    if p.paste_to:
        left, top, width, height = p.paste_to
        return Fit("contain", (left, top, left + width, top + height), p.init_images[0].size)
    return Fit(RESIZE_MODES[p.resize_mode])


def known_pictures(p: Any) -> Sequence[Any]:
    """What ``remember_pictures`` was given."""
    return getattr(p, _KNOWN, ())


def remember_pictures(p: Any, pictures: Sequence[Any]) -> None:
    """Pictures that are whole: those of the tab, before a script gives it others, and results, which it gives again."""
    if hasattr(p, "init_images"):
        # A copy of p, as plots make them, has the same list.
        vars(p).setdefault(_KNOWN, []).extend(pictures)


def refuse_parts(p: Any, request: Request) -> None:
    """Refuse a script that gives img2img parts of the picture, where something is to be shown of which to take a part.

    :param request: with the model named by its role.
    :raises ICLightError: the place of a picture is unknown.
    """
    by_part = request.foreground is None and request.foreground_mask is None and request.matting == "none"
    if not runs_script(p) or (by_part and request.light == "none" and request.model != "fbc"):
        return
    known = known_pictures(p)
    for picture in own_pictures(p) or ():
        if not any(other is picture or (other is not None and _show_the_same(picture, other)) for other in known):
            raise ICLightError(
                ErrorCode.CANNOT_COMBINE,
                "IC-Light cannot be combined with a script that gives img2img other pictures than the tab's, such as "
                "tiles, since it cannot know which part of the subject and the light belongs to each: choose no "
                f"script, or set {mention('matting')} to {mention('matting', 'none')} and {mention('light')} to "
                f"{mention('light', 'none')} and give no {mention('foreground')}.",
            )


def refuse_own_size(p: Any) -> None:
    """Refuse a result of another size where the host lays it over the picture that it inpaints.

    :raises ICLightError: as said.
    """
    if getattr(p, "image_mask", None) is not None:
        raise ICLightError(
            ErrorCode.CANNOT_COMBINE,
            f"IC-Light: {mention('own_size')} cannot be combined with inpainting: switch {mention('own_size')} off.",
        )


def leave_colours(p: Any) -> None:
    """Let the results have colours of their own: img2img's would take the light away again."""
    if options.corrects_colours() or getattr(p, "color_corrections", None):
        # Only where this is None does the host draw up its own.
        p.color_corrections = []
        p.comment("IC-Light: 'Apply color correction to img2img results' would undo the light, so it was off here.")


def _show_the_same(one: Image.Image, other: Image.Image) -> bool:
    """Whether a picture is another one at some size, and no part of it."""
    (a, seen_a), (b, seen_b) = _view(one), _view(other)
    # What is transparent the hosts lay over a colour.
    seen = seen_a & seen_b
    return not seen.any() or float(np.abs(a - b)[seen].mean()) <= _SAME_VIEW


def _view(picture: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """A small copy of a picture, and where it is opaque."""
    pixels = np.asarray(picture.convert("RGBA").resize(_VIEW, Image.Resampling.BOX), np.float64)
    return pixels[..., :3], pixels[..., 3] > 254
