"""Pictures that wait for their light: what a page needs to light one while the light is dragged over it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight import decoding, log
from lib_iclight.cache import Budget, Cache
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.images import RGB, Matte
from lib_iclight.light import maps
from lib_iclight.light.environment import Prefiltered
from lib_iclight.light.panorama import TURNED_BY
from lib_iclight.request.args import OPTIONS, Request
from lib_iclight.shading import (
    PREPARE,
    AnyLighting,
    Form,
    Lighting,
    Lit,
    NormalMap,
    Picture,
    Working,
    at_working_size,
    lighting_of,
    place_normal_map,
    shadow_to_plain,
    to_plain,
)
from lib_iclight.shading.cast_shadow import CAST_BY, lay_cast
from lib_iclight.shading.lit_subject import read_normal_map
from lib_iclight.subject.compose import OWN, Backdrop, can_place, draw_behind, make_backdrop
from lib_iclight.subject.fit import PLACED_BY, Placing, canvas_of
from lib_iclight.subject.prepare import Preparer, environment_of, prepare_subjects
from lib_iclight.subject.prepared import Subject, placing_of
from lib_iclight.web.packed import pack_head, quantize

Canvas = tuple[int | None, int | None]
"""Width and height, as ``canvas_of`` takes them."""

OWN_SIZE: Canvas = (None, None)

GAIN = 8
"""What a gain is divided by where it travels: none is larger."""

JPEG_QUALITY = 92

SHAPED_BY = ("shading", "normal_map", "normal_green")
"""The options that a subject is prepared by, beside its own pictures."""

SURFACE = ("shading", "roughness", "specular", "backdrop_light")
"""The options of how it then takes the light."""

LIT_BY = (*maps.DRAWN_BY, *TURNED_BY, *SURFACE, *CAST_BY)
"""The options that the light of a picture depends on, once it is prepared. A panorama is given with the picture."""


@dataclass(frozen=True)
class LivePicture:
    """A subject at the working size [h, w].

    :ivar working: the subject.
    :ivar behind: None for its own transparency; ``working.rgb`` itself for its own background.
    :ivar shading: how light falls on it, by the option's values, where nothing else is asked for.
    :ivar size: width and height of the subject's picture.
    :ivar prepare: gives it prepared for a shading.
    :ivar cut: gives the subject at its own size.
    :ivar panorama: gives the panorama that may light it; None where there is none.
    :ivar sources: how many bytes the pictures have that it is cut out of again, where it is no longer kept.
    """

    working: Working
    behind: RGB | None
    shading: str
    size: tuple[int, int]
    prepare: Callable[[str], Lit]
    cut: Callable[[], Subject]
    panorama: Callable[[], Prefiltered] | None
    sources: int

    @property
    def rgb(self) -> RGB:
        return self.working.rgb

    @property
    def alpha(self) -> Matte:
        return self.working.alpha

    @property
    def nbytes(self) -> int:
        kept = (self.rgb, self.working.strokes, self.alpha, self.working.normals, self.behind)
        return self.sources + sum({id(plane): plane.nbytes for plane in kept if plane is not None}.values())

    def relight(self, lighting: AnyLighting) -> NDArray[np.uint8]:
        """The picture in some light, uint8 [h, w, 3], or [h, w, 4] before nothing."""
        return self.prepare(lighting.shading).relight(self._picture, lighting)

    def show(self, request: Request) -> NDArray[np.uint8]:
        """The picture in the light of a request, with its shadow; as ``relight``.

        :raises ICLightError: as ``lighting_of`` and ``environment_of``.
        """
        environment = environment_of(request, self.panorama)
        lighting = lighting_of(request, environment)
        return self.prepare(lighting.shading).relight(lay_cast(self._picture, request, environment), lighting)

    @property
    def _picture(self) -> Picture:
        return Picture(self.rgb, self.alpha, self.behind)

    def pack(self) -> bytes:
        """Everything for a renderer: ``relight`` then needs nothing else but lamps. Of a shadow: ``live_shadow``.

        A little-endian uint32 says how long the JSON is that follows it (``width``, ``height``, ``size``: the subject's
        own, ``behind``: nothing, own or picture, and ``shading``; padded with spaces to four bytes). Then, row by row
        from the top, in steps of 1 / 32767: of strokes int16 [h, w, 4] density and rows of R, G, B, and int16 [h, w, 4]
        columns of R, G, B and alpha; of a form int16 [h, w, 4] the normal's two equal-area coordinates (``_flatten``),
        an eighth of the gain and alpha. Then uint8 [h, w, 3] the picture; uint8 [h, w, 3] the picture behind, if it is
        another.
        """
        height, width = self.alpha.shape
        kind = "nothing" if self.behind is None else "own" if self.behind is self.rgb else "picture"
        told = {"width": width, "height": height, "size": self.size, "behind": kind, "shading": self.shading}
        head = pack_head(told)
        parts = [head, *self._quantize(), self.rgb.tobytes()]
        if self.behind is not None and kind == "picture":
            parts.append(self.behind.tobytes())
        return b"".join(parts)

    def _quantize(self) -> list[bytes]:
        prepared = self.prepare(self.shading)
        if isinstance(prepared, Form):
            surface = prepared.surface
            return [quantize(*_flatten(surface.normals), surface.gain / np.float32(GAIN), self.alpha)]
        vectors = prepared.prepared
        return [quantize(vectors.density, *vectors.rows), quantize(*vectors.columns, self.alpha)]


class LivePictures:
    """Keeps pictures under names that cannot be guessed: whoever knows one may see the picture.

    :param budget: for what is prepared, and for pictures, in bytes; by default one of its own.
    """

    def __init__(self, preparer: Preparer, budget: Budget | None = None) -> None:
        self._preparer = preparer
        budget = budget or Budget()
        self._lit: Cache[Lit] = Cache(budget, lambda lit: lit.nbytes)
        self._normal_maps: Cache[NormalMap] = Cache(budget, lambda normal_map: normal_map.rgb.nbytes)
        self._kept: Cache[LivePicture] = Cache(budget, lambda picture: picture.nbytes)
        self._secret = secrets.token_bytes(32)

    def relight(self, request: Request, lock: AbstractContextManager[Any], plain: str = OWN) -> NDArray[np.uint8]:
        """The picture of a request's subject in the request's light, without a model and at its own size.

        :returns: uint8 [H, W, 3]; [H, W, 4] before nothing.
        :raises ICLightError: as ``open`` and ``light``.
        """
        # Refused before a subject is cut out.
        lighting = lighting_of(request, self._preparer.environment(request))
        other = make_backdrop(self._preparer, request, plain)
        return self.light(self._subject(request, lock), request, lighting, other)

    def light(
        self,
        subject: Subject,
        request: Request,
        lighting: AnyLighting,
        other: Backdrop | None,
        canvas: Canvas = OWN_SIZE,
    ) -> NDArray[np.uint8]:
        """A subject in the light of a request; as ``relight``.

        :param lighting: that of the request.
        :param other: what is behind it, where that is not its own.
        :param canvas: on which it lies, where the request places it.
        :raises ICLightError: it is placed in its own background; normals of other proportions; as ``lay_subject``.
        """
        subject, normal_map = self._show(subject, request, other, canvas)
        prepared = self._prepare(
            _name(subject, normal_map), request.shading, lambda: at_working_size(subject, normal_map)
        )
        behind = draw_behind(subject, subject.rgb, other)
        surroundings = lighting.environment if isinstance(lighting, Lighting) else None
        picture = lay_cast(Picture(subject.rgb, subject.alpha, behind), request, surroundings)
        return prepared.relight(picture, lighting)

    def _prepare(self, name: str, shading: str, working: Callable[[], Working]) -> Lit:
        """A subject prepared for a shading, once for its content."""

        def prepare() -> Lit:
            log.count("prepare")
            return PREPARE[shading](working())

        return self._lit.get((name, shading), prepare)

    def _show(
        self, subject: Subject, request: Request, other: Backdrop | None, canvas: Canvas
    ) -> tuple[Subject, NormalMap | None]:
        """A subject as it is shown before what is behind it, and the normals that are given of it."""
        normal_map = read_normal_map(self._preparer, request)
        if other is not None and request.despill != "off":
            despilled = self._preparer.despill(subject)
            subject = replace(despilled, name=f"{despilled.name}/before", rgb=despilled.foreground)
        placing = placing_of(request)
        if placing == Placing():
            return subject, normal_map
        if not can_place(subject, other):
            raise ICLightError(
                ErrorCode.NO_BACKGROUND,
                "IC-Light: without a model a subject is placed only before another background than its own, which has "
                f"its place already: give a {mention('background')} or a plain backdrop, or leave "
                f"{', '.join(map(mention, PLACED_BY))} as they are.",
            )
        size = canvas_of(subject.rgb.shape[1::-1], *canvas)
        placed = self._preparer.place(subject, placing, *size)
        if normal_map is None:
            return placed, None
        given = normal_map
        key = (placed.name, given.name, given.green)
        return placed, self._normal_maps.get(key, lambda: place_normal_map(given, subject, placing, *size))

    def _subject(self, request: Request, lock: AbstractContextManager[Any]) -> Subject:
        with lock if self._preparer.needs_device(request) else nullcontext():
            (subject,) = prepare_subjects(self._preparer, request, ())
        return subject

    def open(
        self, request: Request, lock: AbstractContextManager[Any], plain: str = OWN, canvas: Canvas = OWN_SIZE
    ) -> tuple[str, LivePicture]:
        """The picture of a request's subject, and its name.

        :param lock: in which a matting network waits for its turn on the device; nothing else waits.
        :param plain: what is behind it, as ``Job.backdrop``.
        :param canvas: as ``light``.
        :raises ICLightError: a picture is missing or cannot be decoded or cut out; as ``light``.
        """
        other = make_backdrop(self._preparer, request, plain)

        def show(other: Backdrop | None) -> tuple[Subject, NormalMap | None]:
            return self._show(self._subject(request, lock), request, other, canvas)

        subject, normal_map = show(other)
        content = _name(subject, normal_map)
        around = request.panorama
        panorama = None if around is None else decoding.digest(around, mention("panorama"))
        named = f"{content}/{request.shading}/{other.name if other else OWN}/{panorama}"
        name = hmac.new(self._secret, named.encode(), "sha256").hexdigest()

        def make() -> LivePicture:
            working = at_working_size(subject, normal_map)
            below = draw_behind(subject, working.rgb, other)
            picture = LivePicture(
                working,
                below,
                request.shading,
                subject.rgb.shape[1::-1],
                lambda shading: self._prepare(content, shading, lambda: working),
                # Made again, too: what it shows is larger than this picture.
                lambda: show(make_backdrop(self._preparer, request, plain))[0],
                None if around is None else cache(lambda: self._preparer.panorama(around)),
                sum(len(value) for value in vars(request).values() if isinstance(value, (str, bytes))),
            )
            # What cannot be prepared is told where the picture is given, and not with its first light.
            picture.prepare(request.shading)
            return picture

        return name, self._kept.get(name, make)

    def picture(self, name: str) -> LivePicture:
        """The picture of that name.

        :raises ICLightError: it is not kept, or no longer.
        """
        return self._kept.get(name, _raise_gone)

    def render(self, name: str, request: Request) -> tuple[bytes, str]:
        """A picture in the light of a request, to be shown for a moment: a JPEG, or a PNG where it has an alpha.

        :returns: the file's bytes and its media type.
        :raises ICLightError: as ``picture`` and ``lighting_of``.
        """
        return _encode(self.picture(name).show(request))


def _name(subject: Subject, normal_map: NormalMap | None) -> str:
    return f"{subject.name}/{normal_map.name}/{normal_map.green}" if normal_map else subject.name


def _raise_gone() -> LivePicture:
    raise ICLightError(
        ErrorCode.PICTURE_EXPIRED, "IC-Light: this picture is no longer kept for lighting: give it again."
    )


def _flatten(normals: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """``(x, y) / sqrt(1 + z)``: Lambert's azimuthal projection, as exact at a form's rim as at its middle.

    Back: with ``s`` the sum of both squares, ``z = 1 - s``, and x, y are they times ``sqrt(2 - s)``.
    """
    right, up, out = (np.asarray(plane, np.float32) for plane in cv2.split(normals))
    length = np.sqrt(1 + out)
    return [np.asarray(part / length, np.float32) for part in (right, up)]


def describe_light(request: Request) -> dict[str, Any]:
    """The light of a request for a renderer: ``options``, by which the server draws it, its ``lighting``, and
    ``hand``: the lighting that it becomes where the light is taken by hand. A panorama is the server's alone to draw.

    :raises ICLightError: as ``lighting_of``.
    """
    by_hand = replace(request, light="point")
    lightings = {"lighting": request, "hand": by_hand}
    return {
        "options": {key: OPTIONS[key].kind.to_control(getattr(request, key)) for key in LIT_BY},
        **{name: {**to_plain(lighting_of(of)), "shadow": shadow_to_plain(of)} for name, of in lightings.items()},
    }


def _encode(picture: NDArray[np.uint8]) -> tuple[bytes, str]:
    if picture.shape[-1] == 4:
        turned = cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA)
        return cv2.imencode(".png", turned, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes(), "image/png"
    turned = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes(), "image/jpeg"
