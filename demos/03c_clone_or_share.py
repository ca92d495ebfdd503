"""A forked process has a copy of the list, a thread shares it.

    python demos/03c_clone_or_share.py

Watch luke write twice. In a clone, main never sees it; in a
thread, it does. (No os.fork on Windows.)
"""

import os
import signal
import sys
import time
from threading import Thread

PAUSE = 0.5  # seconds, to read along
START = time.perf_counter()


def say(who, text):
    seconds = time.perf_counter() - START
    line = f"{seconds:5.2f} {who:<11}{text}\n"
    print(line, end="", flush=True)


def write(data):
    time.sleep(PAUSE)
    data.append("luke")
    show("luke", data)


def show(who, data):
    say(who, f"process {os.getpid()}, data = {data}")


def clone(data):
    if os.fork() == 0:  # (1)
        write(data)
        os._exit(0)
    os.wait()  # (2)


def share(data):
    luke = Thread(target=write, name="luke", args=[data])  # (3)
    luke.start()  # (3)
    luke.join()  # (4)


def main():
    data = []
    clone(data)
    show("main", data)
    cloned = len(data)
    share(data)
    conclude(data, cloned, len(data) - cloned)


def conclude(data, cloned, shared):
    words = f"{cloned} from the clone, {shared} from the thread"
    say("main", f"=> now data = {data}: {words}"
        if cloned < shared else f"=> not shown here: {words}")


if __name__ == "__main__":
    if not hasattr(os, "fork"):
        sys.exit("03c needs os.fork: not on Windows")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
