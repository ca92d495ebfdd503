"""The live runs of a talk: what stands on a slide is run, or run and measured, a few at a time."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from demos.catalogue import Demo
from demos.programs.program import Program, scratch
from demos.runs.run import SECONDS, run
from demos.timeline.draw import svg
from demos.timeline.measure.tracer import trace
from slides.server.tasks import in_thread

AT_ONCE = 8
"""More than any presenter needs; it keeps the machine usable whatever pages do."""


@dataclass(frozen=True)
class End:
    """How a run on a slide ended."""

    said: str | None
    """One line for people where it went otherwise than it should; None where all is well."""
    status: int | None = None
    """Exit status; None where it did not end by itself."""
    line: int | None = None
    """The line on the slide, from 1, that it is about."""
    picture: str | None = None
    """The timeline of this very run as SVG, where it was measured."""


class Runs:
    """The runs that are on at the moment."""

    def __init__(self, seconds: float = SECONDS):
        self.seconds = seconds
        """How long a run may take."""
        self.tasks: set[asyncio.Task[End]] = set()
        self.last_end = -float("inf")

    def has_room(self) -> bool:
        """Whether one more may start."""
        return len(self.tasks) < AT_ONCE

    def calm_for(self, seconds: float) -> bool:
        """Whether nothing has run for so many seconds."""
        return not self.tasks and time.monotonic() - self.last_end >= seconds

    def start(
        self, what: Demo | Program, on_text: Callable[[str], None], *, measured: bool = False
    ) -> asyncio.Task[End]:
        """Run a demo, or one as it was edited; cancelling the task leaves nothing of it."""
        act = self._measure if measured else self._run
        task = asyncio.create_task(self._program(what, act, on_text))
        self.tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[End]) -> None:
        self.tasks.discard(task)
        self.last_end = time.monotonic()

    async def _program(
        self,
        what: Demo | Program,
        act: "Callable[[Demo, Callable[[str], None]], Coroutine[Any, Any, tuple[End, str]]]",
        on_text: Callable[[str], None],
    ) -> End:
        if isinstance(what, Demo):
            end, _ = await act(what, on_text)
            return end
        with scratch(what) as demo:
            end, output = await act(demo, on_text)
        return End(end.said, end.status, what.failed_line(output), end.picture)

    async def _run(self, demo: Demo, on_text: Callable[[str], None]) -> tuple[End, str]:
        outcome = await run(demo, on_text, seconds=self.seconds)
        return End(outcome.reason, outcome.status), outcome.output

    async def _measure(self, demo: Demo, on_text: Callable[[str], None]) -> tuple[End, str]:
        """The same, measured: in a thread, for it looks hundreds of times a second."""
        loop = asyncio.get_running_loop()
        stop = threading.Event()

        def pass_on(text: str) -> None:
            loop.call_soon_threadsafe(on_text, text)

        measuring = in_thread(lambda: trace(demo, self.seconds, pass_on, stop))
        try:
            measured = await asyncio.shield(measuring)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait([measuring])
            raise
        picture = svg.picture(measured) if measured.lanes else None
        return End(
            measured.reason, None if measured.reason else 0, picture=picture
        ), measured.output
