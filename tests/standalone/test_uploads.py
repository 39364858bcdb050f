"""The folder of what the page is given and shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lib_iclight.standalone import page, uploads

ASK = "from lib_iclight.standalone import uploads; uploads.use_own_folder(); print(__import__('os').environ['{}'])"


def folder_of(**own: str) -> Path:
    """The folder of a process that has ended."""
    rest = {name: value for name, value in os.environ.items() if name != uploads.FOLDER}
    code = ASK.format(uploads.FOLDER)
    ran = subprocess.run([sys.executable, "-c", code], env=rest | own, capture_output=True, text=True, check=True)
    return Path(ran.stdout.strip())


def test_a_process_has_a_folder_of_its_own_and_leaves_nothing() -> None:
    first, second = folder_of(), folder_of()
    assert first != second
    assert not first.exists()


def test_the_users_folder_is_taken_and_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")
    assert folder_of(**{uploads.FOLDER: str(tmp_path)}) == tmp_path
    assert (tmp_path / "kept").exists()


def test_what_was_shown_becomes_old() -> None:
    """As ``timedelta.seconds`` counts, which gradio compares with it."""
    often, age = page.OLD
    assert age + often < 24 * 3600
