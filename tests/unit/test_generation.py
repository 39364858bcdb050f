"""What is done to the WebUIs' object for one generation: on the instance, for one call, and put back."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import pytest

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts import generation
from lib_iclight.subject.prepare import Fit


class Latent:
    """As much of a tensor as is asked of one here."""

    def __init__(self, name: str) -> None:
        self.name = name

    def to(self, other: Any) -> Latent:
        return self

    def __mul__(self, mask: str) -> Latent:
        return Latent(f"{self.name}*{mask}")

    def __add__(self, other: Latent) -> Latent:
        return Latent(f"{self.name}+{other.name}")


class Sampler:
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def sample(
        self, p: Any, x: Latent, c: str, uc: str, steps: int | None = None, image_conditioning: Any = None
    ) -> str:
        self.calls.append(("sample", x.name, steps))
        return "plain"

    def sample_img2img(
        self,
        p: Any,
        x: Latent,
        noise: Latent,
        c: str,
        uc: str,
        steps: int | None = None,
        image_conditioning: Any = None,
    ) -> str:
        self.calls.append(("img2img", x.name, noise.name, c, uc, steps, image_conditioning, p.denoising_strength))
        if c == "fails":
            raise RuntimeError
        return "from a latent"


class Processing(SimpleNamespace):
    __hash__ = object.__hash__


def processing(**fields: Any) -> Processing:
    return Processing(sampler=Sampler(), steps=20, denoising_strength=0.5, mask=None, **fields)


def test_the_first_stage_starts_from_the_light_for_one_call() -> None:
    p = processing()
    generation.start_from(p, Latent("light"), 0.9)
    assert p.sampler.sample(p, Latent("noise"), "c", "uc", image_conditioning="i") == "from a latent"
    assert p.sampler.calls == [("img2img", "light", "noise", "c", "uc", 20, "i", 0.9)]
    assert p.denoising_strength == 0.5
    assert vars(p.sampler).keys() == {"calls"}
    assert p.sampler.sample(p, Latent("noise"), "c", "uc") == "plain"


def test_the_strength_is_put_back_after_an_exception() -> None:
    p = processing()
    generation.start_from(p, Latent("light"), 0.9)
    with pytest.raises(RuntimeError):
        p.sampler.sample(p, Latent("noise"), "fails", "uc")
    assert p.denoising_strength == 0.5
    assert vars(p.sampler).keys() == {"calls"}


def test_img2img_starts_from_the_light_for_one_call() -> None:
    p = processing()
    generation.replace_initial(p, Latent("light"))
    for expected in ("light", "picture"):
        p.sampler.sample_img2img(p, Latent("picture"), Latent("noise"), "c", "uc")
        assert p.sampler.calls[-1][1] == expected


def test_what_a_mask_keeps_stays_the_pictures() -> None:
    p = processing(nmask="n")
    p.mask = "m"
    generation.replace_initial(p, Latent("light"))
    p.sampler.sample_img2img(p, Latent("picture"), Latent("noise"), "c", "uc")
    assert p.sampler.calls[-1][1] == "light*n+picture*m"


def test_a_stopped_generation_raises_where_the_host_does_not_swallow() -> None:
    p, error = processing(), ICLightError(ErrorCode.CANNOT_COMBINE, "no")
    generation.stop(p, error)
    with pytest.raises(ICLightError):
        p.init([], [], [])
    p = processing()
    generation.stop_sampling(p, error)
    for call in (p.sampler.sample, p.sampler.sample_img2img):
        with pytest.raises(ICLightError):
            call(p, Latent("x"), "c", "uc", image_conditioning=None)


def test_appended_pictures_are_kept_apart_where_the_host_does_so() -> None:
    forge = SimpleNamespace(images=["a"], extra_images=[], infotexts=["i"], info="i")
    generation.append_pictures(forge, ["b", "c"])
    assert (forge.images, forge.extra_images, forge.infotexts) == (["a"], ["b", "c"], ["i"])
    a1111 = SimpleNamespace(images=["a"], infotexts=["i"], info="i")
    generation.append_pictures(a1111, ["b", "c"])
    assert (a1111.images, a1111.infotexts) == (["a", "b", "c"], ["i", "i", "i"])


def test_a_session_belongs_to_its_generation_and_not_to_a_copy() -> None:
    p = processing()
    assert generation.session_of(p) is None
    generation.attach_session(p, "session")
    assert generation.session_of(p) == "session"
    assert generation.session_of(copy.copy(p)) is None


def test_what_adetailer_repaints_is_told_apart() -> None:
    assert generation.is_detail(processing(_ad_inner=True))
    assert not generation.is_detail(processing())


def test_the_pictures_of_img2img() -> None:
    assert generation.own_pictures(processing()) is None
    assert generation.own_pictures(processing(init_images=None)) == []
    assert generation.own_pictures(processing(init_images=["a", "b"])) == ["a", "b"]


def test_the_subject_is_fitted_as_img2img_fits_its_picture() -> None:
    assert generation.fit(processing(paste_to=None, resize_mode=0)) == Fit("stretch")
    assert generation.fit(processing(paste_to=None, resize_mode=1)) == Fit("cover")
    assert generation.fit(processing(paste_to=(10, 20, 30, 40), resize_mode=0)) == Fit("contain", (10, 20, 40, 60))
