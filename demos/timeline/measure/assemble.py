"""Puts a run together: the probe's lines and the sampler's looks become a timeline."""

from dataclasses import dataclass
from pathlib import Path

from demos.cast import CAST, first
from demos.timeline.measure.flows import Flow, Key
from demos.timeline.measure.reader import Command, Reader
from demos.timeline.measure.sampler import Sampler
from demos.timeline.measure.states import spans_of
from demos.timeline.measure.subject import Subject
from demos.timeline.model import Lane, Span, Timeline, Turn


@dataclass
class Watched:
    """A run as it was seen from outside; times are seconds of the monotonic clock."""

    what: Subject
    pid: int
    events: Path
    """The folder of the probe's lines."""
    sampler: Sampler
    began: float
    ended: float
    """When the program's own process had ended."""
    stopped: float
    """When what was left of its group was ended."""
    output: str
    reason: str | None


def assemble(run: Watched) -> Timeline:
    """The timeline of this run: main first, then its flows in order of birth."""
    reader = Reader(run.pid)
    for path in sorted(run.events.iterdir(), key=lambda path: path.stat().st_ctime):
        reader.read(path)
    _add_programs(reader, run)
    main = reader.flows.setdefault(
        (run.pid, run.pid), Flow((run.pid, run.pid), "process", born=run.began)
    )
    for flow in reader.flows.values():
        _date(flow, reader, run)
    main.born, main.name = run.began, first() if run.what.ours else "main"
    zero = main.born if reader.zero is None else reader.zero
    order = sorted(reader.flows.values(), key=lambda flow: (flow is not main, flow.born))
    for flow in order[1:]:
        _name(flow, run.what.ours)
    index = _numbered(order, reader)
    lanes = [_lane(flow, index, reader, run.sampler, zero) for flow in order]
    return Timeline(
        run.what.name,
        run.what.claim,
        run.what.python,
        lanes,
        seconds=max(lane.done if run.what.ours else lane.ended for lane in lanes),
        startup=zero - run.began,
        wall=run.ended - run.began,
        output=run.output,
        reason=run.reason,
        turns=sorted(
            Turn(name, round(at - zero, 7), index.get(key, 0)) for name, at, key in reader.turns
        ),
        remarks=_remarks(reader),
        cast=run.what.ours,
    )


def _remarks(reader: Reader) -> list[str]:
    """What could not be seen, in words."""
    shortest = f"shorter waits than {reader.coarse * 1000:.0f} ms are joined where there are many"
    return list(dict.fromkeys(reader.remarks)) + ([shortest] if reader.coarse else [])


def _add_programs(reader: Reader, run: Watched) -> None:
    """Processes that were started by a call: when, by whom, and those with no Python inside."""
    for pid, command in reader.commands.items():
        flow = reader.flows.setdefault((pid, pid), Flow((pid, pid), "process"))
        flow.born, flow.parent = command.at, command.parent
        if not command.words.startswith("process "):
            if run.what.ours:
                _name_program(flow, command)
            else:
                flow.name = flow.name or _program(command.words.split())
    for pid, at in run.sampler.seen.items():
        key = (pid, pid)
        name = run.sampler.names.get(pid, b"program").decode("utf-8", "replace")
        reader.flows.setdefault(key, Flow(key, "process", None, name, born=at))


def _name_program(flow: Flow, command: Command) -> None:
    words = command.words.split()
    names = [word for word in words if word in CAST]
    flow.name = flow.name or (names[-1] if names else "")
    if not flow.name and not flow.said:
        flow.name = Path(words[0]).name if words else "program"


def _program(words: list[str]) -> str:
    """What a program that was started is called; a Python is called by what it runs."""
    names = [Path(word).name for word in words] or ["program"]
    if not names[0].startswith("python"):
        return names[0]
    for place, word in enumerate(words[1:], 1):
        if word in ("-m", "-c"):
            return names[place + 1] if word == "-m" and place + 1 < len(names) else "python -c"
        if not word.startswith("-"):
            return names[place]
    return names[0]


def _date(flow: Flow, reader: Reader, run: Watched) -> None:
    """When a flow ended, from the surest source there is."""
    seen = [at for at in (run.sampler.ended.get(flow.pid), reader.reaped.get(flow.pid)) if at]
    process_end = min(seen or [reader.exits.get(flow.pid, run.stopped)])
    process_end = max(process_end, reader.exits.get(flow.pid, 0.0))  # then it still lived
    if flow.kind == "process":
        end = min(process_end, run.stopped)
    elif flow.ended is not None:
        end = flow.ended
    else:
        samples = run.sampler.samples.get(flow.key)
        end = samples[-1].at if samples and flow.kind == "thread" else process_end
        end = min(end, reader.exits.get(flow.pid, end))  # from then on it gets no turn
    flow.end = max(min(end, process_end), flow.born)


def _name(flow: Flow, ours: bool) -> None:
    """What a flow is called, where it has a name of the cast and another one, or none."""
    if not ours:
        flow.name = flow.name or f"{flow.kind} {flow.pid}"
    elif flow.kind == "process":
        flow.name = flow.name if flow.name in CAST else flow.said or flow.name or "process"
    elif flow.said in CAST and flow.name not in CAST:  # a pool's thread, an unnamed task
        flow.name = flow.said


def _numbered(order: list[Flow], reader: Reader) -> dict[Key, int]:
    """The lane of each flow; a task that is no flow of its own has that of its thread."""
    index = {flow.key: number for number, flow in enumerate(order)}
    for key in reader.roots:
        index[key] = index.get(reader.owners[key], 0)
    return index


def _lane(flow: Flow, index: dict[Key, int], reader: Reader, sampler: Sampler, zero: float) -> Lane:
    """The flow in the demo's own time, which begins at `zero`; what was before is not shown."""
    spans = [
        Span(round(max(span.start - zero, 0.0), 5), round(span.end - zero, 5), *span[2:])
        for span in spans_of(flow, reader, sampler)
        if span.end > zero
    ]
    parent = None
    if index[flow.key]:  # the others are main's where nobody said whose they are
        parent = index.get(flow.parent, 0) if flow.parent else 0
    born, ended = max(flow.born - zero, 0.0), max(flow.end - zero, 0.0)
    return Lane(flow.name, flow.kind, parent, born, ended, spans)
