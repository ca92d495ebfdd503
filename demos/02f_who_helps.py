"""When the work is computing, threads take turns at the GIL.

    python demos/02f_who_helps.py

Watch the speed-ups of the same two jobs, done three ways: two
processes help, and threads only without a GIL (python3.14t).
"""

import multiprocessing
import os
import signal
import sys
import time
from multiprocessing.resource_tracker import ensure_running
from threading import Thread
from timeit import timeit

LOOPS = 3_000_000  # of each of the two jobs
NAMES = "in turn", "two threads", "two processes"
CALM, BUSY = 2.8, 8.4  # seconds to look for the best times
CTRL_C = [signal.SIGINT]
GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
START = time.perf_counter()


def say(text):
    seconds = time.perf_counter() - START
    line = f"{seconds:5.2f} {'main':<11}{text}\n"
    print(line, end="", flush=True)


class Process(multiprocessing.Process):
    def start(self):  # Ctrl-C reaches main, which ends the rest
        self.daemon = True
        if multiprocessing.get_start_method() != "fork":
            ensure_running()  # started later, it may unblock
        signal.pthread_sigmask(signal.SIG_BLOCK, CTRL_C)
        super().start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, CTRL_C)


def compute(loops):
    while loops:
        loops -= 1


def pair(flow):
    two = [flow(target=compute, args=[LOOPS]) for _ in range(2)]
    for one in two:
        one.start()
    for one in two:
        one.join()


def measure():
    jobs = (compute, LOOPS), (pair, Thread), (pair, Process)
    return [timeit(lambda: do(it), number=1) for do, it in jobs]


def patience(one, threads, processes):
    best = processes if GIL else threads  # is one core free?
    calm = best < 1.7 * one and (not GIL or threads > 1.7 * one)
    return CALM if calm else BUSY


def main():
    say(f"{os.cpu_count()} cores, {'a' if GIL else 'no'} GIL")
    best = measure()
    while time.perf_counter() - START < patience(*best):
        best = [min(both) for both in zip(best, measure())]
    best[0] *= 2  # in turn: one job, and then the other
    for name, took in zip(NAMES, best):
        say(f"{name:<15}{took:.2f} s   x{best[0] / took:.1f}")
    conclude(best[0] / best[1], best[0] / best[2])


def conclude(threads, processes):
    do = "do" if processes > 1.1 else "find no free core"
    said = f"not shown here: two threads x{threads:.1f}"
    if (threads > 1.3) != GIL:
        said = (f"GIL: threads do not help, processes {do}"
                if GIL else "no GIL: threads help")
    say(f"=> {said}")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
