"""What is declared of an option."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lib_iclight.kinds import Kind, Picture
from lib_iclight.request.acting import Request, always

TITLE = "IC-Light"


def declare(
    default: Any,
    kind: Kind,
    label: str,
    help: str,
    when: Callable[[Request], bool] = always,
    *,
    panel: Any = None,
    tabs: tuple[str, ...] = ("txt2img", "img2img"),
    infotext: bool = True,
    of_model: bool = True,
    rests_at_default: bool = False,
) -> Any:
    """Declare one option.

    :param when: whether it acts, given the others; it is shown and written into the infotext only then.
    :param panel: the panel's default, where it is not the API's.
    :param tabs: the tabs where it acts.
    :param infotext: whether it belongs to the picture's own parameters.
    :param of_model: whether it acts on what a model makes; else on light without a model alone.
    :param rests_at_default: whether it does nothing at its default, and is not written into the infotext then.
    """
    declared = {"kind": kind, "label": label, "help": help, "when": when, "tabs": tabs, "in_infotext": infotext}
    panel = default if panel is None else panel
    more = {"panel": panel, "of_model": of_model, "rests_at_default": rests_at_default}
    return field(default=default, metadata={**declared, **more})


@dataclass(frozen=True)
class Option:
    """One option as declared. ``name`` is its key in the API."""

    name: str
    default: Any
    kind: Kind
    label: str
    help: str
    when: Callable[[Request], bool]
    panel: Any
    tabs: tuple[str, ...]
    in_infotext: bool
    of_model: bool
    rests_at_default: bool

    def rests(self, request: Request) -> bool:
        """Whether it does nothing, since it is at its default."""
        return self.rests_at_default and getattr(request, self.name) == self.default

    def acts_on_model(self, request: Request) -> bool:
        """Whether it has a part in what a model makes of a request."""
        return self.of_model and self.when(request)

    @property
    def infotext_key(self) -> str | None:
        """Its key in a picture's infotext; pictures are too large for one."""
        if isinstance(self.kind, Picture) or not self.in_infotext:
            return None
        return TITLE if self.name == "enabled" else f"{TITLE} {self.name.replace('_', ' ')}"

    def schema(self) -> dict[str, Any]:
        """The JSON schema of its value."""
        return {**self.kind.schema(), "default": self.default, "title": self.label, "description": self.help}
