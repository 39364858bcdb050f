"""What outlives a generation, and the beginning of one."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lib_iclight import images
from lib_iclight.cache import Budget, Cache
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.hosts import generation, img2img, stage
from lib_iclight.hosts.refusals import refuse_cut_out
from lib_iclight.matting import sam
from lib_iclight.request import infotext
from lib_iclight.request.script_args import parse
from lib_iclight.session import Keep, Session
from lib_iclight.shading.lit_subject import lit_subjects
from lib_iclight.stage.kept import KeptBases
from lib_iclight.stage.rendered import from_results
from lib_iclight.subject.prepare import Preparer, prepare_images
from lib_iclight.subject.prepared import ConditionImage, PreparedImages

if TYPE_CHECKING:
    import torch

    from lib_iclight.hosts.base import Host
    from lib_iclight.images import RGB
    from lib_iclight.models.library import Library
    from lib_iclight.request.args import Request
    from lib_iclight.request.stage_lights import StageLight
    from lib_iclight.subject.prepared import Aligned


class Runtime:
    """What outlives a generation: the host, the model files, prepared subjects, encoded pictures.

    :param budget: for all that it keeps of pictures, in bytes; by default one of its own.
    :param bases: keeps what stages render; by default within the budget.
    """

    def __init__(
        self, host: Host, library: Library, budget: Budget | None = None, bases: KeptBases | None = None
    ) -> None:
        self.host = host
        self.library = library
        self.budget = budget or Budget()
        self.preparer = Preparer(library.files_by_kind, host.place, self.budget)
        self.selector = sam.Selector(lambda: library.pretrained(sam.NAME), host.place, self.budget)
        self.bases = bases or KeptBases(self.budget)
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
        refuse_cut_out(p)
        generation.drop_alpha(p)
        file = self.library.find(request.model)
        by_role = replace(request, model=str(file.role))
        own = img2img.own_pictures(p)
        if own is not None:
            img2img.refuse_parts(p, by_role)
            if request.own_size:
                img2img.refuse_own_size(p)
        lights = stage.lights_of(p, by_role, own)
        prepared = self._prepare(p, by_role, own, lights)
        offset = self.library.load(file)
        tab = "txt2img" if own is None else "img2img"
        told = infotext.write(request, offset.role, offset.short_hash, tab)
        keep = None
        if lights:
            told[infotext.BASIS_KEY], keep = self._name_basis(p, lights, prepared[0], told)
        session = Session(self.host, self.encode, prepared, partial(self.library.load, file), tab, keep)
        p.extra_generation_params.update(told)
        if own is not None:
            img2img.leave_colours(p)
        return session

    def _name_basis(
        self, p: Any, lights: Sequence[StageLight], prepared: PreparedImages, told: Mapping[str, str]
    ) -> tuple[str, Keep]:
        """The name of the basis that a generation renders, and what keeps it then."""
        meta = {"seed": int(p.all_seeds[0]), "parameters": dict(told)}
        name = self.bases.name((stage.identify(p), meta, [subject.name for subject in prepared.subjects]))

        def keep(results: Sequence[RGB], subject: Aligned) -> None:
            self.bases.keep(name, from_results(results, lights, subject, meta))

        return name, keep

    def _prepare(
        self, p: Any, request: Request, own: Sequence[Any] | None, lights: Sequence[StageLight]
    ) -> Sequence[PreparedImages]:
        """What is shown to the VAE: once for all results of a generation, or for each of them.

        :param request: with the model named by its role.
        :param own: the pictures of img2img; None in txt2img.
        :param lights: of its stage, if any.
        """
        requests = [light.request for light in lights] or [request]
        lit = [lit_subjects(self.preparer, one) for one in requests]
        pictures = self._generate_subjects(p, request) if request.then_relight else own or []
        if lights:
            stage.make_each(p, len(lights))
        every = [replace(prepare_images(self.preparer, one, pictures), lit=by) for one, by in zip(requests, lit)]
        if request.then_relight and not lights:
            return [replace(every[0], subjects=(subject,)) for subject in every[0].subjects]
        return every

    def _generate_subjects(self, p: Any, request: Request) -> Sequence[Any]:
        """The pictures that a generation relights where it makes them itself, in the order of its results.

        :raises ICLightError: there is a subject already; somebody interrupted it.
        """
        if request.foreground is not None or img2img.own_pictures(p) is not None:
            raise ICLightError(
                ErrorCode.FIELDS_CONFLICT,
                f"IC-Light: {mention('then_relight')} makes the subject from the prompt, and there is one already: "
                f"switch it off, or give no {mention('foreground')} and no img2img picture.",
            )
        made = self.host.generate_plain(p)
        if len(made) < p.batch_size * p.n_iter:
            raise ICLightError(
                ErrorCode.STOPPED, "IC-Light: the generation was interrupted before there was a picture to relight."
            )
        return made

    def encode(self, p: Any, pictures: Sequence[ConditionImage]) -> torch.Tensor:
        """The latents of some pictures, each encoded once for a VAE.

        They are kept beside the device: its memory is no part of the budget.

        :return: shape (count, 4, height / 8, width / 8), on the CPU.
        """
        import torch

        kept = self._latents.setdefault(self.host.vae(p), Cache(self.budget, lambda latent: latent.nbytes))

        def encode(picture: ConditionImage) -> torch.Tensor:
            return self.host.encode(p, images.to_vae([picture.draw()])).cpu()

        return torch.cat([kept.get(picture.name, partial(encode, picture)) for picture in pictures])
