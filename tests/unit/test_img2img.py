"""What img2img has beyond txt2img: pictures of its own, parts of them, colours of its own, a batch tab."""

from __future__ import annotations

import copy
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts import batch_tab, img2img
from lib_iclight.request.args import build
from lib_iclight.subject.fit import Fit

y, x = np.mgrid[:96, :64]
PICTURE = Image.fromarray(np.stack([2 * y, 4 * x, 255 - y - x], axis=-1).astype(np.uint8))
TILE = PICTURE.crop((0, 0, 40, 48))


class Processing(SimpleNamespace):
    __hash__ = object.__hash__

    def comment(self, text: str) -> None:
        self.said = text

    def init(self, *args: Any) -> None:
        self.own_init(*args)


def processing(*pictures: Any, script: int = 0, **fields: Any) -> Processing:
    p = Processing(init_images=list(pictures), script_args=[script, "x"], **fields)
    img2img.remember_pictures(p, img2img.own_pictures(p) or ())
    return p


def test_the_pictures_of_img2img() -> None:
    assert img2img.own_pictures(Processing()) is None
    assert img2img.own_pictures(Processing(init_images=None)) == []
    assert img2img.own_pictures(processing("a", "b")) == ["a", "b"]


def test_the_subject_is_fitted_as_img2img_fits_its_picture() -> None:
    assert img2img.fit(processing(paste_to=None, resize_mode=0)) == Fit("stretch")
    assert img2img.fit(processing(paste_to=None, resize_mode=1)) == Fit("cover")
    part = processing(PICTURE, paste_to=(10, 20, 30, 40), resize_mode=0)
    assert img2img.fit(part) == Fit("contain", (10, 20, 40, 60), (64, 96))


WHOLE = [
    {"foreground": PICTURE},
    {"foreground_mask": PICTURE},
    {"light": "left"},
    {"model": "fbc", "background": PICTURE},
    {"matting": "auto"},
]


@pytest.mark.parametrize("values", WHOLE)
def test_a_scripts_tiles_are_refused_where_a_part_would_have_to_be_known(values: dict[str, Any]) -> None:
    request = build({"matting": "none", **values})
    p = processing(PICTURE, script=2)
    img2img.refuse_parts(p, request)
    p.init_images = [TILE]
    with pytest.raises(ICLightError, match="tiles"):
        img2img.refuse_parts(p, request)
    with pytest.raises(ICLightError, match="tiles"):
        img2img.refuse_parts(copy.copy(p), request)
    p.script_args = [0]
    img2img.refuse_parts(p, request)


def test_a_tile_is_its_own_part_of_the_subject() -> None:
    p = processing(PICTURE, script=1)
    p.init_images = [TILE]
    img2img.refuse_parts(p, build({"matting": "none"}))


def test_the_whole_picture_at_another_size_and_results_are_no_tiles() -> None:
    request = build({"light": "left"})
    p = processing(PICTURE, script=1)
    p.init_images = [PICTURE.resize((130, 190), Image.Resampling.LANCZOS)]
    img2img.refuse_parts(p, request)
    result = Image.new("RGB", (64, 64), "red")
    p.init_images = [result]
    with pytest.raises(ICLightError):
        img2img.refuse_parts(p, request)
    img2img.remember_pictures(p, [result])
    img2img.refuse_parts(p, request)


def test_what_is_transparent_does_not_count_for_the_view() -> None:
    clear = PICTURE.convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 64, 48))
    white = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    p = processing(clear, script=1)
    p.init_images = [white]
    img2img.refuse_parts(p, build({"light": "left"}))


@pytest.mark.parametrize(("setting", "own"), [(True, None), (False, ["of the loopback"])])
def test_results_keep_their_colours_and_it_is_said(monkeypatch: pytest.MonkeyPatch, setting: bool, own: Any) -> None:
    options = SimpleNamespace(img2img_color_correction=setting)
    monkeypatch.setitem(sys.modules, "modules.shared", SimpleNamespace(opts=options))
    p = processing(color_corrections=own)
    img2img.leave_colours(p)
    assert p.color_corrections == []
    assert "color correction" in p.said
    assert options.img2img_color_correction is setting


def test_without_colour_correction_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "modules.shared", SimpleNamespace(opts=SimpleNamespace()))
    p = processing(color_corrections=None)
    img2img.leave_colours(p)
    assert p.color_corrections is None
    assert not hasattr(p, "said")


NO_SUBJECT_IN_IT = ICLightError(ErrorCode.SUBJECT_NOT_FOUND, "IC-Light: nothing found.")


def test_only_the_batch_tab_goes_on_and_only_after_a_pictures_own_fault() -> None:
    assert batch_tab.ends_only_its_picture(processing(None), NO_SUBJECT_IN_IT)
    assert not batch_tab.ends_only_its_picture(processing(PICTURE), NO_SUBJECT_IN_IT)
    assert not batch_tab.ends_only_its_picture(processing(None), ICLightError(ErrorCode.MODEL_MISSING, "no"))
    assert not batch_tab.ends_only_its_picture(processing(None), RuntimeError("no"))


def test_a_picture_that_is_skipped_leaves_nothing_behind() -> None:
    p = processing(None, n_iter=2, do_not_save_grid=False)
    first, second = (SimpleNamespace(comments="", infotexts=["i"]) for _ in range(2))
    batch_tab.finish(p, first)
    batch_tab.skip(p, NO_SUBJECT_IN_IT)
    p.init([], [], [])
    assert (p.n_iter, p.do_not_save_grid, "init" in vars(p)) == (0, True, False)
    batch_tab.finish(p, second)
    assert (p.n_iter, p.do_not_save_grid) == (2, False)
    assert "nothing found" in first.comments
    assert (first.infotexts, second.infotexts) == (["i"], []), "one for each picture"
    batch_tab.finish(p, second)
    assert first.comments.count("nothing found") == 1
    assert second.comments == ""


TOO_NARROW = ICLightError(ErrorCode.PICTURE_TOO_NARROW, "IC-Light: the subject has 1x20000 pixels.")


@pytest.mark.parametrize("wrong", [None, TOO_NARROW, NO_SUBJECT_IN_IT], ids=["nothing", "narrow", "subject"])
def test_what_is_wrong_with_a_picture_may_be_known_only_on_its_canvas(wrong: ICLightError | None) -> None:
    def init(*args: Any) -> None:
        p.init_latent = args

    def check(p: Any) -> None:
        assert p.init_latent == ("prompts", "seeds"), "its own init comes first"
        if wrong:
            raise wrong

    p = processing(None, n_iter=2, do_not_save_grid=False)
    p.own_init = init
    batch_tab.check_after_init(p, check)
    p.init("prompts", "seeds")
    assert p.n_iter == (0 if wrong else 2)
    processed = SimpleNamespace(comments="", infotexts=["i"])
    batch_tab.finish(p, processed)
    assert p.n_iter == 2
    assert processed.infotexts == ([] if wrong else ["i"])
    assert str(wrong or "") in processed.comments


def test_what_is_wrong_with_more_than_a_picture_ends_the_batch() -> None:
    def check(p: Any) -> None:
        raise ICLightError(ErrorCode.MODEL_MISSING, "IC-Light: no model.")

    p = processing(None, n_iter=2, do_not_save_grid=False)
    p.own_init = lambda: None
    batch_tab.check_after_init(p, check)
    with pytest.raises(ICLightError, match="no model"):
        p.init()


def test_only_the_batch_tabs_pictures_are_checked_before_the_sampling() -> None:
    p = processing(PICTURE)
    batch_tab.check_after_init(p, lambda p: None)
    assert "init" not in vars(p)


def test_a_result_of_the_photos_size_is_no_inpainted_one() -> None:
    img2img.refuse_own_size(SimpleNamespace(image_mask=None))
    with pytest.raises(ICLightError, match="own_size cannot be combined with inpainting"):
        img2img.refuse_own_size(SimpleNamespace(image_mask=Image.new("L", (8, 8))))
