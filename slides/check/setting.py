"""What every look is given: the talk, how much time there is, and whom to tell what is done."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from demos.errors import TalkError
from demos.files import BUILD
from slides.cells import Progress
from slides.check.report import Line
from slides.export import quiet
from slides.sections import TOP, Section, sections

QUICK = 12.0
"""Seconds that a quick check may look; it takes at most three more to begin and to end."""


@dataclass
class Setting:
    """One check."""

    top: Path = TOP
    build: Path = BUILD
    quick: bool = False
    port: int = 8888
    """Where `talk` would begin to look for a port."""
    progress: Progress = quiet
    began: float = field(default_factory=time.monotonic)
    blocked: bool = False
    """Whether it is known already that there can be no deck."""

    @cached_property
    def sections(self) -> list[Section]:
        """The talk's sections; raises TalkError where files miss their partners."""
        return sections(self.top)

    def left(self) -> float:
        """Seconds that there are for looking; endless unless it is quick."""
        return QUICK - (time.monotonic() - self.began) if self.quick else float("inf")

    def bounded(self, seconds: float) -> float:
        """At most so many seconds, fewer where there are fewer left.

        Raises TalkError where there are none: what was not looked at until then has to wait.
        """
        if self.left() < 1:
            raise TalkError("there is no time left; `talk check` takes as long as it takes")
        return min(seconds, self.left())


Look = Callable[[Setting], Iterator[Line]]
"""Looks at one kind of thing. A TalkError that it raises is a failure of that kind."""
