"""Who helps when: the five solutions on waiting work and on computing, and what one worker costs.

    from slides.exhibits.chart import who_helps_when
    who_helps_when()

in a notebook shows the chart. It is measured (`ways`) in a Python of its own, this one, fresh. That
takes some fifteen seconds, and happens once: as long as the way of measuring, the Python and the
machine stay what they are, it is drawn from what was measured then.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from demos.errors import TalkError
from slides.exhibits import ways
from slides.exhibits.measured import measured
from slides.exhibits.ways import JOBS

PATIENCE = 60.0
"""Seconds after which a measurement is given up."""

FONT = 24
WIDTH = 1150
ROW = 52
TOP = 48
LEFT, WIDE, GAP = 200, 300, 96
"""Pixels: names, the bars of one kind of work, the figures behind them."""
COLUMNS = (LEFT, LEFT + WIDE + GAP)
"""Pixels: where the bars of waiting and of computing begin."""
TEXT = "var(--text,#14181F)"


def who_helps_when() -> "Chart":
    """The chart of this Python on this machine, measured now where it has not been before.

    Raises TalkError where it can't be measured, or not within PATIENCE.
    """
    return Chart(measured("chart", [Path(ways.__file__)], measure))


def measure() -> dict[str, Any]:
    """Measure in a fresh Python: forking a kernel full of threads would be asking for trouble.

    Raises TalkError where it can't be measured, or not within PATIENCE.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "slides.exhibits.ways"],
            cwd=Path(__file__).resolve().parents[2],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise TalkError(
            f"the chart was not measured within {PATIENCE:g} s: is this machine very busy?"
        ) from None
    except subprocess.CalledProcessError as error:
        why = error.stderr.strip().rpartition("\n")[2]
        raise TalkError(f"the chart could not be measured: {why}") from None
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@dataclass(frozen=True)
class Chart:
    """The chart of one measurement: a picture in a notebook, a table of words elsewhere."""

    measured: dict[str, Any]
    """What `ways.measure()` returned."""

    def __repr__(self) -> str:
        rows = [f"{'':<16}waiting  computing  one worker"]
        for way, (waiting, computing) in self.measured["ratios"].items():
            cost = seconds(self.measured["costs"][way])
            rows.append(f"{way:<16}{f'×{waiting:.1f}':>7}{f'×{computing:.1f}':>11}{cost:>12}")
        return "\n".join([*rows, self.where()])

    def where(self) -> str:
        """The machine and the Python, in words."""
        of = self.measured["machine"]
        gil = "with a GIL" if of["gil"] else "without a GIL"
        starts = f"multiprocessing starts by {of['start_method']}"
        return f"{of['cores']} cores, {of['system']}, {of['python']} {gil}; {starts}"

    def describe(self) -> str:
        """What is seen, in words: for those who hear the picture."""
        parts = [
            "How many times faster than one after the other: "
            f"{JOBS} jobs that wait, {JOBS} jobs that compute. And what starting one worker costs."
        ]
        for way, (waiting, computing) in self.measured["ratios"].items():
            cost = seconds(self.measured["costs"][way])
            times = f"waiting {waiting:.1f} times, computing {computing:.1f} times"
            parts.append(f"{way}: {times}, one worker {cost}.")
        return " ".join([*parts, f"Measured on {self.where()}."])

    def _repr_svg_(self) -> str:
        bottom = TOP + ROW * len(self.measured["ratios"])
        height = bottom + 82
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" '
            f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" aria-labelledby="who-t who-d" font-size="{FONT}" font-family="inherit" '
            f'fill="{TEXT}" color="{TEXT}"><title id="who-t">Who helps when</title>'
            f'<desc id="who-d">{escape(self.describe())}</desc>'
            f"{_heads()}{self._rows()}{self._foot(bottom)}</svg>"
        )

    def _scale(self) -> float:
        """Pixels of a job done as fast as one after the other."""
        best: float = max(max(pair) for pair in self.measured["ratios"].values())
        return WIDE / best

    def _rows(self) -> str:
        """A line for each way: its name, two bars with their figures, what one worker costs."""
        scale, body = self._scale(), ""
        for number, (way, pair) in enumerate(self.measured["ratios"].items()):
            y = TOP + ROW * number + ROW / 2
            line = f'y="{y + 8:g}"'
            body += f'<text x="0" {line}>{escape(way)}</text>'
            for x, ratio, draw in zip(COLUMNS, pair, (_outline, _solid), strict=True):
                figure = f'x="{x + max(ratio, 1) * scale + 10:.0f}" {line} font-weight="700"'
                body += f"{draw(x, y, ratio * scale)}<text {figure}>×{ratio:.1f}</text>"
            cost = seconds(self.measured["costs"][way])
            body += f'<text x="{WIDTH}" {line} text-anchor="end">{cost}</text>'
        return body

    def _foot(self, bottom: int) -> str:
        """The dotted lines at ×1, and below them what they mean and where this was measured."""
        one = "".join(f"M{x + self._scale():.1f} {TOP - 6}V{bottom}" for x in COLUMNS)
        body = f'<path d="{one}" stroke="currentColor" stroke-width="2" stroke-dasharray="4 6"/>'
        under = (f"×1, the dotted line: the same {JOBS} jobs one after the other.", self.where())
        for line, words in enumerate(under):
            place = f'x="0" y="{bottom + 36 + 34 * line}"'
            body += f'<text {place} fill-opacity=".85">{escape(words)}</text>'
        return body


def _heads() -> str:
    bold = 'y="26" font-weight="700"'
    works = zip(COLUMNS, ("waiting", "computing"), strict=True)
    body = "".join(f'<text x="{x}" {bold}>{work}</text>' for x, work in works)
    return f'{body}<text x="{WIDTH}" {bold} text-anchor="end">one worker costs</text>'


def _solid(x: float, y: float, length: float) -> str:
    """Computing is solid and waiting is an outline, as in the timelines."""
    return f'<path d="M{x} {y:g}h{length:.1f}" stroke="currentColor" stroke-width="32"/>'


def _outline(x: float, y: float, length: float) -> str:
    shape = f'x="{x + 1}" y="{y - 15:g}" width="{length - 2:.1f}" height="30"'
    return f'<rect {shape} fill="none" stroke="currentColor" stroke-width="2"/>'


def seconds(value: float) -> str:
    """A duration with two figures that count: `9 µs`, `1.7 ms`, `51 ms`."""
    unit, size = ("s", 1.0) if value >= 1 else ("ms", 1e-3) if value >= 1e-3 else ("µs", 1e-6)
    number = value / size
    return f"{number:.1f} {unit}" if number < 9.95 else f"{number:.0f} {unit}"
