"""When the work is computing, only processes help with a GIL.

    python demos/02f_who_helps.py

Watch the speed-ups: the same two jobs, three ways. Threads help
as well where Python runs without its GIL (python3.14t).
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
import timeit

CAST = "luke", "darthvader"
JOB = 0.25  # seconds of computing, roughly
ROUNDS = 2  # the best one counts
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


def in_turn(loops):
    for who in CAST:
        compute(loops)


def by(flow, loops):
    both = [flow(target=compute, name=who, args=[loops])
            for who in CAST]
    for one in both:
        one.start()
    for one in both:
        one.join()


def seconds_of(function, *args):
    return min(timeit.repeat(
        lambda: function(*args), number=1, repeat=ROUNDS))


def main():
    say(f"{os.cpu_count()} cores, {'a' if GIL else 'no'} GIL")
    loops = int(1e6 / seconds_of(compute, 10 ** 6) * JOB)
    one = seconds_of(in_turn, loops)
    say(f"in turn       {one:.2f} s")
    two = seconds_of(by, threading.Thread, loops)
    say(f"two threads   {two:.2f} s  x{one / two:.1f}")
    three = seconds_of(by, Process, loops)
    say(f"two processes {three:.2f} s  x{one / three:.1f}")
    conclude(one / two, one / three)


def conclude(threads, processes):
    ways = f"threads x{threads:.1f}, processes x{processes:.1f}"
    shown = processes > max(1, threads) if GIL else threads > 1
    say(f"=> {'with the' if GIL else 'without a'} GIL: {ways}"
        if shown else f"=> not shown here: {ways}")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    main()
