"""One generation, from the first hook to the last; and what is kept between generations."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PIL import Image

from lib_iclight import images, infotext
from lib_iclight.args import parse
from lib_iclight.cache import Cache
from lib_iclight.hosts import generation
from lib_iclight.live import Live
from lib_iclight.prepare import CACHED_BYTES, Fit, Plate, Preparer, Scene, prepare

if TYPE_CHECKING:
    import torch

    from lib_iclight.args import Request
    from lib_iclight.hosts.base import Host
    from lib_iclight.weights import Library, Offset

CACHED_LATENTS = 64


class Workshop:
    """What outlives a generation: the host, the model files, prepared subjects, encoded pictures.

    :ivar live: subjects in a page, whose light is set there.
    """

    def __init__(self, host: Host, library: Library, cached_bytes: int = CACHED_BYTES) -> None:
        self.host = host
        self.library = library
        self.preparer = Preparer(library.matting_files, host.place, cached_bytes)
        self.live = Live(self.preparer, cached_bytes)
        self._latents: MutableMapping[Any, Cache[torch.Tensor]] = weakref.WeakKeyDictionary()

    def begin(self, p: Any, args: Sequence[Any], changes: Mapping[str, Any] | None = None) -> Session | None:
        """The session of a generation; None where IC-Light is off.

        :param p: the WebUI's object for the generation, before its ``init``.
        :param args: the script's arguments.
        :param changes: values that win over them, from X/Y/Z axes.
        :raises ICLightError: the generation cannot be done as asked.
        """
        request = parse(args, changes)
        if request is None:
            return None
        self.host.refuse(p)
        file = self.library.find(request.model)
        own = generation.own_pictures(p)
        scene = prepare(self.preparer, replace(request, model=str(file.role)), own or [])
        offset = self.library.load(file)
        tab = "txt2img" if own is None else "img2img"
        session = Session(self, scene, offset, tab)
        p.extra_generation_params.update(infotext.write(request, offset.role, offset.short_hash, tab))
        session.remark(p)
        return session

    def encode(self, p: Any, plates: Sequence[Plate]) -> torch.Tensor:
        """The latents of some pictures, each encoded once for a VAE.

        :return: shape (count, 4, height / 8, width / 8).
        """
        import torch

        kept = self._latents.setdefault(self.host.vae(p), Cache(CACHED_LATENTS))

        def encode(plate: Plate) -> torch.Tensor:
            return self.host.encode(p, images.to_vae([plate.draw()]))

        return torch.cat([kept.get(plate.name, partial(encode, plate)) for plate in plates])


class Session:
    """What one generation needs between its hooks. Belongs to its ``p`` and dies with it."""

    def __init__(self, workshop: Workshop, scene: Scene, offset: Offset, tab: str) -> None:
        self._workshop = workshop
        self._scene = scene
        self._offset = offset
        self._tab = tab
        self._first_size: tuple[int, int] | None = None

    @property
    def request(self) -> Request:
        return self._scene.request

    def before_sampling(self, p: Any, x: torch.Tensor) -> None:
        """Set up the sampling that is about to begin: weights, concat conditions, initial latent.

        :param x: what it begins with, shape (batch, 4, height / 8, width / 8). The size is taken from it,
            since hosts round widths, heights and scales each in their own way.
        :raises ICLightError: it cannot be done, such as with another checkpoint for the hires pass.
        """
        host, scene = self._workshop.host, self._scene
        host.refuse(p)
        batch, width, height = x.shape[0], x.shape[-1] * 8, x.shape[-2] * 8
        fit = Fit()
        if self._tab == "img2img" and scene.request.foreground is None:
            fit = generation.fit(p)
        parts = [self._workshop.encode(p, scene.foregrounds(width, height, fit))]
        if backgrounds := scene.backgrounds(width, height):
            parts.append(self._workshop.encode(p, backgrounds))
        host.apply(p, self._offset, _concat(parts, batch))
        if generation.is_hires_pass(p):
            return
        self._first_size = (width, height)
        keeps_own = self._tab == "img2img" and scene.request.foreground is not None
        initial = [] if keeps_own else scene.initial(width, height, fit)
        if initial:
            latent = _repeat(self._workshop.encode(p, initial), batch)
            if self._tab == "img2img":
                generation.replace_initial(p, latent)
            else:
                generation.start_from(p, latent, scene.request.lowres_denoise)

    def remark(self, p: Any) -> None:
        """Say in the page what was decided for the person."""
        if self.request.matting == "auto" and any(s.method == "grabcut" for s in self._scene.subjects):
            p.comment(
                "IC-Light: no matting model is installed, so the subject was cut out by GrabCut; "
                "see the README for a better one, or give a mask."
            )

    def appended(self) -> list[Image.Image]:
        """The pictures that ``append_images`` asks for: cut-out subjects, and the light map or background."""
        if not self.request.append_images or self._first_size is None:
            return []
        width, height = self._first_size
        plates = self._scene.backgrounds(width, height) or self._scene.initial(width, height, Fit())
        cut = [images.cut_out(subject.rgb, subject.alpha) for subject in self._scene.subjects]
        return [*cut, *(Image.fromarray(plate.draw()) for plate in plates[:1])]


def _concat(parts: Sequence[torch.Tensor], batch: int) -> torch.Tensor:
    """The conditions of a batch one after the other along the channels, foreground first."""
    import torch

    return torch.cat([_repeat(part, batch) for part in parts], dim=1)


def _repeat(latent: torch.Tensor, batch: int) -> torch.Tensor:
    return latent.repeat(batch // len(latent), 1, 1, 1)
