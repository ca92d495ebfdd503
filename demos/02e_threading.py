"""threading runs a function in a thread of the same process.

    python demos/02e_threading.py

Watch the process number: the same for both jobs. Only the
thread differs.
"""

import os
import signal
import threading
import time
from threading import Thread

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
    both = [Thread(target=job, name=who, args=[who])  # (1)
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
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
