"""How routes of our own read what they are sent, and how a fault becomes an answer on a connection that stays."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError, mention

LARGEST = 400_000_000
"""The longest body, in bytes: two of the longest pictures. Reading one takes three times as much."""

PATIENCE = 60.0
"""Seconds without a byte after which no more of a body is waited for. Of a client that is gone nobody may ever hear,
and it would keep its place among those that wait."""

MOST_PARTS = 500_000
"""The most values in a body. An empty list is two bytes of JSON, and 64 in memory."""

DEEPEST = 32
"""How many objects and lists a body may have inside one another."""

TURN = "ic_light.turn"
"""What a request's scope may have under this name is asked, with the request and its length in bytes, between
reading its body and doing it."""

GONE = "ic_light.gone"
"""What a request's scope may have under this name says, while it is done, whether its client has gone."""


class Route(APIRoute):
    """A route whose faults are answers with a sentence, whatever was raised."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def answer(asked: Request) -> Any:
            try:
                return await handle(asked)
            except (HTTPException, RequestValidationError, ClientDisconnect):
                raise
            except ICLightError as error:
                return self.refuse(error)
            except Exception as error:  # noqa: BLE001 - and no caller is left to tell it to
                log.logger.exception("%s %s failed", asked.method, asked.url.path)
                return self.refuse(
                    ICLightError(
                        ErrorCode.INTERNAL_FAULT,
                        f"IC-Light: this failed by a fault of the program's own ({type(error).__name__}: "
                        f"{error!s:.200}): report it with the log.",
                    )
                )

        return answer

    def refuse(self, error: ICLightError) -> JSONResponse:
        """The answer to a request that cannot be done."""
        return JSONResponse({"detail": _encodable(error.detail), "code": error.code}, error.status_code)


def name_fields(error: ICLightError, names: Mapping[str, str]) -> ICLightError:
    """The error in the words of a route whose fields are called otherwise than the options.

    :param names: the option of each field.
    """
    fields = {option: field for field, option in names.items() if field != option}

    def say(option: str, choice: str) -> str:
        return fields[option] if option in fields and not choice else mention(option, choice)

    return ICLightError(ErrorCode[error.code.upper()], error.write(say))


def _encodable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


async def read_object(asked: Request) -> dict[str, Any]:
    """The JSON object that a request carries; for a route's ``Depends``. What the request calls it does not matter.

    :raises ICLightError: it is too large, or none, or does not go on.
    """
    data = bytearray()
    _refuse_length(int(asked.headers.get("content-length", "0")))
    async for chunk in _chunks(asked):
        data += chunk
        _refuse_length(len(data))
    called = asked.headers.get("content-type", "").partition(";")[0]
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_PARTS:
        raise _refuse_body(f"has more than {MOST_PARTS:,} values")
    try:
        body = json.loads(data)
    except RecursionError:
        raise _refuse_body("has too many lists or objects inside one another") from None
    except ValueError as error:
        why = f"is {called!a:.60} and" if called and "json" not in called else "is empty or"
        raise _refuse_body(f"{why} no JSON ({error!s:.100})") from None
    if not isinstance(body, dict):
        raise _refuse_body(f"is {json.dumps(body):.60}")
    _refuse_strange(body)
    length = len(data)
    # What waits is in memory once.
    del data
    if turn := asked.scope.get(TURN):
        await turn(asked, length)
    return body


async def _chunks(asked: Request) -> AsyncIterator[bytes]:
    """The body as it comes.

    :raises ICLightError: nothing comes any more.
    """
    stream = asked.stream()
    while True:
        try:
            yield await asyncio.wait_for(anext(stream), PATIENCE)
        except StopAsyncIteration:
            return
        except asyncio.TimeoutError:
            raise ICLightError(
                ErrorCode.BODY_STALLED,
                f"IC-Light: the request's body does not come: nothing of it for {PATIENCE:g} seconds; send it again.",
            ) from None


def _refuse_length(length: int) -> None:
    if length > LARGEST:
        raise ICLightError(
            ErrorCode.BODY_TOO_LARGE,
            f"IC-Light: the request has more than {LARGEST:,} bytes: make its pictures smaller.",
        )


def _refuse_body(what: str) -> ICLightError:
    return ICLightError(
        ErrorCode.BODY_NOT_JSON,
        f"IC-Light: the request's body {what}: send one JSON object, with pictures in base64.",
    )


def _refuse_strange(body: dict[str, Any]) -> None:
    """Refuse what Python reads as JSON and nobody can write again.

    :raises ICLightError: which value.
    """
    waiting: list[tuple[str, Any, int]] = [("", body, 0)]
    while waiting:
        at, value, depth = waiting.pop()
        if depth > DEEPEST:
            raise _refuse_body(f"has more than {DEEPEST} lists or objects inside one another")
        if isinstance(value, dict):
            for name, part in value.items():
                _refuse_half(name, f"the name {name!a:.60}")
                waiting.append((f"{at}.{name}" if at else name, part, depth + 1))
        elif isinstance(value, list):
            waiting += [(f"{at}[{place}]", part, depth + 1) for place, part in enumerate(value)]
        elif isinstance(value, str):
            _refuse_half(value, at)
        elif isinstance(value, float) and not math.isfinite(value):
            raise ICLightError(
                ErrorCode.VALUE_NOT_ALLOWED, f"IC-Light: {at:.200} is {value} but must be a finite number."
            )


def _refuse_half(text: str, at: str) -> None:
    # Most of what is long is base64, of which this is known at once.
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"IC-Light: {at:.200} has half a surrogate pair ({text[error.start]!a}) at {error.start + 1}, which is no "
            "character: leave it out.",
        ) from None


def refuse_unknown(body: Mapping[str, Any], known: Sequence[str]) -> None:
    """:raises ICLightError: a body has a field that its route does not know."""
    if unknown := body.keys() - {*known}:
        raise ICLightError(
            ErrorCode.UNKNOWN_FIELD, f"IC-Light knows no field {min(unknown)[:60]!r} here: it knows {', '.join(known)}."
        )
