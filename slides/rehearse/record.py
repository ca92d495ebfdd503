"""One rehearsal, and where the last ones are kept: build/rehearsals/."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from demos.errors import TalkError
from demos.files import BUILD, write_whole

FOLDER = "rehearsals"


@dataclass(frozen=True)
class Planned:
    """One slide of the plan."""

    id: str
    title: str
    section: str
    """Number and title of its section."""
    seconds: float
    optional: bool
    """Whether the notes say that the talk can do without it."""


@dataclass
class Rehearsal:
    """How long each slide took."""

    began: str
    """Date and time in ISO 8601."""
    slot: float
    """Seconds that the talk may take."""
    slides: list[Planned]
    seconds: dict[str, float] = field(default_factory=dict)
    """By the id of each slide that was shown."""
    breaks: list[tuple[str, float]] = field(default_factory=list)
    """Slide and seconds of what did not count."""

    @property
    def day(self) -> str:
        """When it was: `24 Nov 18:05`."""
        return f"{datetime.fromisoformat(self.began):%d %b %H:%M}"

    @property
    def total(self) -> float:
        """Seconds of all that counted."""
        return sum(self.seconds.values())


def keep(rehearsal: Rehearsal, build: Path = BUILD) -> Path:
    """Write it under its date; raises TalkError where that can't be."""
    path = build / FOLDER / f"{rehearsal.began.replace(':', '-')}.json"
    try:
        write_whole(path, json.dumps(asdict(rehearsal), indent=1))
    except OSError as error:
        raise TalkError(
            f"{path}: can't be written ({error.strerror}); make room, or let it be written"
        ) from None
    return path


def kept(build: Path = BUILD) -> list[Rehearsal]:
    """All that are there, the last one last; a file that can't be read is passed over."""
    found = [one for path in sorted((build / FOLDER).glob("*.json")) if (one := _read(path))]
    return sorted(found, key=lambda one: datetime.fromisoformat(one.began))


def latest(build: Path = BUILD) -> Rehearsal | None:
    """The last one; None where there was none."""
    return next(reversed(kept(build)), None)


def _read(path: Path) -> Rehearsal | None:
    try:
        values = json.loads(path.read_text("utf-8"))
        values["slides"] = [Planned(**slide) for slide in values["slides"]]
        values["breaks"] = [(slide, seconds) for slide, seconds in values["breaks"]]
        return Rehearsal(**values)
    except (OSError, ValueError, TypeError, KeyError):
        return None
