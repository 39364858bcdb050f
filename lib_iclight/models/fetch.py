"""Runs in a process of its own: asks the hub about one file, and fetches it. ``download`` starts it and ends it.

``hf_hub_download`` is not what fetches: newer versions of huggingface_hub begin anew where it was cut off. What it is
made of goes on from where a file ends, in every version from 0.25 to 2.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
import threading
from typing import Any, TextIO

CHUNK = 1 << 20
"""Bytes between two writes: as often does the progress move, and so much at most is lost when the process is ended."""


def main() -> None:
    """Take a repository, a file and the path to write to from the input; answer what the hub says, and how it went.

    Each is a line of JSON. The path is given when the first answer is known.
    """
    answers, sys.stdout = sys.stdout, sys.stderr
    try:
        _serve(answers)
    # Versions of the library raise what their HTTP library raises, and a person is to read it in any case.
    except Exception as error:  # noqa: BLE001
        status = getattr(getattr(error, "response", None), "status_code", None)
        text = textwrap.shorten(f"{type(error).__name__}: {error}", 160, placeholder=" ...")
        _send(answers, {"error": text, "status": status})


def _send(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _serve(answers: TextIO) -> None:
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    repository, file = json.loads(sys.stdin.readline())
    about = get_hf_file_metadata(hf_hub_url(repository, file))
    _send(answers, {"size": about.size, "etag": about.etag})
    line = sys.stdin.readline()
    if not line:
        return
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    constants.DOWNLOAD_CHUNK_SIZE = CHUNK
    with open(json.loads(line), "ab") as part:
        http_get(
            # The commit that was asked about, whatever is published meanwhile.
            hf_hub_url(repository, file, revision=about.commit_hash),
            part,
            resume_size=part.tell(),
            # Compressed, a file could not be gone on with.
            headers={**build_hf_headers(), "Accept-Encoding": "identity"},
            expected_size=about.size,
        )
    _send(answers, {})


def _end_with_the_parent() -> None:
    """Without the process that asked, nobody wants the file. Its end is the end of the input."""
    # Not by sys.stdin, whose lock would be held when this process ends by itself.
    os.read(0, 1)
    os._exit(1)
