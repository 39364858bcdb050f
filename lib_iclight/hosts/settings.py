"""Where the host keeps what the extension needs, what its flags allow, and its section of the host's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from modules import paths, shared

from lib_iclight.cache import CACHED_BYTES, MEGABYTE
from lib_iclight.request.option import TITLE
from lib_iclight.request.recommended import PIXELS

LIVE_PREVIEW = "ic_light_live_preview"
MEGAPIXELS = "ic_light_megapixels"


def model_folders() -> list[Path]:
    """The folders of model files: ``models/ic-light``, then those of ``--ic-light-models-path``."""
    named = getattr(shared.cmd_opts, "ic_light_models_path", None) or []
    return [Path(paths.models_path) / "ic-light", *(Path(folder) for folder in named)]


def downloads_allowed() -> bool:
    """Whether models may be downloaded when a person asks for it: not with ``--ic-light-no-download``."""
    return not getattr(shared.cmd_opts, "ic_light_no_download", False)


def cached_bytes() -> int:
    """How much is kept of pictures and of what is prepared, by ``--ic-light-cache-memory``."""
    megabytes = getattr(shared.cmd_opts, "ic_light_cache_memory", None)
    return CACHED_BYTES if megabytes is None else max(megabytes, 0) * MEGABYTE


def section() -> None:
    """Add the extension's section to the host's settings."""

    def add(name: str, info: Any) -> None:
        info.section = ("ic_light", TITLE)
        shared.opts.add_option(name, info)

    add(LIVE_PREVIEW, shared.OptionInfo(True, "Show the subject in the lamps' light while they are placed"))
    size = {"minimum": 0.1, "maximum": 2.0, "step": 0.01}
    add(
        MEGAPIXELS,
        shared.OptionInfo(round(PIXELS / 1e6, 2), "Megapixels of the recommended size", gr.Slider, size),
    )


def live_preview() -> bool:
    return bool(getattr(shared.opts, LIVE_PREVIEW, True))


def pixels() -> int:
    """How many pixels the recommended size may have."""
    return round(getattr(shared.opts, MEGAPIXELS, PIXELS / 1e6) * 1e6)
