"""The host's settings that must not act on a generation which they are not meant for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

EXTRA_NOISE = "img2img_extra_noise"
COLOR_CORRECTION = "img2img_color_correction"


def _options() -> Any:
    """The host's; None outside of any."""
    return getattr(sys.modules.get("modules.shared"), "opts", None)


def corrects_colours() -> bool:
    """Whether the host gives each result of img2img the colours of its picture."""
    return bool(getattr(_options(), COLOR_CORRECTION, False))


def suspend_extra_noise() -> Callable[[], None]:
    """Let img2img's extra noise be 0, until what is returned is called; a second call of it does nothing.

    Hosts read it where no other value can be given, so the time has to be short: the page may save all settings.
    """
    options = _options()
    if not getattr(options, EXTRA_NOISE, 0):
        return lambda: None
    values: dict[str, Any] = options.data
    own = {EXTRA_NOISE: getattr(options, EXTRA_NOISE)}
    values[EXTRA_NOISE] = 0

    def resume() -> None:
        values.update(own)
        own.clear()

    return resume
