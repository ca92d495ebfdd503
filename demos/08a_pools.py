"""One submit, two pools: your job runs in threads or processes.

    python demos/08a_pools.py

The pool starts the flows and ends them. Watch the
process ids: luke's threads work inside main's process, each
darthvader is a process of its own.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import (BrokenExecutor,
                                ProcessPoolExecutor,
                                ThreadPoolExecutor)
from multiprocessing.resource_tracker import ensure_running

JOBS = 2
SECONDS = 0.5  # of work in each job
CTRL_C = {signal.SIGINT}

START = time.perf_counter()


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<11}{text}\n"
    print(line, end="", flush=True)


def work(job):
    say(f"does job {job} in process {os.getpid()}")
    time.sleep(SECONDS)
    return os.getpid()


def hand_out(pool):  # (1)
    return [pool.submit(work, job) for job in range(JOBS)]


def both_pools():
    return (ThreadPoolExecutor(  # (2)
                JOBS, thread_name_prefix="luke"),
            ProcessPoolExecutor(  # (3)
                JOBS, initializer=begin, initargs=(START,)))


def begin(start):  # each new process begins with this
    global START
    START = start
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    threading.current_thread().name = "darthvader"


def main():
    say(f"is process {os.getpid()}")
    others = []
    for pool in both_pools():
        with pool:
            # a process inherits this: Ctrl-C is for main alone
            signal.pthread_sigmask(signal.SIG_BLOCK, CTRL_C)
            jobs = hand_out(pool)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, CTRL_C)
            pids = {job.result() for job in jobs}
            others.append(len(pids - {os.getpid()}))
    shown = others[0] == 0 < others[1]
    say(f"=> {'' if shown else 'not shown here: '}one submit:"
        f" {others[0]} new processes, then {others[1]}")


def stop(*_):
    for process in multiprocessing.active_children():
        process.kill()
    sys.exit(130)


if __name__ == "__main__":
    # no word from the resource tracker where a pipe is closed
    os.environ["PYTHONWARNINGS"] = "ignore"
    if multiprocessing.get_start_method() != "fork":
        ensure_running()  # its start would unmask Ctrl-C
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        main()
    except BrokenExecutor:
        say("=> not shown here: a process has died")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
