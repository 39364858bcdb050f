"""The command ``models``: what is found, and what can be had."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.matting import FILE_KINDS
from lib_iclight.models.download import Downloads
from lib_iclight.models.library import PRETRAINED, Library
from lib_iclight.models.sources import Source
from lib_iclight.standalone.console import progress_bar, show_message
from lib_iclight.standalone.service import Service


def describe(service: Service) -> list[str]:
    """Which model files are found, what is wrong, and where to get others: a line for each."""
    lines = [f"{file.path}: {file.problem or f'ready, {file.role}'}" for file in service.library.files()]
    lines += [
        f"{found.folder}: {found.problem or f'ready, {kind}'}"
        for kind in PRETRAINED
        for found in service.library.pretrained(kind)
    ]
    lines += [f"{path}: {what}" for path, what in service.checkpoints()]
    lines += [f"{source.name}: not there; {_how(source)} ({source.terms})." for source in service.library.missing()]
    # A folder that cannot be read is named by both.
    return list(dict.fromkeys(lines))


def _how(source: Source) -> str:
    put = f"put {source.file} into a folder"
    return f"--get {source.name} downloads it, or {put}" if source.downloads else put


def download(name: str, folders: Sequence[Path]) -> None:
    """Download a model into the first folder, unless one is there.

    :raises ICLightError: why not.
    """
    source = next((source for source in Library(lambda: folders, FILE_KINDS).missing() if source.name == name), None)
    if source is None:
        show_message(f"{name} is there already.")
        return
    if not source.downloads:
        raise ICLightError(ErrorCode.DOWNLOAD_FAILED, f"{name} is on no hub: get {source.file} from {source.page}.")
    tqdm = progress_bar()
    downloads = Downloads(kinds=FILE_KINDS)
    downloads.start(name, folders[0])
    show_message(f"Downloading {source.file} ({source.terms}).")
    try:
        with tqdm(unit="B", unit_scale=True) as bar:
            for state in downloads.follow():
                bar.total = state.total or None
                if state.done != bar.n:
                    bar.update(state.done - bar.n)
    except KeyboardInterrupt:
        downloads.cancel()
        raise
    if state.phase != "done":
        raise ICLightError(ErrorCode.DOWNLOAD_FAILED, state.sentence)
    show_message(state.sentence)
