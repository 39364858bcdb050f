"""The ways in: a subject, its mask, a background, a light map, img2img's picture."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight.errors import ICLightError
from lib_iclight.request.args import build
from lib_iclight.subject.prepare import Preparer, prepare_images
from lib_iclight.subject.prepared import PreparedImages
from tests.unit.strange import WIDE, in_space, photo, profile, saved, text_of
from tests.unit.subjects import cut

CUT_OUT = photo(8, 12)
CUT_OUT.putalpha(Image.linear_gradient("L").resize(CUT_OUT.size))


@pytest.fixture
def preparer() -> Preparer:
    return Preparer(dict, lambda module: pytest.fail("no network runs here"))


def scene(preparer: Preparer, own: tuple[Any, ...] = (), **values: Any) -> PreparedImages:
    return prepare_images(preparer, build({"matting": "none", **values}), own)


def test_a_profile_acts_on_subject_mask_background_and_light_map(preparer: Preparer) -> None:
    source = photo(40, 56)
    wide = Image.fromarray(in_space(source, WIDE, 2.19921875).round().astype(np.uint8))
    icc = profile(WIDE, 2.19921875)
    file = text_of(saved(wide, icc_profile=icc))
    grey = Image.linear_gradient("L").resize(source.size)
    for value in (file, Image.open(io.BytesIO(saved(wide, icc_profile=icc)))):
        pictures = [
            preparer.subject(value, cut(None, "none")).rgb,
            scene(preparer, (value,), matting="none").subjects[0].rgb,
            scene(preparer, foreground=CUT_OUT, model="fbc", background=value).background[1],  # type: ignore[index]
            scene(preparer, foreground=CUT_OUT, light="custom", light_map=value).light_map[1],  # type: ignore[index]
        ]
        for rgb in pictures:
            assert abs(rgb.astype(int) - np.asarray(source, int)).mean() < 1
    mask = text_of(saved(grey, icc_profile=profile((), 1.0, b"GRAY")))
    assert (
        preparer.subject(file, cut(mask, "auto")).alpha.mean()
        > preparer.subject(file, cut(grey, "auto")).alpha.mean() + 0.1
    )


def test_a_mask_in_other_proportions_is_refused_and_an_opaque_alpha_is_cut_out_anew(preparer: Preparer) -> None:
    with pytest.raises(ICLightError, match="foreground_mask has 12x8 pixels and its picture 8x12"):
        preparer.subject(photo(8, 12), cut(Image.new("L", (12, 8), 255), "auto"))
    almost = photo(8, 12)
    almost.putalpha(254)
    assert preparer.subject(almost, cut(None, "none")).method == "none"
    assert (preparer.subject(almost, cut(None, "none")).alpha == 1).all()
