"""The timeline of a demo: one lane per flow, when it lives, works, waits and for what, drawn from a run.

`timeline()` measures a demo once and keeps the result under build/timelines, for as long as the
demo, the Python and the way of measuring stay what they are. The same lanes become a picture in the
terminal (Rich), one on a slide or for print (SVG), and a file for Perfetto (JSON).
"""

import hashlib
import json
import os
import platform
import re
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from demos import tracer
from demos.cast import CAST
from demos.catalogue import Demo
from demos.errors import TalkError, WrongUse
from demos.files import BUILD, write_whole
from demos.output import Painter
from demos.tracer import Lane, Span

CACHE = BUILD / "timelines"

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
}
"""What a flow can be doing, in words."""
OTHERS = {"--text": "#14181F", "--background": "#FBFAF6"}
"""What a picture falls back to where no stylesheet gives it colours: the light theme, for print."""

FONT = 24
"""Pixels of the smallest text, at slide size."""
LETTER = 0.48
"""Width of a letter, in heights of the font, on average."""
PITCH = {1: 56, 2: 56, 3: 50, 4: 52, 5: 52, 6: 52}
"""Pixels per row, by number of rows: two pictures of three rows fit on one slide."""
ROWS = 7
"""With more rows than this, only the cast gets names; the others become thin lines below."""
TALLEST = 440
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60)
"""Seconds between two marks of the axis."""
LENS = 66
"""Pixels of the magnified strip."""


@dataclass(frozen=True)
class Timeline:
    """What one run of a demo looked like."""

    name: str
    claim: str
    python: str
    lanes: list[Lane]
    seconds: float
    """From the demo's START to the end of its last flow."""
    startup: float
    wall: float
    output: str
    reason: str | None = None
    """Why this is only a part of the run; None where it is the whole."""
    turns: list = field(default_factory=list)
    """The beginning of the fight for a lock: its name, when, which lane got it."""
    remarks: list = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return self.reason is None

    @cached_property
    def rows(self) -> "list[Row]":
        return _rows(self.lanes)

    def svg(self, width: int = 1150, beside: Sequence["Timeline"] = ()) -> str:
        """The picture for a slide: inline SVG that takes the colours of the page it is in.

        With the timelines that stand `beside` it on the slide it gets the same scale as theirs.
        """
        return _Picture(self, width, beside).svg()

    def text(self, width: int = 80, ascii_only: bool = False):
        """The picture for a terminal, as a Rich renderable."""
        return _text(self, width, ascii_only)

    def describe(self) -> str:
        """What is seen, in words: for those who hear the picture."""
        return _describe(self)

    def json(self) -> str:
        """The run as a Chrome trace, for ui.perfetto.dev."""
        return json.dumps(_perfetto(self), separators=(",", ":"))


@dataclass
class Row:
    """A line of the picture: lanes of one name that do not overlap in time."""

    name: str
    lanes: list[int]
    thin: bool = False


def timeline(demo: Demo, progress: Callable[[str], None] | None = None) -> Timeline:
    """The timeline of `demo`: measured now, or earlier with the same source and Python.

    A run that failed or did not end gives the part that was seen, with `complete` False and a
    `reason`; such a part is not kept.
    """
    if found := cached(demo):
        return found
    if progress:
        progress(f"drawing demos/{demo.path.name}")
    result = measure(demo)
    if result.complete:
        _keep(result, _kept(demo))
    return result


def watch(
    demo: Demo, seconds: float, on_text: Callable[[str], None], stop: threading.Event
) -> Timeline:
    """The timeline of this very run, kept nowhere; see `demos.tracer.trace`. The text is coloured for a terminal."""
    painter = Painter(lambda text: on_text(text.replace("\n", "\r\n")))

    def paint(text: str) -> None:
        painter.feed(text)
        painter.pause()

    return measure(demo, seconds=seconds, on_text=paint, stop=stop)


def cached(demo: Demo) -> Timeline | None:
    """The timeline that is kept of `demo` as it is now; None where it has to be measured."""
    try:
        return _load(_kept(demo))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _kept(demo: Demo) -> Path:
    return CACHE / f"{demo.name}-{_key(demo)}.json"


def measure(demo: Demo, **options: Any) -> Timeline:
    """The timeline of a run of `demo` made now; it is not kept."""
    run = tracer.trace(demo, **options)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return Timeline(
        demo.name, demo.claim, python, run.lanes, run.seconds, run.startup, run.wall, run.output,
        run.reason, run.turns, run.remarks,
    )  # fmt: skip


def _key(demo: Demo) -> str:
    here = Path(__file__)
    parts = [demo.path.read_bytes(), sys.version.encode(), sys.executable.encode()]
    parts += [here.with_name(name).read_bytes() for name in ("probe.py", "tracer.py")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:20]


def _load(path: Path) -> Timeline:
    values = json.loads(path.read_text("utf-8"))
    values["lanes"] = [
        Lane(**{**lane, "spans": [Span(*span) for span in lane["spans"]]})
        for lane in values["lanes"]
    ]
    return Timeline(**values)


def _keep(result: Timeline, path: Path) -> None:
    """Without a place to write to, it will be measured again next time."""
    try:
        write_whole(path, json.dumps(asdict(result)))
        for old in path.parent.glob(f"{result.name}-*.json"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError:
        pass


# --- rows


def _rows(lanes: list[Lane]) -> list[Row]:
    """Lanes in order of birth; flows of one name that follow each other share a row."""
    rows: list[Row] = []
    overlap = 0.01 * max((lane.ended for lane in lanes), default=0.0)  # too little to be seen
    for number, lane in enumerate(lanes):
        for row in rows:
            if row.name == lane.name and lanes[row.lanes[-1]].ended <= lane.born + overlap:
                row.lanes.append(number)
                break
        else:
            rows.append(Row(lane.name, [number]))
    if len(rows) <= ROWS:
        return rows
    named = [row for row in rows if row.name in CAST][:ROWS]
    rest = sorted(number for row in rows if row not in named for number in row.lanes)
    thin: list[Row] = []
    for number in rest:
        for row in thin:
            if lanes[row.lanes[-1]].ended <= lanes[number].born:
                row.lanes.append(number)
                break
        else:
            thin.append(Row("", [number], thin=True))
    return named + thin


def _short(name: str) -> str:
    """A name that fits beside its lane: `Thread-1` for `Thread-1 (process_request_thread)`."""
    name = re.sub(r" \(.*\)$", "", name)
    return name if len(name) <= 13 else name[:12] + "…"


def _what(timeline: Timeline, span: Span) -> tuple[str, str]:
    """What a lock is called, and who has it."""
    name, _, owner = span.what.partition("\t")
    return name, owner


def _labels(timeline: Timeline, span: Span, kind: str = "thread") -> list[str]:
    """How to say a state, the fullest way first. A task that waits lends the flow to others: it awaits."""
    what = span.what
    if kind == "task" and span.state in ("sleep", "wait"):
        return (
            ["awaits its sleep", "awaits"]
            if span.state == "sleep"
            else [f"awaits {what}".strip(), "awaits"]
        )
    match span.state:
        case "sleep":
            return ["sleeps", "zz"]
        case "lock":
            name, owner = _what(timeline, span)
            full = f"waits for the lock {owner} has" if owner else "waits for the lock"
            return [full, *([f"lock: {owner} has it"] if owner else []), "lock"]
        case "join":
            if what in ("child", "result", "results"):
                return [f"waits for the {what}", f"waits: {what}", "waits"]
            return (
                ["has ended, waits for the others", "waits for the others", "waits"]
                if what == "at the end"
                else [f"joins {_short(what)}", "joins", "join"]
            )
        case "queue":
            return [
                "queue full, waits" if what == "put" else "queue empty, waits",
                "waits: queue",
                "queue",
            ]
        case "io":
            known = {
                "events": "events",
                "accept": "a visitor",
                "connect": "a connection",
                "pipe": "a pipe",
                "read": "a pipe",
            }
            return [f"waits for {known.get(what, 'data')}", "waits: I/O", "I/O"]
        case "turns":
            return ["takes turns, faster than this can show", "takes turns"]
        case "turn":
            return ["waits for its turn", "its turn"]
        case "wait":
            if what == "start":
                return ["starts a flow", "starts"]
            return [f"waits: {what}", what, "waits"] if what else ["waits"]
    return []


# --- SVG


class _Picture:
    """The lanes of one timeline as SVG."""

    def __init__(self, timeline: Timeline, width: int, beside: Sequence[Timeline] = ()):
        self.timeline = timeline
        self.rows = timeline.rows
        self.width = width
        self.id = "t" + timeline.name.partition("_")[0]
        self.lanes = timeline.lanes
        named = [row for row in self.rows if not row.thin]
        thin = len(self.rows) - len(named)
        names = [row.name for one in (timeline, *beside) for row in one.rows if not row.thin]
        letters = max([len(_short(name)) for name in names] + [11 if thin else 4])
        self.left = round(letters * FONT * 1.08 * (LETTER + 0.06) + 34)
        self.right = width - 28
        self.pitch = PITCH.get(len(named), 52)
        self.thin = min(44, max(4, (TALLEST - 76 - len(named) * self.pitch) // thin)) if thin else 0
        self.bar = self.pitch - 16
        self.seconds = max(timeline.seconds, 0.001, *(other.seconds for other in beside))
        self.y: dict[int, float] = {}
        self.size: dict[int, int] = {}
        self.many = {lane for row in self.rows if row.thin for lane in row.lanes}
        top = 0
        for row in self.rows:
            pitch = self.thin if row.thin else self.pitch
            for lane in row.lanes:
                self.y[lane] = top + pitch / 2
                self.size[lane] = max(min(pitch - 3, 28), 2) if row.thin else self.bar
            top += pitch
        self.bottom = top
        self.lens = self.closer()
        self.used: dict[str, bool] = {}
        self.fine: dict[int, str] = {}

    def x(self, second: float) -> float:
        return round(self.left + (self.right - self.left) * second / self.seconds, 1)

    def svg(self) -> str:
        body = (
            "".join(self.row(row) for row in self.rows)
            + self.hairs()
            + self.births()
            + self.group()
        )
        height = self.bottom + 36
        if self.lens:
            body += self.magnified(height)
            height += LENS
        legend = self.legend(height)
        height += 34 if legend else 0
        title = f"Timeline of {self.timeline.name}"
        if not self.timeline.complete:
            title += ", a part"
        text = "var(--text,%s)" % OTHERS["--text"]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="timeline" viewBox="0 0 {self.width} {height}" '
            f'width="{self.width}" height="{height}" role="img" aria-labelledby="{self.id}-t {self.id}-d" '
            f'font-size="{FONT}" font-family="inherit" fill="{text}" color="{text}">'
            f'<title id="{self.id}-t">{escape(title)}</title><desc id="{self.id}-d">{escape(self.timeline.describe())}</desc>'
            f"{self.patterns()}{self.axis()}{body}{legend}</svg>"
        )

    def patterns(self) -> str:
        line = 'stroke="currentColor" stroke-width="2"'
        shapes = {
            "lock": (9, f'<path d="M-2 11L11-2M-2 2L2-2M7 11L11 7" {line}/>'),
            "dots": (8, '<circle cx="4" cy="4" r="1.3"/>'),
        }
        return "<defs>" + "".join(
            f'<pattern id="{self.id}-{name}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">{shape}</pattern>'
            for name, (size, shape) in shapes.items()
        ) + "</defs>"  # fmt: skip

    def axis(self) -> str:
        step = next(step for step in STEPS if self.seconds / step <= 8)
        ticks, labels, number = "", "", 0
        while number * step <= self.seconds:
            second = number * step
            x = self.x(second)
            ticks += f"M{x:g} 0V{self.bottom + 4}"
            last = (number + 1) * step > self.seconds
            labels += f'<text x="{x:g}" y="{self.bottom + 28}" text-anchor="middle">{second:g}{" s" if last else ""}</text>'
            number += 1
        return f'<path d="{ticks}" stroke="currentColor" stroke-opacity=".25"/><g fill-opacity=".85">{labels}</g>'

    def row(self, row: Row) -> str:
        colour = _colour(row.name)
        name = ""
        if not row.thin:
            y = self.y[row.lanes[0]] + 9
            name = f'<text x="0" y="{y:g}" font-size="{FONT + 2}" font-weight="700" fill="currentColor">{escape(_short(row.name))}</text>'
        return (
            f'<g color="{colour}">{name}'
            + "".join(self.lane(number) for number in row.lanes)
            + "</g>"
        )

    def lane(self, number: int) -> str:
        """One life: a solid bar while it works, an outline while it waits, a line while others have their turn."""
        y, size = self.y[number], self.size[number]
        if number in self.many:
            return self.hair(number)
        thick, half, thin, waits, marks, labels = [], [], [], [], "", ""
        for start, end, span in self.simple(self.lanes[number]):
            if span.state == "work":
                thick.append((start, max(end - start, 2.5)))
            elif span.state == "turns":
                half.append((start, end - start))
            elif span.state in ("turn", "lent") or end - start < 7:
                thin.append((start, end - start))
            elif waits and span.state == "io" == waits[-1][2].state and start - waits[-1][1] < 4:
                waits[-1] = (
                    waits[-1][0],
                    end,
                    waits[-1][2],
                )  # the next look of a loop that asks again and again
            else:
                waits.append((start, end, span))
            self.used.setdefault(span.state, False)
        half = _bridged(half, thick)
        thin = _bridged(thin, thick + half)
        for start, end, span in waits:
            marks += self.mark(start, end, y, size - 6, span)
            labels += self.label(start, end, y, span, self.lanes[number].kind)
        lines = (
            self.strokes(thin, y, 4)
            + marks
            + self.strokes(half, y, round(size * 0.4))
            + self.strokes(thick, y, size)
        )
        return lines + labels

    def hair(self, number: int) -> str:
        """One of many lives: thick while it works, thin otherwise; all of them go into two paths."""
        y, size, lane = self.y[number], self.size[number], self.lanes[number]
        pieces = [
            (round(start), round(end), span.state) for start, end, span in self.simple(lane, 3)
        ]
        thin = min(max(size // 3, 1), 4)
        self.fine[thin] = (
            self.fine.get(thin, "")
            + f"M{round(self.x(lane.born))} {y:g}H{round(self.x(lane.ended))}"
        )
        for start, end, state in pieces:
            if state in ("work", "turns") and end > start:
                thick = size if state == "work" else max(round(size * 0.4), thin + 1)
                self.fine[thick] = self.fine.get(thick, "") + f"M{start} {y:g}H{end}"
                self.used.setdefault(state, False)
        return ""

    def hairs(self) -> str:
        return "".join(
            f'<path d="{path}" stroke="currentColor" stroke-width="{width}"/>'
            for width, path in self.fine.items()
        )

    def simple(self, lane: Lane, least: float = 1.2) -> list[tuple[float, float, Span]]:
        """Spans in pixels; what is too short to be seen joins its neighbour, a moment of work stays a tick."""
        found: list[list] = []
        for start, end, span in _by_turns(
            [(self.x(span.start), self.x(span.end), span) for span in lane.spans], 2 * least
        ):
            if end - start < least and (least > 2 or span.state != "work"):
                if found:
                    found[-1][1] = max(found[-1][1], end)
                continue
            if found and (found[-1][2].state, found[-1][2].what) == (span.state, span.what):
                found[-1][1] = end
            else:
                found.append([start, end, span])
        if len(found) > 160 and least < 2:
            return self.simple(lane, 2.4)
        return [tuple(item) for item in found]

    def strokes(self, pieces: list[tuple[float, float]], y: float, size: int) -> str:
        if not pieces:
            return ""
        if len(pieces) > 60:
            pieces = [
                (round(start), max(round(start + width) - round(start), 1))
                for start, width in pieces
            ]
        path, at = f"M{pieces[0][0]:g} {y:g}", pieces[0][0]
        for start, width in pieces:
            path += (f"m{start - at:.4g} 0" if start > at else "") + f"h{width:.4g}"
            at = max(start, at) + width
        return f'<path d="{path}" stroke="currentColor" stroke-width="{size}" fill="none"/>'

    def mark(self, start: float, end: float, y: float, size: int, span: Span) -> str:
        paper = (
            f"var(--background,{OTHERS['--background']})"  # no line of the grid runs through words
        )
        shape = (
            f'x="{start + 1:g}" y="{y - size / 2:g}" width="{end - start - 2:.4g}" height="{size}"'
        )
        fill = {"lock": f"url(#{self.id}-lock)", "sleep": paper, "join": paper}.get(
            span.state, f"url(#{self.id}-dots)"
        )
        dash = ' stroke-dasharray="9 6"' if span.state == "join" else ""
        return f'<rect {shape} fill="{fill}" stroke="currentColor" stroke-width="2"{dash}/>'

    def label(self, start: float, end: float, y: float, span: Span, kind: str) -> str:
        for words in _labels(self.timeline, span, kind):
            if len(words) * FONT * LETTER + 20 <= end - start:
                self.used[span.state] = self.used.get(span.state) or len(words) > 3
                x, behind = (start + end) / 2, ""
                if span.state not in ("sleep", "join"):
                    room = len(words) * FONT * (LETTER - 0.01)
                    box = f'd="M{x - room / 2:.4g} {y:g}h{room:.4g}" stroke-width="{self.bar - 10}"'
                    behind = f'<path {box} stroke="var(--background,{OTHERS["--background"]})"/>'
                fill = f'fill="var(--text,{OTHERS["--text"]})"'
                return f'{behind}<text x="{x:.4g}" y="{y + 7.5:g}" text-anchor="middle" {fill}>{escape(words)}</text>'
        return ""

    def births(self) -> str:
        """Who started whom: a line from the parent's lane to the child's first moment."""
        lines, heads, thin = "", "", {}
        for number, lane in enumerate(self.lanes):
            if lane.parent is None or self.y[lane.parent] == self.y[number]:
                continue
            x, start, end = self.x(lane.born) - 9, self.y[lane.parent], self.y[number]
            if number in self.many:  # children born together share a line
                place = round((x + 9) / 4) * 4, start
                thin[place] = max(thin.get(place, 0), end)
                continue
            lines += f"M{x:g} {start:g}V{end:g}h2"
            heads += f"M{x + 9:g} {end:g}l-9-6v12z"
        down = "".join(f"M{x} {start:g}V{end:g}" for (x, start), end in thin.items())
        parts = (
            f'<path d="{lines}" stroke="currentColor" stroke-width="2" fill="none"/><path d="{heads}"/>'
            if lines
            else ""
        )
        return parts + (f'<path d="{down}" stroke="currentColor" fill="none"/>' if down else "")

    def group(self) -> str:
        """A name for the thin lines."""
        thin = [number for row in self.rows if row.thin for number in row.lanes]
        if not thin:
            return ""
        y = (self.y[thin[0]] + self.y[thin[-1]]) / 2
        kinds = [self.lanes[number].kind for number in thin]
        words = [
            f"{kinds.count(kind)} {plural}" for kind, plural in PLURAL.items() if kind in kinds
        ]
        most = max(
            sum(
                self.lanes[other].born <= self.lanes[one].born < self.lanes[other].ended
                for other in thin
            )
            for one in thin
        )
        words.append(f"{most} at once")
        lines = "".join(
            f'<text y="{y + 8 + 28 * (place - (len(words) - 1) / 2):g}">{text}</text>'
            for place, text in enumerate(words)
        )
        return lines

    def closer(self) -> list[tuple[float, float, int]]:
        """Who had the fought-for lock from when to when, for as long as it fills a line well."""
        if not any(span.state == "turns" for lane in self.lanes for span in lane.spans):
            return []
        turns = [turn for turn in self.timeline.turns if turn[0] == self.timeline.turns[0][0]][:41]
        if len(turns) < 9 or any(self.lanes[lane].name not in CAST for *_, lane in turns):
            return []
        return [(turn[1], after[1], turn[2]) for turn, after in zip(turns, turns[1:])]

    def magnified(self, top: float) -> str:
        """A strip below the axis: a few turns at the lock, each flow at its own height."""
        if not self.lens:
            return ""
        start, end = self.lens[0][0], self.lens[-1][1]
        scale = (self.right - self.left) / (end - start)
        flows = sorted({lane for *_, lane in self.lens})
        size = (LENS - 14) / len(flows)
        parts = ""
        for place, lane in enumerate(flows):
            pieces = [
                (self.left + (a - start) * scale, max((b - a) * scale, 2))
                for a, b, who in self.lens
                if who == lane
            ]
            strokes = self.strokes(pieces, top + 12 + size * (place + 0.5), round(size))
            parts += f'<g color="{_colour(self.lanes[lane].name)}">{strokes}</g>'
        x = self.x(start)
        parts += f'<path d="M{x:g} {self.bottom}L{self.left} {top + 10}H{self.right}L{x + 2:g} {self.bottom}" fill-opacity=".12"/>'
        milliseconds = (end - start) * 1000
        says = f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"
        return (
            parts + f'<text y="{top + 28}">has the lock</text><text y="{top + 56}">in {says}</text>'
        )

    def legend(self, top: float) -> str:
        """What the shapes mean, for those that no label explains in place."""
        states = [
            state
            for state in STATES
            if state in self.used and (state == "work" or not self.used[state])
        ]
        x, y, parts = self.left, top + 26, ""
        for state in states:
            words = STATES[state]
            if x + 56 + len(words) * FONT * LETTER > self.width:
                break
            if state == "work":
                parts += f'<path d="M{x:g} {y - 8}h36" stroke="currentColor" stroke-width="22"/>'
            elif state == "turns":
                parts += f'<path d="M{x:g} {y - 8}h36" stroke="currentColor" stroke-width="12"/>'
            elif state in ("turn", "lent"):
                parts += f'<path d="M{x:g} {y - 8}h36" stroke="currentColor" stroke-width="4"/>'
            else:
                parts += self.mark(x, x + 36, y - 8, 22, Span(0, 0, state, ""))
            parts += f'<text x="{x + 46:g}" y="{y}">{words}</text>'
            x += 46 + len(words) * FONT * (LETTER - 0.04) + 30
        return f"<g>{parts}</g>" if parts else ""


def _by_turns(
    pieces: list[tuple[float, float, Span]], least: float
) -> list[tuple[float, float, Span]]:
    """Turns that are too short to be told apart, as one stretch of turns: drawn alone they would look like work throughout."""
    joined: list[tuple[float, float, Span]] = []
    run: list[tuple[float, float, Span]] = []

    def close():
        spent = {
            state: sum(end - start for start, end, span in run if span.state == state)
            for state in ("work", "turn")
        }
        if len(run) > 3 and min(spent.values()) > 0.02 * sum(spent.values()):
            joined.append((run[0][0], run[-1][1], run[0][2]._replace(state="turns", what="")))
        else:
            joined.extend(run)
        run.clear()

    for piece in pieces:
        if piece[2].state in ("work", "turn", "turns") and piece[1] - piece[0] < least:
            run.append(piece)
        else:
            close()
            joined.append(piece)
    close()
    return joined


def _bridged(
    pieces: list[tuple[float, float]], taller: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Pieces of a line in one where only taller bars are between them: what is hidden needs no drawing twice."""
    covers = {round(start, 1): start + width for start, width in taller}
    joined: list[list[float]] = []
    for start, width in pieces:
        if joined:
            at = round(joined[-1][0] + joined[-1][1], 1)
            while at in covers and at < start and covers[at] > at:
                at = round(covers[at], 1)
            if at >= round(start, 1):
                joined[-1][1] = start + width - joined[-1][0]
                continue
        joined.append([start, width])
    return [(start, width) for start, width in joined]


PLURAL = {"process": "processes", "thread": "threads", "task": "tasks"}


def _colour(name: str) -> str:
    if name in CAST:
        return f"var(--{name},{CAST[name].light})"
    return f"var(--text,{OTHERS['--text']})"


def standalone(svg: str) -> str:
    """The same picture as a file of its own: on paper, in colours that need no stylesheet."""
    paper = f'<rect width="100%" height="100%" fill="{OTHERS["--background"]}"/>'
    svg = re.sub(r"var\(--[\w-]+,(#[0-9A-Fa-f]+)\)", r"\1", svg).replace(
        'font-family="inherit"', 'font-family="sans-serif"'
    )
    return svg.replace("<defs>", f"{paper}<defs>", 1) + "\n"


# --- words


def _describe(timeline: Timeline) -> str:
    lanes = timeline.lanes
    if not lanes:
        return f"Nothing was seen: {timeline.reason}."
    flows = f"{len(lanes)} flows" if len(lanes) > 1 else "One flow"
    parts = [f"{flows} in {timeline.seconds:.1f} s on {timeline.python}."]
    shown = (
        lanes
        if len(lanes) <= ROWS + 2
        else [lane for lane in lanes if lane.name in CAST][: ROWS + 2]
    )
    for lane in shown:
        by = f", started by {lanes[lane.parent].name}" if lane.parent is not None else ""
        parts.append(
            f"{lane.name} ({lane.kind}{by}) lives {lane.born:.1f}–{lane.ended:.1f} s: {_life(timeline, lane)}."
        )
    if len(shown) < len(lanes):
        kinds = [lane.kind for lane in lanes if lane not in shown]
        parts.append(
            "Besides "
            + " and ".join(
                f"{kinds.count(kind)} {plural}" for kind, plural in PLURAL.items() if kind in kinds
            )
            + "."
        )
    if not timeline.complete:
        parts.append(f"This is a part of the run: {timeline.reason}.")
    return " ".join(parts)


def _life(timeline: Timeline, lane: Lane) -> str:
    """What a flow spent its time with, the longest first."""
    spent: dict[str, float] = {}
    for span in lane.spans:
        words = STATES[span.state]
        if span.state in ("lock", "join", "io", "queue", "wait", "sleep"):
            words = (_labels(timeline, span, lane.kind) or [words])[0]
        spent[words] = spent.get(words, 0.0) + span.end - span.start
    most = sorted(spent.items(), key=lambda item: -item[1])[:3]
    said = [f"{words} {seconds:.1f} s" for words, seconds in most if seconds >= 0.05]
    return ", ".join(said) or "works for a moment"


# --- terminal

GLYPHS = dict(zip(STATES, "█▄░·▒─=~-˙", strict=True))
ASCII = dict(zip(STATES, "#%:.x_=~-'", strict=True))


def _text(timeline: Timeline, width: int, ascii_only: bool):
    from rich.text import Text

    glyphs = ASCII if ascii_only else GLYPHS
    rows = timeline.rows
    left = max([len(_short(row.name)) for row in rows] + [4]) + 2
    columns = max(width - left - 1, 20)
    seconds = max(timeline.seconds, 0.001)
    text, used = Text(no_wrap=True, overflow="crop"), {}
    for row in rows:
        style = _style(row.name)
        name = _short(row.name)
        text.append(
            (name.replace("…", "~") if ascii_only else name).ljust(left), style=f"bold {style}"
        )
        cells = [" "] * columns
        for number in row.lanes:
            for column, state in _cells(timeline.lanes[number], columns, seconds):
                cells[column] = glyphs[state]
                used[state] = True
            _say(timeline, timeline.lanes[number], cells, columns / seconds)
        text.append("".join(cells).rstrip() + "\n", style=style)
    text.append(_scale(left, columns, seconds) + "\n", style="dim")
    legend, line = "", " " * left
    for state in STATES:
        if state in used:
            word = f"{glyphs[state]} {STATES[state]}   "
            if len(line) + len(word) > width + 3:
                legend, line = legend + line.rstrip() + "\n", " " * left
            line += word
    text.append(legend + line.rstrip() + "\n", style="dim")
    if not timeline.complete:
        text.append(f"only a part: {timeline.reason}\n", style="bold")
    return text


def _say(timeline: Timeline, lane: Lane, cells: list[str], scale: float) -> None:
    """Write into a long wait what it waits for."""
    for span in lane.spans:
        first, last = int(span.start * scale) + 1, min(int(span.end * scale), len(cells))
        if span.state in ("work", "turn", "turns", "lent") or len(set(cells[first:last])) > 1:
            continue
        for words in _labels(timeline, span, lane.kind):
            if len(words) + 6 <= last - first:
                start = (first + last - len(words) - 2) // 2
                cells[start : start + len(words) + 2] = f" {words.replace('…', '~')} "
                break


def _cells(lane: Lane, columns: int, seconds: float):
    """For each column the state that fills most of it; a moment of work is not lost."""
    scale = columns / seconds
    share: dict[int, dict[str, float]] = {}
    for span in lane.spans:
        first, last = int(span.start * scale), min(int(span.end * scale), columns - 1)
        for column in range(first, last + 1):
            part = min(span.end * scale, column + 1) - max(span.start * scale, column)
            states = share.setdefault(min(column, columns - 1), {})
            states[span.state] = states.get(span.state, 0.0) + part
    for column, states in share.items():
        works, turns = states.get("work", 0), states.get("turn", 0)
        if min(works, turns) > 0.2:
            yield column, "turns"
        else:
            yield column, "work" if works > 0.3 else max(states, key=states.get)


def _scale(left: int, columns: int, seconds: float) -> str:
    step = next(step for step in STEPS if seconds / step <= max(columns // 8, 1))
    line, number = "", 0
    while number * step <= seconds:
        mark, place = f"{number * step:g}", left + int(number * step / seconds * columns)
        if place + len(mark) + 2 > left + columns:
            break
        line = line.ljust(place) + mark
        number += 1
    return line + " s"


def _style(name: str) -> str:
    return (
        {30: "default", 31: "red", 33: "yellow", 36: "cyan"}.get(CAST[name].ansi, "default")
        if name in CAST
        else "default"
    )


def draw_here(demo: Demo, output: Path | None = None) -> int:
    """`talk demo NAME --timeline [-o FILE]`: trace the demo, draw it here or into FILE."""
    if output is not None:
        _check(output)
    result = timeline(demo)
    if output is not None:
        text = result.json() if output.suffix == ".json" else standalone(result.svg())
        try:
            output.write_text(text, "utf-8")
        except OSError as error:
            raise WrongUse(f"{output}: {error.strerror}; name a file that can be written") from None
        print(f"wrote {output}: {len(result.lanes)} flows in {result.seconds:.1f} s")
    elif result.lanes:
        _print(result)
    if not result.complete:
        shown = "; the timeline shows the part until then" if result.lanes else ""
        raise TalkError(f"demos/{demo.path.name}: {result.reason}{shown}")
    return 0


def _check(output: Path) -> None:
    """Whether the file could be written, before a run is spent on it."""
    if output.suffix not in (".svg", ".json"):
        raise WrongUse(
            f"{output}: a timeline is written as .svg or .json; choose one of these endings"
        )
    if output.is_dir():
        raise WrongUse(f"{output} is a folder; name a file in it")
    there = output.exists()
    try:
        with open(output, "a"):
            pass
    except OSError as error:
        raise WrongUse(f"{output} can't be written ({error.strerror}); name another file") from None
    if not there:
        output.unlink()


def _print(result: Timeline) -> None:
    from rich.console import Console

    plain = not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR"))
    console = Console(no_color=plain, highlight=False, soft_wrap=True)
    try:
        "█▄·▒─…".encode(sys.stdout.encoding or "ascii")
        ascii_only = False
    except (UnicodeEncodeError, LookupError):
        ascii_only = True
    width = min(console.width if sys.stdout.isatty() else 80, 120)
    if plain:
        print(result.text(width, ascii_only).plain, end="")
    else:
        console.print(result.text(width, ascii_only), end="")


def _perfetto(timeline: Timeline) -> dict:
    """Chrome's trace format: a slice per state, an arrow per birth."""
    events: list[dict] = []
    process, pids = 0, {}
    for number, lane in enumerate(timeline.lanes):
        if lane.kind == "process":
            process = number + 1
            events.append(
                {"ph": "M", "name": "process_name", "pid": process, "args": {"name": lane.name}}
            )
            pids[number] = process
        else:
            pids[number] = pids.get(lane.parent, 1)
        place = {"pid": pids[number], "tid": number + 1}
        events.append({"ph": "M", "name": "thread_name", **place, "args": {"name": lane.name}})
        events.append(
            {"ph": "M", "name": "thread_sort_index", **place, "args": {"sort_index": number}}
        )
        for span in lane.spans:
            name = (_labels(timeline, span, lane.kind) or [STATES[span.state]])[0]
            times = {
                "ts": round(span.start * 1e6),
                "dur": max(round((span.end - span.start) * 1e6), 1),
            }
            events.append({"ph": "X", "name": name, "cat": span.state, **place, **times})
        if lane.parent is not None:
            arrow = {"name": "starts", "cat": "birth", "id": number, "ts": round(lane.born * 1e6)}
            parent = {"pid": pids.get(lane.parent, 1), "tid": lane.parent + 1}
            events += [{"ph": "s", **arrow, **parent}, {"ph": "f", "bp": "e", **arrow, **place}]
    about = {
        "demo": timeline.name,
        "python": timeline.python,
        "complete": timeline.complete,
        "reason": timeline.reason,
    }
    return {"traceEvents": events, "displayTimeUnit": "ms", "otherData": about}
