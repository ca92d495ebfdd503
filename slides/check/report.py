"""What was looked at and what was found: the lines of a check, and what they come to."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from demos.errors import TalkError


class Verdict(StrEnum):
    """What one line comes to."""

    FINE = "fine"
    WARNING = "warning"
    """The talk can be given, but not as it was meant."""
    FAILURE = "failure"
    """It can't be given."""
    UNSEEN = "not looked at"


@dataclass(frozen=True)
class Line:
    """One thing that was looked at."""

    of: str
    """The kind of look: `machine`, `demos`."""
    what: str
    verdict: Verdict
    said: str
    """What was found, in words."""
    mend: str = ""
    """What to do about it; empty where nothing has to be done."""


@dataclass
class Report:
    """A whole check."""

    began: str
    """Date and time in ISO 8601."""
    quick: bool
    lines: list[Line] = field(default_factory=list)
    seconds: float = 0.0
    """How long it took."""

    @property
    def can_be_given(self) -> bool:
        """Whether nothing that was looked at forbids the talk."""
        return not self.of(Verdict.FAILURE)

    def of(self, verdict: Verdict) -> list[Line]:
        """The lines with this verdict."""
        return [line for line in self.lines if line.verdict is verdict]

    def to_mend(self) -> list[Line]:
        """What is not as it should be: failures first, causes before what follows from them."""
        return self.of(Verdict.FAILURE) + self.of(Verdict.WARNING)

    def as_json(self) -> dict[str, Any]:
        """For machines; README.md names the fields."""
        return {
            "began": self.began,
            "seconds": round(self.seconds, 1),
            "quick": self.quick,
            "can_be_given": self.can_be_given,
            "to_mend": [asdict(line) for line in self.to_mend()],
            "lines": [asdict(line) for line in self.lines],
        }


@dataclass(frozen=True)
class Of:
    """Makes the lines of one kind of look."""

    kind: str

    def fine(self, what: str, said: str) -> Line:
        """All is well."""
        return Line(self.kind, what, Verdict.FINE, said)

    def warning(self, what: str, said: str, mend: str) -> Line:
        """It will do, but not as it was meant."""
        return Line(self.kind, what, Verdict.WARNING, said, mend)

    def failure(self, what: str, said: str, mend: str) -> Line:
        """The talk can't be given like this."""
        return Line(self.kind, what, Verdict.FAILURE, said, mend)

    def unseen(self, what: str, why: str, mend: str = "") -> Line:
        """It was not looked at."""
        return Line(self.kind, what, Verdict.UNSEEN, why, mend)

    def error(self, what: str, error: TalkError) -> Line:
        """A failure in the words of an error, whose mend comes after its last semicolon."""
        said, _, mend = str(error).rpartition("; ")
        return self.failure(what, said or mend, mend if said else "")
