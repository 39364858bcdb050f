"""What stands for a VAE in caches of what it has encoded."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from weakref import WeakKeyDictionary


class _VaeIdentity:
    def __init__(self, encodes_with: object) -> None:
        self.encodes_with = encodes_with


class VaeIdentities:
    """One object for each VAE, and another one as soon as the same VAE would encode otherwise."""

    def __init__(self) -> None:
        self._known: MutableMapping[Any, _VaeIdentity] = WeakKeyDictionary()

    def of(self, vae: Any, encodes_with: object) -> object:
        """The object for a VAE as it is now.

        :param encodes_with: whatever about it a latent depends on, such as its weights' state, or tiles. Must not refer
            to ``vae``.
        """
        known = self._known.get(vae)
        if known is None or known.encodes_with != encodes_with:
            known = self._known[vae] = _VaeIdentity(encodes_with)
        return known
