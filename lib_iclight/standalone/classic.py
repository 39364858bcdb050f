"""The engine without model files: light on the matted subject, by its form or its strokes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import __version__, images
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.hosts.img2img import RESIZE_MODES
from lib_iclight.kinds import CANVAS
from lib_iclight.light.panorama import GIVEN_BY
from lib_iclight.light.tone import encode
from lib_iclight.request import infotext
from lib_iclight.request.args import OPTIONS, Request
from lib_iclight.request.option import Option
from lib_iclight.request.script_args import parse
from lib_iclight.shading import lighting_of
from lib_iclight.shading.cast_shadow import CAST_BY
from lib_iclight.stage.kept import KeptBases
from lib_iclight.standalone.bounds import check_sizes
from lib_iclight.standalone.job import Job, Progress, Result, StopError, caught
from lib_iclight.subject.compose import can_place, make_backdrop
from lib_iclight.subject.fit import PLACED_BY, Fit, canvas_of
from lib_iclight.subject.prepare import CUT_BY, Preparer, prepare_subjects
from lib_iclight.web.live import LivePictures
from lib_iclight.web.stage import keep, render_model_free

ALWAYS_ACTING = (
    *("enabled", "foreground", *CUT_BY, "background", "flip_background"),
    *("light", "light_color", "ambient_color", "light_intensity", "light_softness", "append_images", "shading"),
    "shadow",
    *PLACED_BY,
)
UNCOLOURED = tuple(name for name in ALWAYS_ACTING if not name.startswith("light_"))
ACTING = {
    "angle": (*ALWAYS_ACTING, "light_angle"),
    "point": (*ALWAYS_ACTING, "light_x", "light_y"),
    "lamps": (*UNCOLOURED, "lamps"),
    "panorama": (*(name for name in UNCOLOURED if name != "ambient_color"), *GIVEN_BY),
}
"""The options that this engine acts upon, where the light needs more than the others."""


BEFORE_ANOTHER = (*CAST_BY, *PLACED_BY)
"""The options that act before another background than the subject's own."""


AS_ASKED = ("model", "own_size")
"""The options without which this engine does what they ask for: relight, and that at the photo's own size."""


def find_left_out(request: Request, unplaced: Sequence[str], keeps_background: bool) -> tuple[str, ...]:
    """The options that are asked for and without effect here, since they act on what a model makes.

    :param unplaced: those that have no effect either, where there is no other background.
    :param keeps_background: whether the subject lies before its own background.
    """
    met = (*AS_ASKED, "keep_background") if keeps_background else AS_ASKED
    asked = [option for option in OPTIONS.values() if getattr(request, option.name) != option.default]
    return tuple(
        option.name
        for option in asked
        if option.name not in met
        and option.acts_on_model(request)
        and (option.name in unplaced or not acts(option, request))
    )


def acts(option: Option, request: Request) -> bool:
    """Whether this engine acts upon an option, as far as the others decide it."""
    if option.name in ("stage", "stage_directions"):
        return option.when(request)
    of_form = request.shading == "form" and not option.of_model
    of_shadow = option.name in ("shadow_softness", "shadow_color") and option.when(request)
    return of_form or of_shadow or option.name in ACTING.get(request.light, ALWAYS_ACTING)


class Classic:
    """Lights the subject and composes it over its own, a given or a plain background.

    :param live: keeps what is prepared of subjects, and lights them.
    :param bases: keeps what a stage renders.
    """

    name = "classic"
    samplers: Mapping[str, str] = {}
    schedulers: Sequence[str] = ()
    most_pixels = CANVAS
    together = 1

    def __init__(self, preparer: Preparer, live: LivePictures, bases: KeptBases) -> None:
        self._preparer = preparer
        self._live = live
        self._bases = bases

    def generate(self, job: Job, progress: Progress = lambda share: None) -> Result:
        request = parse(job.args)
        if request is None:
            raise ICLightError(
                ErrorCode.NO_SUBJECT,
                f"The classic engine only relights: enable IC-Light and give a picture as {mention('foreground')}.",
            )
        if job.batch_size * job.n_iter != 1:
            raise ICLightError(
                ErrorCode.NOT_SUPPORTED,
                f"The classic engine makes one picture of each subject, and {job.batch_size * job.n_iter} were asked "
                "for: set batch_size and n_iter to 1.",
            )
        if request.stage != "off":
            return self._render_stage(request, job)
        lighting = lighting_of(request, self._preparer.environment(request))
        other = make_backdrop(self._preparer, request, job.backdrop)
        found = prepare_subjects(self._preparer, request, job.init_images or ())
        relit = []
        for subject in found:
            canvas = _canvas(job, subject.rgb.shape[1::-1])
            lit = self._live.light(subject, request, lighting, other, canvas)
            relit.append(Image.fromarray(_fit(lit, job, *canvas)))
            try:
                progress(len(relit) / len(found))
            except StopError as stopped:
                if stopped.everything:
                    break
        appended = [images.cut_out(s.foreground, s.alpha) for s in found[: len(relit)]] if request.append_images else []
        every = [*relit, *appended]
        left_out = () if any(can_place(subject, other) for subject in found) else BEFORE_ANOTHER
        texts = [self._infotext(request, picture, left_out) for picture in every]
        return Result(every, texts, [-1] * len(relit), find_left_out(request, left_out, other is None))

    def generate_all(self, jobs: Sequence[Job], progress: Progress = lambda share: None) -> list[Result | Exception]:
        """One after the other: nothing would be quicker together."""
        return [caught(partial(self.generate, job, progress)) for job in jobs]

    def _render_stage(self, request: Request, job: Job) -> Result:
        """The subject in the light of each lamp of a stage, whose basis is kept."""
        basis = render_model_free(self._preparer, request, job.init_images or ())
        sides = {name: side for name, side in zip(("width", "height"), basis.size) if getattr(job, name) is not None}
        left_out = [name for name, side in sides.items() if side != getattr(job, name)]
        left_out += ["hires"] if job.hires else []
        left_out += ["shading"] if request.shading != "form" else []
        # It lights the form, whatever the shading, and says so.
        request = replace(request, shading="form")
        left_out += find_left_out(request, BEFORE_ANOTHER, True)
        name = keep(self._bases, basis)["key"]
        pictures = [Image.fromarray(encode(picture)) for picture in basis.pictures]
        more = {infotext.BASIS_KEY: name}
        texts = [self._infotext(request, picture, BEFORE_ANOTHER, more) for picture in pictures]
        return Result(pictures, texts, [-1] * len(pictures), tuple(left_out))

    def _infotext(
        self,
        request: Request,
        picture: Image.Image,
        left_out: Sequence[str],
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        acting = [option for name, option in OPTIONS.items() if name not in left_out and acts(option, request)]
        size = f"{picture.width}x{picture.height}"
        parameters = {"Size": size, "Engine": self.name, **infotext.write_options(request, acting), **more}
        return infotext.format_parameters("", "", {**parameters, infotext.VERSION_KEY: __version__})


def _canvas(job: Job, size: tuple[int, int]) -> tuple[int, int]:
    """The size that is asked for of a picture; its own where none is."""
    canvas = canvas_of(size, job.width, job.height)
    # A picture may be larger than what is made: at its own size it stays.
    return check_sizes(job, *canvas) if canvas != size or job.hires is not None else canvas


def _fit(picture: NDArray[np.uint8], job: Job, width: int, height: int) -> NDArray[np.uint8]:
    return Fit(RESIZE_MODES[job.resize_mode] if job.tab == "img2img" else "cover").apply(picture, width, height, 0)
