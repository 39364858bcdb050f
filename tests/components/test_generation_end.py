"""When a generation ends, however it ends, what it needed goes at once: Python's cycle collector is off here."""

from __future__ import annotations

import contextlib
import copy
import gc
import importlib.util
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from lib_iclight.errors import ICLightError
from lib_iclight.hosts import generation
from lib_iclight.models.library import ModelFile, Offset
from lib_iclight.runtime import Runtime
from tests.components.a1111_host import Denoiser, Processing, processing
from tests.components.small_a1111 import Sampling, Wrapper, offset_of

SCRIPT = Path(__file__).parents[2] / "scripts" / "ic_light.py"
SUBJECT = Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 40, 3), np.uint8))
LIT = {"foreground": SUBJECT, "matting": "none", "light": "left"}


class Library:
    def __init__(self, offset: Offset) -> None:
        self.offset: Offset | None = offset

    def find(self, name: str) -> ModelFile:
        return ModelFile(Path(name), 0, 0, name, "ldm", None)

    def load(self, file: ModelFile) -> Offset:
        if self.offset is None:
            raise KeyError("nothing that was foreseen")
        return self.offset

    def files_by_kind(self) -> dict[str, Path]:
        return {}


class Sampler:
    """As the hosts' where generations begin and end."""

    def __init__(self, wrapper: Wrapper) -> None:
        self.model_wrap_cfg = Denoiser(wrapper)

    def launch_sampling(self, steps: int, func: Callable[[], Any]) -> Any:
        return func()

    def sample(self, p: Any, x: torch.Tensor, steps: int | None = None) -> torch.Tensor:
        return self.launch_sampling(1, lambda: self._run(p, x))

    def sample_img2img(self, p: Any, x: torch.Tensor, noise: torch.Tensor, steps: int | None = None) -> torch.Tensor:
        return self.launch_sampling(1, lambda: self._run(p, x + noise))

    def _run(self, p: Any, x: torch.Tensor) -> torch.Tensor:
        if p.fails:
            raise RuntimeError("out of memory")
        return self.model_wrap_cfg(x, image_cond=torch.zeros(4, 5, 1, 1))


class Generations:
    """Generations with the script's own hooks.

    :ivar gone: what has to be gone, by name; filled in as it comes.
    """

    def __init__(self, script: ModuleType, host: Any, sampling: Sampling) -> None:
        self.library = Library(offset_of(sampling.unet))
        self.runtime = Runtime(host, self.library)  # type: ignore[arg-type]
        script.runtime = lambda: self.runtime  # type: ignore[attr-defined]
        self._sampling = sampling
        self._script = script.ICLight()
        self.gone: dict[str, weakref.ref[Any]] = {}

    def processing(self, **fields: Any) -> Processing:
        p = processing(self._sampling)
        vars(p).update(
            {"extra_generation_params": {}, "is_api": True, "steps": 1, "denoising_strength": 0.5, "fails": False},
            mask=None,
            paste_to=None,
            resize_mode=0,
            init=lambda: None,
            comment=lambda text: None,
            **fields,
        )
        return p

    def run(
        self,
        p: Any,
        args: dict[str, Any],
        interrupted: bool = False,
        change: Callable[[], Any] = bool,
        after_batch: Callable[[], Any] = bool,
    ) -> None:
        """As ``process_images`` of the hosts."""
        x = self._sampling.x
        self._script.process(p, args)
        p.init()
        if session := generation.session_of(p):
            self.gone["session"] = weakref.ref(session)
            del session
        p.sampler = Sampler(self._sampling.wrapper)
        change()
        self._script.process_before_every_sampling(p, args, x=x)
        self.gone["sampler"] = weakref.ref(p.sampler)
        if interrupted:
            return
        if hasattr(p, "init_images"):
            p.sampler.sample_img2img(p, x, x)
        else:
            p.sampler.sample(p, x)
        if getattr(p, "fails_to_decode", False):
            raise RuntimeError("out of memory")
        self._script.postprocess_batch(p, args, images=[])
        after_batch()
        self._script.postprocess(p, SimpleNamespace(images=[], infotexts=[], info=""), args)


@pytest.fixture
def generations(
    a1111: ModuleType, sampling: Sampling, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Generations]:
    def nothing(*args: Any) -> None:
        return None

    events = ("before_ui", "after_component", "ui_settings", "app_started")
    modules: dict[str, dict[str, Any]] = {
        "call_queue": {"queue_lock": threading.Lock()},
        "infotext_utils": {"ParamBinding": None, "register_paste_params_button": nothing},
        "paths": {"models_path": str(tmp_path)},
        "script_callbacks": {f"on_{event}": nothing for event in events},
        "ui_components": {"InputAccordion": None, "ToolButton": None},
    }
    for name, contents in modules.items():
        module = ModuleType(f"modules.{name}")
        vars(module).update(contents)
        monkeypatch.setattr(sys.modules["modules"], name, module, raising=False)
        monkeypatch.setitem(sys.modules, f"modules.{name}", module)
    monkeypatch.delitem(sys.modules, "lib_iclight.hosts.settings", raising=False)
    spec = importlib.util.spec_from_file_location("ic_light_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    made = Generations(script, a1111.connect(), sampling)
    applied, started, replaced = a1111.A1111.apply, generation.start_from, generation.replace_initial

    def apply(self: Any, p: Any, offset: Offset, concat: torch.Tensor) -> None:
        made.gone["concat conditions"] = weakref.ref(concat)
        applied(self, p, offset, concat)

    def start_from(p: Any, latent: torch.Tensor, strength: float) -> None:
        made.gone["initial latent"] = weakref.ref(latent)
        started(p, latent, strength)

    def replace_initial(p: Any, latent: torch.Tensor) -> None:
        made.gone["initial latent"] = weakref.ref(latent)
        replaced(p, latent)

    monkeypatch.setattr(a1111.A1111, "apply", apply)
    monkeypatch.setattr(generation, "start_from", start_from)
    monkeypatch.setattr(generation, "replace_initial", replace_initial)
    gc.collect()
    gc.disable()
    try:
        yield made
    finally:
        gc.enable()


def left(gone: dict[str, weakref.ref[Any]]) -> list[str]:
    """What is there yet."""
    return [name for name, reference in gone.items() if reference() is not None]


LATENTS = {"session", "sampler", "concat conditions", "initial latent"}


def _no_inpainting(p: Any) -> Callable[[], None]:
    """Another checkpoint, once the generation has begun."""
    unet = p.sd_model.model.diffusion_model
    return lambda: setattr(unet, "in_channels", 9)


@pytest.mark.parametrize("tab", ["txt2img", "img2img"])
@pytest.mark.parametrize("end", ["normal", "fails", "interrupted before sampling"])
def test_a_generation_leaves_nothing(generations: Generations, tab: str, end: str) -> None:
    args = LIT if tab == "txt2img" else {key: value for key, value in LIT.items() if key != "foreground"}
    p = generations.processing(**({} if tab == "txt2img" else {"init_images": [SUBJECT]}))
    p.fails = end == "fails"
    with pytest.raises(RuntimeError, match="memory") if p.fails else contextlib.nullcontext():
        generations.run(p, args, interrupted=end.startswith("interrupted"))
    generations.gone |= {"p": weakref.ref(p)}
    del p
    assert generations.gone.keys() >= LATENTS
    assert left(generations.gone) == []


@pytest.mark.parametrize(
    ("end", "word"),
    [("request", "behind"), ("picture", "foreground"), ("unforeseen", "foreseen"), ("checkpoint", "9")],
)
def test_a_generation_that_is_refused_leaves_nothing(generations: Generations, end: str, word: str) -> None:
    changed = {"request": {"light": "behind"}, "picture": {"foreground": "bm8gcGljdHVyZSBhdCBhbGw="}}.get(end, {})
    p = generations.processing()
    if end == "unforeseen":
        generations.library.offset = None
    with pytest.raises(KeyError if end == "unforeseen" else ICLightError, match=word):
        generations.run(p, LIT | changed, change=_no_inpainting(p) if end == "checkpoint" else bool)
    generations.gone |= {"p": weakref.ref(p)}
    del p
    assert left(generations.gone) == []


def test_a_stopped_generation_stays_stopped(generations: Generations) -> None:
    p = generations.processing()
    for _ in range(2):
        with pytest.raises(ICLightError, match="behind") as refused:
            generations.run(p, {**LIT, "light": "behind"})
        assert (refused.value.status_code, refused.value.body) == (422, "value_not_allowed")
        with pytest.raises(ICLightError, match="behind"):
            p.init()


@pytest.mark.parametrize("end", ["normal", "fails"])
def test_what_a_host_keeps_in_a_circle_does_not_keep_a_model(generations: Generations, end: str) -> None:
    """In all hosts a sampler and its denoiser refer to one another and to ``p``."""
    p = generations.processing()
    p.fails = end == "fails"

    def circle() -> None:
        vars(p.sampler.model_wrap_cfg).update(sampler=p.sampler, p=p)

    with pytest.raises(RuntimeError, match="memory") if p.fails else contextlib.nullcontext():
        generations.run(p, LIT, change=circle)
    offset = weakref.ref(generations.library.offset)
    generations.library.offset = None
    kept = ("session",) if end == "normal" else ()
    watched = {name: generations.gone[name] for name in ("concat conditions", "initial latent", *kept)}
    assert left({**watched, "offset": offset}) == []
    assert generations.gone["sampler"]() is p.sampler, "and that is the host's own doing"


@pytest.mark.parametrize("where", ["fails", "fails_to_decode"])
def test_what_fails_outside_of_the_hooks_ends_when_the_host_closes_the_generation(
    generations: Generations, where: str
) -> None:
    """Such as too little memory. The host then still has ``p``, in a circle or by a traceback."""
    p = generations.processing(fails_to_decode=False)
    setattr(p, where, True)
    releases: list[None] = []
    vars(generations.runtime.host)["release"] = lambda: releases.append(None)
    with pytest.raises(RuntimeError, match="memory"), contextlib.closing(p):
        generations.run(p, LIT)
    assert left({name: generations.gone[name] for name in LATENTS}) == []
    assert (p.sampler, len(releases)) == (None, 1)
    assert "close" not in vars(p)


def test_a_copy_that_others_close_ends_no_generation(generations: Generations) -> None:
    """Such as of a detailer, between two batches; what was needed for the sampling is gone by then."""
    p = generations.processing()
    releases: list[None] = []
    vars(generations.runtime.host)["release"] = lambda: releases.append(None)

    def close_a_copy() -> None:
        assert releases == [None]
        copy.copy(p).close()
        assert generation.session_of(p) is not None

    generations.run(p, LIT, after_batch=close_a_copy)
    assert generation.session_of(p) is None


def test_the_pictures_of_a_batch_each_have_a_session(generations: Generations) -> None:
    """img2img's batch tab generates with the same ``p`` again and again."""
    p = generations.processing()
    sessions: list[Any] = []
    original = generation.attach_session

    def attach(p: Any, session: Any) -> None:
        sessions.extend([session] if session else [])
        original(p, session)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "attach_session", attach)
        for _ in range(2):
            generations.run(p, LIT)
            assert generation.session_of(p) is None
    assert len(set(map(id, sessions))) == 2
