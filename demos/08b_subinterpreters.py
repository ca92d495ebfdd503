# /// script
# requires-python = ">=3.14"
# ///
"""Two interpreters in one process share no variable, no GIL.

    python demos/08b_subinterpreters.py

Needs Python 3.14. The submit is the one of the other pools.
Watch count: each interpreter has its own, and main's stays
as it was.
"""

import os
import signal
import sys
import threading
import time

try:
    from concurrent import interpreters
    from concurrent.futures import InterpreterPoolExecutor
except ImportError:  # Python before 3.14
    interpreters = None

SECONDS = 0.5  # of work in each job

START = time.perf_counter()

count = 0


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<11}{text}\n"
    print(line, end="", flush=True)


def work(flow, start):  # (1)
    global START, count
    START = start
    threading.current_thread().name = flow
    count += 1  # (2)
    say(f"{where()}: count is {count}")
    time.sleep(SECONDS)
    return where()


def hand_out(pool):  # (3)
    return [pool.submit(work, flow, START)
            for flow in ("luke", "darthvader")]


def where():
    number = interpreters.get_current().id
    return f"process {os.getpid()}, interpreter {number}"


def two_interpreters():
    say(f"{where()}: count is {count}")
    with InterpreterPoolExecutor(2) as pool:
        places = {job.result() for job in hand_out(pool)}
    say(f"{where()}: count is {count}")
    pids = {each.split(",")[0] for each in places | {where()}}
    shown = count == 0 and len(places) == 2 and len(pids) == 1
    say(f"=> {'' if shown else 'not shown here: '}"
        f"{len(places)} more interpreters, {len(pids)} process,"
        f" and main's count is {count}")


def main():
    if interpreters:
        two_interpreters()
    else:
        major, minor = sys.version_info[:2]
        say(f"=> needs Python 3.14, this is {major}.{minor}")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
