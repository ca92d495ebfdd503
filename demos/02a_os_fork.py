"""os.fork clones the process: each clone does a job.

    python demos/02a_os_fork.py

Watch the process numbers: two processes, each with a main
thread of its own. (No os.fork on Windows.)
"""

import os
import signal
import sys
import threading
import time

CAST = "luke", "darthvader"
WAIT = 1.0  # seconds
START = time.perf_counter()


def say(who, text):
    seconds = time.perf_counter() - START
    line = f"{seconds:5.2f} {who:<11}{text}\n"
    print(line, end="", flush=True)


def here():
    thread = threading.current_thread().name
    return f"process {os.getpid()}, {thread}"


def job(who):
    say(who, f"waits in {here()}")
    time.sleep(WAIT)
    say(who, "has waited")


def main():
    for who in CAST:
        if os.fork() == 0:  # (1)
            job(who)  # (2)
            os._exit(0)  # (2)
    for who in CAST:  # (3)
        os.wait()
    conclude()


def conclude():
    took = time.perf_counter() - START
    waits = WAIT * len(CAST)
    shown = WAIT <= took < waits
    say("main", f"=> {waits:.1f} s of waiting took {took:.1f} s"
        if shown else f"=> not shown here: took {took:.1f} s")


if __name__ == "__main__":
    if not hasattr(os, "fork"):
        sys.exit("02a needs os.fork: not on Windows")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
