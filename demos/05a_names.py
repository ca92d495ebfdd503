"""Every thread has a name, and a log can show it.

    python demos/05a_names.py

Watch the name column of the log. We named luke. The other one
lives with the name that Python made up for it, until it takes
its own. The system learns names from Python 3.14 on.
"""

import logging
import os
import signal
import sys
import threading
import time

PAUSE = 0.6  # seconds to look at the names
VERSION = "Python %d.%d" % sys.version_info[:2]
LATER = "darthvader"  # the name that the other one takes
COMM = 15  # bytes of a name that Linux keeps
FORMAT = "%(seconds)5.2f %(threadName)-10s %(message)s"

SCENE = threading.Barrier(3, timeout=20)  # main and two threads
LOGGED = set()  # names seen in the log

START = time.perf_counter()


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<11}{text}\n"
    print(line, end="", flush=True)


def train(new_name=None):
    logging.warning("out of fuel")  # (3)
    SCENE.wait()
    if new_name:  # (4)
        threading.current_thread().name = new_name
    logging.warning("still out of fuel")
    SCENE.wait()


def main():
    open_log()
    luke = threading.Thread(target=train, name="luke")  # (1)
    other = threading.Thread(target=train, args=[LATER])  # (2)
    luke.start()
    other.start()
    look(luke, other)
    conclude(look(luke, other))


def open_log():
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(stamp)
    logging.basicConfig(format=FORMAT, handlers=[handler])


def stamp(record):
    record.seconds = time.perf_counter() - START
    LOGGED.add(record.threadName)
    return True


def look(*threads):
    time.sleep(PAUSE)
    names = {one.name: system_name(one) for one in threads}
    for name, system in names.items():
        say(f'"{name}" is "{system}" in the system')
    SCENE.wait()
    return sum(names[name] == name[:COMM] for name in names)


def system_name(thread):
    comm = f"/proc/self/task/{thread.native_id}/comm"
    if not os.path.exists(comm):
        return "?"  # only Linux tells it in a file
    with open(comm) as file:
        return file.read().strip()


def conclude(known):
    say(f"=> {len(LOGGED)} names in the log, {known} known to"
        f" the system ({VERSION})" if len(LOGGED) == 3
        else f"=> not shown here: the log has {LOGGED}")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
