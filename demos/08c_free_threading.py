"""Without the GIL, two threads compute at the same instant.

    python demos/08c_free_threading.py

The same job twice: by main alone, then by two threads. Watch
how many cores the two use. With the GIL at most one, for they
take turns; python3.14t is the build that has none.
"""

import signal
import sys
import sysconfig
import threading
import time

TURNS = 8_000_000  # of an empty loop, in one job

START = time.perf_counter()


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<11}{text}\n"
    print(line, end="", flush=True)


def job():
    left = TURNS
    while left:
        left -= 1
    say("has counted to the end")


def alone():
    job()
    job()


def together():
    flows = [threading.Thread(target=job, name="luke"),
             threading.Thread(target=job, name="darthvader")]
    for thread in flows:
        thread.start()
    for thread in flows:
        thread.join()


def cores(call):
    begin, used = time.perf_counter(), time.process_time()
    call()
    used = time.process_time() - used
    return used / (time.perf_counter() - begin)


def gil():
    built = sysconfig.get_config_var("Py_GIL_DISABLED")
    asked = getattr(sys, "_is_gil_enabled", lambda: True)
    say(f"free-threaded build: {'yes' if built else 'no'}")
    return "on" if asked() else "off"


def main():
    state = gil()
    say(f"the GIL is {state}")
    alone()
    busy = cores(together)
    say(f"two threads: {busy:.1f} cores")
    several = round(busy, 1) > 1
    found = "several cores" if several else "at most 1 core"
    shown = several == (state == "off")
    say(f"=> GIL {state}: {found}" if shown else
        f"=> not shown: {busy:.1f} cores")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
