"""From sections to the page of the deck: the builder that measures for it."""

import sys
import threading
from pathlib import Path

from nbformat import NotebookNode

from demos import about
from demos.catalogue import Demo
from demos.errors import TalkError
from demos.runs import record
from demos.timeline import kept
from slides import colours, deck
from slides.cells import Progress, execute
from slides.measuring import Stopped, measure
from slides.page import Page
from slides.sections import TOP, Section, sections


def quiet(what: str, done: int, total: int) -> None:
    """A Progress for callers who want none."""


class Builder:
    """Builds the deck of the checkout `top`.

    For a file (`served=False`) everything is measured before `html()` returns, also what is kept
    if it has to be `fresh`. For the served deck `html()` shows what has been measured already and
    never waits; `prepare()` measures the rest.
    """

    def __init__(
        self,
        top: Path = TOP,
        *,
        served: bool = False,
        notes: bool = False,
        only: Section | None = None,
        fresh: bool = False,
        progress: Progress = quiet,
    ):
        self.top, self.served, self.notes, self.only = top, served, notes, only
        self.fresh, self.progress = fresh, progress

    def html(self) -> str:
        """The page; raises TalkError that names the file, the cell and the reason."""
        page = Page(about.read(self.top), served=self.served, notes=self.notes)
        return page.html(self.notebook())

    def notebook(self) -> NotebookNode:
        """All sections as one executed notebook."""
        whose, talk = about.read(self.top), self.sections()
        colours.check(whose.cast)
        run, drawn = deck.used_demos(talk)
        if self.served:
            ingredients = deck.Ingredients(
                recordings={demo.key: tape for demo in run if (tape := record.at_hand(demo))},
                pictures={demo.name: line for demo in drawn if (line := kept.cached(demo))},
                inline_recordings=False,
            )
        else:
            ingredients = self._measured(talk, run, drawn)
        placed = [
            deck.place(section, ingredients, notes=self.notes, served=self.served)
            for section in talk
        ]
        for section, notebook in zip(talk, placed, strict=True):
            notebook.metadata["section"] = section.notebook.name
        if not self.served:
            _say_what_is_cut(placed)
        execute(placed, self.top, self.progress, only_kept=self.served, fresh=self.fresh)
        title = f"{whose.title}: {self.only.slug}" if self.only else whose.title
        merged = deck.merge(placed, title, whole=not self.only)
        if self.notes:
            merged.metadata["minutes"] = sum(section.notes.minutes for section in talk)
        return merged

    def sections(self) -> list[Section]:
        """The sections that this deck has; raises TalkError when they do not fit the slot."""
        talk = [self.only] if self.only else sections(self.top)
        if not self.only:
            planned, allowed = (
                sum(section.notes.minutes for section in talk),
                about.read(self.top).minutes,
            )
            if planned > allowed:
                raise TalkError(
                    f"speaker_notes/: {planned:g} minutes are planned,"
                    f" [tool.talk] minutes allows {allowed:g}; shorten a section"
                )
        return talk

    def prepare(self, stop: threading.Event) -> None:
        """Measures what `html()` of a served deck waits for: recordings, pictures, outputs.

        Raises Stopped once `stop` is set: a picture is left undrawn, a cell that runs ends first.
        """

        def progress(what: str, done: int, total: int) -> None:
            if stop.is_set():
                raise Stopped
            self.progress(what, done, total)

        talk = self.sections()
        self._measured(talk, *deck.used_demos(talk), stop)
        placed = [deck.place(section, deck.Ingredients(), notes=False) for section in talk]
        for section, notebook in zip(talk, placed, strict=True):
            notebook.metadata["section"] = section.notebook.name
        execute(placed, self.top, progress)

    def _measured(
        self,
        talk: list[Section],
        run: list[Demo],
        drawn: list[Demo],
        stop: threading.Event | None = None,
    ) -> deck.Ingredients:
        """What is shown of runs; what is wrong with the files is found before minutes of work."""
        kept_already = all(map(record.cached, run)) and all(map(kept.cached, drawn))
        if self.fresh or not kept_already:
            for section in talk:
                deck.place(section, deck.Ingredients(), notes=self.notes)
        return measure(run, drawn, self.progress, fresh=self.fresh, stop=stop)


def _say_what_is_cut(placed: list[NotebookNode]) -> None:
    """A line for each terminal that is too small for what it shows."""
    for notebook in placed:
        for cell in notebook.cells:
            if "cut" in cell.metadata:
                print(
                    f"talk: {cell.metadata.cut}; print less, or put less on its slide",
                    file=sys.stderr,
                    flush=True,
                )
