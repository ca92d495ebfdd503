"""The five ways measured beside the jobs in turn, round by round: what `chart` shows.

`python -m slides.exhibits.rounds` measures in that Python and prints JSON, in about ten seconds and
at most MOST where other work goes on. That other work only adds time, so the best of the rounds
counts. What it takes away all the while can't be seen: where no second core is free, all ways
compute as fast as one, and nothing follows from that. So the ways that ought to be equally fast are
compared: three of them are processes, which differ in what they cost and not in what they can do at
the same instant.
"""

import json
import multiprocessing
import os
import platform
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from slides.exhibits.ways import BY, JOBS, PROCESSES, Job, clock, compute, cost_of_one

WAIT = 0.2
"""Seconds of one waiting job."""
BUSY = 0.1
"""Seconds of one computing job, about."""
LEAST = 3
"""Rounds of each work."""
MOST = 20.0
"""Seconds for each work: after these no further round is begun."""
SECOND_CORE = 1.25
"""How many times faster than in turn processes are where there was a second core, at least."""
LAGGING, TOO_FAST = 0.8, 1.1
"""Parts of the speed that a way ought to have: at less, something kept it from its cores; at more
than is possible, something has slowed down the jobs in turn."""
CALIBRATE = 200_000
"""Loops by which it is seen how fast this machine is."""
ONE_CORE = "there is one core"
NO_SECOND = "no second core was free"
IN_THE_WAY = "other work was in the way"
"""Why something could not be shown."""


@dataclass
class Work:
    """One kind of work, and what was measured of it until now."""

    job: Job
    argument: float
    at_once: tuple[str, ...]
    """The ways that do it at the same instant, and ought to be equally fast; the others are as fast
    as in turn."""
    most: int
    """How many of the jobs can be done at the same instant."""
    best: dict[str, float] = field(default_factory=dict)
    """Seconds of the best round, by way."""
    in_turn: float = float("inf")
    """The same of the jobs one after the other."""

    def go_round(self, ways: list[str]) -> None:
        """Measure the jobs in turn, and each of `ways` beside them."""
        self.in_turn = min(self.in_turn, self._in_turn())
        for way in ways:
            took = BY[way](self.job, self.argument)
            self.best[way] = min(took, self.best.get(way, took))

    def _in_turn(self) -> float:
        """Of a job that computes, the time on the CPU: other work is not counted in."""
        now = clock if self.job is time.sleep else time.process_time
        began = now()
        for _ in range(JOBS):
            self.job(self.argument)
        return now() - began

    def ratio(self, way: str) -> float:
        """How many times faster than in turn."""
        return self.in_turn / self.best[way]

    def lagging(self) -> list[str]:
        """The ways that something has kept from being as fast as they are."""
        fastest = max(self.ratio(way) for way in self.at_once)
        ought = {way: fastest if way in self.at_once else 1.0 for way in self.best}
        return [way for way in self.best if self.ratio(way) < LAGGING * ought[way]]

    def problem(self) -> str | None:
        """Why nothing follows from what was measured until now; None where something does."""
        possible = {way: self.most if way in self.at_once else 1 for way in self.best}
        if any(self.ratio(way) > TOO_FAST * possible[way] for way in self.best):
            return IN_THE_WAY
        if max(self.ratio(way) for way in self.at_once) < SECOND_CORE:
            return NO_SECOND
        return None


@dataclass
class Shown:
    """What the rounds of one work have shown."""

    ratios: dict[str, float | None]
    """How many times faster than in turn, by way; None for what could not be shown here."""
    why: str | None = None
    """Why something could not be shown."""


def rounds(work: Work, ways: list[str]) -> Shown:
    """As many rounds as it takes until the ways that are alike look alike, at most MOST seconds."""
    began = clock()
    work.go_round(ways)
    for _ in range(LEAST - 1):
        if clock() - began < MOST:
            work.go_round(ways)
    while clock() - began < MOST and (again := ways if work.problem() else work.lagging()):
        work.go_round(again)
    why = work.problem()
    hidden = ways if why else work.lagging()
    ratios = {way: None if way in hidden else work.ratio(way) for way in ways}
    return Shown(ratios, why or (IN_THE_WAY if hidden else None))


def measure() -> dict[str, Any]:
    """Everything on the chart.

    `works`: of waiting and of computing jobs, how many times faster than in turn each way was, and
    why where something could not be shown; `costs`: seconds of one worker; `machine`: where it was.
    """
    where = machine()
    ways = [way for way in BY if way != "os.fork" or hasattr(os, "fork")]
    at_once = tuple(way for way in ways if way in PROCESSES)
    if not where["gil"]:
        at_once += ("threading",)
    costs = {way: cost_of_one(way) for way in ways}
    waiting = rounds(Work(time.sleep, WAIT, tuple(ways), JOBS), ways)
    computing = Shown(dict.fromkeys(ways), ONE_CORE)
    if where["cores"] > 1:
        most = min(where["cores"], JOBS)
        computing = rounds(Work(compute, _loops(), at_once, most), ways)
    works = {"waiting": asdict(waiting), "computing": asdict(computing)}
    return {"works": works, "costs": costs, "machine": where}


def _loops() -> int:
    """Of a job that takes BUSY seconds on this machine."""

    def once() -> float:
        began = time.process_time()
        compute(CALIBRATE)
        return time.process_time() - began

    return int(BUSY / min(once() for _ in range(5)) * CALIBRATE)


def machine() -> dict[str, Any]:
    """Where this was measured."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": cores or 1,
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "start_method": multiprocessing.get_start_method(),
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
