"""multiprocessing runs a function in a process of its own.

    python demos/02d_multiprocessing.py

Watch the process numbers: two processes. Then look at 02e: one
word differs in main.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from multiprocessing.resource_tracker import ensure_running

CAST = "luke", "darthvader"
WAIT = 1.0  # seconds
CTRL_C = [signal.SIGINT]
NOW = str(time.perf_counter())
START = float(os.environ.setdefault("DEMO_START", NOW))


def say(who, text):
    seconds = time.perf_counter() - START
    line = f"{seconds:5.2f} {who:<11}{text}\n"
    print(line, end="", flush=True)


class Process(multiprocessing.Process):
    def start(self):  # Ctrl-C reaches main, which ends the rest
        self.daemon = True
        if multiprocessing.get_start_method() != "fork":
            ensure_running()  # started later, it may unblock
        signal.pthread_sigmask(signal.SIG_BLOCK, CTRL_C)
        super().start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, CTRL_C)

    def run(self):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        super().run()


def here():
    thread = threading.current_thread().name
    return f"process {os.getpid()}, {thread}"


def job(who):
    say(who, f"waits in {here()}")
    time.sleep(WAIT)
    say(who, "has waited")


def main():
    both = [Process(target=job, name=who, args=[who])  # (1)
            for who in CAST]
    for one in both:  # (2)
        one.start()
    for one in both:  # (3)
        one.join()
    conclude()


def conclude():
    took = time.perf_counter() - START
    waits = WAIT * len(CAST)
    shown = WAIT <= took < waits
    say("main", f"=> {waits:.1f} s of waiting took {took:.1f} s"
        if shown else f"=> not shown here: took {took:.1f} s")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
