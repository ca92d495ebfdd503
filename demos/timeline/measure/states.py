"""The states of one flow, from its birth to its end, out of what it waited for and when it ran."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from demos.timeline.measure.flows import Flow, Key, Step
from demos.timeline.measure.reader import Reader
from demos.timeline.measure.sampler import FEW, OWN, Sampler
from demos.timeline.model import Span

SHORT = 0.0025
"""A shorter stretch in which a thread does not run is not shown as such, in seconds."""
TICKS = 0.004
"""Seconds between two updates of a running thread's CPU time, at most."""
BUSY = 0.025
"""Of a stretch at least this long it can be said how much of it a thread really ran, in seconds."""
DONE = 0.08
"""Of a stretch, the part that a thread ran which got something done."""


def spans_of(flow: Flow, reader: Reader, sampler: Sampler) -> list[Span]:
    """The states of one flow, without gap or overlap; times are those of the monotonic clock."""
    if flow.kind == "task":
        owner = reader.owners.get(flow.key)
        return _task(flow, reader.flows.get(owner) if owner else None)
    fixed = _flat([*_waits(flow, reader.flows), *_lent(flow, reader)])
    if flow.kind == "process" and flow.pid in reader.exits:
        fixed.append(Span(reader.exits[flow.pid], flow.end, "exit", ""))
    return _filled(flow, fixed, sampler)


def _waits(flow: Flow, flows: dict[Key, Flow]) -> Iterable[Span]:
    for wait in flow.waits:
        what = wait.what
        if wait.state == "lock" and wait.owner in flows:
            what = f"{what}\t{flows[wait.owner].name}"
        yield Span(wait.start, flow.end if wait.end is None else wait.end, wait.state, what)


def _lent(flow: Flow, reader: Reader) -> Iterable[Span]:
    """When a thread runs the steps of its tasks."""
    for task in reader.flows.values():
        if task.kind == "task" and reader.owners.get(task.key) == flow.key:
            for step in task.steps:
                yield Span(step.start, step.end or flow.end, "lent", task.name)


def _flat(spans: list[Span]) -> list[Span]:
    """Spans in order without overlap; a task's step wins over the wait it sits in."""
    flat: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.end <= span.start:
            continue
        if not flat or span.start >= flat[-1].end:
            flat.append(span)
        elif flat[-1].state != "lent":
            before = flat[-1]
            flat[-1] = before._replace(end=span.start)
            flat.append(span)
            if before.end > span.end:
                flat.append(before._replace(start=span.end))
    return flat


def _task(task: Flow, thread: Flow | None) -> list[Span]:
    """A task waits for its turn, works in steps, and awaits something between them."""
    spans: list[Span] = []
    at, state, what = task.born, "turn", ""
    for step in task.steps:
        if step.start > at:
            spans.append(Span(at, step.start, state, what))
        at, state, what = step.end or task.end, step.after or "wait", step.what
        spans += _step(step, at, thread)
    if at < task.end and state != "end":
        spans.append(Span(at, task.end, state, what))
    return spans


def _step(step: Step, end: float, thread: Flow | None) -> list[Span]:
    """A step of a task: it works, but for the waits that block its thread."""
    waits = thread.waits if thread else []
    first, last = (bisect_left(waits, at, key=lambda wait: wait.start) for at in (step.start, end))
    inside = [
        Span(wait.start, min(wait.end or end, end), wait.state, wait.what)
        for wait in waits[first:last]
    ]
    spans: list[Span] = []
    here = step.start
    for wait in sorted(inside):
        if wait.start > here:
            spans.append(Span(here, wait.start, "work", ""))
        spans.append(wait)
        here = wait.end
    if end > here:
        spans.append(Span(here, end, "work", ""))
    return spans


def _filled(flow: Flow, fixed: list[Span], sampler: Sampler) -> list[Span]:
    """What happens between the waits: work, or waiting for one's turn."""
    spans: list[Span] = []
    at = flow.born
    for span in [*fixed, Span(flow.end, flow.end, "", "")]:
        start, end = max(span.start, at), min(span.end, flow.end)
        if start > at:
            spans += _between(at, start, flow.key, sampler)
        if end > start:
            spans.append(span._replace(start=start, end=end))
        at = max(at, end)
    return spans


def _between(start: float, end: float, key: Key, sampler: Sampler) -> list[Span]:
    """What a thread did from `start` to `end`, after the looks that were taken at it."""
    times, runs = sampler.runs(key)
    first, last = bisect_left(times, start), bisect_right(times, end)
    if last - first < FEW:
        return [Span(start, end, _hardly_seen(start, end, key, sampler), "")]
    spans: list[Span] = []
    at = start
    for number in range(first, last):
        until = end if number == last - 1 else times[number]
        if until > at:
            spans.append(Span(at, until, "work" if runs[number] else "turn", ""))
            at = until
    spans = _merged(_merged(spans, 0.0), SHORT)
    return [span._replace(state=_judged(span, key, sampler)) for span in spans]


def _hardly_seen(start: float, end: float, key: Key, sampler: Sampler) -> str:
    """The state of a stretch with hardly a look: a short one, or one on a very busy machine."""
    if end - start < BUSY or not sampler.looks(key, start, end):
        return "work"
    slept = sampler.used(key, start, end) < DONE * (end - start)
    return _judged(Span(start, end, "turn" if slept else "work", ""), key, sampler)


def _merged(spans: list[Span], short: float) -> list[Span]:
    """Spans of one state in one, with those in between that wait for less than `short` seconds."""
    merged: list[Span] = []
    for span in spans:
        brief = span.state == "turn" and span.end - span.start < short
        if merged and (brief or span.state == merged[-1].state):
            merged[-1] = merged[-1]._replace(end=span.end)
        else:
            merged.append(span)
    return merged


def _judged(span: Span, key: Key, sampler: Sampler) -> str:
    """What the looks mean: a thread that seems to work may take turns, and the other way round."""
    long = span.end - span.start
    share = sampler.used(key, span.start, span.end) / max(long, 1e-9)
    if span.state == "turn":
        if long > 2 * TICKS and share > DONE:
            return "turns"  # asleep whenever looked at, and yet it got something done
        return "turn" if sampler.rivals(key, span.start, span.end) else "wait"
    if long > BUSY and share < OWN and sampler.rivals(key, span.start, span.end):
        return "turns"
    return "work"
