"""When options act, given the others: the ``when`` of their declarations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from lib_iclight.light.maps import UNDIRECTED


class Request(Protocol):
    """What is asked of an ``args.Request`` here."""

    @property
    def model_role(self) -> str | None: ...

    @property
    def background(self) -> Any: ...

    @property
    def light(self) -> str: ...

    @property
    def shading(self) -> str: ...

    @property
    def restore_details(self) -> float: ...

    @property
    def shadow(self) -> float: ...

    @property
    def own_size(self) -> bool: ...

    @property
    def stage(self) -> str: ...


def always(request: Request) -> bool:
    """The ``when`` of an option that acts whatever the others are."""
    return True


def text_conditioned(request: Request) -> bool:
    return request.model_role != "fbc"


def takes_background(request: Request) -> bool:
    return not text_conditioned(request)


def light_acts(request: Request) -> bool:
    return text_conditioned(request) or request.background is None


def light_is(*names: str) -> Callable[[Request], bool]:
    return lambda request: light_acts(request) and request.light in names


def falls_on_form(request: Request) -> bool:
    """Whether it is known where the light comes from, which a light map of the user's own does not say."""
    return light_acts(request) and request.light not in UNDIRECTED


def is_drawn(request: Request) -> bool:
    """Whether the light map is drawn in colours that are chosen, and not from a picture."""
    return falls_on_form(request) and request.light != "panorama"


def is_one_light(request: Request) -> bool:
    """Whether one light is drawn, and not several lamps."""
    return is_drawn(request) and request.light != "lamps"


def starts_from_light(request: Request) -> bool:
    return text_conditioned(request) and request.light != "none"


def lights_form(request: Request) -> bool:
    return falls_on_form(request) and request.shading == "form"


def restores_details(request: Request) -> bool:
    """Whether details are laid onto the result; at its own size a photo has them already."""
    return request.restore_details > 0 and not request.own_size


def reinforces(request: Request) -> bool:
    """Whether a light map is shown to the model, over which the subject can be laid."""
    return light_acts(request) and request.light != "none"


def casts_shadow(request: Request) -> bool:
    return request.shadow > 0


def by_directions(request: Request) -> bool:
    """Whether a light stage has lamps in equal steps around the picture."""
    return request.stage == "directions"
