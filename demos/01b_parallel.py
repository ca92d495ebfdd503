"""With threads, the same jobs wait at the same time.

    python demos/01b_parallel.py

Watch the name column: luke and darthvader each have a job, and
the whole takes no longer than the longest one.
"""

import signal
import threading
import time
from threading import Thread

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
    luke = Thread(target=job, name="luke", args=[1])  # (1)
    darthvader = Thread(  # (1)
        target=job, name="darthvader", args=[2])
    luke.start()  # (2)
    darthvader.start()  # (2)
    luke.join()  # (3)
    darthvader.join()  # (3)
    conclude()


def conclude():
    took = time.perf_counter() - START
    waits = sum(SECONDS.values())
    say(f"=> {waits:.1f} s of waiting took {took:.1f} s:"
        " at the same time" if took < waits else
        "=> not shown here: no less than the sum of the jobs")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
