"""A timeline in words: what its states are called, and the whole for those who hear it."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable

from demos.cast import CAST
from demos.timeline.model import ROWS, STATES, Lane, Row, Span, Timeline

LONGEST = 13
"""Letters of a name that fit beside its lane."""
LONGER = 22
"""The same where the picture is on no slide."""
PLURAL = {"process": "processes", "thread": "threads", "task": "tasks"}
INPUTS = {
    "events": "events",
    "accept": "a visitor",
    "connect": "a connection",
    "pipe": "a pipe",
    "read": "a pipe",
}


def short(name: str) -> str:
    """A name that fits beside its lane: `Thread-1` for `Thread-1 (process_request_thread)`."""
    name = re.sub(r" \(.*\)$", "", name)
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def name_of(row: Row, timeline: Timeline) -> str:
    """What stands beside a row; without the cast, with the function that an unnamed flow runs.

    A pool's `ThreadPoolExecutor-0_12` is told from its neighbour by its end.
    """
    if timeline.cast:
        return short(row.name)
    name = row.name if len(row.name) <= LONGER else re.sub(r" \(.*\)$", "", row.name)
    return name if len(name) <= LONGER else f"{name[: LONGER - 5]}…{name[-4:]}"


def counted(lanes: Iterable[Lane]) -> list[str]:
    """How many there are of each kind: `2 processes`, `10 threads`."""
    kinds = [lane.kind for lane in lanes]
    return [f"{kinds.count(kind)} {plural}" for kind, plural in PLURAL.items() if kind in kinds]


def crowd(timeline: Timeline) -> list[str]:
    """The flows without a name in words: how many of each kind, and how many at once."""
    lanes = timeline.unnamed
    births, ends = sorted(lane.born for lane in lanes), sorted(lane.ended for lane in lanes)
    most = max(number + 1 - bisect_right(ends, born) for number, born in enumerate(births))
    return [*counted(lanes), f"{most} at once"]


def labels(span: Span, kind: str = "thread") -> list[str]:
    """How to say a state, the fullest way first; none for a state that its bar says well enough.

    A task that waits lends the flow to others: it awaits.
    """
    if kind == "task" and span.state in ("sleep", "wait"):
        what = "its sleep" if span.state == "sleep" else span.what
        return [f"awaits {what}".strip(), "awaits"]
    say = SAY.get(span.state)
    return say(span.what) if say else []


def _lock(what: str) -> list[str]:
    owner = what.partition("\t")[2]
    if owner:
        return [f"waits for the lock {owner} has", f"lock: {owner} has it", "lock"]
    return ["waits for the lock", "lock"]


def _join(what: str) -> list[str]:
    if what in ("child", "result", "results"):
        return [f"waits for the {what}", f"waits: {what}", "waits"]
    if what == "at the end":
        return ["has ended, waits for the others", "waits for the others", "waits"]
    return [f"joins {short(what)}", "joins", "join"]


def _queue(what: str) -> list[str]:
    return ["queue full, waits" if what == "put" else "queue empty, waits", "waits: queue", "queue"]


def _wait(what: str) -> list[str]:
    if what == "start":
        return ["starts a flow", "starts"]
    return [f"waits: {what}", what, "waits"] if what else ["waits"]


SAY: dict[str, Callable[[str], list[str]]] = {
    "sleep": lambda what: ["sleeps", "zz"],
    "lock": _lock,
    "join": _join,
    "queue": _queue,
    "io": lambda what: [f"waits for {INPUTS.get(what, 'data')}", "waits: I/O", "I/O"],
    "turns": lambda what: ["takes turns, faster than this can show", "takes turns"],
    "turn": lambda what: ["waits for its turn", "its turn"],
    "wait": _wait,
}
"""For each state that can be said beside its bar: how, by what it waits for."""


def footnotes(timeline: Timeline) -> list[str]:
    """Why it is only a part of a run, and what could not be seen in it."""
    part = [] if timeline.complete else [f"only a part: {timeline.reason}"]
    return part + timeline.remarks


def describe(timeline: Timeline) -> str:
    """What is seen, in words: for those who hear the picture."""
    lanes = timeline.lanes
    if not lanes:
        return f"Nothing was seen: {timeline.reason}."
    flows = f"{len(lanes)} flows" if len(lanes) > 1 else "One flow"
    parts = [f"{flows} in {timeline.seconds:.1f} s on {timeline.python}."]
    most = ROWS + 2
    shown = lanes
    if len(lanes) > most:
        cast = [lane for lane in lanes if lane.name in CAST]
        shown = (cast if timeline.cast else lanes)[:most]
    for lane in shown:
        by = f", started by {lanes[lane.parent].name}" if lane.parent is not None else ""
        lives = f"lives {lane.born:.1f}–{lane.ended:.1f} s"
        parts.append(f"{lane.name} ({lane.kind}{by}) {lives}: {_life(lane)}.")
    if len(shown) < len(lanes):
        told = set(map(id, shown))
        others = counted(lane for lane in lanes if id(lane) not in told)
        parts.append(f"Besides {' and '.join(others)}.")
    if not timeline.complete:
        parts.append(f"This is a part of the run: {timeline.reason}.")
    parts += [f"{remark}." for remark in timeline.remarks]
    return " ".join(parts)


def _life(lane: Lane) -> str:
    """What a flow spent its time with, the longest first."""
    spent: dict[str, float] = {}
    for span in lane.spans:
        words = STATES[span.state]
        if span.state in ("lock", "join", "io", "queue", "wait", "sleep"):
            words = (labels(span, lane.kind) or [words])[0]
        spent[words] = spent.get(words, 0.0) + span.end - span.start
    most = sorted(spent.items(), key=lambda item: -item[1])[:3]
    said = [f"{words} {seconds:.1f} s" for words, seconds in most if seconds >= 0.05]
    return ", ".join(said) or "works for a moment"
