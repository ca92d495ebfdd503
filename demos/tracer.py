"""Runs a demo and measures when each of its flows lives, works, and waits for what.

Two sources, put together here. *What a flow waits for* comes from inside: `demos.probe` wraps the
calls that wait, in every Python the demo starts; this alone sees the wait of a `with lock:`, which
is no event to a tracer. *Whether a flow runs* comes from outside: every thread's state and CPU time,
asked of the system about 700 times a second (Linux). So a thread that waits for its turn, at the
GIL or at the processor, is told apart from one that works, without a line of Python in the way.

It costs the demo about a microsecond per lock taken and some ten per wait. A tracer that notes every
call is no match for demos that make millions of them: VizTracer 1.1 needed 10 to 14 s and 128 MB for
the two threads of 07a (0.5 s, here as without a trace; CPython 3.11), and could not see a `with lock:`.
Elsewhere than on Linux the second source is missing: there a flow works whenever it does not wait.

What it cannot see into, it shows from outside: another program, or a Python started with -I or -E, is a
lane from its start to its end. Waits inside C extensions are seen on Linux, without their reason.
"""

import codecs
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from demos.cast import CAST
from demos.catalogue import Demo
from demos.run import cant_start, command, environment, syntax_error, top

SECONDS = 60.0
"""How long a traced run may take."""
LIMIT = 64 * 1024
"""How many bytes it may print."""
TICK = 0.0012
"""Seconds between two looks at the threads."""
SCAN = 0.005
"""Seconds between two searches for new threads and processes."""
GRACE = 3.0
"""Seconds that processes may outlive the demo, then they are ended."""
SHORT = 0.0025
"""A shorter stretch in which a thread does not run is not shown as such, in seconds."""

MACHINERY = re.compile(r"from multiprocessing\.(resource_tracker|forkserver) import")
"""Processes that multiprocessing starts for itself."""

TICKS = 0.004
"""Seconds between two updates of a running thread's CPU time, at most."""
BUSY = 0.025
"""Of a stretch at least this long it can be said how much of it a thread really ran, in seconds."""

PROBE = Path(__file__).with_name("probe.py")
BOOT = """import importlib.machinery, importlib.util, sys
sys.path[:] = [entry for entry in sys.path if entry != {boot!r}]
spec = importlib.util.spec_from_file_location("talk_probe", {probe!r})
sys.modules["talk_probe"] = probe = importlib.util.module_from_spec(spec)
spec.loader.exec_module(probe)
probe.install({events!r})
if spec := importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path):
    sys.modules["sitecustomize"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
"""
"""Python imports `sitecustomize` before anything else: ours, then the one it hides."""


class Span(NamedTuple):
    """A stretch of a flow's life in one state, in seconds of the demo's own clock."""

    start: float
    end: float
    state: str
    """work, turn (could work, but somebody else does), turns (both, faster than can be seen), sleep, lock,
    join, queue, io, wait, lent (a task runs)."""
    what: str
    """What it waits for."""


@dataclass
class Lane:
    """One flow: a thread, a process (with its first thread), or a task."""

    name: str
    kind: str
    parent: int | None
    """Which lane started it."""
    born: float
    ended: float
    spans: list[Span] = field(default_factory=list)


@dataclass
class Trace:
    """One traced run."""

    lanes: list[Lane]
    seconds: float
    """From the demo's START to the end of its last flow."""
    startup: float
    """What Python needed before START."""
    wall: float
    """Seconds from the start of the process to its end, seen from outside."""
    output: str
    reason: str | None
    """Why this is only a part of the run; None where it is the whole."""
    turns: list[tuple[str, float, int]] = field(default_factory=list)
    """The beginning of the fight for a lock: its name, when another flow got it, and which lane."""
    remarks: list[str] = field(default_factory=list)


def trace(
    demo: Demo,
    seconds: float = SECONDS,
    on_text: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> Trace:
    """Run `demo` and say what its flows did; whatever happens to it, what was seen until then.

    What it prints is handed to `on_text` while it runs; a `stop` that is set ends it.
    """
    if problem := cant_start(demo):
        return Trace([], 0.0, 0.0, 0.0, "", problem)
    with tempfile.TemporaryDirectory(prefix="talk-trace-") as folder:
        return _Run(demo, Path(folder), seconds, on_text, stop).trace()


class _Run:
    """The demo's process group while it is traced."""

    def __init__(
        self,
        demo: Demo,
        folder: Path,
        seconds: float,
        on_text: Callable[[str], None] | None,
        stop: threading.Event | None,
    ):
        self.on_text = on_text
        self.stop = stop
        self.told = 0
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.demo = demo
        self.folder = folder
        self.seconds = seconds
        self.events = folder / "events"
        self.output = folder / "output"

    def trace(self) -> Trace:
        boot = self.folder / "boot"
        for path in (boot, self.events):
            path.mkdir()
        code = BOOT.format(boot=str(boot), probe=str(PROBE), events=str(self.events))
        (boot / "sitecustomize.py").write_text(code, "utf-8")
        variables = environment()
        paths = [str(boot), *filter(None, [variables.get("PYTHONPATH")])]
        variables |= {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
        with open(self.output, "wb") as output:
            began = time.perf_counter()
            process = subprocess.Popen(
                command(self.demo),
                cwd=top(self.demo),
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        sampler = _Sampler(process.pid, self.events)
        reason, ended = None, None
        try:
            while True:
                sampler.look()
                at = time.perf_counter()
                if ended is None and _has_ended(process):
                    ended = at
                    sampler.ended.setdefault(process.pid, at)
                if ended is not None and (not sampler.alive() or at - ended > GRACE):
                    break
                if ended is None and at - began > self.seconds:
                    reason = f"stopped: it ran for longer than {self.seconds:g} s"
                elif self.stop and self.stop.is_set():
                    reason = "stopped"
                elif self._tell() > LIMIT:
                    reason = f"stopped: it printed more than {LIMIT // 1024} KiB"
                if reason:
                    break
                sampler.rest()
        finally:
            stopped = time.perf_counter()
            _kill(process)
            sampler.close()
        self._tell()
        text = self.output.read_text("utf-8", "replace")[:LIMIT]
        if not reason and process.returncode:
            reason = syntax_error(self.demo) or _why(process.returncode, text)
        return _assemble(
            process.pid, self.events, sampler, began, ended or stopped, stopped, text, reason
        )

    def _tell(self) -> int:
        """Pass on what is new in the output; gives how many bytes there are in all."""
        size = self.output.stat().st_size
        if self.on_text and size > self.told < LIMIT:
            with open(self.output, "rb") as file:
                file.seek(self.told)
                data = file.read(LIMIT - self.told)
            self.told += len(data)
            if text := self.decoder.decode(data):
                self.on_text(text)
        return size


def _has_ended(process: subprocess.Popen) -> bool:
    """Whether the demo has; it stays a zombie, so that its number can't be another's before the group is killed."""
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return process.poll() is not None


def _kill(process: subprocess.Popen) -> None:
    """End what is left of the group, and reap the demo."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


def _why(status: int, text: str) -> str:
    last = text.strip().rpartition("\n")[2][:200]
    said = f": {last}" if last else ""
    return (
        f"killed by signal {-status}{said}"
        if status < 0
        else f"ended with exit status {status}{said}"
    )


class _Sampler:
    """Asks the system what each thread of a group of processes does, again and again."""

    def __init__(self, pid: int, events: Path):
        self.events = events
        self.system = os.path.isdir("/proc/self/task")
        self.pids = {pid}
        self.seen: dict[int, float] = {}
        self.ended: dict[int, float] = {}
        self.files: dict[tuple[int, int], tuple[int, int]] = {}
        self.samples: dict[tuple[int, int], list[tuple[float, bool, int]]] = {}
        self.ran: dict = {}
        self.scanned = 0.0
        self.cost = 0.0

    def look(self) -> None:
        began = time.perf_counter()
        if not self.system:
            return
        if began - self.scanned > SCAN:
            self.scanned = began
            self._scan(began)
        for key, (state, cpu) in list(self.files.items()):
            try:
                what = os.pread(state, 512, 0)
                used = int(os.pread(cpu, 64, 0).split()[0])
            except (ProcessLookupError, OSError, IndexError):
                self._close(key)
                if key[0] == key[1]:
                    self.ended.setdefault(key[0], began)
                continue
            letter = what[what.rindex(b")") + 2 :][:1]
            if letter in b"ZX" and key[0] == key[1]:
                self.ended.setdefault(key[0], began)
                self._close(key)
                continue
            self.samples[key].append((began, letter == b"R", used))
        self.cost = time.perf_counter() - began

    def rest(self) -> None:
        """At most a quarter of a processor is spent on looking."""
        time.sleep(max(TICK, 3 * self.cost) if self.system else 0.005)

    def alive(self) -> bool:
        return any(pid not in self.ended for pid in self.pids) if self.system else False

    def _scan(self, at: float) -> None:
        self.pids.update(int(name) for name in os.listdir(self.events) if name.isdigit())
        todo = [pid for pid in self.pids if pid not in self.ended]
        while todo:
            pid = todo.pop()
            try:
                tids = os.listdir(f"/proc/{pid}/task")
            except OSError:
                self.ended.setdefault(pid, at)
                continue
            self.seen.setdefault(pid, at)
            for tid in map(int, tids):
                self._open(pid, tid)
                try:
                    with open(f"/proc/{pid}/task/{tid}/children", "rb") as file:
                        children = set(map(int, file.read().split())) - self.pids
                except OSError:
                    continue
                self.pids |= children
                todo += children

    def _open(self, pid: int, tid: int) -> None:
        if (pid, tid) in self.samples:
            return
        folder = f"/proc/{pid}/task/{tid}"
        try:
            state = os.open(f"{folder}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return
        try:
            self.files[pid, tid] = state, os.open(f"{folder}/schedstat", os.O_RDONLY | os.O_CLOEXEC)
            self.samples[pid, tid] = []
        except OSError:
            os.close(state)

    def _close(self, key) -> None:
        for file in self.files.pop(key, ()):
            os.close(file)

    def close(self) -> None:
        for key in list(self.files):
            self._close(key)

    def runs(self, key) -> tuple[list[float], list[bool]]:
        """For each look at a thread, when it was, and whether the thread really ran: it was ready, and its
        CPU time moved (that is counted in TICKS).
        """
        if key not in self.ran:
            samples = self.samples.get(key, [])
            runs = []
            for number, (_, ready, _) in enumerate(samples):
                first, last = (
                    samples[max(number - 1, 0)],
                    samples[min(number + 3, len(samples) - 1)],
                )
                runs.append(ready and last[2] - first[2] > 0.08e9 * (last[0] - first[0]))
            self.ran[key] = [sample[0] for sample in samples], runs
        return self.ran[key]

    def used(self, key, start: float, end: float) -> float:
        """Seconds of CPU a thread used in this stretch, about."""
        samples = self.samples.get(key, [])
        times = self.runs(key)[0]
        first, last = bisect_left(times, start), bisect_right(times, end) - 1
        if last <= first:
            return 0.0
        share = (
            (samples[last][2] - samples[first][2]) / 1e9 / (samples[last][0] - samples[first][0])
        )
        return share * (end - start)

    def rivals(self, key, start: float, end: float) -> bool:
        """Whether another thread of the same process ran or could have meanwhile, or this one was ready, but for the processor."""
        for other in self.samples:
            if other[0] != key[0]:
                continue
            times = self.runs(other)[0]
            first, last = bisect_left(times, start), bisect_right(times, end)
            if other == key:
                ready = [sample[1] for sample in self.samples[key][first:last]]
                if sum(ready) > len(ready) / 2 and self.used(key, start, end) < 0.75 * (
                    end - start
                ):
                    return True
            elif sum(sample[1] for sample in self.samples[other][first:last]) > 0.2 * (
                last - first
            ):
                return True
        return False


# --- from lines and samples to lanes


@dataclass
class _Flow:
    """A flow while its lines are read; times are seconds of the monotonic clock."""

    key: tuple
    kind: str
    parent: tuple | None = None
    name: str = ""
    said: str = ""
    born: float = 0.0
    ended: float | None = None
    waits: list = field(default_factory=list)
    steps: list = field(default_factory=list)


class _Reader:
    """Reads the lines of all processes."""

    def __init__(self, root: int):
        self.root = root
        self.flows: dict[tuple, _Flow] = {}
        self.commands: dict[int, tuple[tuple, float, str]] = {}
        self.known: set[int] = set()
        self.exits: dict[int, float] = {}
        self.reaped: dict[int, float] = {}
        self.zero: float | None = None
        self.owners: dict[tuple, tuple] = {}
        self.roots: set[tuple] = set()
        self.turns: list = []
        self.remarks: list[str] = []

    def read(self, path: Path) -> None:
        pid = int(path.name)
        open_: dict[int, list] = {}
        for line in path.read_text("utf-8", "replace").splitlines():
            at, tid, kind, *rest = line.split("\t")
            self.event(pid, int(at) / 1e9, int(tid), kind, rest, open_)
        for tid, wait in open_.items():  # it waited for ever
            self.flow(pid, tid).waits.append([*wait, None])

    def flow(self, pid: int, tid: int) -> _Flow:
        """The thread; one that nobody announced was started by C or by `_thread`."""
        key = (pid, tid)
        if key not in self.flows:
            self.flows[key] = _Flow(key, "thread", (pid, pid), f"thread {tid}")
        return self.flows[key]

    def who(self, pid: int, field: str) -> tuple:
        """A flow as another names it: a task, or the number of a thread."""
        return (pid, field) if field.startswith("task") else (pid, int(field))

    def event(self, pid, at, tid, kind, rest, open_) -> None:
        match kind:
            case "P":
                parent, forker, words = rest
                flow = self.flows[pid, pid] = _Flow((pid, pid), "process", born=at)
                if helper := MACHINERY.search(words):
                    flow.name = helper[1].replace("_", " ")
                if pid != self.root:
                    flow.parent = (int(parent), int(forker) or int(parent))
                self.known.add(pid)
            case "T":
                parent, name, _ = rest
                self.flows[pid, tid] = _Flow(
                    (pid, tid), "thread", self.who(pid, parent), name, born=at
                )
            case "E":
                self.flow(pid, tid).ended = at
            case "N":
                flow = self.flows.get(self.who(pid, rest[0]))
                if flow and rest[2] == "says":
                    flow.said = flow.said or rest[1]
                elif flow:
                    flow.name = rest[1]
            case "B":
                owner = int(rest[2]) if len(rest) > 2 else 0
                open_[tid] = [at, rest[0], rest[1], (pid, owner)]
            case "D":
                if tid in open_:
                    self.flow(pid, tid).waits.append([*open_.pop(tid), at])
            case "C":
                self.commands[int(rest[1])] = (self.who(pid, rest[0]), at, rest[2])
            case "c":
                self.reaped.setdefault(int(rest[0]), at)
            case "K":
                number, parent, name, root = rest
                flow = _Flow((pid, number), "task", self.who(pid, parent), name, born=at)
                if root == "1":  # the coroutine that main itself runs: no flow of its own
                    self.roots.add(flow.key)
                    self.owners[flow.key] = flow.parent
                else:
                    self.flows[flow.key] = flow
                    self.owners[flow.key] = (pid, tid)
            case "R":
                if flow := self.flows.get((pid, rest[0])):
                    flow.steps.append([at, None, "", ""])
            case "r":
                if (flow := self.flows.get((pid, rest[0]))) and flow.steps:
                    flow.steps[-1][1:] = at, rest[1], rest[2]
                    if rest[1] == "end":
                        flow.ended = at
            case "H":
                self.turns.append((rest[0], at, (pid, tid)))
            case "X":
                self.exits[pid] = at
            case "0":
                if pid == self.root:
                    self.zero = int(rest[0]) / 1e9
            case "!":
                self.remarks.append(
                    rest[0]
                    if rest
                    else f"process {pid} waits so often that only the first waits are shown"
                )


def _assemble(root, events, sampler, began, ended, stopped, output, reason) -> Trace:
    reader = _Reader(root)
    for path in sorted(events.iterdir(), key=lambda path: path.stat().st_ctime):
        reader.read(path)
    _add_programs(reader, sampler)
    flows = reader.flows
    if (root, root) not in flows:
        flows[root, root] = _Flow((root, root), "process", born=began)
    for flow in flows.values():
        _date(flow, reader, sampler, stopped)
    main = flows[root, root]
    main.born, main.name = began, "main"
    zero = reader.zero if reader.zero is not None else main.born
    order = sorted(flows.values(), key=lambda flow: (flow.key != main.key, flow.born))
    _name(order)
    index = {flow.key: number for number, flow in enumerate(order)}
    for key in reader.roots:
        owner = reader.owners[key]
        index[key] = index.get(owner, 0)
    lanes = []
    for flow in order:
        parent = index.get(flow.parent, 0) if flow is not main else None
        spans = _spans(flow, reader, sampler, flows)
        lane = Lane(
            flow.name, flow.kind, parent, max(flow.born - zero, 0.0), max(flow.ended - zero, 0.0)
        )
        lane.spans = [
            Span(round(max(start - zero, 0.0), 5), round(end - zero, 5), state, what)
            for start, end, state, what in spans
            if end > zero
        ]
        lanes.append(lane)
    turns = sorted((name, round(at - zero, 7), index.get(key, 0)) for name, at, key in reader.turns)
    return Trace(
        lanes,
        max((lane.ended for lane in lanes), default=0.0),
        zero - began,
        ended - began,
        output,
        reason,
        turns,
        reader.remarks,
    )


def _add_programs(reader: _Reader, sampler: _Sampler) -> None:
    """Processes that were started by a call: when, by whom, and those with no Python inside."""
    for pid, (parent, at, words) in reader.commands.items():
        flow = reader.flows.setdefault((pid, pid), _Flow((pid, pid), "process"))
        flow.born, flow.parent = at, parent
        if not words.startswith("process "):
            names = [word for word in words.split() if word in CAST]
            flow.name = flow.name or (names[-1] if names else "")
            if not flow.name and not flow.said:
                flow.name = os.path.basename(words.split()[0]) if words.split() else "program"
    for pid in sampler.seen:
        if (pid, pid) not in reader.flows:
            reader.flows[pid, pid] = _Flow(
                (pid, pid), "process", None, "program", born=sampler.seen[pid]
            )


def _date(flow: _Flow, reader: _Reader, sampler: _Sampler, stopped: float) -> None:
    """When a flow ended, from the surest source there is."""
    pid = flow.key[0]
    process_end = min(
        [at for at in (sampler.ended.get(pid), reader.reaped.get(pid)) if at]
        or [reader.exits.get(pid, stopped)]
    )
    if flow.kind == "process":
        flow.ended = min(process_end, stopped)
    elif flow.ended is None:
        samples = sampler.samples.get(flow.key)
        flow.ended = samples[-1][0] if samples and flow.kind == "thread" else process_end
    flow.ended = max(min(flow.ended, process_end), flow.born)


def _name(order: list[_Flow]) -> None:
    for flow in order[1:]:
        if flow.kind == "process":
            flow.name = flow.name if flow.name in CAST else flow.said or flow.name or "process"
        elif flow.said in CAST and flow.name not in CAST:  # a pool's thread, an unnamed task
            flow.name = flow.said


def _spans(flow: _Flow, reader: _Reader, sampler: _Sampler, flows: dict) -> list[tuple]:
    """The states of one flow, without gap or overlap, from its birth to its end."""
    if flow.kind == "task":
        return _task_spans(flow, reader, flows)
    pid = flow.key[0]
    fixed = []
    for start, state, what, owner, end in flow.waits:
        if owner and owner in flows and state == "lock":
            what = f"{what}\t{flows[owner].name}"
        fixed.append((start, flow.ended if end is None else end, state, what))
    for task in flows.values():
        if task.kind == "task" and reader.owners.get(task.key) == flow.key:
            fixed += [
                (start, end or flow.ended, "lent", task.name) for start, end, *_ in task.steps
            ]
    return _fill(flow, _flat(fixed), reader, sampler, pid)


def _flat(spans: list[tuple]) -> list[tuple]:
    """Spans in order without overlap; a task's step wins over the wait it sits in."""
    flat: list[tuple] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if span[1] <= span[0]:
            continue
        if flat and span[0] < flat[-1][1]:
            if flat[-1][2] == "lent":
                continue
            before, after = flat[-1], span
            flat[-1] = (before[0], after[0], before[2], before[3])
            flat.append(after)
            if before[1] > after[1]:
                flat.append((after[1], *before[1:]))
        else:
            flat.append(span)
    return flat


def _task_spans(task: _Flow, reader: _Reader, flows: dict) -> list[tuple]:
    thread = flows.get(reader.owners.get(task.key))
    spans, at, state, what = [], task.born, "turn", ""
    for start, end, after, name in task.steps:
        if start > at:
            spans.append((at, start, state, what))
        end = end or task.ended
        inside = [
            (max(begin, start), min(stop or end, end), kind, why)
            for begin, kind, why, _, stop in (thread.waits if thread else [])
            if begin < end and (stop or end) > start and begin >= start
        ]
        here = start
        for wait in sorted(inside):
            if wait[0] > here:
                spans.append((here, wait[0], "work", ""))
            spans.append(wait)
            here = wait[1]
        if end > here:
            spans.append((here, end, "work", ""))
        at, state, what = end, after or "wait", name
    if at < task.ended and state != "end":
        spans.append((at, task.ended, state, what))
    return spans


def _fill(
    flow: _Flow, fixed: list[tuple], reader: _Reader, sampler: _Sampler, pid: int
) -> list[tuple]:
    """What happens between the waits: work, or waiting for one's turn."""
    times, runs = sampler.runs(flow.key)
    spans, at = [], flow.born
    if flow.kind == "process" and pid in reader.exits:
        fixed.append((reader.exits[pid], flow.ended, "work", ""))  # Python takes itself down
    for start, end, state, what in [*fixed, (flow.ended, flow.ended, "", "")]:
        start, end = max(start, at), min(end, flow.ended)
        if start > at:
            spans += _between(at, start, times, runs, flow, sampler)
        if end > start:
            spans.append((start, end, state, what))
        at = max(at, end)
    return spans


def _between(start, end, times, runs, flow, sampler) -> list[tuple]:
    first, last = bisect_left(times, start), bisect_right(times, end)
    if last - first < 3:
        return [(start, end, "work", "")]
    spans: list[list] = []
    at = start
    for number in range(first, last):
        until = end if number == last - 1 else times[number]
        state = "work" if runs[number] else "turn"
        if until <= at:
            continue
        if spans and spans[-1][2] == state:
            spans[-1][1] = until
        else:
            spans.append([at, until, state, ""])
        at = until
    merged: list[list] = []
    for span in spans:
        if merged and (
            span[2] == merged[-1][2] or (span[2] == "turn" and span[1] - span[0] < SHORT)
        ):
            merged[-1][1] = span[1]
        else:
            merged.append(span)
    for span in merged:
        long, share = (
            span[1] - span[0],
            sampler.used(flow.key, span[0], span[1]) / max(span[1] - span[0], 1e-9),
        )
        if span[2] == "turn" and long > 2 * TICKS and share > 0.08:
            span[2] = "turns"  # asleep whenever looked at, and yet it got something done
        elif span[2] == "turn" and not sampler.rivals(flow.key, span[0], span[1]):
            span[2] = "wait"
        elif (
            span[2] == "work"
            and long > BUSY
            and share < 0.75
            and sampler.rivals(flow.key, span[0], span[1])
        ):
            span[2] = "turns"
    return [tuple(span) for span in merged]
