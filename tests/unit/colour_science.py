"""The library colour-science, which puts a mock in the place of a matplotlib that is not installed."""

from __future__ import annotations

import importlib
import sys
import warnings
from types import ModuleType
from unittest.mock import NonCallableMock


def load() -> ModuleType:
    """It, without the mocks: others look for the real library, and stumble over them."""
    with warnings.catch_warnings():
        # It says which parts of it want libraries that are not there.
        warnings.simplefilter("ignore")
        colour = importlib.import_module("colour")
        importlib.import_module("colour.temperature")
    for name in [name for name, module in sys.modules.items() if isinstance(module, NonCallableMock)]:
        del sys.modules[name]
    return colour
