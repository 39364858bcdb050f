"""Bases that are kept for whoever knows their names."""

from __future__ import annotations

import hmac
import secrets

from lib_iclight.cache import Budget, Cache
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.stage.basis import Basis


class KeptBases:
    """Keeps bases under names that cannot be guessed: whoever knows one may mix its light.

    :param budget: for them, in bytes.
    :ivar secret: by which the same is named the same.
    """

    def __init__(self, budget: Budget) -> None:
        self._kept: Cache[Basis] = Cache(budget, lambda basis: basis.nbytes)
        self.secret = secrets.token_bytes(32)

    def name(self, told: object) -> str:
        """The name of a basis, before it is there.

        :param told: what it is made of; the same gives the same name by the same secret.
        """
        return hmac.new(self.secret, repr(told).encode(), "sha256").hexdigest()[:32]

    def keep(self, name: str, basis: Basis) -> None:
        """Keep a basis in place of one of the same name."""
        self._kept.put(name, basis)

    def basis(self, name: str) -> Basis:
        """The basis of that name.

        :raises ICLightError: it is not kept, or no longer.
        """
        return self._kept.get(name, _raise_gone)


def _raise_gone() -> Basis:
    raise ICLightError(
        ErrorCode.PICTURE_EXPIRED, "IC-Light: this basis is no longer kept: render it again, or open its file."
    )
