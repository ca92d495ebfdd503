"""What a talk needs while it is given: its deck, live runs, measuring in the background."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from demos.catalogue import Demo
from demos.programs.program import Program
from demos.runs import record
from demos.runs.run import SECONDS
from slides import deck, page
from slides.export import Builder
from slides.rehearse.ongoing import Ongoing
from slides.server.current import CurrentDeck
from slides.server.runs import End, Runs
from slides.server.tasks import in_a_line, in_thread

CALM = 1.0
"""Seconds without a live run before something is measured in the background."""


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
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        """Build the deck, then look after it until `close`."""
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._measure())]

    async def close(self) -> None:
        """End every run and everything in the background."""
        tasks = [*self._tasks, *self.runs.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def start(
        self, what: Demo | Program, on_text: Callable[[str], None], *, measured: bool = False
    ) -> asyncio.Task[End]:
        """Run what stands on a slide; what is recorded in the background makes room for it."""
        if self._taking:
            self._taking.cancel()
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
        async with self._recording:
            return await record.record_alone(demo), True

    async def _follow(self) -> None:
        """Keep the deck as its files are."""
        await self.deck.build("now")
        self._to_measure.set()
        while True:
            await self.deck.next_change()
            if self._taking:  # it films a file that is another now
                self._taking.cancel()
            await self.deck.build("now")
            self._to_measure.set()

    async def _calm(self) -> None:
        while not self.runs.calm_for(CALM):
            await asyncio.sleep(CALM / 4)

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
                    await self._calm()
                    await in_thread(self.builder.prepare)
            except Exception as error:
                print(in_a_line(error), file=sys.stderr, flush=True)
            if self.deck.page and not self._to_measure.is_set():
                await self.deck.build("calm")

    async def _record_missing(self) -> bool:
        """Make the recordings that the slides lack; whether they are complete now."""
        run_on_slides, _ = await in_thread(lambda: deck.used_demos(self.builder.sections()))
        complete = True
        for demo in run_on_slides:
            while not record.cached(demo):
                await self._calm()
                async with self._recording:
                    taking = self._taking = asyncio.create_task(record.record_alone(demo))
                    await asyncio.wait([taking])
                    self._taking = None
                if not taking.cancelled() and (error := taking.exception()):
                    print(in_a_line(error), file=sys.stderr, flush=True)
                    complete = False
                    break
        return complete
