"""subprocess starts another program: each one does a job.

    python demos/02b_subprocess.py

Watch the process numbers, and the later start: each job has an
interpreter of its own, which knows none of our variables.
"""

import os
import signal
import subprocess
import sys
import threading
import time

CAST = "luke", "darthvader"
WAIT = 1.0  # seconds
NOW = str(time.perf_counter())
START = float(os.environ.setdefault("DEMO_START", NOW))


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
    both = [  # (1)
        subprocess.Popen([sys.executable, __file__, who],
                         stderr=subprocess.DEVNULL)
        for who in CAST]
    for one in both:  # (2)
        one.wait()
    conclude()


def conclude():
    took = time.perf_counter() - START
    waits = WAIT * len(CAST)
    shown = WAIT <= took < waits
    say("main", f"=> {waits:.1f} s of waiting took {took:.1f} s"
        if shown else f"=> not shown here: took {took:.1f} s")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main() if len(sys.argv) == 1 else job(sys.argv[1])
