"""Who may call the routes: the hosts' ``--api-auth``."""
# No annotations from the future here: versions of FastAPI cannot read those of an object that is called.

import base64
import binascii
from collections.abc import Mapping
from secrets import compare_digest
from typing import Any

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPBasic

from lib_iclight.errors import ErrorCode, ICLightError


def read_pairs(api_auth: str) -> Mapping[str, str]:
    """The passwords by name.

    :param api_auth: ``user:password`` pairs between commas.
    :raises ICLightError: it is something else.
    """
    pairs = [pair.partition(":") for pair in api_auth.split(",")]
    if not all(name and colon for name, colon, _ in pairs):
        # What it is stays unsaid: others may read the log.
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            "IC-Light: --api-auth must be user:password; several stand between commas, and none has a comma inside.",
        )
    return {name: password for name, _, password in pairs}


def require_auth(api_auth: str | None) -> list[Any]:
    """The dependencies of routes that ask for a name and a password.

    :param api_auth: ``user:password`` pairs between commas; none where everybody may call.
    :raises ICLightError: it is something else.
    """
    return [Depends(_Basic(read_pairs(api_auth)))] if api_auth else []


class _Basic(HTTPBasic):
    """As FastAPI's, which cannot read names and passwords that are not ASCII."""

    def __init__(self, known: Mapping[str, str]) -> None:
        super().__init__(scheme_name="HTTPBasic")
        self._known = _spellings(known)

    async def __call__(self, request: Request) -> None:  # type: ignore[override]
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        try:
            sent = base64.b64decode(given.strip(), validate=True) if scheme.lower() == "basic" else b""
        except (binascii.Error, ValueError):
            sent = b""
        # All are compared, so that the time taken does not tell a name.
        if not sum(compare_digest(sent, spelt) for spelt in self._known):
            wanted = {"WWW-Authenticate": 'Basic realm="IC-Light", charset="UTF-8"'}
            raise HTTPException(401, "Incorrect username or password" if sent else "Not authenticated", wanted)


def _spellings(known: Mapping[str, str]) -> list[bytes]:
    """The bytes that clients send for each name and password: UTF-8 from browsers, Latin-1 from Python's requests."""
    pairs = [f"{name}:{password}" for name, password in known.items()]
    # What a command line could not decode is in a text as surrogates.
    whole = [pair.encode("utf-8", "surrogateescape") for pair in pairs]
    return whole + [pair.encode("latin-1") for pair in pairs if all(ord(letter) < 256 for letter in pair)]
