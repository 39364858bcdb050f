"""One generation, from the first hook to the last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from lib_iclight import images
from lib_iclight.hosts import generation, img2img
from lib_iclight.images import RGB
from lib_iclight.result.give_back import give_back, gives_back
from lib_iclight.subject.fit import Fit
from lib_iclight.subject.prepared import Aligned, ConditionImage, PreparedImages

if TYPE_CHECKING:
    import torch

    from lib_iclight.hosts.base import Host
    from lib_iclight.models.library import Offset
    from lib_iclight.request.args import Request

Keep = Callable[[Sequence[RGB], Aligned], None]
"""Takes the results of a stage, uint8 [h, w, 3], and the subject as it lies on them."""

Encode = Callable[[Any, Sequence[ConditionImage]], "torch.Tensor"]
"""From the object for a generation and some pictures to their latents, shape (count, 4, height / 8, width / 8)."""


class Session:
    """What one generation needs between its hooks. Belongs to its ``p``, which hosts may keep longer than it runs.

    :param encode: encodes each picture once.
    :param prepared: one for all results, or one for each of them in their order.
    :param load: gives the offset, whose map of a whole file a session does not keep.
    :param keep: given all results and the subject as it lies on them, once there is one for each of ``prepared``.
    """

    def __init__(
        self,
        host: Host,
        encode: Encode,
        prepared: Sequence[PreparedImages],
        load: Callable[[], Offset],
        tab: str,
        keep: Keep | None = None,
    ) -> None:
        self._host = host
        self._encode = encode
        self._prepared = prepared
        self._load = load
        self._tab = tab
        self._keep = keep
        self._results: list[RGB] = []
        self._first_size: tuple[int, int] | None = None
        self._untouched: list[Image.Image] = []

    @property
    def request(self) -> Request:
        return self._prepared[0].request

    def before_sampling(self, p: Any, x: torch.Tensor) -> None:
        """Set up the sampling that is about to begin: weights, concat conditions, initial latent.

        :param x: what it begins with, shape (batch, 4, height / 8, width / 8). The size is taken from it,
            since hosts round widths, heights and scales each in their own way.
        :raises ICLightError: it cannot be done, such as with another checkpoint for the hires pass.
        """
        host = self._host
        host.refuse(p)
        batch, width, height = x.shape[0], x.shape[-1] * 8, x.shape[-2] * 8
        canvas = (width, height, self._fit(p))
        every = self._batch(p)
        parts = [self._encode(p, [picture for one in every for picture in one.foregrounds(*canvas)])]
        if backgrounds := [picture for one in every for picture in one.backgrounds(*canvas)]:
            parts.append(self._encode(p, backgrounds))
        host.apply(p, self._load(), _concat(parts, batch))
        if generation.is_hires_pass(p):
            return
        self._first_size = (width, height)
        keeps_own = self._tab == "img2img" and self.request.foreground is not None
        initial = [] if keeps_own else [picture for one in every for picture in one.initial(*canvas)]
        if initial:
            latent = _repeat(self._encode(p, initial), batch)
            if self._tab == "img2img":
                generation.replace_initial(p, latent)
            else:
                generation.start_from(p, latent, self.request.lowres_denoise)

    def check_pictures(self, p: Any) -> None:
        """Draw what img2img's sampling will be shown, once ``p.init`` has run, to know before whether it can be.

        :raises ICLightError: a picture cannot be brought onto the canvas.
        """
        rows, columns = p.init_latent.shape[-2:]
        canvas = (columns * 8, rows * 8, self._fit(p))
        for one in self._batch(p):
            for picture in (*one.foregrounds(*canvas), *one.backgrounds(*canvas), *one.initial(*canvas)):
                picture.draw()

    def _batch(self, p: Any) -> Sequence[PreparedImages]:
        """What is shown in the batch under way: one for all of it, or one for each picture."""
        if len(self._prepared) == 1:
            return self._prepared
        first = p.iteration * p.batch_size
        return self._prepared[first : first + p.batch_size]

    def _fit(self, p: Any) -> Fit:
        return img2img.fit(p) if self._tab == "img2img" else Fit()

    def give_back(self, p: Any, picture: Image.Image, index: int) -> Image.Image:
        """A result with what the request wants back of its subject; itself where that is nothing.

        :param index: of the result in its batch.
        """
        every = self._batch(p)
        prepared = every[index % len(every)]
        request = prepared.request
        if not gives_back(request) and self._keep is None:
            return picture
        relit = np.asarray(picture.convert("RGB"))
        height, width = relit.shape[:2]
        fit = self._fit(p)
        own = prepared.at_own_size(index, width, height, fit) if request.own_size else None
        aligned = prepared.aligned(index, width, height, fit)
        if gives_back(request):
            picture = self._give_back(relit, prepared, aligned, own, fit)
        if self._keep is not None:
            self._results.append(np.asarray(picture.convert("RGB")))
            if len(self._results) == len(self._prepared):
                self._keep(self._results, own or aligned)
        return picture

    def _give_back(
        self, relit: RGB, prepared: PreparedImages, aligned: Aligned, own: Aligned | None, fit: Fit
    ) -> Image.Image:
        request = prepared.request
        given = give_back(relit, aligned, request, own, prepared.background_on(fit), prepared.environment)
        result = Image.fromarray(given.picture)
        if request.append_images:
            self._untouched.append(Image.fromarray(images.stretch(relit, *result.size)))
            if given.shadow is not None:
                self._untouched.append(given.shadow.to_image())
        return result

    def end_sampling(self) -> None:
        """Let go of what was needed for the sampling alone."""
        self._host.release()

    def appended_images(self) -> list[Image.Image]:
        """The pictures that ``append_images`` asks for: subjects that the generation made itself, cut-out
        subjects, the light map or background, and results before anything was given back, enlarged where those have
        the photo's own size, with their shadows."""
        if not self.request.append_images or self._first_size is None:
            return []
        canvas = (*self._first_size, Fit())
        subjects = {s.name: s for one in self._prepared for s in one.subjects}.values()
        light = {}
        for one in self._prepared:
            # All pictures of a batch have the first one's light map, but for the subject that lies over it.
            light.update({picture.name: picture for picture in (one.backgrounds(*canvas) or one.initial(*canvas))[:1]})
        made = [Image.fromarray(subject.rgb) for subject in subjects] if self.request.then_relight else []
        cut = [images.cut_out(subject.foreground, subject.alpha) for subject in subjects]
        return [*made, *cut, *(Image.fromarray(picture.draw()) for picture in light.values()), *self._untouched]


def _concat(parts: Sequence[torch.Tensor], batch: int) -> torch.Tensor:
    """The conditions of a batch one after the other along the channels, foreground first."""
    import torch

    return torch.cat([_repeat(part, batch) for part in parts], dim=1)


def _repeat(latent: torch.Tensor, batch: int) -> torch.Tensor:
    return latent.repeat(batch // len(latent), 1, 1, 1)
