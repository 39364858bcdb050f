"""What the panel needs of the process that shows it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lib_iclight.runtime import Runtime
    from lib_iclight.web.live import LivePictures


@dataclass(frozen=True)
class PanelContext:
    """What the panel needs of the process that it is shown by.

    :ivar runtime: gives what it prepares and keeps pictures with.
    :ivar live: gives the pictures whose light is set in the page.
    :ivar lock: in which a matting network waits for its turn on the device.
    :ivar preview: whether a person wants to see the subject in the lamps' light.
    """

    runtime: Callable[[], Runtime]
    live: Callable[[], LivePictures]
    lock: AbstractContextManager[Any]
    preview: Callable[[], bool] = lambda: True
