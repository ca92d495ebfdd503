"""Who helps when: the five solutions on waiting work and on computing, and what one worker costs.

    from demos.chart import who_helps_when
    who_helps_when()

in a notebook shows the chart. It is measured at that moment, in a Python of its own (this one, fresh),
and kept nowhere: a deck that was built holds the picture, and a new build measures again. It takes some
fifteen seconds.
"""

import asyncio
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from html import escape
from pathlib import Path

JOBS = 4
WAIT = 0.2
"""Seconds of one waiting job."""
BUSY = 0.1
"""Seconds of one computing job, about."""
ROUNDS = {"waiting": 3, "computing": 6}
"""How often each work is measured, the ways in turn; the best counts."""
ENOUGH = 15.0
"""No further round after so many seconds."""
PATIENCE = 60.0
"""Seconds after which a measurement is given up."""
STARTS = {"os.fork": 20, "subprocess": 5, "asyncio": 200, "multiprocessing": 10, "threading": 100}
"""How many workers are started, one after the other, to see what one costs."""
WAYS = tuple(STARTS)


# --- measuring, in a process of its own


def compute(loops: int) -> None:
    while loops:
        loops -= 1


def nothing() -> None:
    pass


def in_turn(job, *args) -> None:
    for _ in range(JOBS):
        job(*args)


def by_fork(job, *args, jobs=JOBS) -> None:
    for _ in range(jobs):
        if os.fork() == 0:
            job(*args)
            os._exit(0)
    for _ in range(jobs):
        os.wait()


def by_subprocess(job, *args, jobs=JOBS) -> None:
    code = {
        time.sleep: "import sys, time; time.sleep(float(sys.argv[1]))",
        compute: "import sys\ndef f(n):\n while n: n -= 1\nf(int(sys.argv[1]))",
        nothing: "pass",
    }[job]
    started = [subprocess.Popen([sys.executable, "-c", code, *map(str, args)]) for _ in range(jobs)]
    for one in started:
        one.wait()


def by_asyncio(job, *args, jobs=JOBS) -> None:
    async def one():
        await asyncio.sleep(*args) if job is time.sleep else job(*args)

    async def everything():
        for task in [asyncio.create_task(one()) for _ in range(jobs)]:
            await task

    asyncio.run(everything())


def by_multiprocessing(job, *args, jobs=JOBS, flow=multiprocessing.Process) -> None:
    started = [flow(target=job, args=args) for _ in range(jobs)]
    for one in started:
        one.start()
    for one in started:
        one.join()


def by_threading(job, *args, jobs=JOBS) -> None:
    by_multiprocessing(job, *args, jobs=jobs, flow=threading.Thread)


BY = dict(zip(WAYS, (by_fork, by_subprocess, by_asyncio, by_multiprocessing, by_threading)))


def seconds_of(function, *args, **options) -> float:
    began = time.perf_counter()
    function(*args, **options)
    return time.perf_counter() - began


def cost_of_one(way: str) -> float:
    """Seconds from starting a worker that does nothing to its end."""
    if way == "asyncio":
        return asyncio.run(_tasks()) / STARTS[way]
    return statistics.median(seconds_of(BY[way], nothing, jobs=1) for _ in range(STARTS[way]))


async def _tasks() -> float:
    async def one():
        nothing()

    began = time.perf_counter()
    for _ in range(STARTS["asyncio"]):
        await asyncio.create_task(one())
    return time.perf_counter() - began


def measure() -> dict:
    """Everything on the chart, the best of some rounds: the other load of a machine only adds."""
    began = time.perf_counter()
    ways = [way for way in WAYS if way != "os.fork" or hasattr(os, "fork")]
    loops = int(BUSY / min(seconds_of(compute, 200_000) for _ in range(5)) * 200_000)
    works = {"waiting": (time.sleep, WAIT), "computing": (compute, loops)}
    best: dict = {}
    for work, job in works.items():
        for number in range(ROUNDS[work]):
            if number and time.perf_counter() - began > ENOUGH:
                break
            for way in ("in turn", *ways):
                took = seconds_of(in_turn if way == "in turn" else BY[way], *job)
                best[work, way] = min(took, best.get((work, way), took))
    return {
        "ratios": {
            way: [best[work, "in turn"] / best[work, way] for work in works] for way in ways
        },
        "costs": {way: cost_of_one(way) for way in ways},
        "in_turn": {work: best[work, "in turn"] for work in works},
        "machine": machine(),
    }


def machine() -> dict:
    """Where this was measured."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": cores,
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "start_method": multiprocessing.get_start_method(),
    }


# --- drawing


def who_helps_when() -> "Chart":
    """Measure now, in a fresh Python: forking a kernel full of threads would be asking for trouble."""
    from demos.errors import TalkError

    try:
        done = subprocess.run(
            [sys.executable, "-m", "demos.chart"],
            cwd=Path(__file__).resolve().parent.parent,
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
        raise TalkError(
            f"the chart could not be measured: {error.stderr.strip().rpartition(chr(10))[2]}"
        ) from None
    return Chart(json.loads(done.stdout))


FONT = 24
ROW = 52
TOP_ = 48
LEFT, WIDE, GAP = 200, 300, 96
"""Pixels: names, the bars of one kind of work, the figures behind them."""


@dataclass(frozen=True)
class Chart:
    """The chart of one measurement: a picture in a notebook, a table of words elsewhere."""

    measured: dict

    def __repr__(self) -> str:
        rows = [f"{'':<16}waiting  computing  one worker"]
        for way, (waiting, computing) in self.measured["ratios"].items():
            rows.append(
                f"{way:<16}{'×%.1f' % waiting:>7}{'×%.1f' % computing:>11}{_seconds(self.measured['costs'][way]):>12}"
            )
        return "\n".join([*rows, self.where()])

    def where(self) -> str:
        """The machine and the Python, in words."""
        of = self.measured["machine"]
        gil = "with a GIL" if of["gil"] else "without a GIL"
        return f"{of['cores']} cores, {of['system']}, {of['python']} {gil}; multiprocessing starts by {of['start_method']}"

    def describe(self) -> str:
        parts = [
            f"How many times faster than one after the other: {JOBS} jobs that wait, {JOBS} jobs that compute. And what starting one worker costs."
        ]
        for way, (waiting, computing) in self.measured["ratios"].items():
            cost = _seconds(self.measured["costs"][way])
            parts.append(
                f"{way}: waiting {waiting:.1f} times, computing {computing:.1f} times, one worker {cost}."
            )
        return " ".join([*parts, f"Measured on {self.where()}."])

    def _repr_svg_(self) -> str:
        text, width = "var(--text,#14181F)", 1150
        ratios = self.measured["ratios"]
        columns = (LEFT, LEFT + WIDE + GAP)
        scale = WIDE / max(max(pair) for pair in ratios.values())
        bottom = TOP_ + ROW * len(ratios)
        height = bottom + 82
        heads = ((columns[0], "waiting"), (columns[1], "computing"))
        body = "".join(f'<text x="{x}" y="26" font-weight="700">{head}</text>' for x, head in heads)
        body += (
            f'<text x="{width}" y="26" font-weight="700" text-anchor="end">one worker costs</text>'
        )
        for number, (way, pair) in enumerate(ratios.items()):
            y = TOP_ + ROW * number + ROW / 2
            body += f'<text x="0" y="{y + 8:g}">{escape(way)}</text>'
            for x, ratio, kind in zip(columns, pair, ("outline", "solid")):
                body += _bar(x, y, ratio * scale, kind)
                body += f'<text x="{x + max(ratio, 1) * scale + 10:.0f}" y="{y + 8:g}" font-weight="700">×{ratio:.1f}</text>'
            body += f'<text x="{width}" y="{y + 8:g}" text-anchor="end">{_seconds(self.measured["costs"][way])}</text>'
        one = "".join(f"M{x + scale:.1f} {TOP_ - 6}V{bottom}" for x in columns)
        body += f'<path d="{one}" stroke="currentColor" stroke-width="2" stroke-dasharray="4 6"/>'
        under = (f"×1, the dotted line: the same {JOBS} jobs one after the other.", self.where())
        for line, words in enumerate(under):
            body += f'<text x="0" y="{bottom + 36 + 34 * line}" fill-opacity=".85">{escape(words)}</text>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-labelledby="who-t who-d" font-size="{FONT}" font-family="inherit" fill="{text}" color="{text}">'
            f'<title id="who-t">Who helps when</title><desc id="who-d">{escape(self.describe())}</desc>{body}</svg>'
        )


def _bar(x: float, y: float, length: float, kind: str) -> str:
    """Waiting is an outline and computing is solid, as in the timelines."""
    if kind == "solid":
        return f'<path d="M{x} {y:g}h{length:.1f}" stroke="currentColor" stroke-width="32"/>'
    return f'<rect x="{x + 1}" y="{y - 15:g}" width="{length - 2:.1f}" height="30" fill="none" stroke="currentColor" stroke-width="2"/>'


def _seconds(value: float) -> str:
    """A duration with two figures that count: `9 µs`, `1.7 ms`, `51 ms`."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size or unit == "µs":
            number = value / size
            return f"{number:.1f} {unit}" if number < 9.95 else f"{number:.0f} {unit}"
    return ""


if __name__ == "__main__":
    print(json.dumps(measure()))
