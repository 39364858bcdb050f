"""What all WebUIs have in common in the object for one generation, which they call ``p``.

Nothing is replaced but on an instance and for one call.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from lib_iclight import log
from lib_iclight.hosts import options

if TYPE_CHECKING:
    import torch

SESSION = "ic_light_session"


def attach_session(p: Any, session: Any) -> None:
    """Keep a generation's session with the generation, in place of one before: scripts use the same ``p`` again."""
    setattr(p, SESSION, (weakref.ref(p), session))


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

    def sample(p: Any, x: torch.Tensor, *args: Any, steps: int | None = None, **kwargs: Any) -> torch.Tensor:
        own = p.denoising_strength
        p.denoising_strength = strength
        resume = options.suspend_extra_noise()
        initialize = getattr(p.sampler, "initialize", None)
        if initialize is not None:
            # What hosts do next, once the noise is added.

            def resume_and_initialize(*args: Any, **kwargs: Any) -> Any:
                resume()
                return initialize(*args, **kwargs)

            for_one_call(p.sampler, "initialize", resume_and_initialize)
        try:
            return p.sampler.sample_img2img(p, latent.to(x), x, *args, steps=steps or p.steps, **kwargs)
        finally:
            resume()
            # The hires pass reads the same field.
            p.denoising_strength = own

    for_one_call(p.sampler, "sample", sample)


def replace_initial(p: Any, latent: torch.Tensor) -> None:
    """Let the coming image-to-image sampling begin at another latent, where the mask lets it."""
    original = p.sampler.sample_img2img

    def sample_img2img(p: Any, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        initial = latent.to(x)
        if getattr(p, "mask", None) is not None:
            initial = initial * p.nmask + x * p.mask
        return original(p, initial, *args, **kwargs)

    for_one_call(p.sampler, "sample_img2img", sample_img2img)


def append_pictures(p: Any, processed: Any, pictures: Sequence[Any]) -> None:
    """Return further pictures beside a generation's results, where nobody takes them for results."""
    if hasattr(processed, "extra_images"):
        processed.extra_images.extend(pictures)
    elif not runs_script(p) and not getattr(p, "txt2img_upscale", False):
        processed.images.extend(pictures)
        # The page's save button looks a picture's parameters up by its number.
        processed.infotexts.extend([processed.info] * len(pictures))


def stop(p: Any, error: Exception) -> None:
    """Stop a generation that has not begun to sample. What a hook raises the hosts swallow, and go on."""
    log.logger.error("%s", error)
    p.init = _raise(error)


def stop_sampling(p: Any, error: Exception) -> None:
    """Stop a generation in the hook before sampling."""
    log.logger.error("%s", error)
    p.sampler.sample = p.sampler.sample_img2img = _raise(error)


def _raise(error: Exception) -> Callable[..., NoReturn]:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise error

    return refuse


def for_one_call(sampler: Any, name: str, function: Callable[..., Any]) -> None:
    """Replace a method of a sampler; the next call of it puts the sampler's own back, and calls the function."""

    def once(*args: Any, **kwargs: Any) -> Any:
        vars(sampler).pop(name, None)
        return function(*args, **kwargs)

    setattr(sampler, name, once)
