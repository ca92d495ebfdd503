"""Who helps when: the five solutions on waiting work and on computing, and what one worker costs.

    from slides.exhibits.chart import who_helps_when
    who_helps_when()

in a notebook shows the chart. It is measured (`rounds`) in a Python of its own, this one, fresh.
That takes some ten seconds, more where other work goes on, and happens once: as long as the way of
measuring, the Python and the machine stay what they are, it is drawn from what was measured then.
What other work has kept from being shown is measured again when the chart is wanted again.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from demos.errors import TalkError
from slides.exhibits import rounds, ways
from slides.exhibits.measured import AGAIN, measured
from slides.exhibits.ways import JOBS

PATIENCE = 100.0
"""Seconds after which a measurement is given up."""

FONT = 24
WIDTH = 1150
ROW = 62
TOP = 48
LEFT, WIDE, GAP = 200, 300, 96
"""Pixels: names, the bars of one kind of work, the figures behind them."""
WORKS = ("waiting", "computing")
COLUMNS = {"waiting": LEFT, "computing": LEFT + WIDE + GAP}
"""Pixels: where the bars of a kind of work begin."""
TEXT = "var(--text,#14181F)"
QUIET = 'fill-opacity=".85"'
NOTHING = "not shown here"
KEPT_FROM_IT = "no core was free for it"


FILES = [Path(ways.__file__), Path(rounds.__file__)]
"""Where it is measured: what changes in them measures it anew."""


def who_helps_when() -> "Chart":
    """The chart of this Python on this machine, measured now where it has not been before.

    Raises TalkError where it can't be measured, or not within PATIENCE.
    """
    return Chart(measured("chart", FILES, measure, unlucky))


def measure() -> dict[str, Any]:
    """Measure in a fresh Python: forking a kernel full of threads would be asking for trouble.

    Raises TalkError where it can't be measured, or not within PATIENCE.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "slides.exhibits.rounds"],
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


def unlucky(found: dict[str, Any]) -> bool:
    """Whether another time more could be shown here."""
    whys = {work["why"] for work in found["works"].values()}
    return bool(whys - {None, rounds.ONE_CORE})


@dataclass(frozen=True)
class Chart:
    """The chart of one measurement: a picture in a notebook, a table of words elsewhere."""

    measured: dict[str, Any]
    """What `rounds.measure()` returned."""

    def rows(self) -> dict[str, tuple[float | None, float | None, str]]:
        """What stands in the line of each way: two times how many times faster, and the cost.

        None for what could not be shown.
        """
        waiting, computing = (self.measured["works"][work]["ratios"] for work in WORKS)
        costs = self.measured["costs"]
        return {way: (waiting[way], computing[way], seconds(costs[way])) for way in costs}

    def hidden(self) -> dict[str, str]:
        """The works of which nothing at all could be shown here, and why."""
        works = self.measured["works"]
        return {
            work: works[work]["why"]
            for work in WORKS
            if all(ratio is None for ratio in works[work]["ratios"].values())
        }

    def __repr__(self) -> str:
        rows = [f"{'':<16}waiting  computing  one worker"]
        for way, (waiting, computing, cost) in self.rows().items():
            rows.append(f"{way:<16}{times(waiting):>7}{times(computing):>11}{cost:>12}")
        return "\n".join([*rows, *self.remarks(), self.where()])

    def remarks(self) -> list[str]:
        """What could not be shown here, and why."""
        works = self.measured["works"]
        return [f"{work}, {NOTHING}: {works[work]['why']}" for work in WORKS if works[work]["why"]]

    def where(self) -> str:
        """The machine and the Python, in words."""
        of = self.measured["machine"]
        gil = "with a GIL" if of["gil"] else "without a GIL"
        starts = f"multiprocessing starts by {of['start_method']}"
        cores = f"{of['cores']} core{'s' if of['cores'] > 1 else ''}"
        return f"{cores}, {of['system']}, {of['python']} {gil}; {starts}"

    def describe(self) -> str:
        """What is seen, in words: for those who hear the picture."""
        parts = [
            f"How many times faster than one after the other, once the workers are there: "
            f"{JOBS} jobs that wait, {JOBS} jobs that compute. And what starting one worker costs."
        ]
        for way, (*ratios, cost) in self.rows().items():
            said = [
                f"{work} {f'{ratio:.1f} times' if ratio else NOTHING}"
                for work, ratio in zip(WORKS, ratios, strict=True)
            ]
            parts.append(f"{way}: {', '.join(said)}, one worker {cost}.")
        parts += [f"{remark}." for remark in self.remarks()]
        return " ".join([*parts, f"Measured on {self.where()}."])

    def _repr_svg_(self) -> tuple[str, dict[str, bool]]:
        """The picture, and whether the deck should try again."""
        return self.svg(), {AGAIN: True} if unlucky(self.measured) else {}

    def svg(self) -> str:
        """The picture."""
        bottom = TOP + ROW * len(self.rows())
        height = bottom + 82
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" '
            f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" aria-labelledby="who-t who-d" font-size="{FONT}" font-family="inherit" '
            f'fill="{TEXT}" color="{TEXT}"><title id="who-t">Who helps when</title>'
            f'<desc id="who-d">{escape(self.describe())}</desc>'
            f"{_heads()}{self._lines()}{self._foot(bottom)}</svg>"
        )

    def _scale(self) -> float:
        """Pixels of a job done as fast as one after the other."""
        shown = [ratio for *pair, _ in self.rows().values() for ratio in pair if ratio]
        return WIDE / max(shown, default=1.0)

    def _lines(self) -> str:
        """A line for each way: its name, two bars with their figures, what a worker takes."""
        scale, body, hidden = self._scale(), "", self.hidden()
        for number, (way, (*pair, cost)) in enumerate(self.rows().items()):
            y = TOP + ROW * number + ROW / 2
            line = f'y="{y + 8:g}"'
            body += f'<text x="0" {line}>{escape(way)}</text>'
            for work, ratio in zip(WORKS, pair, strict=True):
                x = COLUMNS[work]
                if ratio:
                    figure = f'x="{x + max(ratio, 1) * scale + 10:.0f}" {line} font-weight="700"'
                    draw = _outline if work == "waiting" else _solid
                    body += f"{draw(x, y, ratio * scale)}<text {figure}>{times(ratio)}</text>"
                elif work not in hidden:
                    body += f'<text x="{x + scale + 10:.0f}" {line} {QUIET}>{KEPT_FROM_IT}</text>'
            body += f'<text x="{WIDTH}" {line} text-anchor="end">{cost}</text>'
        middle = TOP + ROW * len(self.rows()) / 2
        return body + "".join(_nothing(COLUMNS[work], middle, why) for work, why in hidden.items())

    def _foot(self, bottom: int) -> str:
        """The dotted lines at ×1, and below them what they mean and where this was measured."""
        shown = [COLUMNS[work] for work in WORKS if work not in self.hidden()]
        one = "".join(f"M{x + self._scale():.1f} {TOP - 6}V{bottom}" for x in shown)
        body = f'<path d="{one}" stroke="currentColor" stroke-width="2" stroke-dasharray="4 6"/>'
        meaning = f"×1, the dotted line: the same {JOBS} jobs one after the other."
        started = "The workers are there already."
        for line, words in enumerate((f"{meaning} {started}", self.where())):
            place = f'x="0" y="{bottom + 36 + 34 * line}"'
            body += f"<text {place} {QUIET}>{escape(words)}</text>"
        return body


def times(ratio: float | None) -> str:
    """`×1.9`, or a dash for what could not be shown."""
    return f"×{ratio:.1f}" if ratio else "–"


def _nothing(x: int, middle: float, why: str) -> str:
    """In place of a column of bars: one box, two lines close together."""
    half = 62
    shape = f'x="{x + 1}" y="{middle - half:g}" width="{WIDE + 40}" height="{2 * half}" rx="8"'
    body = f'<rect {shape} fill="none" stroke="currentColor" stroke-dasharray="4 6"/>'
    for number, words in enumerate((f"{NOTHING}:", why)):
        place = f'x="{x + WIDE / 2 + 20:g}" y="{middle - 9 + 34 * number:g}" text-anchor="middle"'
        body += f"<text {place} {QUIET}>{escape(words)}</text>"
    return body


def _heads() -> str:
    bold = 'y="26" font-weight="700"'
    body = "".join(f'<text x="{COLUMNS[work]}" {bold}>{work}</text>' for work in WORKS)
    return f'{body}<text x="{WIDTH}" {bold} text-anchor="end">starting a worker takes</text>'


def _solid(x: float, y: float, length: float) -> str:
    """Computing is solid and waiting is an outline, as in the timelines."""
    return f'<path d="M{x} {y:g}h{length:.1f}" stroke="currentColor" stroke-width="38"/>'


def _outline(x: float, y: float, length: float) -> str:
    shape = f'x="{x + 1}" y="{y - 18:g}" width="{length - 2:.1f}" height="36"'
    return f'<rect {shape} fill="none" stroke="currentColor" stroke-width="2"/>'


def seconds(value: float) -> str:
    """A duration with two figures that count: `9 µs`, `1.7 ms`, `51 ms`."""
    unit, size = ("s", 1.0) if value >= 1 else ("ms", 1e-3) if value >= 1e-3 else ("µs", 1e-6)
    number = value / size
    return f"{number:.1f} {unit}" if number < 9.95 else f"{number:.0f} {unit}"
