"""Who may call the routes: the hosts' ``--api-auth``."""

from __future__ import annotations

from secrets import compare_digest
from typing import Any

from fastapi import Depends, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials

_BASIC = HTTPBasic()


def require_auth(api_auth: str | None) -> list[Any]:
    """The dependencies of routes that ask for a name and a password.

    :param api_auth: ``user:password`` pairs between commas; none where everybody may call.
    """
    if not api_auth:
        return []
    known = dict(pair.split(":", 1) for pair in api_auth.split(","))

    def check(given: HTTPBasicCredentials = Depends(_BASIC)) -> None:
        expected = known.get(given.username)
        if expected is None or not compare_digest(given.password.encode(), expected.encode()):
            raise HTTPException(401, "Incorrect username or password", {"WWW-Authenticate": "Basic"})

    return [Depends(check)]
