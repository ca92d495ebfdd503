"""A thread is a function that runs in a flow of its own.

    python demos/04a_four_steps.py

Watch the name column: one flow becomes three, and main says
"end" while the other two are still alive.
"""

import atexit
import signal
import threading
import time

LUKE = 0.6  # seconds to live
VADER = 1.2  # seconds to live
START = time.perf_counter()


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<11}{text}\n"
    print(line, end="", flush=True)


def live(ttl):  # (1)
    say("starts")
    time.sleep(ttl)
    say("dies")


def main():
    say("start: one flow")
    luke = threading.Thread(  # (2)
        target=live, name="luke", args=[LUKE])
    darthvader = threading.Thread(  # (2)
        target=live, name="darthvader", args=[VADER])
    luke.start()  # (3)
    darthvader.start()  # (3)
    say(f"{threading.active_count()} flows")  # (4)
    say("end")  # (4)
    conclude(luke, darthvader)


def conclude(*threads):  # once Python has waited for all
    alive = sum(one.is_alive() for one in threads)
    atexit.register(say_last, alive, time.perf_counter())


def say_last(alive, said_end):
    later = time.perf_counter() - said_end
    say(f'=> main said "end" first, {alive} threads lived on'
        f" for up to {later:.1f} s" if alive else
        '=> main said "end" last: 0 threads lived on')


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
