"""The browser that the tests of pages drive."""

from __future__ import annotations

import shutil

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
"""The first that is there is taken: the shell opens a page in a quarter of the time of the whole Chromium."""


def find_browser() -> str | None:
    """The path of the browser; None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)
