"""Pictures that wait for their light: what a page needs to light one while the light is dragged over it."""

from __future__ import annotations

import hmac
import json
import secrets
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_iclight import log, painting
from lib_iclight.cache import Cache
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.images import RGB, Matte
from lib_iclight.light import maps
from lib_iclight.painting import Lamp, Lighting, Prepared
from lib_iclight.painting.lamps import Point
from lib_iclight.painting.vectors import at_working_size
from lib_iclight.request.args import OPTIONS, Request
from lib_iclight.subject.compose import OWN, compose, draw_behind, make_backdrop
from lib_iclight.subject.prepare import CACHED_BYTES, Preparer, Subject, prepare_subjects

STEPS = 32767
"""Vectors travel as 16-bit whole numbers, which stand for -1..1. Half floats would be as short and 16 times coarser
near 1, which a hard edge of light shows: it divides by the softness."""

JPEG_QUALITY = 92


@dataclass(frozen=True)
class LivePicture:
    """A subject at the painting's working size [h, w].

    :ivar behind: None for its own transparency; ``rgb`` itself for its own background.
    """

    rgb: RGB
    alpha: Matte
    behind: RGB | None
    prepared: Prepared

    @property
    def nbytes(self) -> int:
        return self.rgb.nbytes * 2 + self.alpha.nbytes + self.prepared.density.nbytes * 7

    def relight(self, lighting: Lighting) -> NDArray[np.uint8]:
        """The picture in some light, uint8 [h, w, 3], or [h, w, 4] before nothing."""
        return compose(painting.light(self.rgb, self.prepared, *lighting), self.alpha, self.behind)

    def pack(self) -> bytes:
        """Everything for a renderer: ``relight`` then needs nothing else but lamps.

        A little-endian uint32 says how long the JSON is that follows it (``width``, ``height``, and
        ``behind``: nothing, own or picture; padded with spaces to four bytes). Then, row by row from the top: int16
        [h, w, 4] density and rows of R, G, B; int16 [h, w, 4] columns of R, G, B and alpha, each in steps of 1 / 32767;
        uint8 [h, w, 3] the picture; uint8 [h, w, 3] the picture behind, if it is another.
        """
        height, width = self.alpha.shape
        kind = "nothing" if self.behind is None else "own" if self.behind is self.rgb else "picture"
        head = json.dumps({"width": width, "height": height, "behind": kind}).encode()
        head += b" " * (-len(head) % 4)
        vectors = self.prepared
        parts = [
            len(head).to_bytes(4, "little") + head,
            _quantize(vectors.density, *vectors.rows),
            _quantize(*vectors.columns, self.alpha),
            self.rgb.tobytes(),
        ]
        if self.behind is not None and kind == "picture":
            parts.append(self.behind.tobytes())
        return b"".join(parts)


class LivePictures:
    """Keeps pictures under names that cannot be guessed: whoever knows one may see the picture.

    :param cached_bytes: how much is kept of vectors, and of pictures.
    """

    def __init__(self, preparer: Preparer, cached_bytes: int = CACHED_BYTES) -> None:
        self._preparer = preparer
        self._vectors: Cache[Prepared] = Cache(cached_bytes, lambda p: p.density.nbytes * 7)
        self._kept: Cache[LivePicture] = Cache(cached_bytes, lambda picture: picture.nbytes)
        self._secret = secrets.token_bytes(32)

    def vectors(self, subject: Subject) -> Prepared:
        """The vectors of a subject, made once for its content."""

        def prepare() -> Prepared:
            log.count("prepare")
            # What lies under a picture's own transparency is anything.
            return painting.prepare(subject.on_grey if subject.method == "alpha" else subject.rgb)

        return self._vectors.get(subject.name, prepare)

    def open(self, request: Request, lock: AbstractContextManager[Any], plain: str = OWN) -> tuple[str, LivePicture]:
        """The picture of a request's subject, and its name.

        :param lock: in which a matting network waits for its turn on the device; nothing else waits.
        :param plain: what is behind it, as ``Job.backdrop``.
        :raises ICLightError: a picture is missing or cannot be decoded or cut out.
        """
        other = make_backdrop(self._preparer, request, plain)
        with lock if self._preparer.needs_device(request) else nullcontext():
            (subject,) = prepare_subjects(self._preparer, request, ())
        content = f"{subject.name}/{other.name if other else OWN}".encode()
        name = hmac.new(self._secret, content, "sha256").hexdigest()

        def make() -> LivePicture:
            rgb = at_working_size(subject.rgb)
            size = rgb.shape[1::-1]
            shrinks = size[0] < subject.alpha.shape[1]
            alpha = cv2.resize(subject.alpha, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
            below = draw_behind(subject, rgb, other)
            return LivePicture(rgb, np.asarray(alpha, np.float32), below, self.vectors(subject))

        return name, self._kept.get(name, make)

    def picture(self, name: str) -> LivePicture:
        """The picture of that name.

        :raises ICLightError: it is not kept, or no longer.
        """
        return self._kept.get(name, _raise_gone)

    def render(self, name: str, request: Request) -> tuple[bytes, str]:
        """A picture in the light of a request, to be shown for a moment: a JPEG, or a PNG where it has an alpha.

        :returns: the file's bytes and its media type.
        :raises ICLightError: as ``picture`` and ``painting.lighting``.
        """
        return _encode(self.picture(name).relight(painting.lighting(request.light_options)))


def _raise_gone() -> LivePicture:
    raise ICLightError(
        ErrorCode.PICTURE_EXPIRED, "IC-Light: this picture is no longer kept for lighting: give it again."
    )


def _quantize(*planes: NDArray[np.float32]) -> bytes:
    return (np.stack(planes, axis=-1) * STEPS).round().astype("<i2").tobytes()


def describe_light(request: Request) -> dict[str, Any]:
    """The light of a request for a renderer: ``options``, by which the server draws it, its ``lighting``, and
    ``hand``: the lighting that it becomes where the light is taken by hand.

    :raises ICLightError: as ``painting.lighting``.
    """
    by_hand = replace(request, light="point")
    return {
        "options": {key: OPTIONS[key].kind.to_control(getattr(request, key)) for key in maps.DRAWN_BY},
        "lighting": to_plain(painting.lighting(request.light_options)),
        "hand": to_plain(painting.lighting(by_hand.light_options)),
    }


def to_plain(lighting: Lighting) -> dict[str, Any]:
    """Everything that shines, in plain values: strengths and colours are multiplied already."""
    return {
        "ambient": [lighting.ambient * level for level in lighting.ambient_color],
        "lamps": [_lamp(lamp) for lamp in lighting.lamps],
    }


def _lamp(lamp: Lamp) -> dict[str, Any]:
    source = lamp.source
    return {
        "point": isinstance(source, Point),
        "x": source.x,
        "y": source.y,
        "height": source.height,
        "color": [lamp.intensity * level for level in lamp.color],
        "softness": lamp.softness,
    }


def _encode(picture: NDArray[np.uint8]) -> tuple[bytes, str]:
    if picture.shape[-1] == 4:
        turned = cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA)
        return cv2.imencode(".png", turned, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes(), "image/png"
    turned = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes(), "image/jpeg"
