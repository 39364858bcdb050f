"""Requests that say how a subject is cut out."""

from __future__ import annotations

from typing import Any

from lib_iclight.request.args import Request, build


def cut(mask: Any, matting: str) -> Request:
    return build({"foreground_mask": mask, "matting": matting})
