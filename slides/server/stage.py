"""What a talk needs while it is given: its deck, live runs, measuring in the background."""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from demos.catalogue import Demo
from demos.errors import TalkError
from demos.programs.program import Program
from demos.runs import record
from demos.runs.run import SECONDS
from slides import deck, page
from slides.export import Builder
from slides.measuring import Stopped
from slides.rehearse.ongoing import Ongoing
from slides.server.current import CurrentDeck
from slides.server.runs import End, Runs
from slides.server.tasks import complain, in_a_line, in_thread

CALM = 1.0
"""Seconds without a live run before something is measured in the background."""
ENDS = 2.0
"""Seconds that what is measured in a thread has to end, when the server does."""


class Stage:
    """What the handlers share."""

    def __init__(
        self,
        builder: Builder,
        top: Path,
        seconds: float = SECONDS,
        rehearsal: Ongoing | None = None,
    ):
        self.builder = builder
        self.deck = CurrentDeck(builder, top, rehearsal=rehearsal is not None)
        self.rehearsal = rehearsal
        self.runs = Runs(seconds)
        self._recording = asyncio.Lock()
        self._to_measure = asyncio.Event()
        self._taking: asyncio.Task[record.Recording] | None = None
        self._stop = threading.Event()
        """Ends what `_prepare` does now."""
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    def open(self) -> None:
        """Build the deck, then look after it until `close`."""
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._measure())]

    async def close(self) -> None:
        """End every run and everything in the background."""
        self._closing = True
        tasks = [*self._tasks, *self.runs.tasks, *([self._taking] if self._taking else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def start(
        self, what: Demo | Program, on_text: Callable[[str], None], *, measured: bool = False
    ) -> asyncio.Task[End]:
        """Run what stands on a slide; what is measured in the background makes room for it."""
        self._make_room()
        if self.rehearsal:
            self.rehearsal.watch.alive()
        return self.runs.start(what, on_text, measured=measured)

    async def tape(self, demo: Demo, *, wait: bool) -> tuple[record.Recording | None, bool]:
        """The recording of `demo`, and whether it is of the file as it is now.

        One of an earlier version is better than to wait on stage; without any, it is made now or,
        unless the caller can `wait`, there is none.
        """
        if found := record.at_hand(demo):
            return found, True
        if (found := record.latest(demo)) or not wait:
            return found, False
        return await self._film(demo), True

    def _make_room(self) -> None:
        """What is measured in the background ends, and begins again once it is calm."""
        self._stop.set()
        if self._taking:
            self._taking.cancel()

    async def _calm(self) -> None:
        while not self.runs.calm_for(CALM):
            await asyncio.sleep(CALM / 4)

    async def _film(self, demo: Demo) -> record.Recording:
        """The recording of the demo as it is now, made while nothing runs on a slide."""
        async with self._recording:
            while not self._closing:
                await self._calm()
                self._taking = asyncio.create_task(record.record_alone(demo))
                await asyncio.wait([self._taking])
                taken, self._taking = self._taking, None
                if not taken.cancelled():
                    return taken.result()
        raise TalkError("the server is being stopped")

    async def _follow(self) -> None:
        """Keep the deck as its files are."""
        await self.deck.build("now")
        self._to_measure.set()
        while True:
            await self.deck.next_change()
            self._make_room()  # it measures a file that is another now
            await self.deck.build("now")
            self._to_measure.set()

    async def _measure(self) -> None:
        """Make what the deck still lacks, one after the other, whenever nothing runs on a slide.

        What fails is said in the terminal alone: the slides do without.
        """
        while True:
            await self._to_measure.wait()
            self._to_measure.clear()
            try:
                await self._calm()
                await in_thread(page.get_ready)  # so that the first edit is seen as soon as others
                if await self._record_missing():
                    await self._prepare()
            except Exception as error:
                complain(in_a_line(error))
            if self.deck.page and not self._to_measure.is_set():
                await self.deck.build("calm")

    async def _record_missing(self) -> bool:
        """Make the recordings that the slides lack; whether they are complete now."""
        run_on_slides, _ = await in_thread(lambda: deck.used_demos(self.builder.sections()))
        complete = True
        for demo in run_on_slides:
            if record.cached(demo):
                continue
            try:
                await self._film(demo)
            except Exception as error:
                complain(in_a_line(error))
                complete = False
        return complete

    async def _prepare(self) -> None:
        """Draw what the slides lack and run their cells, again and again until nothing came in."""
        while True:
            await self._calm()
            self._stop = stop = threading.Event()
            preparing = in_thread(partial(self.builder.prepare, stop))
            try:
                await asyncio.shield(preparing)
                return
            except Stopped:
                continue
            except asyncio.CancelledError:
                stop.set()
                preparing.add_done_callback(asyncio.Future.exception)  # nobody else asks for it
                await asyncio.wait([preparing], timeout=ENDS)
                raise
