"""os.fork returns twice: here the father, there the son.

    python demos/03a_who_am_i.py

Watch the process numbers: main and darthvader are the same one,
luke is its clone. (No os.fork on Windows.)
"""

import os
import signal
import sys
import time

ALONE = 0.4  # seconds before the fork
LUKE_LIVES = 1.0  # seconds after it
START = time.perf_counter()


def say(who, text):
    seconds = time.perf_counter() - START
    line = f"{seconds:5.2f} {who:<11}{text}\n"
    print(line, end="", flush=True)


def main():
    say("main", f"process {os.getpid()}, about to fork")
    time.sleep(ALONE)
    x = os.fork()  # (1)
    identity = "darthvader" if x else "luke"  # (2)
    say(identity, f"process {os.getpid()}, fork: {x}")  # (3)
    if identity == "luke":  # (4)
        time.sleep(LUKE_LIVES)
        os._exit(0)
    conclude(x, *os.wait())  # (5)


def conclude(son, ended, status):
    ours = son == ended and status == 0
    say("main", f"=> fork returned twice, in {os.getpid()} and"
        f" in {ended}" if ours else
        f"=> not shown here: {ended} ended with {status}")


if __name__ == "__main__":
    if not hasattr(os, "fork"):
        sys.exit("03a needs os.fork: not on Windows")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
