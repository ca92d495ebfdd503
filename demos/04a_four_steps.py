"""A thread is a function that runs in a flow of its own.

    python demos/04a_four_steps.py

Watch the name column: one flow becomes three, and main says
"end" while the other two are still alive.
"""

import signal
import threading
import time

LUKE_LIVES = 0.6  # seconds
VADER_LIVES = 1.2  # seconds

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
        target=live, name="luke", args=(LUKE_LIVES,))
    darthvader = threading.Thread(  # (2)
        target=live, name="darthvader", args=(VADER_LIVES,))
    luke.start()  # (3)
    darthvader.start()  # (3)
    say(f"{threading.active_count()} flows are running")  # (4)
    said_end = time.perf_counter()
    say("end")
    conclude(said_end, luke, darthvader)


def conclude(said_end, *threads):
    for thread in threads:
        thread.join()
    late = time.perf_counter() - said_end
    say(f'=> main said "end", and a thread lived {late:.1f} s'
        " longer" if late > LUKE_LIVES / 2 else
        "=> not shown here: the threads ended before main did")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    main()
