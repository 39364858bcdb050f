"""A folder of this process's own for the files that its page is given and shows."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

FOLDER = "GRADIO_TEMP_DIR"
"""The variable that gradio reads the folder from, whenever it needs it."""


def use_own_folder() -> None:
    """Make a folder that ends with the process, unless the user names one.

    In the folder that is common to the machine gradio names files by their content, and a server that ends deletes
    what it was given: also where another program, a WebUI say, shows the same picture.
    """
    if os.environ.get(FOLDER):
        return
    folder = os.environ[FOLDER] = tempfile.mkdtemp(prefix="ic-light-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
