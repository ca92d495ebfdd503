"""n forks in a row make two to the power of n processes.

    python demos/03b_two_to_the_n.py

Watch the numbers double: every clone goes on forking. (No
os.fork on Windows.)
"""

import os
import signal
import sys
import time

FORKS = 5  # in a row, at most
ALIVE = 0.2  # seconds that all of them live together
START = time.perf_counter()


def say(who, text):
    seconds = time.perf_counter() - START
    line = f"{seconds:5.2f} {who:<11}{text}\n"
    print(line, end="", flush=True)


def count_after(forks):
    reader, writer = os.pipe()
    first = os.getpid()
    for _ in range(forks):
        os.fork()
    os.write(writer, b".")  # one dot from each process
    time.sleep(ALIVE)
    wait_for_mine()
    if os.getpid() != first:
        os._exit(0)
    dots = os.read(reader, 2 ** FORKS + 1)
    os.close(reader)
    os.close(writer)
    return len(dots)


def wait_for_mine():
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


def main():
    counts = {}
    for n in range(1, FORKS + 1):
        counts[n] = count_after(forks=n)
        say("main", f"{n} x os.fork(): {counts[n]:2} processes")
    shown = all(counts[n] == 2 ** n for n in counts)
    say("main", f"=> {n} forks made {counts[n]} processes: 2**n"
        if shown else f"=> not shown here: {counts}")


if __name__ == "__main__":
    if not hasattr(os, "fork"):
        sys.exit("03b needs os.fork: not on Windows")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
