"""What the deck shows of real runs is measured: recordings and pictures, beside each other.

Runs that sleep share the machine: some are recorded while one that has been recorded is drawn, and
nbconvert is imported meanwhile. Those that need the processor come after them, one by one.
"""

import asyncio
import importlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from demos.catalogue import Demo
from demos.runs import record
from demos.timeline import kept
from demos.timeline.model import Timeline
from slides.deck import Ingredients

Progress = Callable[[str, int, int], None]
"""Told what is being done now, how many of these are done, and how many there are."""

GUESS = 2.0
"""Seconds that a run is thought to take which has not been seen yet."""
TURNS = 0.05
"""Share of a picture in which flows waited for a processor, from which it is drawn once more."""


class Stopped(Exception):
    """Something more important needs the machine."""


def measure(
    run: list[Demo],
    drawn: list[Demo],
    progress: Progress,
    *,
    fresh: bool = False,
    stop: threading.Event | None = None,
) -> Ingredients:
    """The recordings and pictures of these demos; what is not kept, or all if `fresh`, is made now.

    Raises TalkError where one fails, and Stopped soon after `stop` is set while pictures are drawn;
    what was made until then is kept.
    """
    pictures = {} if fresh else {demo: line for demo in drawn if (line := kept.cached(demo))}
    missing = [demo for demo in drawn if demo not in pictures]
    unrecorded = [demo for demo in run if fresh or not record.cached(demo)]
    names = [f"recording {demo.name}" for demo in unrecorded]
    steps = _Steps(names + [f"drawing {demo.name}" for demo in missing], progress)
    with _importing_meanwhile(bool(steps.left)), ThreadPoolExecutor(1) as pool:
        beside: dict[Demo, Future[Timeline]] = {}

        def recording_is_there(demo: Demo, alone: bool) -> None:
            steps.done(f"recording {demo.name}")
            if demo in missing and not alone:
                beside[demo] = pool.submit(_draw, demo, steps, fresh, stop)

        async def let_them_end() -> None:
            await asyncio.gather(*map(asyncio.wrap_future, beside.values()))

        recordings = record.record(run, recording_is_there, before_alone=let_them_end, fresh=fresh)
    for demo in missing:
        line = beside[demo].result() if demo in beside else None
        if line is None or _waited_for_a_processor(line):
            line = _draw(demo, steps, fresh or line is not None, stop)
        pictures[demo] = line
    return Ingredients(recordings, {demo.name: pictures[demo] for demo in drawn})


@contextmanager
def _importing_meanwhile(worth_it: bool) -> Iterator[None]:
    """Imports nbconvert in the time that others wait.

    It has come at the end: who imports a part of it meanwhile may find the part half made.
    """
    thread = threading.Thread(target=importlib.import_module, args=("slides.converter",))
    if worth_it:
        thread.start()
    try:
        yield
    finally:
        if worth_it:
            thread.join()


def _draw(demo: Demo, steps: "_Steps", fresh: bool, stop: threading.Event | None) -> Timeline:
    line = kept.timeline(demo, fresh=fresh, stop=stop)
    if stop and stop.is_set():
        raise Stopped
    steps.done(f"drawing {demo.name}")
    return line


def _waited_for_a_processor(line: Timeline) -> bool:
    """Whether it may be the others' doing what is seen in it."""
    turns = sum(
        span.end - span.start
        for lane in line.lanes
        for span in lane.spans
        if span.state in ("turn", "turns")
    )
    return turns > TURNS * line.seconds


class _Steps:
    """What there is to do, and how long it will still take."""

    def __init__(self, names: list[str], progress: Progress):
        self.left = dict.fromkeys(names)
        self.total = len(self.left)
        self.progress = progress
        self._lock = threading.Lock()  # what is recorded and what is drawn is done in threads
        self.began = time.monotonic()
        self._tell()

    def done(self, name: str) -> None:
        """One of them is; a run that is made a second time was counted the first time."""
        with self._lock:
            if name in self.left:
                del self.left[name]
                self._tell()

    def _tell(self) -> None:
        if not self.left:
            return
        done, passed = self.total - len(self.left), time.monotonic() - self.began
        each = passed / done if done else GUESS
        left = f"about {max(1, round(each * len(self.left))):.0f} s left"
        self.progress(f"{next(iter(self.left))}, {left}", done, self.total)
