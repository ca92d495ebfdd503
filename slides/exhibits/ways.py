"""The five ways to have jobs done at the same time, timed: what `chart` shows.

`python -m slides.exhibits.ways` measures in that Python and prints JSON; it takes some fifteen
seconds. Nothing of it is kept.
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
from collections.abc import Callable
from typing import Any

Job = Callable[..., object]

JOBS = 4
WAIT = 0.2
"""Seconds of one waiting job."""
BUSY = 0.1
"""Seconds of one computing job, about."""
ROUNDS = {"waiting": 3, "computing": 6}
"""How often each work is measured, the ways in turn; the best counts."""
ENOUGH = 15.0
"""No further round after so many seconds."""
STARTS = {"os.fork": 20, "subprocess": 5, "asyncio": 200, "multiprocessing": 10, "threading": 100}
"""How many workers are started, one after the other, to see what one costs."""
WAYS = tuple(STARTS)


def compute(loops: int) -> None:
    """A job that computes."""
    while loops:
        loops -= 1


def nothing() -> None:
    """A job that costs nothing but its worker."""


def in_turn(job: Job, *args: float) -> None:
    """All jobs, one after the other."""
    for _ in range(JOBS):
        job(*args)


def by_fork(job: Job, *args: float, jobs: int = JOBS) -> None:
    """Each job in a process that this one forks."""
    for _ in range(jobs):
        if os.fork() == 0:
            job(*args)
            os._exit(0)
    for _ in range(jobs):
        os.wait()


def by_subprocess(job: Job, *args: float, jobs: int = JOBS) -> None:
    """Each job in a Python of its own, started for it."""
    code = {
        time.sleep: "import sys, time; time.sleep(float(sys.argv[1]))",
        compute: "import sys\ndef f(n):\n while n: n -= 1\nf(int(sys.argv[1]))",
        nothing: "pass",
    }[job]
    started = [subprocess.Popen([sys.executable, "-c", code, *map(str, args)]) for _ in range(jobs)]
    for one in started:
        one.wait()


def by_asyncio(job: Job, *args: float, jobs: int = JOBS) -> None:
    """Each job in a task; one that waits awaits its sleep."""

    async def one() -> None:
        if job is time.sleep:
            await asyncio.sleep(*args)
        else:
            job(*args)

    async def everything() -> None:
        for task in [asyncio.create_task(one()) for _ in range(jobs)]:
            await task

    asyncio.run(everything())


def by_multiprocessing(job: Job, *args: float, jobs: int = JOBS) -> None:
    """Each job in a process of multiprocessing, however this Python starts one."""
    _by(multiprocessing.Process, job, args, jobs)


def by_threading(job: Job, *args: float, jobs: int = JOBS) -> None:
    """Each job in a thread."""
    _by(threading.Thread, job, args, jobs)


def _by(flow: Callable[..., Any], job: Job, args: tuple[float, ...], jobs: int) -> None:
    started = [flow(target=job, args=args) for _ in range(jobs)]
    for one in started:
        one.start()
    for one in started:
        one.join()


BY: dict[str, Callable[..., None]] = {
    "os.fork": by_fork,
    "subprocess": by_subprocess,
    "asyncio": by_asyncio,
    "multiprocessing": by_multiprocessing,
    "threading": by_threading,
}


def seconds_of(function: Job, *args: Any, **options: Any) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    function(*args, **options)
    return time.perf_counter() - began


def cost_of_one(way: str) -> float:
    """Seconds from starting a worker that does nothing to its end."""
    if way == "asyncio":
        return asyncio.run(_tasks()) / STARTS[way]
    return statistics.median(seconds_of(BY[way], nothing, jobs=1) for _ in range(STARTS[way]))


async def _tasks() -> float:
    async def one() -> None:
        nothing()

    began = time.perf_counter()
    for _ in range(STARTS["asyncio"]):
        await asyncio.create_task(one())
    return time.perf_counter() - began


def measure() -> dict[str, Any]:
    """Everything on the chart, the best of some rounds: the other load of a machine only adds.

    `ratios`: for each way, how many times faster than in turn the waiting and the computing jobs
    were done; `costs`: seconds of one worker; `in_turn`: seconds of the jobs in turn.
    """
    began = time.perf_counter()
    ways = [way for way in WAYS if way != "os.fork" or hasattr(os, "fork")]
    loops = int(BUSY / min(seconds_of(compute, 200_000) for _ in range(5)) * 200_000)
    works: dict[str, tuple[Job, float]] = {
        "waiting": (time.sleep, WAIT),
        "computing": (compute, loops),
    }
    best: dict[tuple[str, str], float] = {}
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


def machine() -> dict[str, Any]:
    """Where this was measured."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": cores,
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "start_method": multiprocessing.get_start_method(),
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
