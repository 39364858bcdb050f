"""From a request to what is shown to the VAE: subjects, background and light map, at any size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib_iclight import decoding, images, matting
from lib_iclight.cache import Cache
from lib_iclight.decoding.mask import read_mask
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.images import RGB, Matte
from lib_iclight.light import maps
from lib_iclight.light.lamps import require_lamps
from lib_iclight.matting.refine import REFINED_BY, Refinement
from lib_iclight.request.args import Request

CUT_BY = ("foreground_mask", "matting", *REFINED_BY)
"""The options by which a subject is cut out."""

CACHED_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Subject:
    """A picture with its matte.

    :ivar name: says what the picture and the matte are made of.
    :ivar method: how it was cut out: mask, alpha, none, or a matting's name.
    """

    name: str
    rgb: RGB
    alpha: Matte
    on_grey: RGB
    method: str


@dataclass(frozen=True)
class Fit:
    """How the host brought a picture onto its canvas.

    :ivar mode: cover, stretch or contain.
    :ivar crop: the part that is taken first: left, top, right, bottom; or None.
    :ivar of: the width and height of the picture that it is a part of.
    """

    mode: str = "cover"
    crop: tuple[int, int, int, int] | None = None
    of: tuple[int, int] = (0, 0)

    @property
    def of_another(self) -> Fit:
        """The same for what lies over the picture, or behind it: the same part of it, or all of it."""
        return self if self.crop else Fit()

    def apply(self, image: RGB, width: int, height: int, border: int) -> RGB:
        """The picture at the canvas' size; ``border`` fills what ``contain`` leaves free."""
        if self.crop:
            left, top, right, bottom = self.crop
            image = images.cover(image, *self.of, "the subject")[top:bottom, left:right]
        if self.mode == "stretch":
            return images.stretch(image, width, height)
        if self.mode == "contain":
            return images.contain(image, width, height, border)
        return images.cover(image, width, height, "the subject")


@dataclass(frozen=True)
class ConditionImage:
    """A picture that the VAE is to encode: named by its content, drawn only when it is needed."""

    name: tuple[Any, ...]
    draw: Callable[[], RGB]


class Preparer:
    """Decodes and cuts out subjects, and keeps them.

    :param files: gives the installed matting models by name.
    :param place: brings a network to the device where it shall run.
    :param cached_bytes: how much is kept of subjects, and of other pictures.
    """

    def __init__(
        self, files: Callable[[], Mapping[str, Path]], place: matting.Place, cached_bytes: int = CACHED_BYTES
    ) -> None:
        self._files = files
        self._place = place
        self._subjects: Cache[Subject] = Cache(cached_bytes, lambda s: s.rgb.nbytes + s.alpha.nbytes + s.on_grey.nbytes)
        self._pictures: Cache[RGB] = Cache(cached_bytes, lambda rgb: rgb.nbytes)

    def subject(self, picture: Any, request: Request) -> Subject:
        """A picture from outside, cut out by a request's mask, else by its matting."""
        files = self._usable(request)
        name = _name(picture, request, files)
        subject = self._subjects.get(name, lambda: self._cut(name, picture, request, files))
        refinement = request.refinement
        if refinement == Refinement():
            return subject
        return self._subjects.get(f"{name}/{refinement}", lambda: _refine(subject, refinement))

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

    def light_map(self, request: Request, width: int, height: int) -> RGB:
        """The light map of a request, drawn or the person's own.

        :raises ICLightError: the request has no light, or no picture for ``custom``.
        """
        if request.light == "custom" and request.light_map is not None:
            return images.cover(self.picture(request.light_map, "light_map")[1], width, height, "the light map")
        if request.light in ("none", "custom"):
            raise ICLightError(
                ErrorCode.NO_LIGHT,
                f"IC-Light: {mention('light')} is {mention('light', request.light)}, so there is no light map: name "
                "another light.",
            )
        if request.light == "lamps":
            require_lamps(request.light_options.lamps)
        return maps.draw(request.light_options, width, height, maps.ends_for(request.model))

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


def _subject(name: str, rgb: RGB, alpha: Matte, method: str) -> Subject:
    if not alpha.any():
        raise ICLightError(
            ErrorCode.EMPTY_MATTE,
            f"IC-Light: nothing of the {mention('foreground')} is left by its {method}: give a "
            f"{mention('foreground_mask')} that is white on the subject.",
        )
    return Subject(name, rgb, alpha, images.on_grey(rgb, alpha), method)


def _name(picture: Any, request: Request, files: Mapping[str, Path]) -> str:
    mask = request.foreground_mask
    masked = mask is not None and decoding.digest(mask, mention("foreground_mask"))
    made = (decoding.digest(picture, mention("foreground")), masked, request.matting, files)
    return "/".join(map(str, made))


@dataclass(frozen=True)
class PreparedImages:
    """Everything that a generation shows to the VAE. Built by ``prepare_images``."""

    request: Request
    subjects: tuple[Subject, ...]
    background: tuple[str, RGB] | None
    light_map: tuple[str, RGB] | None

    def foregrounds(self, width: int, height: int, fit: Fit) -> list[ConditionImage]:
        """The foreground condition, one for each subject."""
        if self.request.foreground is not None:
            fit = fit.of_another
        return [
            ConditionImage((s.name, fit, width, height), lambda s=s: fit.apply(s.on_grey, width, height, 127))  # type: ignore[misc]
            for s in self.subjects
        ]

    def backgrounds(self, width: int, height: int, fit: Fit) -> list[ConditionImage]:
        """The background condition of fbc; empty for the other models."""
        if self.request.model != "fbc":
            return []
        if self.background is None:
            return [self._light(width, height, fit, maps.BACKGROUND)]
        (name, rgb), flip = self.background, self.request.flip_background

        def draw(wide: int, high: int) -> RGB:
            return images.cover(rgb[:, ::-1] if flip else rgb, wide, high, "the background")

        return [_behind((name, flip), draw, width, height, fit)]

    def initial(self, width: int, height: int, fit: Fit) -> list[ConditionImage]:
        """The light map that the sampling starts from, one for each subject or one for all; empty without one."""
        if self.request.model == "fbc" or self.request.light == "none":
            return []
        light = self._light(width, height, fit, maps.INITIAL_LATENT)
        if self.request.reinforce_foreground == "off":
            return [light]
        return [
            ConditionImage((*light.name, s.name, fit), lambda s=s: _lay_over(s, light.draw(), fit))  # type: ignore[misc]
            for s in self.subjects
        ]

    def _light(self, width: int, height: int, fit: Fit, ends: maps.Ends) -> ConditionImage:
        if self.light_map is not None:
            name, rgb = self.light_map

            def fill(wide: int, high: int) -> RGB:
                return images.cover(rgb, wide, high, "the light map")

            return _behind((name,), fill, width, height, fit)
        light = self.request.light_options

        def draw(wide: int, high: int) -> RGB:
            return maps.draw(light, wide, high, ends)

        return _behind((ends, light), draw, width, height, fit)


def _behind(
    name: tuple[Any, ...], draw: Callable[[int, int], RGB], width: int, height: int, fit: Fit
) -> ConditionImage:
    """What is drawn at any size: over the canvas, or over the picture of which the canvas is a part."""
    if fit.crop is None:
        return ConditionImage((*name, width, height), lambda: draw(width, height))
    return ConditionImage((*name, fit, width, height), lambda: fit.apply(draw(*fit.of), width, height, 127))


def prepare_images(preparer: Preparer, request: Request, own_pictures: Sequence[Any]) -> PreparedImages:
    """Decode and cut out what a request needs.

    :param request: with the model named by its role.
    :param own_pictures: the pictures of img2img, which are the subjects where ``foreground`` is none.
    :raises ICLightError: a picture is missing, cannot be decoded or cannot be cut out.
    """
    background = light_map = None
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
    elif request.light == "lamps":
        require_lamps(request.light_options.lamps)
    elif request.model == "fbc" and request.light == "none":
        raise ICLightError(
            ErrorCode.NO_BACKGROUND,
            f"IC-Light: the model {mention('model', 'fbc')} needs a {mention('background')} picture, or a "
            f"{mention('light')} other than {mention('light', 'none')}.",
        )
    return PreparedImages(request, prepare_subjects(preparer, request, own_pictures), background, light_map)


def prepare_subjects(preparer: Preparer, request: Request, own_pictures: Sequence[Any]) -> tuple[Subject, ...]:
    """The subjects of a request, cut out; parameters and errors are those of ``prepare_images``."""
    pictures = [request.foreground] if request.foreground is not None else list(own_pictures)
    if not pictures:
        raise ICLightError(
            ErrorCode.NO_SUBJECT,
            f"IC-Light has no subject: give a picture as {mention('foreground')}, or switch IC-Light off.",
        )
    return tuple(preparer.subject(p, request) for p in pictures)


def _lay_over(subject: Subject, light: RGB, fit: Fit) -> RGB:
    height, width = light.shape[:2]
    alpha = images.to_levels(subject.alpha)
    return images.over(
        fit.apply(subject.rgb, width, height, 0), images.to_matte(fit.apply(alpha, width, height, 0)), light
    )
