"""One order for all locks: no circle, so no deadlock.

    python demos/07d_lock_order.py

The same two flows as in 07c, asking for the same two locks.
One line sorts them first. Watch the second flow say nothing
until the first has flown: it waits at its first lock, and
holds nothing that anybody needs.
"""

import signal
import threading
import time

LOCKS = {"saber": threading.Lock(), "ship": threading.Lock()}
MEETING = threading.Barrier(2)
MEET = 1.0  # seconds to wait for the other flow
LUKE = ("saber", "ship"), 0.7  # seconds of patience
VADER = ("ship", "saber"), 1.4  # seconds of patience
CLAIM_DEADLOCK = False  # what this demo claims

START = time.perf_counter()

holder = {}  # lock -> the flow that holds it
waited_for = []  # the flows that were waited for


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<11}{text}\n"
    print(line, end="", flush=True)


def fly(locks, patience):
    first, second = sorted(locks)  # (1)
    with LOCKS[first]:  # (2)
        holds(first)
        wait_for_the_other()  # (3)
        take(second, patience)  # (4)


def take(lock, patience):
    waited_for.append(holder.get(lock, "nobody"))
    say(f"wants {lock}, which {waited_for[-1]} holds")
    if LOCKS[lock].acquire(timeout=patience):  # (5)
        say("has both: flies")
        LOCKS[lock].release()
    else:  # (6)
        say("gives up, and lets go")


def holds(lock):
    holder[lock] = threading.current_thread().name
    say(f"holds {lock}")


def wait_for_the_other():
    try:
        MEETING.wait(timeout=MEET)
    except threading.BrokenBarrierError:
        pass  # the other one is not coming


def main():
    flows = [
        threading.Thread(target=fly, name="luke", args=LUKE),
        threading.Thread(
            target=fly, name="darthvader", args=VADER)]
    for thread in flows:
        thread.start()
    for thread in flows:
        thread.join()
    conclude()


def conclude():
    deadlock = "nobody" not in waited_for
    shown = deadlock == CLAIM_DEADLOCK
    say(f"=> {'' if shown else 'not shown here: '}"
        + ("deadlock: each waited for the other" if deadlock
           else "no deadlock: the circle never closed"))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
