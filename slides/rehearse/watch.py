"""The clock of a rehearsal: seconds by slide, and what of them was a break."""

import time
from collections.abc import Callable, Hashable

PAUSE = 300.0
"""Seconds without a sign of life from which on it was a break.

Signs are a slide that comes, a key, the mouse, a finger, a run. Who talks for five minutes without
any of them can't be told from who went to lunch; the table says every break, so nothing is hidden.
"""


class Watch:
    """Counts for the slide that stands, from one sign of life to the next.

    The time between two signs that are further apart than PAUSE counts for no slide: it is a break.
    A page that goes and comes back is no different: it was loaded anew, or left for RISE. What
    comes after the last page has gone for good counts for nothing, and a machine that sleeps has no
    time at all.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, pause: float = PAUSE):
        self.now, self.pause = now, pause
        self.seconds: dict[str, float] = {}
        """By the slide's id, in the order in which they came."""
        self.breaks: list[tuple[str, float]] = []
        """The slide that stood meanwhile, and how long it was."""
        self._slide: str | None = None
        self._since = 0.0
        self._left: str | None = None
        self._pages: dict[Hashable, str] = {}

    def shows(self, page: Hashable, slide: str) -> None:
        """A page shows this slide from now on; with two pages it is the one that spoke last."""
        if self._left is not None:
            self._slide, self._left = self._left, None
        self.alive()
        self._pages.pop(page, None)
        self._pages[page] = slide
        self._slide, self._since = slide, self.now()
        self.seconds.setdefault(slide, 0.0)

    def gone(self, page: Hashable) -> None:
        """A page is closed; the slide of another one stands, if there is one."""
        if page not in self._pages:
            return
        self.alive()
        del self._pages[page]
        left, self._slide = self._slide, next(reversed(self._pages.values()), None)
        if self._slide is None:
            self._left = left

    def alive(self) -> None:
        """Somebody is there."""
        if self._slide is None:
            return
        now = self.now()
        if (passed := now - self._since) > self.pause:
            self.breaks.append((self._slide, passed))
        else:
            self.seconds[self._slide] = self.seconds.get(self._slide, 0.0) + passed
        self._since = now
