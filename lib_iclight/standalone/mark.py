"""What a picture says of how it was made: whether it is a result, and of which picture, by which options."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import PngImagePlugin

from lib_iclight import __version__
from lib_iclight.request.infotext import VERSION_KEY
from lib_iclight.standalone.job import png_info

KEY = "IC-Light made"
"""Of the mark among a PNG's texts."""


@dataclass(frozen=True)
class Mark:
    """How a picture was made. Digests stand for what is nobody else's business.

    :ivar by: the command that made it.
    :ivar options: of everything that was asked for.
    :ivar place: of the path of the picture that it was made from; empty where there is none.
    :ivar content: of what was in that picture's file.
    """

    by: str
    options: str
    place: str = ""
    content: str = ""


def digest(value: Any) -> str:
    """The same for what is written the same."""
    return sha256(str(value).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def place_of(path: Path) -> str:
    """One spelling for all paths to a file."""
    return os.path.realpath(path)


def to_png(infotext: str, mark: Mark) -> PngImagePlugin.PngInfo:
    """A PNG's texts: the infotext as the WebUIs keep it, and the mark."""
    info = png_info(infotext) if infotext else PngImagePlugin.PngInfo()
    info.add_text("Software", f"IC-Light for WebUI {__version__}")
    info.add_text(KEY, json.dumps(asdict(mark)))
    return info


def mark_in(texts: Mapping[str, str]) -> Mark | None:
    """The mark of a picture that this program made; None where another did."""
    try:
        return Mark(**json.loads(texts[KEY]))
    except (KeyError, ValueError, TypeError):
        return None


def is_result(texts: Mapping[str, str]) -> bool:
    """Whether IC-Light made a picture, here or in a WebUI."""
    return mark_in(texts) is not None or VERSION_KEY in texts.get("parameters", "")
