"""Reads the lines that the probe wrote in every Python of a run; `probe.log` says their form."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from demos.timeline.measure.flows import Flow, Key, Step, Wait

MACHINERY = re.compile(r"from multiprocessing\.(resource_tracker|forkserver) import")
"""Processes that multiprocessing starts for itself."""


class Line(NamedTuple):
    """Who wrote a line, when, and its fields after the kind."""

    pid: int
    at: float
    tid: int
    fields: list[str]


class Command(NamedTuple):
    """A process that was started by a call: by which flow, when, and its words."""

    parent: Key
    at: float
    words: str


class Reader:
    """What the lines of all processes say, by flow and by process."""

    def __init__(self, root: int) -> None:
        self.root = root
        self.flows: dict[Key, Flow] = {}
        self.commands: dict[int, Command] = {}
        self.exits: dict[int, float] = {}
        """When a process had done its work and began to take itself down."""
        self.reaped: dict[int, float] = {}
        """When somebody who waited for a process learnt that it had ended."""
        self.zero: float | None = None
        """The demo's START."""
        self.owners: dict[Key, Key] = {}
        """The thread in which a task runs."""
        self.roots: set[Key] = set()
        """Tasks that are no flow of their own: the coroutine that main itself runs."""
        self.turns: list[tuple[str, float, Key]] = []
        self.remarks: list[str] = []
        self.coarse = 0.0
        """Seconds: shorter waits were joined, because a process had so many."""
        self._open: dict[Key, Wait] = {}

    def read(self, path: Path) -> None:
        """Take in the file of one process."""
        pid = int(path.name)
        for text in path.read_text("utf-8", "replace").splitlines():
            at, tid, kind, *fields = text.split("\t")
            if take := TAKE.get(kind):
                take(self, Line(pid, int(at) / 1e9, int(tid), fields))
        for key, wait in self._open.items():  # it waited for ever
            self._flow(key).waits.append(wait)
        self._open.clear()

    def _flow(self, key: Key) -> Flow:
        """The thread; one that nobody announced was started by C or by `_thread`."""
        if key not in self.flows:
            self.flows[key] = Flow(key, "thread", (key[0], key[0]), f"thread {key[1]}")
        return self.flows[key]

    def _process(self, line: Line) -> None:
        parent, forker, words = line.fields
        flow = Flow((line.pid, line.pid), "process", born=line.at)
        self.flows[flow.key] = flow
        if helper := MACHINERY.search(words):
            flow.name = helper[1].replace("_", " ")
        if line.pid != self.root:
            flow.parent = (int(parent), int(forker) or int(parent))

    def _thread(self, line: Line) -> None:
        parent, name, _ = line.fields
        key = (line.pid, line.tid)
        self.flows[key] = Flow(key, "thread", _who(line, parent), name, born=line.at)

    def _thread_ends(self, line: Line) -> None:
        self._flow((line.pid, line.tid)).ended = line.at

    def _name(self, line: Line) -> None:
        number, name, how = line.fields
        flow = self.flows.get(_who(line, number))
        if flow and how == "says":
            flow.said = flow.said or name
        elif flow:
            flow.name = name

    def _begins(self, line: Line) -> None:
        state, what, *owner = line.fields
        holder = (line.pid, int(owner[0]) if owner else 0)
        self._open[line.pid, line.tid] = Wait(line.at, state, what, holder)

    def _done(self, line: Line) -> None:
        if wait := self._open.pop((line.pid, line.tid), None):
            wait.end = line.at
            self._flow((line.pid, line.tid)).waits.append(wait)

    def _starts(self, line: Line) -> None:
        flow, child, words = line.fields
        self.commands[int(child)] = Command(_who(line, flow), line.at, words)

    def _reaps(self, line: Line) -> None:
        self.reaped.setdefault(int(line.fields[0]), line.at)

    def _task(self, line: Line) -> None:
        number, parent, name, root = line.fields
        flow = Flow((line.pid, number), "task", _who(line, parent), name, born=line.at)
        if root == "1":
            self.roots.add(flow.key)
            self.owners[flow.key] = _who(line, parent)
        else:
            self.flows[flow.key] = flow
            self.owners[flow.key] = (line.pid, line.tid)

    def _task_runs(self, line: Line) -> None:
        if flow := self.flows.get((line.pid, line.fields[0])):
            flow.steps.append(Step(line.at))

    def _task_rests(self, line: Line) -> None:
        number, after, what = line.fields
        if (flow := self.flows.get((line.pid, number))) and flow.steps:
            step = flow.steps[-1]
            step.end, step.after, step.what = line.at, after, what
            if after == "end":
                flow.ended = line.at

    def _turn(self, line: Line) -> None:
        self.turns.append((line.fields[0], line.at, (line.pid, line.tid)))

    def _exits(self, line: Line) -> None:
        self.exits[line.pid] = line.at

    def _zero(self, line: Line) -> None:
        if line.pid == self.root and self.zero is None:
            self.zero = int(line.fields[0]) / 1e9

    def _remark(self, line: Line) -> None:
        if line.fields[0].isdigit():
            self.coarse = max(self.coarse, int(line.fields[0]) / 1e9)
        else:
            self.remarks.append(line.fields[0])


def _who(line: Line, field: str) -> Key:
    """A flow as another names it: a task, or the number of a thread."""
    return (line.pid, field) if field.startswith("task") else (line.pid, int(field))


TAKE: dict[str, Callable[[Reader, Line], None]] = {
    "P": Reader._process,
    "T": Reader._thread,
    "E": Reader._thread_ends,
    "N": Reader._name,
    "B": Reader._begins,
    "D": Reader._done,
    "C": Reader._starts,
    "c": Reader._reaps,
    "K": Reader._task,
    "R": Reader._task_runs,
    "r": Reader._task_rests,
    "H": Reader._turn,
    "X": Reader._exits,
    "0": Reader._zero,
    "!": Reader._remark,
}
"""What to do with each kind of line."""
