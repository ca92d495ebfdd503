"""The five ways to have jobs done at the same time: how long some jobs take in each of them.

The clock runs from the moment at which all workers are there and may begin, to the end of the last
job: what starting them costs is another figure, `cost_of_one`.
"""

import asyncio
import multiprocessing
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

Job = Callable[..., object]

clock = time.monotonic
"""Seconds; the same in all processes of a machine."""
JOBS = 4
GIVE_UP = 60.0
"""Seconds after which a worker that nobody tells to begin goes on: whoever started it is gone."""
STARTS = {"os.fork": 20, "subprocess": 5, "asyncio": 10, "multiprocessing": 10, "threading": 100}
"""How often a worker is started to see what one costs; of tasks TASKS each time."""
TASKS = 40
PROGRAM = """import os, sys, time
def compute(loops):
    while loops:
        loops -= 1
job, number = {"sleep": time.sleep, "compute": compute}[sys.argv[1]], sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
job(float(number) if job is time.sleep else int(number))
print(time.monotonic(), flush=True)
os._exit(0)  # nothing to tidy up, while others still work
"""
"""What a worker of `subprocess` runs: it knows nothing of this file."""
NUMBER = struct.Struct("d")


def compute(loops: int) -> None:
    """A job that computes."""
    while loops:
        loops -= 1


def by_fork(job: Job, argument: float) -> float:
    """Each job in a process that this one forks."""
    (ready, say_ready), (begin, say_begin), (ends, say_end) = (os.pipe() for _ in range(3))
    for _ in range(JOBS):
        if os.fork() == 0:
            os.close(say_begin)
            os.write(say_ready, b".")
            os.read(begin, 1)  # until nobody can write there any more
            job(argument)
            os.write(say_end, NUMBER.pack(clock()))
            os._exit(0)
    for _ in range(JOBS):
        os.read(ready, 1)
    began = clock()
    os.close(say_begin)
    last = max(NUMBER.unpack(os.read(ends, NUMBER.size))[0] for _ in range(JOBS))
    for _ in range(JOBS):
        os.wait()
    for pipe in (ready, say_ready, begin, ends, say_end):
        os.close(pipe)
    return float(last - began)


def by_subprocess(job: Job, argument: float) -> float:
    """Each job in a Python of its own, started for it."""
    command = [sys.executable, "-c", PROGRAM, job.__name__, str(argument)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers: list[Any] = [subprocess.Popen(command, **pipes) for _ in range(JOBS)]
    for one in workers:
        one.stdout.readline()
    began = clock()
    for one in workers:
        one.stdin.write("\n")
        one.stdin.flush()
    last = max(float(one.communicate()[0]) for one in workers)
    return last - began


def by_asyncio(job: Job, argument: float) -> float:
    """Each job in a task; one that waits awaits its sleep."""

    async def one() -> None:
        if job is time.sleep:
            await asyncio.sleep(argument)
        else:
            job(argument)

    async def everything() -> float:
        began = clock()
        for task in [asyncio.create_task(one()) for _ in range(JOBS)]:
            await task
        return clock() - began

    return asyncio.run(everything())


def by_multiprocessing(job: Job, argument: float) -> float:
    """Each job in a process of multiprocessing, however this Python starts one."""
    ends: Any = multiprocessing.SimpleQueue()
    return _by(multiprocessing, ends.put, ends.get, job, argument)


def by_threading(job: Job, argument: float) -> float:
    """Each job in a thread."""
    ends: list[float] = []
    return _by(threading, ends.append, ends.pop, job, argument)


def _by(module: Any, tell: Any, told: Callable[[], float], job: Job, argument: float) -> float:
    """What the two modules that look alike have in common."""
    flow = module.Process if module is multiprocessing else module.Thread
    ready, begin = module.Semaphore(0), module.Event()
    flows = [flow(target=work, args=(ready, begin, tell, job, argument)) for _ in range(JOBS)]
    for one in flows:
        one.start()
    for _ in flows:
        ready.acquire()
    began = clock()
    begin.set()
    for one in flows:
        one.join()
    return max(told() for _ in flows) - began


def work(ready: Any, begin: Any, tell: Callable[[float], None], job: Job, argument: float) -> None:
    """A worker: says that it is there, waits for the others, does its job, tells when it ended."""
    ready.release()
    begin.wait(GIVE_UP)
    job(argument)
    tell(clock())


BY: dict[str, Callable[[Job, float], float]] = {
    "os.fork": by_fork,
    "subprocess": by_subprocess,
    "asyncio": by_asyncio,
    "multiprocessing": by_multiprocessing,
    "threading": by_threading,
}
WAYS = tuple(BY)
PROCESSES = ("os.fork", "subprocess", "multiprocessing")


def cost_of_one(way: str) -> float:
    """Seconds from starting a worker that does nothing to its end, at best."""
    return min(_start_one(way) for _ in range(STARTS[way]))


def _start_one(way: str) -> float:
    if way == "asyncio":
        return asyncio.run(_tasks()) / TASKS
    began = clock()
    if way == "os.fork":
        if os.fork() == 0:
            os._exit(0)
        os.wait()
    elif way == "subprocess":
        subprocess.run([sys.executable, "-c", "pass"], check=True)
    else:
        flow: Any = threading.Thread if way == "threading" else multiprocessing.Process
        one = flow(target=nothing)
        one.start()
        one.join()
    return clock() - began


def nothing() -> None:
    """A job that costs nothing but its worker."""


async def _tasks() -> float:
    async def one() -> None:
        nothing()

    began = clock()
    for _ in range(TASKS):
        await asyncio.create_task(one())
    return clock() - began
