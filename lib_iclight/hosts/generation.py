"""What all WebUIs have in common in the object for one generation, which they call ``p``.

Nothing is replaced but on an instance and for one call.
"""

from __future__ import annotations

import traceback
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from lib_iclight import log
from lib_iclight.errors import ICLightError
from lib_iclight.hosts import options

if TYPE_CHECKING:
    import torch

SESSION = "ic_light_session"

_EACH_PICTURES = (
    *("all_prompts", "all_negative_prompts", "all_seeds", "all_subseeds"),
    *("all_hr_prompts", "all_hr_negative_prompts"),
)
"""The hosts' lists with a value for each picture."""


def attach_session(p: Any, session: Any) -> None:
    """Keep a generation's session with the generation, in place of one before: scripts use the same ``p`` again."""
    setattr(p, SESSION, (weakref.ref(p), session))


def detach_session(p: Any) -> None:
    """End a generation's session. Hosts' samplers and denoisers refer to ``p`` in a circle, which would keep it."""
    session = session_of(p)
    vars(p).pop(SESSION, None)
    if session is not None:
        session.end_sampling()


def begin_batch(p: Any) -> None:
    """Let the session end when the host closes ``p`` before ``end_batch``, as it does where sampling or decoding fails.

    Not for longer: a copy of ``p`` that others make of its results, and close, would close ``p``.
    """

    def close(p: Any) -> None:
        detach_session(p)
        p.close()

    replace_for_one_call(p, "close", close)


def end_batch(p: Any) -> None:
    """What was sampled is decoded: the session needs nothing more for it."""
    session = session_of(p)
    if session is not None:
        vars(p).pop("close", None)
        session.end_sampling()


def session_of(p: Any) -> Any:
    """The session that was kept with exactly this generation; None for a copy of it, and where there is none."""
    owner, session = getattr(p, SESSION, (None, None))
    return session if owner is not None and owner() is p else None


def is_detail(p: Any) -> bool:
    """Whether ADetailer repaints a part of a picture, for which it may take over the picture's own scripts."""
    return bool(getattr(p, "_ad_inner", False))


def runs_script(p: Any) -> bool:
    """Whether a script that was chosen in the tab runs this generation, and makes its result of what it gives."""
    chosen = next(iter(getattr(p, "script_args", None) or ()), 0)
    return isinstance(chosen, int) and chosen > 0


def is_hires_pass(p: Any) -> bool:
    return bool(getattr(p, "is_hr_pass", False))


def start_from(p: Any, latent: torch.Tensor, strength: float) -> None:
    """Let the coming text-to-image sampling begin at a latent: exactly ``p.steps`` steps, at this strength.

    It stays txt2img's: img2img's own settings do not act.

    :param latent: shape (batch, 4, height / 8, width / 8).
    """

    def sample(
        sampler: Any, p: Any, x: torch.Tensor, *args: Any, steps: int | None = None, **kwargs: Any
    ) -> torch.Tensor:
        own = p.denoising_strength
        p.denoising_strength = strength
        resume = options.suspend_extra_noise()
        if hasattr(sampler, "initialize"):
            # What hosts do next, once the noise is added.

            def initialize(sampler: Any, *args: Any, **kwargs: Any) -> Any:
                resume()
                return sampler.initialize(*args, **kwargs)

            replace_for_one_call(sampler, "initialize", initialize)
        try:
            return sampler.sample_img2img(p, latent.to(x), x, *args, steps=steps or p.steps, **kwargs)
        finally:
            resume()
            # The hires pass reads the same field.
            p.denoising_strength = own

    replace_for_one_call(p.sampler, "sample", sample)


def replace_initial(p: Any, latent: torch.Tensor) -> None:
    """Let the coming image-to-image sampling begin at another latent, where the mask lets it."""

    def sample_img2img(sampler: Any, p: Any, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        initial = latent.to(x)
        if getattr(p, "mask", None) is not None:
            initial = initial * p.nmask + x * p.mask
        return sampler.sample_img2img(p, initial, *args, **kwargs)

    replace_for_one_call(p.sampler, "sample_img2img", sample_img2img)


def drop_alpha(p: Any) -> None:
    """Let a result that is to be enlarged have three channels, as VAEs take it: some hosts write into its alpha."""
    picture = getattr(p, "firstpass_image", None)
    if picture is not None and picture.mode != "RGB":
        p.firstpass_image = picture.convert("RGB")


def append_pictures(p: Any, processed: Any, pictures: Sequence[Any]) -> None:
    """Return further pictures beside a generation's results, where nobody takes them for results."""
    adds_up = runs_script(p) or getattr(p, "txt2img_upscale", False)
    # reForge's API leaves out what its page shows of them.
    kept_apart = hasattr(processed, "extra_images") and (adds_up or not getattr(p, "is_api", False))
    if kept_apart:
        processed.extra_images.extend(pictures)
    elif not adds_up:
        processed.images.extend(pictures)
        # The page's save button looks a picture's parameters up by its number.
        processed.infotexts.extend([processed.info] * len(pictures))


def stop(p: Any, error: Exception) -> None:
    """Stop a generation that has not begun to sample. What a hook raises the hosts swallow, and go on."""
    p.init = _refuse(p, error)


def stop_sampling(p: Any, error: Exception) -> None:
    """Stop a generation in the hook before sampling."""
    p.sampler.sample = p.sampler.sample_img2img = _refuse(p, error)


class _Unsaved:
    """Stands where a result would: whatever is done with it raises."""

    def __init__(self, refuse: Callable[..., NoReturn]) -> None:
        self._refuse = refuse

    def __getattr__(self, name: str) -> NoReturn:
        self._refuse()


def stop_saving(p: Any, pp: Any, error: Exception) -> None:
    """Stop a generation in the hook after a picture was made: the host would save the picture as it was.

    :param pp: the host's object that has the picture.
    """
    pp.image = _Unsaved(_refuse(p, error))


def _refuse(p: Any, error: Exception) -> Callable[..., NoReturn]:
    """Say what stops a generation, let its session go, and give what raises it.

    The error itself is not kept: its traceback refers to ``p``, and more so when it was raised.
    """
    foreseen = isinstance(error, ICLightError)
    # As text: handlers may keep what they are given.
    log.logger.error("%s", str(error) if foreseen else "".join(traceback.format_exception(error)).rstrip())
    detach_session(p)
    kind, args, fields = type(error), error.args, dict(vars(error))

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise _error(kind, args, fields)

    return refuse


def _error(kind: type[Exception], args: tuple[Any, ...], fields: dict[str, Any]) -> Exception:
    error = kind.__new__(kind, *args)
    vars(error).update(fields)
    return error


def repeat_first(p: Any, count: int, at_once: int) -> None:
    """Let a generation make its first picture several times, of the same seed and prompt, in batches of one size.

    In the hook before ``init``, when prompts and seeds are known.

    :param at_once: how many pictures a batch may have at most.
    """
    p.batch_size = max(size for size in range(1, min(count, max(at_once, 1)) + 1) if count % size == 0)
    p.n_iter = count // p.batch_size
    for name in _EACH_PICTURES:
        if values := getattr(p, name, None):
            setattr(p, name, values[:1] * count)


def replace_for_one_call(owner: Any, name: str, function: Callable[..., Any]) -> None:
    """Replace a method of a sampler or of ``p``; the next call of it puts their own back, and calls the function.

    :param function: is given the owner first. It must not refer to the sampler, nor to ``p``, by itself: where the
        call never comes, that would be a circle which keeps both.
    """
    reference = weakref.ref(owner)

    def once(*args: Any, **kwargs: Any) -> Any:
        owner = reference()
        vars(owner).pop(name, None)
        return function(owner, *args, **kwargs)

    setattr(owner, name, once)
