"""A queue lets flows talk: it is all that they share.

    python demos/07e_queue.py

luke makes, darthvader takes: one hands over, the other owns.
The queue has one place: watch luke wait for room before his
last droid. None, at the end, says that nothing more comes.
"""

import queue
import signal
import threading
import time

DROIDS = 3  # made by luke
PAINT = 0.4  # seconds for one, by darthvader
ROOM = 1  # places in the queue

START = time.perf_counter()


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<11}{text}\n"
    print(line, end="", flush=True)


def make(belt):
    for droid in range(1, DROIDS + 1):
        belt.put(droid)  # (1)
        say(f"put droid {droid}")
    belt.put(None)  # (2)


def paint(belt, black):
    while (droid := belt.get()) is not None:
        time.sleep(PAINT)
        black.append(droid)
        say(f"painted droid {droid}")


def main():
    belt, black = queue.Queue(maxsize=ROOM), []
    luke = threading.Thread(
        target=make, name="luke", args=(belt,))
    darthvader = threading.Thread(
        target=paint, name="darthvader", args=(belt, black))
    luke.start()
    darthvader.start()
    luke.join()
    darthvader.join()
    conclude(black)


def conclude(black):
    whole = black == list(range(1, DROIDS + 1))
    say(f"=> {'' if whole else 'not shown here: '}"
        f"{len(black)} of {DROIDS} droids arrived"
        f"{', each once, in order' if whole else ''}")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
