"""A timeline as a Chrome trace, for ui.perfetto.dev: a slice per state, an arrow per birth."""

import json
from typing import Any

from demos.timeline.model import STATES, Lane, Span, Timeline
from demos.timeline.words import labels

Event = dict[str, Any]
"""One event of Chrome's trace format; its times are whole microseconds."""


def picture(timeline: Timeline) -> str:
    """The run as JSON in Chrome's trace format."""
    events: list[Event] = []
    pids: dict[int | None, int] = {}
    for number, lane in enumerate(timeline.lanes):
        if lane.kind == "process":
            pids[number] = number + 1
            events.append(_called("process_name", {"pid": number + 1}, name=lane.name))
        else:
            pids[number] = pids.get(lane.parent, 1)
        place = {"pid": pids[number], "tid": number + 1}
        events.append(_called("thread_name", place, name=lane.name))
        events.append(_called("thread_sort_index", place, sort_index=number))
        events += [_slice(span, lane, place) for span in lane.spans]
        if lane.parent is not None:
            parent = {"pid": pids.get(lane.parent, 1), "tid": lane.parent + 1}
            events += _arrow(number, lane, parent, place)
    about = {
        "demo": timeline.name,
        "python": timeline.python,
        "complete": timeline.complete,
        "reason": timeline.reason,
    }
    trace = {"traceEvents": events, "displayTimeUnit": "ms", "otherData": about}
    return json.dumps(trace, separators=(",", ":"))


def _called(what: str, place: Event, **values: str | int) -> Event:
    return {"ph": "M", "name": what, **place, "args": values}


def _slice(span: Span, lane: Lane, place: Event) -> Event:
    name = (labels(span, lane.kind) or [STATES[span.state]])[0]
    times = {"ts": round(span.start * 1e6), "dur": max(round((span.end - span.start) * 1e6), 1)}
    return {"ph": "X", "name": name, "cat": span.state, **place, **times}


def _arrow(number: int, lane: Lane, parent: Event, child: Event) -> list[Event]:
    arrow = {"name": "starts", "cat": "birth", "id": number, "ts": round(lane.born * 1e6)}
    return [{"ph": "s", **arrow, **parent}, {"ph": "f", "bp": "e", **arrow, **child}]
