"""What a timeline is: the flows of a run of a demo, what each did when, and the rows they take."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from demos.about import PALETTE, Role
from demos.cast import CAST

STATES = {
    "work": "works",
    "turns": "takes turns, faster than shown",
    "turn": "waits for its turn",
    "sleep": "sleeps",
    "lock": "waits for a lock",
    "join": "waits for an end",
    "queue": "waits at a queue",
    "io": "waits for input",
    "wait": "waits",
    "lent": "lends itself to a task",
    "exit": "Python takes itself down",
}
"""What a flow can be doing, in words."""
ROWS = 7
"""With more rows than this, only the cast gets names; the others become thin lines below."""
ROOMY = 16
"""The same for a script, whose picture is on no slide: so many, the first to be born, get names."""
THIN = 120
"""More thin lines than this tell the eye nothing."""
UNSEEN = 0.01
"""Two lives that overlap by this part of the run or less follow each other, for the eye."""


class Span(NamedTuple):
    """A stretch of a flow's life in one state, in seconds of the demo's own clock."""

    start: float
    end: float
    state: str
    """One of STATES: work, turn (could work, but somebody else does), turns (both, faster than can
    be seen), sleep, lock, join, queue, io, wait, lent (a task runs), exit (its program has ended,
    Python takes itself down)."""
    what: str
    """What it waits for; for a lock its name, then a tab and who has it."""


class Turn(NamedTuple):
    """Another flow got a lock that was fought for."""

    lock: str
    at: float
    """Seconds of the demo's own clock."""
    lane: int


@dataclass
class Lane:
    """One flow: a thread, a process (with its first thread), or a task; in the demo's seconds."""

    name: str
    kind: str
    parent: int | None
    """Which lane started it."""
    born: float
    ended: float
    spans: list[Span] = field(default_factory=list)

    @property
    def done(self) -> float:
        """When all was done that its program asks for."""
        last = self.spans[-1] if self.spans else None
        return last.start if last and last.state == "exit" else self.ended


@dataclass
class Row:
    """A line of the picture: lanes of one name that do not overlap in time."""

    name: str
    lanes: list[int]
    thin: bool = False
    role: Role | None = None
    """Whose colour it has; None: that of text."""


@dataclass(frozen=True)
class Timeline:
    """What one run of a demo looked like; all times in seconds."""

    name: str
    claim: str
    python: str
    lanes: list[Lane]
    seconds: float
    """From the demo's START to the end of its last flow, as far as that is drawn."""
    startup: float
    """What Python needed before START."""
    wall: float
    """From the start of the process to its end, seen from outside."""
    output: str
    reason: str | None = None
    """Why this is only a part of the run; None where it is the whole."""
    turns: list[Turn] = field(default_factory=list)
    """The beginning of the fight for a lock."""
    remarks: list[str] = field(default_factory=list)
    """What could not be seen in this run, in words."""
    cast: bool = True
    """Whether its flows are the cast; a script's take the colours in the order of their birth."""

    @property
    def complete(self) -> bool:
        """Whether this is the whole run."""
        return self.reason is None

    @cached_property
    def rows(self) -> list[Row]:
        """The lines of the picture, in order of birth; thin ones last."""
        rows = _followed(self.lanes)
        if self.cast:
            for row in rows:
                row.role = CAST.get(row.name)
            named = rows if len(rows) <= ROWS else [row for row in rows if row.role][:ROWS]
        else:
            for number, row in enumerate(rows):
                row.role = _by_birth(number)
            named = rows if len(rows) <= ROOMY + 1 else rows[:ROOMY]
        told = {number for row in named for number in row.lanes}
        rest = [number for number in range(len(self.lanes)) if number not in told]
        return named + _thin(self.lanes, rest)

    @cached_property
    def hidden(self) -> int:
        """How many flows are in no row, because there are more than can be drawn."""
        return len(self.lanes) - sum(len(row.lanes) for row in self.rows)

    def drawn(self, lane: Lane) -> tuple[list[Span], float]:
        """What a picture shows of a life, and its end there: of a demo not Python's own end."""
        if not self.cast:
            return lane.spans, lane.ended
        return [span for span in lane.spans if span.state != "exit"], lane.done

    @property
    def unnamed(self) -> list[Lane]:
        """The flows that have no row with a name."""
        named = {number for row in self.rows if not row.thin for number in row.lanes}
        return [lane for number, lane in enumerate(self.lanes) if number not in named]


def _by_birth(number: int) -> Role:
    """The colour of the flow that is born after so many others; main's is nobody else's."""
    place = (number - 1) % (len(PALETTE) - 1) + 1 if number else 0
    return Role(place + 1, "", *PALETTE[place])


def _followed(lanes: list[Lane]) -> list[Row]:
    """Lanes in order of birth; flows of one name that follow each other share a row."""
    rows: list[Row] = []
    called: dict[str, list[Row]] = {}
    overlap = UNSEEN * max((lane.ended for lane in lanes), default=0.0)
    for number, lane in enumerate(lanes):
        same = called.setdefault(lane.name, [])
        for row in same:
            if lanes[row.lanes[-1]].ended <= lane.born + overlap:
                row.lanes.append(number)
                break
        else:
            same.append(Row(lane.name, [number]))
            rows.append(same[-1])
    return rows


def _thin(lanes: list[Lane], numbers: list[int]) -> list[Row]:
    """These lanes in as few rows without a name as they need, THIN at most."""
    rows: list[Row] = []
    for number in numbers:
        for row in rows:
            if lanes[row.lanes[-1]].ended <= lanes[number].born:
                row.lanes.append(number)
                break
        else:
            if len(rows) < THIN:
                rows.append(Row("", [number], thin=True))
    return rows
