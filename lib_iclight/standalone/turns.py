"""Requests wait for their turn: so many are done at a time, a bounded number waits, the rest is refused."""

from __future__ import annotations

import asyncio
import bisect
import math
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect, Request

from lib_iclight.cache import MEGABYTE, Budget
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.standalone.runners import stopping
from lib_iclight.web.bodies import GONE, LARGEST, TURN, Route
from lib_iclight.web.openapi import describe_refusals

WAITING = 100
"""How many requests may wait, where nothing else is asked for."""

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""The upper bounds of the histograms' buckets, in seconds."""

RECENT = 50
LONGEST_WAIT = 600
CLIENT_GONE = 499
"""The status that logs of servers have for it; nobody is left to read it."""

Kind = TypeVar("Kind", bound=type[Route])


class QueueFullError(ICLightError):
    """Too many wait, or too much.

    :param what: waits already, and what bounds it.
    :ivar seconds: after how many a place may be free.
    """

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(ErrorCode.QUEUE_FULL, f"IC-Light: {what}: ask again in {seconds} seconds.")
        self.seconds = seconds


class Bodies:
    """What requests have sent that are not answered, in bytes: caches have so much less.

    :param budget: theirs.
    :ivar most: how much it may be; one of the longest has room where nothing else is there.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.held = 0
        self.most = max(budget.limit, LARGEST)

    def hold(self, size: int) -> None:
        """Count so much more, or less where it is negative."""
        self.held += size
        self._budget.reserve(size)


@dataclass
class Histogram:
    """How long something took, in seconds.

    :ivar counts: how often it took as long as each of ``BOUNDS`` and longer than the one before, then longer than all.
    """

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect.bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


class _Place:
    """A request's.

    :ivar begun: when its turn came, by ``time.monotonic``; None before.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._size = 0
        self._going: asyncio.Future[None] | None = None
        self.begun: float | None = None
        self.called: asyncio.Future[None] | None = None

    def hold(self, size: int) -> None:
        """Count a body, in bytes, in place of what was counted of it.

        :raises ICLightError: there is no room for it.
        """
        self._turns.hold(size - self._size)
        self._size = size

    async def turn(self, asked: Request, size: int) -> None:
        """Wait for the turn of a request whose body is read.

        :param size: of the body, in bytes.
        :raises ICLightError: nothing shall be begun, or there is no room for what waits.
        :raises ClientDisconnect: the client has gone.
        """
        self.hold(size)
        self._going = asyncio.ensure_future(_wait_until_gone(asked))
        await self._turns.wait(self, self._going)

    def has_gone(self) -> bool:
        """Whether the client went while it was done; any thread may ask."""
        return self._going is not None and self._going.done() and not self._going.cancelled()

    def leave(self) -> None:
        """Watch the client no longer, and count nothing of it."""
        self.hold(0)
        if self._going is not None:
            self._going.cancel()


class Turns:
    """Who may be done now. All of it runs in the server's event loop.

    :param limit: how many requests may wait.
    :param at_once: how many are done at a time; ``resize`` changes it.
    :param check: raises an ``ICLightError`` where nothing shall be begun; asked of whoever comes, and by ``resize``.
    :param bodies: count what they have sent; None for a budget of their own.
    :ivar running: how many are done now.
    :ivar done: how many were, to their end.
    :ivar refused: how many found no place.
    :ivar gone: how many clients went before they were answered.
    :ivar waited: how long requests waited; ``took``: how long they were then done.
    """

    def __init__(
        self,
        limit: int,
        at_once: int = 1,
        check: Callable[[], None] = lambda: None,
        bodies: Bodies | None = None,
    ) -> None:
        self.limit, self.at_once = limit, at_once
        self._bodies = bodies or Bodies(Budget())
        self._check = check
        self.running = self.done = self.refused = self.gone = 0
        self.waited, self.took = Histogram(), Histogram()
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._places = 0
        self._queue: deque[_Place] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def waiting(self) -> int:
        """How many have a place and not their turn yet, those included that still send their bodies."""
        return self._places - self.running

    @property
    def seconds(self) -> int:
        """How long a request that came now would wait, by how long the last ones took."""
        each = sum(self._recent) / len(self._recent) if self._recent else 1.0
        return min(math.ceil(each * self._places / max(self.at_once, 1)), LONGEST_WAIT)

    def describe(self) -> dict[str, int]:
        """For a person."""
        return {
            "waiting": self.waiting,
            "running": self.running,
            "limit": self.limit,
            "at_once": self.at_once,
            "seconds": self.seconds,
        }

    @contextmanager
    def place(self, size: int = 0) -> Iterator[_Place]:
        """A place for a request until it is answered.

        :param size: of its body in bytes, as far as it is said.
        :raises ICLightError: there is none, or nothing shall be begun.
        """
        self._check()
        if self._places >= self.limit + self.at_once:
            self.refused += 1
            what = f"{self.waiting} requests wait already, which is as many as --queue lets"
            raise QueueFullError(what, max(self.seconds, 1))
        place = _Place(self)
        place.hold(size)
        self._places += 1
        try:
            yield place
        finally:
            self._places -= 1
            if place.begun is not None:
                self._end(place.begun, place.has_gone())
            place.leave()

    def hold(self, size: int) -> None:
        """As ``_Place.hold``, of so many bytes more."""
        if size > 0 and self._bodies.held + size > self._bodies.most:
            self.refused += 1
            megabytes = self._bodies.most // MEGABYTE
            raise QueueFullError(f"requests have sent more than {megabytes} MB that waits", max(self.seconds, 1))
        self._bodies.hold(size)

    async def wait(self, place: _Place, going: asyncio.Future[None]) -> None:
        """As ``_Place.turn``.

        :param going: done where the client has gone.
        """
        self._check()
        self._loop = asyncio.get_running_loop()
        came = time.monotonic()
        if self.running < self.at_once and not self._queue:
            self._begin(place)
        else:
            place.called = self._loop.create_future()
            self._queue.append(place)
            try:
                await asyncio.wait({place.called, going}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if place in self._queue:
                    self._queue.remove(place)
            if not place.called.done():
                raise ClientDisconnect
            place.called.result()
        self.waited.add(time.monotonic() - came)

    def resize(self, at_once: int) -> None:
        """Do so many at a time from now on, and refuse whoever waits where nothing shall be begun; from any thread."""
        self.at_once = at_once
        # Where the loop has ended, nobody waits.
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._call_next)

    def stop(self) -> None:
        """Refuse whoever waits and whoever comes."""
        self._check = _refuse_all
        self._call_next()

    def _call_next(self) -> None:
        """Begin what there is room for, or refuse all that waits."""
        while self._queue:
            try:
                self._check()
            except ICLightError as error:
                called = self._queue.popleft().called
                if called is not None and not called.done():
                    called.set_exception(error)
                continue
            if self.running >= self.at_once:
                return
            self._begin(self._queue.popleft())

    def _begin(self, place: _Place) -> None:
        self.running += 1
        place.begun = time.monotonic()
        if place.called is not None:
            place.called.set_result(None)

    def _end(self, begun: float, is_gone: bool) -> None:
        self.running -= 1
        if is_gone:
            self.gone += 1
        else:
            took = time.monotonic() - begun
            self.done += 1
            self.took.add(took)
            self._recent.append(took)
        self._call_next()


def _refuse_all() -> None:
    raise stopping()


async def _wait_until_gone(asked: Request) -> None:
    while (await asked.receive())["type"] != "http.disconnect":
        pass


async def _pass_over_body(asked: Request) -> None:
    """A connection that is closed with something unread is reset, and its client may never see the answer."""
    length = 0
    async for chunk in asked.stream():
        length += len(chunk)
        if length > LARGEST:
            return


def in_turn(turns: Turns, kind: Kind, paths: Collection[str] | None = None) -> Kind:
    """The routes of some kind, but for POSTs that wait for their turn between reading their bodies and doing them.

    :param paths: which; None for all.
    """

    class InTurn(kind):  # type: ignore[valid-type, misc]
        def __init__(self, path: str, endpoint: Any, **more: Any) -> None:
            self._waits = "POST" in (more.get("methods") or ()) and (paths is None or path in paths)
            if self._waits:
                more["responses"] = {**(more.get("responses") or {}), **describe_refusals(429, 503)}
            super().__init__(path, endpoint, **more)

        def get_route_handler(self) -> Any:
            handle = super().get_route_handler()
            if not self._waits:
                return handle

            async def answer(asked: Request) -> Any:
                try:
                    with turns.place(min(int(asked.headers.get("content-length", "0")), LARGEST)) as place:
                        asked.scope.update({TURN: place.turn, GONE: place.has_gone})
                        return await handle(asked)
                except ICLightError as error:
                    return await self._refuse_unread(asked, error)
                except ClientDisconnect:
                    turns.gone += 1
                    return Response(status_code=CLIENT_GONE)

            return answer

        async def _refuse_unread(self, asked: Request, error: ICLightError) -> Response:
            try:
                await _pass_over_body(asked)
            except ClientDisconnect:
                return Response(status_code=CLIENT_GONE)
            refusal: JSONResponse = self.refuse(error)
            if isinstance(error, QueueFullError):
                refusal.headers["Retry-After"] = str(error.seconds)
            return refusal

    return cast("Kind", InTurn)
