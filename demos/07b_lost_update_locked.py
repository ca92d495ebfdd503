"""A lock makes read, add and write one step: nothing is lost.

    python demos/07b_lost_update_locked.py

The same two flows and the same deposits as 07a, with a lock
around the one line that matters. Watch the balance, and the
clock: taking turns has a price.
"""

import signal
import threading
import time

TIMES = 1_000_000  # deposits of 1 by each flow
CLAIM_LOSES = False  # what this demo claims

START = time.perf_counter()

balance = 0
lock = threading.Lock()


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<11}{text}\n"
    print(line, end="", flush=True)


def add(amount, more):
    return sum((amount, more))


def deposit():
    global balance
    for _ in range(TIMES):
        with lock:  # (1)
            balance = add(balance, 1)


def flow():
    say(f"deposits 1, {TIMES:,} times")
    deposit()
    say("is done")


def main():
    say(f"balance is {balance}")
    flows = [threading.Thread(target=flow, name="luke"),
             threading.Thread(target=flow, name="darthvader")]
    for thread in flows:
        thread.start()
    for thread in flows:
        thread.join()
    conclude(total=len(flows) * TIMES)


def conclude(total):
    lost = total - balance
    shown = (lost > 0) == CLAIM_LOSES
    say(f"balance is {balance:,}")
    say(f"=> {'' if shown else 'not shown here: '}"
        f"{lost:,} of {total:,} deposits are lost")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
