"""What the command line says, and how."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lib_iclight import log
from lib_iclight.errors import missing_packages


@contextmanager
def prepare_console() -> Iterator[None]:
    """Let what a console's encoding lacks be written in escapes, and each sentence of the log appear once."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    once = _OncePerMessage()
    log.logger.addFilter(once)
    try:
        yield
    finally:
        log.logger.removeFilter(once)


class _OncePerMessage(logging.Filter):
    """Lets each sentence pass once: what is true of one picture of a folder is mostly true of all."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        known = record.getMessage() in self._said
        self._said.add(record.getMessage())
        return not known


def show_message(sentence: str) -> None:
    """Tell a person something; what programs read goes to the standard output instead."""
    sys.stderr.write(sentence + "\n")


def progress_bar() -> Any:
    """tqdm's class.

    :raises ICLightError: it is not installed.
    """
    try:
        from tqdm import tqdm
    except ImportError:
        raise missing_packages("tqdm", "standalone") from None
    return tqdm
