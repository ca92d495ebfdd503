"""In one flow, everything happens one after the other.

    python demos/01a_sequence.py

Watch the name column: main does it all, and job 2 starts only
when job 1 has ended. Then run 01b.
"""

import signal
import threading
import time

SECONDS = {1: 0.8, 2: 1.2}  # how long each job has to wait
START = time.perf_counter()


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<11}{text}\n"
    print(line, end="", flush=True)


def job(number):
    say(f"job {number} starts")
    time.sleep(SECONDS[number])
    say(f"job {number} ends")


def main():
    job(1)  # (1)
    job(2)  # (2)
    conclude()


def conclude():
    took = time.perf_counter() - START
    waits = sum(SECONDS.values())
    say(f"=> {waits:.1f} s of waiting took {took:.1f} s:"
        " one after the other" if took >= waits else
        "=> not shown here: less than the sum of the jobs")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
