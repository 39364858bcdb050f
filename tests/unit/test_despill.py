"""Subjects without the colour of their old background."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight import images, log
from lib_iclight.request.args import build
from lib_iclight.standalone.job import Job
from lib_iclight.standalone.service import Service
from lib_iclight.subject.fit import Fit
from lib_iclight.subject.prepare import Preparer, prepare_images, prepare_subjects
from lib_iclight.subject.prepared import Subject
from lib_iclight.web.live import LivePictures

RED, GREEN = (200, 40, 30), (20, 220, 40)


def scene() -> tuple[Image.Image, Image.Image]:
    """A red disc with a soft edge before green, and its matte."""
    y, x = np.mgrid[:96, :96]
    alpha = ((40 - np.hypot(x - 47.5, y - 47.5)) / 12).clip(0, 1)
    picture = alpha[..., None] * RED + (1 - alpha[..., None]) * GREEN
    return Image.fromarray(picture.round().astype(np.uint8)), Image.fromarray((alpha * 255).round().astype(np.uint8))


def masked(**options: Any) -> dict[str, Any]:
    picture, mask = (images.to_base64(part) for part in scene())
    return {"foreground": picture, "foreground_mask": mask, **options}


def subject(**options: Any) -> Subject:
    (found,) = prepare_subjects(preparer(), build(masked(**options)), ())
    return found


def preparer() -> Preparer:
    return Preparer(dict, lambda network: network)


def greenness(rgb: np.ndarray, alpha: np.ndarray) -> float:
    """How much more green than the disc's its soft edge is, in levels."""
    soft = (alpha > 0.2) & (alpha < 0.8)
    return float((rgb[soft][:, 1].astype(float) - RED[1]).mean())


def test_models_are_shown_the_picture_as_it_is_unless_asked() -> None:
    plain, off, on = subject(), subject(despill=False), subject(despill=True)
    assert plain.foreground is plain.rgb
    assert off.foreground is off.rgb
    assert greenness(plain.foreground, plain.alpha) > 60
    assert greenness(on.foreground, on.alpha) < 20
    assert (on.rgb == plain.rgb).all()
    solid = (on.alpha == 1) | (on.alpha == 0)
    assert (on.foreground[solid] == on.rgb[solid]).all()
    (shown,) = prepare_images(preparer(), build(masked(despill=True)), []).foregrounds(96, 96, Fit())
    (before,) = prepare_images(preparer(), build(masked()), []).foregrounds(96, 96, Fit())
    assert shown.name != before.name
    edge = (on.alpha > 0.2) & (on.alpha < 0.8)
    assert shown.draw()[edge][:, 1].mean() < before.draw()[edge][:, 1].mean() - 20


def test_it_is_done_once() -> None:
    made, request = preparer(), build(masked(despill=True))
    before = log.counts().get("despill", 0)
    first, second = (prepare_subjects(made, request, ())[0] for _ in range(2))
    assert first is second
    assert log.counts()["despill"] == before + 1


@pytest.mark.parametrize(("options", "less"), [({}, True), ({"despill": True}, True), ({"despill": False}, False)])
def test_without_a_model_it_is_done_before_another_background(options: dict[str, Any], less: bool) -> None:
    service = Service([], "classic")
    args = masked(light="ambient", **options)
    blue = service.generate(Job([args], backdrop="#202020")).images[0]
    alpha = np.asarray(scene()[1]) / 255
    soft = (alpha > 0.2) & (alpha < 0.8)
    ratio = np.asarray(blue, np.float64)[soft]
    assert (ratio[:, 1] < ratio[:, 0]).mean() > 0.95 if less else (ratio[:, 1] > ratio[:, 0]).mean() > 0.3


def test_before_its_own_background_nothing_is_done() -> None:
    service = Service([], "classic")
    pictures = [
        service.generate(Job([masked(light="left", **options)])).images[0].tobytes()
        for options in ({}, {"despill": False})
    ]
    assert pictures[0] == pictures[1]


def test_a_pictures_own_alpha_has_its_own_colours() -> None:
    picture, mask = scene()
    picture.putalpha(mask)
    (found,) = prepare_subjects(preparer(), build({"foreground": images.to_base64(picture), "despill": True}), ())
    assert found.foreground is found.rgb


def test_the_page_shows_what_is_saved() -> None:
    live = LivePictures(preparer())
    request = build(masked(light="left"))
    _, picture = live.open(request, nullcontext(), "#202020")
    _, own = live.open(request, nullcontext())
    assert greenness(images.at_working_size(own.rgb), own.alpha) > 60
    assert greenness(picture.rgb, picture.alpha) < 20
