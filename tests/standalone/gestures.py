"""A person's hand: what is done by pointer, finger and keys, each of which may draw no more pictures than it moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import CDPSession, Locator, Page

Place = Locator | tuple[float, float]
"""An element, by its middle, or a point of the page."""

MORE_THAN_MOVES = 2
"""How many pictures a gesture may draw beside one for each of its moves: where it begins, and where it is set."""


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def settle(page: Page) -> None:
    """Wait until what is to be drawn is drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@dataclass
class Frames:
    """How many pictures a page draws.

    :param count: an expression of JavaScript for how many it has drawn; empty where that is not to be seen.
    """

    page: Page
    count: str = "editor.frames"

    def now(self) -> int:
        settle(self.page)
        return self.page.evaluate(self.count) if self.count else 0

    @contextmanager
    def at_most(self, most: int) -> Iterator[None]:
        before = self.now()
        yield
        drawn = self.now() - before
        assert drawn <= most, f"{drawn} pictures were drawn"


@dataclass
class Pointer:
    """A mouse, or a finger. From ``down`` to ``up`` the pictures are counted."""

    page: Page
    frames: Frames
    _before: int = field(default=0, init=False)
    _moves: int = field(default=0, init=False)
    _at: tuple[float, float] = field(default=(0, 0), init=False)
    _fingers: CDPSession | None = field(default=None, init=False)

    def down(self, place: Place) -> None:
        self._begin(place)
        self.page.mouse.move(*self._at)
        self.page.mouse.down()

    def move(self, place: Place, moves: int = 1) -> None:
        self._at = _point(place)
        self.page.mouse.move(*self._at, steps=moves)
        self._moves += moves

    def up(self) -> None:
        self.page.mouse.up()
        self._end()

    def drag(self, start: Place, end: Place, moves: int = 8) -> None:
        self.down(start)
        self.move(end, moves)
        self.up()

    def click(self, place: Place) -> None:
        self.down(place)
        self.up()

    def wheel(self, place: Place, by: float, turns: int = 1) -> None:
        """Turn the wheel, and wait until it is at rest."""
        self._begin(place)
        self.page.mouse.move(*self._at)
        for _ in range(turns):
            self.page.mouse.wheel(0, by)
        self._moves = turns
        self.page.wait_for_timeout(400)
        self._end()

    def touch(self, start: Place, end: Place, moves: int = 5) -> None:
        """Drag with a finger."""
        self._begin(start)
        (x, y), (right, down) = self._at, _point(end)
        self._finger("touchStart", (x, y))
        for step in range(1, moves + 1):
            self._finger("touchMove", (x + (right - x) * step / moves, y + (down - y) * step / moves))
        self._moves = moves
        self._finger("touchEnd")
        self._end()

    def pinch(self, start: tuple[Place, Place], end: tuple[Place, Place], moves: int = 5) -> None:
        """With two fingers, the first down first."""
        self._begin(start[0])
        fingers = [(_point(one), _point(other)) for one, other in zip(start, end)]
        self._finger("touchStart", fingers[0][0])
        self._finger("touchStart", *(place for place, _ in fingers))
        for step in range(1, moves + 1):
            share = step / moves
            self._finger("touchMove", *((x + (u - x) * share, y + (v - y) * share) for (x, y), (u, v) in fingers))
        # Each finger's way is a move of its own.
        self._moves = 2 * moves
        self._finger("touchEnd", fingers[0][1])
        self._finger("touchEnd")
        self._end()

    def press_long(self, place: Place, milliseconds: int = 700) -> None:
        """Keep a finger on it."""
        self._begin(place)
        self._finger("touchStart", self._at)
        self.page.wait_for_timeout(milliseconds)
        self._finger("touchEnd")
        self._end()

    def tap(self, place: Place) -> None:
        self._begin(place)
        self.page.touchscreen.tap(*self._at)
        self._end()

    def _begin(self, place: Place) -> None:
        self._at, self._moves = _point(place), 0
        self._before = self.frames.now()

    def _end(self) -> None:
        drawn = self.frames.now() - self._before
        assert drawn <= self._moves + MORE_THAN_MOVES, f"{drawn} pictures were drawn for {self._moves} moves"

    def _finger(self, kind: str, *places: tuple[float, float]) -> None:
        # Playwright itself only taps.
        if self._fingers is None:
            self._fingers = self.page.context.new_cdp_session(self.page)
        points = [{"x": x, "y": y} for x, y in places]
        self._fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def _point(place: Place) -> tuple[float, float]:
    return middle(place) if isinstance(place, Locator) else place


@dataclass
class Keyboard:
    """A key draws one picture at the most."""

    page: Page
    frames: Frames

    def press(self, key: str, *modifiers: str, times: int = 1) -> None:
        for _ in range(times):
            with self.frames.at_most(1):
                self.page.keyboard.press("+".join([*modifiers, key]))

    def repeat(self, key: str, times: int) -> None:
        """Keep a key down while it comes again and again."""
        with self.frames.at_most(times):
            for _ in range(times):
                self.page.keyboard.down(key)
            self.page.keyboard.up(key)

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        self.page.keyboard.down(key)
        yield
        self.page.keyboard.up(key)
