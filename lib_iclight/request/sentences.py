"""Why something cannot be done, as the page says it: by the labels that stand in it, not by the keys of the API."""

from __future__ import annotations

from lib_iclight.errors import ICLightError
from lib_iclight.request.args import OPTIONS


def sentence_of(error: Exception) -> str:
    """What the page says of an error."""
    return error.write(_say_label) if isinstance(error, ICLightError) else str(error)


def _say_label(option: str, choice: str) -> str:
    declared = OPTIONS.get(option)
    if declared is None:
        return choice or option
    return f'"{declared.kind.labels_by_key.get(choice, choice)}"' if choice else declared.label
