"""Where the host keeps what the extension needs."""

from __future__ import annotations

from pathlib import Path

from modules import paths, shared


def model_folders() -> list[Path]:
    """The folders of model files: ``models/ic-light``, then those of ``--ic-light-models-path``."""
    named = getattr(shared.cmd_opts, "ic_light_models_path", None) or []
    return [Path(paths.models_path) / "ic-light", *(Path(folder) for folder in named)]
