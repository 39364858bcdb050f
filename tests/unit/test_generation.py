"""What is done to the WebUIs' object for one generation: on the instance, for one call, and put back."""

from __future__ import annotations

import copy
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts import generation
from lib_iclight.hosts.refusals import refuse_cut_out


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


class Options(SimpleNamespace):
    """As the hosts': values in ``data``, read as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self.data[name]
        except KeyError:
            raise AttributeError(name) from None


def test_extra_noise_is_img2imgs_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """0 where the noise is added, itself again before the UNet is asked: the page may save the settings meanwhile."""
    options = Options(data={"img2img_extra_noise": 0.3, "other": 1})
    monkeypatch.setitem(sys.modules, "modules.shared", SimpleNamespace(opts=options))
    seen: list[float] = []

    class Host(Sampler):
        def initialize(self, p: Any) -> str:
            return "initialised"

        def sample_img2img(self, p: Any, *args: Any, **kwargs: Any) -> str:
            seen.append(options.img2img_extra_noise)
            if p.steps == 1:
                raise RuntimeError
            assert self.initialize(p) == "initialised"
            seen.append(options.img2img_extra_noise)
            return "from a latent"

    p = processing()
    p.sampler = Host()
    generation.start_from(p, Latent("light"), 0.9)
    assert p.sampler.sample(p, Latent("noise"), "c", "uc") == "from a latent"
    assert seen == [0, 0.3]
    assert vars(p.sampler).keys() == {"calls"}
    p.steps = 1
    generation.start_from(p, Latent("light"), 0.9)
    with pytest.raises(RuntimeError):
        p.sampler.sample(p, Latent("noise"), "c", "uc")
    assert options.data == {"img2img_extra_noise": 0.3, "other": 1}


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
    p = processing(script_args=(0, {}))
    forge = SimpleNamespace(images=["a"], extra_images=[], infotexts=["i"], info="i")
    generation.append_pictures(p, forge, ["b", "c"])
    assert (forge.images, forge.extra_images, forge.infotexts) == (["a"], ["b", "c"], ["i"])
    a1111 = SimpleNamespace(images=["a"], infotexts=["i"], info="i")
    generation.append_pictures(p, a1111, ["b", "c"])
    assert (a1111.images, a1111.infotexts) == (["a", "b", "c"], ["i", "i", "i"])


def test_the_api_returns_appended_pictures_where_only_the_page_returns_those_apart() -> None:
    reforge = SimpleNamespace(images=["a"], extra_images=[], infotexts=["i"], info="i")
    generation.append_pictures(processing(script_args=(0, {}), is_api=True), reforge, ["b"])
    assert (reforge.images, reforge.extra_images, reforge.infotexts) == (["a", "b"], [], ["i", "i"])
    matrix = SimpleNamespace(images=["a"], extra_images=[], infotexts=["i"], info="i")
    generation.append_pictures(processing(script_args=[1, 64], is_api=True), matrix, ["b"])
    assert (matrix.images, matrix.extra_images) == (["a"], ["b"])


@pytest.mark.parametrize("fields", [{"script_args": [1, 64, 0]}, {"script_args": (0,), "txt2img_upscale": True}])
def test_who_adds_up_results_gets_results_alone(fields: dict[str, Any]) -> None:
    a1111 = SimpleNamespace(images=["a"], infotexts=["i"], info="i")
    generation.append_pictures(processing(**fields), a1111, ["b", "c"])
    assert (a1111.images, a1111.infotexts) == (["a"], ["i"])


def test_a_cut_out_in_the_gallery_is_not_upscaled() -> None:
    refuse_cut_out(processing(firstpass_image=None))
    refuse_cut_out(processing(firstpass_image=Image.new("RGB", (8, 8))))
    parameters = np.random.default_rng(0).integers(254, 256, (8, 8), np.uint8)
    result = Image.new("RGBA", (8, 8), "red")
    result.putalpha(Image.fromarray(parameters))
    p = processing(firstpass_image=result)
    refuse_cut_out(p)
    generation.drop_alpha(p)
    assert p.firstpass_image.mode == "RGB"
    assert p.firstpass_image.getpixel((0, 0)) == (255, 0, 0)
    with pytest.raises(ICLightError, match="of the results"):
        refuse_cut_out(processing(firstpass_image=Image.new("RGBA", (8, 8))))


def test_a_session_belongs_to_its_generation_and_not_to_a_copy() -> None:
    p = processing()
    assert generation.session_of(p) is None
    generation.attach_session(p, "session")
    assert generation.session_of(p) == "session"
    assert generation.session_of(copy.copy(p)) is None


def test_what_adetailer_repaints_is_told_apart() -> None:
    assert generation.is_detail(processing(_ad_inner=True))
    assert not generation.is_detail(processing())
