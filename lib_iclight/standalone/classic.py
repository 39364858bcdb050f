"""The engine without model files: PaintingLight on the matted subject."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib_iclight import __version__, images, infotext, log, painting
from lib_iclight.args import OPTIONS, Option, Request, parse
from lib_iclight.cache import Cache
from lib_iclight.errors import ICLightError
from lib_iclight.hosts.generation import RESIZE_MODES
from lib_iclight.painting import Prepared
from lib_iclight.prepare import CACHED_BYTES, Fit, Preparer, Subject, subjects
from lib_iclight.standalone.compose import backdrop, behind, composed
from lib_iclight.standalone.job import Job, Progress, Result
from lib_iclight.standalone.live import Live

ALWAYS_ACTING = (
    *("enabled", "foreground", "foreground_mask", "matting", "background", "flip_background"),
    *("light", "light_color", "ambient_color", "light_intensity", "light_softness", "append_images"),
)
ACTING = {"angle": (*ALWAYS_ACTING, "light_angle"), "point": (*ALWAYS_ACTING, "light_x", "light_y")}
"""The options that this engine acts upon, where the light needs more than the others."""


def acts(option: Option, request: Request) -> bool:
    """Whether this engine acts upon an option."""
    return option.name in ACTING.get(request.light, ALWAYS_ACTING)


class Classic:
    """Lights the subject by its own strokes and composes it over its own, a given or a plain background.

    :ivar live: the subjects in a page, where their light is dragged.
    """

    name = "classic (PaintingLight)"
    samplers: Mapping[str, str] = {}

    def __init__(self, preparer: Preparer, cached_bytes: int = CACHED_BYTES) -> None:
        self._preparer = preparer
        self._prepared: Cache[Prepared] = Cache(cached_bytes, lambda p: p.density.nbytes * 7)
        self.live = Live(preparer, self.prepared, cached_bytes)

    def generate(self, job: Job, progress: Progress = lambda share: None) -> Result:
        request = parse(job.args)
        if request is None:
            raise ICLightError("The classic engine only relights: enable IC-Light and give a picture as foreground.")
        if job.batch_size * job.n_iter != 1:
            raise ICLightError(
                f"The classic engine makes one picture of each subject, and {job.batch_size * job.n_iter} were asked "
                "for: set batch_size and n_iter to 1."
            )
        lighting = painting.lighting(request)
        other = backdrop(self._preparer, request, job.backdrop)
        found = subjects(self._preparer, request, job.init_images or ())
        relit = []
        for subject in found:
            lit = painting.light(subject.rgb, self.prepared(subject), *lighting)
            whole = composed(lit, subject.alpha, behind(subject, subject.rgb, other))
            relit.append(Image.fromarray(_fitted(whole, job)))
            progress(len(relit) / len(found))
        appended = [images.cut_out(s.rgb, s.alpha) for s in found] if request.append_images else []
        every = [*relit, *appended]
        return Result(every, [self._infotext(request, picture) for picture in every], [-1] * len(relit))

    def prepared(self, subject: Subject) -> Prepared:
        """The vectors of a subject, made once for its content."""

        def prepare() -> Prepared:
            log.count("prepare")
            # What lies under a picture's own transparency is anything.
            return painting.prepare(subject.on_grey if subject.method == "alpha" else subject.rgb)

        return self._prepared.get(subject.name, prepare)

    def _infotext(self, request: Request, picture: Image.Image) -> str:
        acting = [option for option in OPTIONS.values() if acts(option, request)]
        size = f"{picture.width}x{picture.height}"
        parameters = {"Size": size, "Engine": self.name, **infotext.texts(request, acting)}
        return infotext.text("", "", {**parameters, infotext.VERSION_KEY: __version__})


def _fitted(picture: NDArray[np.uint8], job: Job) -> NDArray[np.uint8]:
    """The picture at the size that is asked for; at its own where none is."""
    rows, columns = picture.shape[:2]
    width = job.width or round(columns * (job.height or rows) / rows)
    height = job.height or round(rows * width / columns)
    if job.hires is not None:
        width, height = job.hires.size(width, height)
    return Fit(RESIZE_MODES[job.resize_mode] if job.tab == "img2img" else "cover").apply(picture, width, height, 0)
