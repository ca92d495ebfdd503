"""A rehearsal that is on: what pages tell goes to its clock, and from there to its file."""

import sys
from collections.abc import Hashable
from datetime import datetime
from pathlib import Path
from typing import Any

from demos.errors import TalkError
from demos.files import BUILD
from slides.rehearse import plan, record
from slides.rehearse.watch import Watch
from slides.sections import TOP, sections, slot


class Ongoing:
    """One rehearsal of the talk in `top`, from its first slide to the end of the server."""

    def __init__(self, top: Path = TOP, build: Path = BUILD, watch: Watch | None = None):
        self.top, self.build = top, build
        self.watch = watch or Watch()
        began = datetime.now().astimezone().isoformat(timespec="seconds")
        self.rehearsal = record.Rehearsal(
            began,
            slot(top) * 60,
            plan.planned(sections(top)),
            self.watch.seconds,
            self.watch.breaks,
        )
        self._failed = False

    def told(self, page: Hashable, message: dict[str, Any]) -> None:
        """What a page says: `{"slide": id}` for the one that stands, anything else for a sign."""
        slide = message.get("slide")
        if not isinstance(slide, str) or not self._knows(slide):
            self.watch.alive()
            return
        self.watch.shows(page, slide)
        self._keep()

    def gone(self, page: Hashable) -> None:
        """A page is closed."""
        self.watch.gone(page)

    def end(self) -> record.Rehearsal:
        """The rehearsal as it was, kept if any slide was shown."""
        self.watch.alive()
        if self.watch.seconds:
            record.keep(self.rehearsal, self.build)
        return self.rehearsal

    def _knows(self, slide: str) -> bool:
        """Whether the talk has such a slide; its files may have changed meanwhile."""
        if any(one.id == slide for one in self.rehearsal.slides):
            return True
        try:
            self.rehearsal.slides = plan.planned(sections(self.top))
        except TalkError:
            return False
        return any(one.id == slide for one in self.rehearsal.slides)

    def _keep(self) -> None:
        """At every slide: whatever ends the server, what was rehearsed is there."""
        try:
            record.keep(self.rehearsal, self.build)
        except TalkError as error:
            if not self._failed:
                print(error, file=sys.stderr, flush=True)
            self._failed = True
