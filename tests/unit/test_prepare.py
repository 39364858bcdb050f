from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight import log
from lib_iclight.errors import ICLightError
from lib_iclight.request.args import build
from lib_iclight.subject.fit import Fit
from lib_iclight.subject.prepare import Preparer, prepare_images
from lib_iclight.subject.prepared import PreparedImages
from tests.unit.subjects import cut

RNG = np.random.default_rng(2)
RGB = RNG.integers(0, 256, (12, 8, 3), np.uint8)
ALPHA = RNG.integers(0, 256, (12, 8), np.uint8)
MASK = RNG.integers(1, 256, (12, 8), np.uint8)
OWN_ALPHA = Image.fromarray(np.dstack([RGB, ALPHA]))


@pytest.fixture
def preparer() -> Preparer:
    return Preparer(dict, lambda module: pytest.fail("no network runs here"))


def scene(preparer: Preparer, own: tuple[Any, ...] = (), **values: Any) -> PreparedImages:
    return prepare_images(preparer, build({"matting": "none", **values}), own)


def test_a_mask_wins_over_the_pictures_own_alpha(preparer: Preparer) -> None:
    subject = preparer.subject(OWN_ALPHA, cut(Image.fromarray(MASK), "auto"))
    assert (subject.alpha == MASK / np.float32(255)).all()
    assert subject.method == "mask"


@pytest.mark.parametrize("matting", ["auto", "none"])
def test_the_pictures_own_alpha_is_kept_soft(preparer: Preparer, matting: str) -> None:
    subject = preparer.subject(OWN_ALPHA, cut(None, matting))
    assert (subject.alpha == ALPHA / np.float32(255)).all()
    assert subject.method == "alpha"


def test_without_matting_all_of_an_opaque_picture_is_subject(preparer: Preparer) -> None:
    subject = preparer.subject(Image.fromarray(RGB), cut(None, "none"))
    assert (subject.alpha == 1).all()
    assert (subject.on_grey == RGB).all()


def test_neutral_grey_in_a_subject_is_no_hole(preparer: Preparer) -> None:
    grey = preparer.subject(Image.new("RGB", (4, 4), (127, 127, 127)), cut(Image.new("L", (4, 4), 255), "auto"))
    assert (grey.alpha == 1).all()


def test_auto_without_an_alpha_and_an_installed_model_takes_what_comes_along(preparer: Preparer) -> None:
    with Image.open(Path(__file__).parents[2] / "docs" / "astronaut.jpg") as photo:
        subject = preparer.subject(photo, cut(None, "auto"))
    assert subject.method == "u2netp"
    assert subject.alpha[60, 330] < 0.05
    assert subject.alpha[110, 225] > 0.95


def test_a_matting_named_is_done_though_there_is_an_alpha(preparer: Preparer) -> None:
    photo = np.full((120, 100, 4), 255, np.uint8)
    photo[30:100, 30:70, :3] = (200, 30, 40)
    photo[..., 3][:, :20] = 10
    subject = preparer.subject(Image.fromarray(photo), cut(None, "grabcut"))
    assert subject.method == "grabcut"
    assert subject.alpha[60, 50] > 0.9
    assert subject.alpha[5, 90] < 0.1


def test_a_matting_whose_model_is_missing_is_refused(preparer: Preparer) -> None:
    with pytest.raises(ICLightError, match=r"rmbg-1\.4.*not installed"):
        preparer.subject(Image.fromarray(RGB), cut(None, "rmbg-1.4"))


def test_a_subject_is_cut_out_once_and_again_when_the_picture_changed(preparer: Preparer) -> None:
    preparer.subject(OWN_ALPHA, cut(None, "auto"))
    before = log.counts()
    preparer.subject(OWN_ALPHA.copy(), cut(None, "auto"))
    assert log.counts() == before
    changed = OWN_ALPHA.copy()
    changed.putpixel((0, 0), (1, 2, 3, 4))
    assert preparer.subject(changed, cut(None, "auto")).name != preparer.subject(OWN_ALPHA, cut(None, "auto")).name


def test_what_leaves_nothing_is_refused(preparer: Preparer) -> None:
    with pytest.raises(ICLightError, match="nothing of the foreground is left by its mask"):
        preparer.subject(Image.fromarray(RGB), cut(Image.new("L", (8, 12)), "auto"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "no subject"),
        ({"foreground": OWN_ALPHA, "light": "custom"}, "light_map is missing"),
        ({"foreground": OWN_ALPHA, "model": "fbc"}, "needs a background picture"),
        ({"foreground": "x"}, "foreground"),
        ({"foreground": OWN_ALPHA, "foreground_mask": "x"}, "foreground_mask"),
        ({"foreground": OWN_ALPHA, "model": "fbc", "background": "x"}, "background"),
        ({"foreground": OWN_ALPHA, "light": "custom", "light_map": "x"}, "light_map"),
    ],
)
def test_what_is_missing_or_unreadable_is_named(preparer: Preparer, values: dict[str, Any], said: str) -> None:
    with pytest.raises(ICLightError, match=said):
        scene(preparer, **values)


def test_img2imgs_pictures_are_the_subjects_unless_one_is_given(preparer: Preparer) -> None:
    other = Image.fromarray(255 - RGB)
    assert len(scene(preparer, (OWN_ALPHA, other)).subjects) == 2
    (given,) = scene(preparer, (OWN_ALPHA, other), foreground=Image.fromarray(RGB)).subjects
    assert (given.rgb == RGB).all()


def test_a_flipped_background_is_another_picture(preparer: Preparer) -> None:
    wanted = {"foreground": OWN_ALPHA, "model": "fbc", "background": Image.fromarray(RGB)}
    (plain,) = scene(preparer, **wanted).backgrounds(8, 12, Fit())
    (flipped,) = scene(preparer, **wanted, flip_background=True).backgrounds(8, 12, Fit())
    assert plain.name != flipped.name
    assert (plain.draw()[:, ::-1] == flipped.draw()).all()


def test_a_plates_name_says_all_that_it_is_made_of(preparer: Preparer) -> None:
    def names(**values: Any) -> set[Any]:
        made = scene(preparer, foreground=OWN_ALPHA, **values)
        return {p.name for size in ((8, 8), (16, 8)) for p in made.initial(*size, Fit())}

    lights = [
        names(light="left"),
        names(light="right"),
        names(light="left", light_color="#ff0000"),
        names(light="left", light_softness=0.5),
        names(light="left", reinforce_foreground="flat"),
        names(light="custom", light_map=Image.fromarray(RGB)),
        names(light="custom", light_map=Image.fromarray(255 - RGB)),
    ]
    assert len(set.union(*lights)) == 2 * len(lights)


def test_stretch_contain_and_crop_follow_img2img(preparer: Preparer) -> None:
    (picture,) = scene(preparer, (OWN_ALPHA,)).foregrounds(24, 24, Fit("contain", (0, 0, 8, 4), (8, 12)))
    drawn = picture.draw()
    assert drawn.shape == (24, 24, 3)
    assert (drawn[:6] == 127).all()
    assert (drawn[18:] == 127).all()
    (stretched,) = scene(preparer, (OWN_ALPHA,)).foregrounds(24, 24, Fit("stretch"))
    assert stretched.name != picture.name


PART = Fit("contain", (16, 24, 48, 72), (64, 96))


def test_a_part_of_the_picture_gets_its_part_of_subject_background_and_light(preparer: Preparer) -> None:
    """In img2img's inpainting of the masked area, the one place where hosts say which part of a picture they sample."""
    given = {"foreground": Image.fromarray(RGB), "background": Image.fromarray(255 - RGB), "light": "left"}
    fbc, fc = scene(preparer, **given, model="fbc"), scene(preparer, **given, model="fc")
    parts = [fc.foregrounds(32, 48, PART), fbc.backgrounds(32, 48, PART), fc.initial(32, 48, PART)]
    wholes = [fc.foregrounds(64, 96, Fit()), fbc.backgrounds(64, 96, Fit()), fc.initial(64, 96, Fit())]
    for (part,), (whole,) in zip(parts, wholes, strict=True):
        assert (part.draw() == whole.draw()[24:72, 16:48]).all()
        assert part.name != whole.name
