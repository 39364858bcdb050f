"""From a request to its prepared pictures: decoded, cut out, and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lib_iclight import decoding, images, log, matting
from lib_iclight.cache import Budget, Cache
from lib_iclight.decoding.mask import read_mask
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.images import RGB, Matte
from lib_iclight.light import environment, maps
from lib_iclight.light.environment import Environment, Prefiltered
from lib_iclight.light.lamps import require_lamps
from lib_iclight.matting.foreground_colour import estimate
from lib_iclight.matting.refine import REFINED_BY, Refinement
from lib_iclight.request.args import Request
from lib_iclight.subject.fit import Placing
from lib_iclight.subject.layers import lay_subject, placed_name
from lib_iclight.subject.prepared import PreparedImages, Subject

CUT_BY = ("foreground_mask", "matting", *REFINED_BY, "despill")
"""The options by which a subject is cut out."""


class Preparer:
    """Decodes and cuts out subjects, and keeps them.

    :param files: gives the installed matting models by name.
    :param place: brings a network to the device where it shall run.
    :param budget: for subjects and other pictures, in bytes; by default one of its own.
    """

    def __init__(
        self, files: Callable[[], Mapping[str, Path]], place: matting.Place, budget: Budget | None = None
    ) -> None:
        self._files = files
        self._place = place
        budget = budget or Budget()
        self._subjects: Cache[Subject] = Cache(budget, lambda subject: subject.nbytes)
        self._pictures: Cache[RGB] = Cache(budget, lambda rgb: rgb.nbytes)
        self._panoramas: Cache[Prefiltered] = Cache(budget, lambda panorama: panorama.nbytes)

    def subject(self, picture: Any, request: Request) -> Subject:
        """A picture from outside, cut out by a request's mask, else by its matting."""
        files = self._usable(request)
        name = _name(picture, request, files)
        subject = self._subjects.get(name, lambda: self._cut(name, picture, request, files))
        refinement = request.refinement
        if refinement != Refinement():
            whole = subject
            subject = self._subjects.get(f"{name}/{refinement}", lambda: _refine(whole, refinement))
        subject = self.despill(subject) if request.despill == "on" else subject
        lift = request.matte_lift
        return subject if not lift else self._subjects.get(f"{subject.name}/lift/{lift}", lambda: _lift(subject, lift))

    def despill(self, subject: Subject) -> Subject:
        """A subject without what shows of its old background at soft edges; not one with an alpha of its own."""
        if subject.method == "alpha" or subject.foreground is not subject.rgb:
            return subject
        return self._subjects.get(f"{subject.name}/despill", lambda: _despill(subject))

    def place(self, subject: Subject, placing: Placing, width: int, height: int) -> Subject:
        """A subject as it lies on a canvas: as ``lay_subject``."""
        name = placed_name(subject.name, placing, width, height)
        return self._subjects.get(name, lambda: lay_subject(subject, placing, width, height))

    def needs_device(self, request: Request) -> bool:
        """Whether cutting out the subject of a request may take a network on the host's device.

        U^2-Netp runs beside it, on the CPU.
        """
        if request.foreground is None:
            return False
        files = self._usable(request)
        networks = files if request.matting == "auto" else files.keys() & {request.matting}
        return bool(networks) and _name(request.foreground, request, files) not in self._subjects

    def _usable(self, request: Request) -> Mapping[str, Path]:
        """The installed matting models that may be asked."""
        return self._files() if request.matting != "none" and request.foreground_mask is None else {}

    def picture(self, value: Any, key: str) -> tuple[str, RGB]:
        """A picture from outside without its alpha, and its content's name."""
        name = decoding.digest(value, mention(key))
        return name, self._pictures.get(name, lambda: images.split(decoding.decode(value, mention(key)))[0])

    def panorama(self, value: Any) -> Prefiltered:
        """A panorama from outside, read and summed up once for its content.

        :raises ICLightError: as ``environment.prefilter``.
        """
        key = mention("panorama")
        name = decoding.digest(value, key)
        return self._panoramas.get(name, lambda: environment.prefilter(value, name, key))

    def environment(self, request: Request) -> Environment | None:
        """The panorama that lights a request; None where its light is another.

        :raises ICLightError: there is none, or it cannot be read.
        """
        given = request.panorama
        return environment_of(request, None if given is None else lambda: self.panorama(given))

    def light_map(self, request: Request, width: int, height: int) -> RGB:
        """The light map of a request, drawn or the person's own.

        :raises ICLightError: the request has no light, or no picture for ``custom``.
        """
        if request.light == "custom" and request.light_map is not None:
            return images.cover(self.picture(request.light_map, "light_map")[1], width, height, "the light map")
        if request.light in maps.UNDIRECTED:
            raise ICLightError(
                ErrorCode.NO_LIGHT,
                f"IC-Light: {mention('light')} is {mention('light', request.light)}, so there is no light map: name "
                "another light.",
            )
        if request.light == "lamps":
            require_lamps(request.light_options.lamps)
        ends = maps.ends_for(request.model)
        surroundings = self.environment(request)
        if surroundings is not None:
            return environment.draw(surroundings, width, height, ends)
        return maps.draw(request.light_options, width, height, ends)

    def _cut(self, name: str, picture: Any, request: Request, files: Mapping[str, Path]) -> Subject:
        mask, method = request.foreground_mask, request.matting
        decoded = decoding.read(picture, mention("foreground"))
        rgb, own = images.split(decoded.image)
        if mask is not None:
            used = "mask"
            alpha = images.matte_from(read_mask(mask, mention("foreground_mask"), decoded), *decoded.image.size)
        elif own is not None and method in ("auto", "none"):
            used, alpha = "alpha", own
        elif method == "none":
            used, alpha = "none", images.opaque(rgb)
        else:
            chosen = matting.choose(method, files)
            used, alpha = chosen.name, matting.compute(chosen, rgb, files, self._place)
        return _subject(name, rgb, alpha, used)


def _refine(subject: Subject, refinement: Refinement) -> Subject:
    return _subject(f"{subject.name}/{refinement}", subject.rgb, refinement.apply(subject.alpha), subject.method)


def _despill(subject: Subject) -> Subject:
    log.count("despill")
    name, foreground = f"{subject.name}/despill", estimate(subject.rgb, subject.alpha)
    return replace(subject, name=name, foreground=foreground, on_grey=images.on_grey(foreground, subject.alpha))


def _lift(subject: Subject, lift: float) -> Subject:
    on_grey = images.on_grey(subject.foreground, subject.alpha, lift)
    return replace(subject, name=f"{subject.name}/lift/{lift}", on_grey=on_grey)


def _subject(name: str, rgb: RGB, alpha: Matte, method: str) -> Subject:
    if not alpha.any():
        raise ICLightError(
            ErrorCode.EMPTY_MATTE,
            f"IC-Light: nothing of the {mention('foreground')} is left by its {method}: give a "
            f"{mention('foreground_mask')} that is white on the subject.",
        )
    return Subject(name, rgb, alpha, images.on_grey(rgb, alpha), method, rgb)


def _name(picture: Any, request: Request, files: Mapping[str, Path]) -> str:
    mask = request.foreground_mask
    masked = mask is not None and decoding.digest(mask, mention("foreground_mask"))
    made = (decoding.digest(picture, mention("foreground")), masked, request.matting, files)
    return "/".join(map(str, made))


def environment_of(request: Request, read: Callable[[], Prefiltered] | None) -> Environment | None:
    """The panorama that lights a request; None where its light is another.

    :param read: gives it before its rotation and exposure; None where there is none.
    :raises ICLightError: there is none, or it cannot be read.
    """
    if request.light != "panorama":
        return None
    if read is None:
        raise ICLightError(
            ErrorCode.NO_LIGHT,
            f"IC-Light: {mention('light')} is {mention('light', 'panorama')} but {mention('panorama')} is missing: "
            f"give a picture as {mention('panorama')}.",
        )
    return environment.expose(read(), request.panorama_rotation, request.panorama_exposure)


def prepare_images(preparer: Preparer, request: Request, own_pictures: Sequence[Any]) -> PreparedImages:
    """Decode and cut out what a request needs.

    :param request: with the model named by its role.
    :param own_pictures: the pictures of img2img, which are the subjects where ``foreground`` is none.
    :raises ICLightError: a picture is missing, cannot be decoded or cannot be cut out.
    """
    background = light_map = surroundings = None
    if request.model == "fbc" and request.background is not None:
        background = preparer.picture(request.background, "background")
    elif request.light == "custom":
        if request.light_map is None:
            raise ICLightError(
                ErrorCode.NO_LIGHT,
                f"IC-Light: {mention('light')} is {mention('light', 'custom')} but {mention('light_map')} is missing: "
                f"give a picture as {mention('light_map')}.",
            )
        light_map = preparer.picture(request.light_map, "light_map")
    elif request.light == "panorama":
        surroundings = preparer.environment(request)
    elif request.light == "lamps":
        require_lamps(request.light_options.lamps)
    elif request.model == "fbc" and request.light == "none":
        raise ICLightError(
            ErrorCode.NO_BACKGROUND,
            f"IC-Light: the model {mention('model', 'fbc')} needs a {mention('background')} picture, or a "
            f"{mention('light')} other than {mention('light', 'none')}.",
        )
    subjects = prepare_subjects(preparer, request, own_pictures)
    return PreparedImages(request, subjects, background, light_map, surroundings)


def prepare_subjects(preparer: Preparer, request: Request, own_pictures: Sequence[Any]) -> tuple[Subject, ...]:
    """The subjects of a request, cut out; parameters and errors are those of ``prepare_images``."""
    pictures = [request.foreground] if request.foreground is not None else list(own_pictures)
    if not pictures:
        raise ICLightError(
            ErrorCode.NO_SUBJECT,
            f"IC-Light has no subject: give a picture as {mention('foreground')}, or switch IC-Light off.",
        )
    return tuple(preparer.subject(p, request) for p in pictures)
