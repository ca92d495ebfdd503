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
from threading import Thread
from timeit import timeit

LOOPS = 3_000_000  # of each of the two jobs
MEASURE = 2.8  # seconds in which to look for the best times
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
        signal.pthread_sigmask(signal.SIG_BLOCK, CTRL_C)
        usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
        super().start()
        signal.signal(signal.SIGINT, usual)
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
    return [timeit(lambda: job(what), number=1)
            for job, what in jobs]


def main():
    say(f"{os.cpu_count()} cores, {'a' if GIL else 'no'} GIL")
    best = measure()
    while time.perf_counter() - START < MEASURE:
        best = [min(both) for both in zip(best, measure())]
    best[0] *= 2  # in turn: one job, and then the other
    names = "in turn", "two threads", "two processes"
    for name, took in zip(names, best):
        say(f"{name:<15}{took:.2f} s   x{best[0] / took:.1f}")
    conclude(best[0] / best[1], best[0] / best[2])


def conclude(threads, processes):
    do = "do" if processes > 1.1 else "find no free core"
    if GIL and threads < 1.4:
        say(f"=> GIL: threads do not help, processes {do}")
    elif not GIL and threads > 1.1:
        say("=> no GIL: threads help")
    else:
        say(f"=> not shown here: two threads x{threads:.1f}")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    main()
